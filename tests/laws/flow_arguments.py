"""Arguments for the kernels that track flows, as those of tests/laws/kernel_arguments.py for the ones that decode."""

from inspect import signature

import numpy as np
from dns_arguments import CASES as DNS
from kernel_arguments import CASES as DECODING
from kernel_arguments import (
    FARTHEST_NS,
    I64,
    MOST,
    OFFSET,
    U16,
    U32,
    U32_EDGES,
    buffer_of,
    frame_rows,
    mixed,
    numbers,
    packet_rows,
    run_plain,
    span,
    times,
)
from octet_arguments import CASES as OCTETS
from smooth_arguments import CASES as SMOOTH

from netanalyze.flows.timeline.critical_path import passed, path_back
from netanalyze.flows.timeline.first_to_end import RIVALS, first_to_end
from netanalyze.flows.timeline.heap import ends_sooner, popped, risen
from netanalyze.flows.timeline.what_if import played_again, waited_for
from netanalyze.kernel import Engine
from netanalyze.tracking import bins, copies, gaps, history, records, slots, state, tcp, tcp_options, tcp_state
from netanalyze.tracking import number_flows as track
from netanalyze.tracking import tail_loss as flight
from netanalyze.tracking import tcp_marks as tcp_analysis
from netanalyze.tracking.bins import BIN
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.records import PACKED_RECORD, RECORD
from netanalyze.tracking.sequence import NO_OFFSET, stream_offset
from netanalyze.tracking.state import FLOW, HALF, FlowState
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import PACKET, TCP

KEY = np.full(slots.KEY_LENGTH, slots.PRIME - 1, dtype=np.int64)  # the largest there is


def blank_state():
    """Flows and half-flows without content, with room for 64 flows, and empty slots."""
    state = FlowState(Engine(mode="plain"))
    flows, halves = (np.array(cells, dtype=np.int64) for cells in (state.flow_cells, state.half_cells))
    return flows, halves, np.zeros(256, dtype=np.int64)


def half_rows(random, count):
    """Half-flows in the midst of things, numbers as large as they can have become."""
    halves = np.zeros((count, HALF.WIDTH), dtype=np.int64)
    near = int(random.choice([1, 5000, 2**32 - 100, 2**40, 2**50]))
    for column, field in enumerate(HALF.names):
        if field in ("next_ns", "last_ack_ns", "timed_ns"):  # set with what they belong to
            halves[:, column] = times(random, count)
        elif field in ("zero_ns", "rtt_minimum_ns", "rtt_last_ns"):  # not moments
            halves[:, column] = random.choice([0, 20_000_000, 2 * FARTHEST_NS], count)
        elif field.endswith("_ns"):
            halves[:, column] = np.where(random.random(count) < 0.3, NEVER_NS, times(random, count))
        elif field in ("next", "last_ack", "contiguous_ackable", "acked", "contiguous", "sacked", "timed_end"):
            halves[:, column] = np.where(
                random.random(count) < 0.2, HALF.blank[column], near + random.integers(-3, 3000, count)
            )
        else:
            halves[:, column] = random.choice([0, 0, 1, 1, 2, 500], count)
    halves[:, HALF.names.index("scale")] = random.integers(-2, tcp_options.SCALE_MOST, count, endpoint=True)
    halves[:, HALF.names.index("window")] = random.choice([-1, 0, 500, 65535], count)
    halves[:, HALF.names.index("last_marks")] = random.integers(0, 1 << 15, count)
    halves[:, HALF.names.index("rate_octets")] = random.choice([0, 500, 2**44], count)
    halves[:, HALF.names.index("rate_squares")] = random.choice([0, 500, MOST], count)
    for field in ("smoothed_ns", "variation_ns"):
        halves[:, HALF.names.index(field)] = random.choice([0, 20_000_000, 2**40, 2 * FARTHEST_NS], count)
    return halves, near


def analyse_arguments(random):
    halves, near = half_rows(random, 2)
    h, r = random.permutation([0, HALF.WIDTH]).tolist()
    so, ao = (near + int(n) for n in random.integers(-3, 3000, 2))
    return (
        halves.reshape(-1), h, r, int(random.choice([2, 18, 16, 16, 24, 17, 4])), int(random.choice([0, 0, 1, 2, 1448, 65495])),
        int(random.choice([0, 500, 65535])), so, ao if random.random() < 0.9 else NO_OFFSET,
        int(times(random, 1)[0]), int(random.choice([0, 20_000_000, -5])),
    )  # fmt: skip


def copies_arguments(random):
    """A half-flow that remembers packets, one of which may be this one."""
    halves, near = half_rows(random, 2)
    places = np.arange(state.RECENT)
    halves[:, HALF.RECENT_0 + places] = copies.identity(near, 0) + random.integers(0, 3, (2, state.RECENT))
    halves[:, HALF.RECENT_AT] = random.integers(0, state.RECENT, 2)
    return halves.reshape(-1), HALF.WIDTH, near, int(random.integers(0, 3)), int(times(random, 1)[0])


def captured_before_arguments(random):
    """The same, with where the segment ends, the first round trip, and whether it looks like a probe."""
    halves, h, so, ip_id, now = copies_arguments(random)
    end, round_trip = so + int(random.choice([0, 1, 1448])), int(random.choice([0, 400_000, 2**40]))
    return halves, h, so, end, ip_id, now, round_trip, int(random.integers(0, 2))


def history_arguments(random):
    flows, _, _ = blank_state()
    halves, _ = half_rows(random, 2)
    for column in ("resent", "lost", "zero_count"):
        halves[0, HALF.names.index(column)] = random.choice([1, 2, 10, 100_000])
    return (
        flows, halves.reshape(-1), 0, 0, int(random.integers(0, 256)), int(random.integers(0, 2)),
        int(random.integers(0, 1 << 15)), int(random.integers(0, 2)),
    )  # fmt: skip


def gap_arguments(random):
    flows = random.integers(-(2**40), 2**40, 2 * FLOW.WIDTH)
    flows[FLOW.WIDTH + FLOW.PAIR] = random.integers(0, 2)
    halves, near = half_rows(random, 4)
    return (
        flows, halves.reshape(-1), 1, int(times(random, 1)[0]), 9, int(random.integers(0, 2)), 4, near,
        int(random.choice([NO_OFFSET, near - 5])), np.zeros(2 * GAP.WIDTH, dtype=np.int64), GAP.WIDTH,
    )  # fmt: skip


def open_gaps_arguments(random):
    flows = random.integers(-(2**40), 2**40, 3 * FLOW.WIDTH)
    flows.reshape(3, -1)[:, FLOW.PAIR] = random.integers(0, 3, 3)
    halves, _ = half_rows(random, 6)
    numbers = np.flatnonzero(random.integers(0, 2, 3))
    return (
        flows,
        halves.reshape(-1),
        numbers,
        len(numbers),
        int(times(random, 1)[0]),
        np.zeros(3 * GAP.WIDTH, dtype=np.int64),
    )


def letters_arguments(random):
    flows, _, _ = blank_state()
    flows[FLOW.HISTORY_LENGTH] = random.integers(0, 40)
    return flows, 0, int(random.integers(0, 10)), int(random.integers(0, 2))


def kept_arguments(random):
    """A flow of which few, many or no more packets may be kept, and any flags and marks."""
    flows = np.zeros(FLOW.WIDTH, dtype=np.int64)
    flows[FLOW.KEPT] = random.choice([0, 23, 24, 3999, 4000])
    flows[FLOW.KEEP_NEXT] = random.integers(0, 3)
    return flows, 0, int(random.integers(0, 256)), int(random.choice([0, *(1 << np.arange(25))]))


def slots_arguments(random):
    flows, _, taken = numbered(random)[:3]
    return flows, int(taken.max()), np.zeros(512, dtype=np.int64), 511, KEY


BLANKS = (FLOW.blank, HALF.blank)


def numbered(random, rows=40, room=160):
    """State and packets after track_flows ran, plain, and the frames and octets they came from."""
    flows, halves, taken = blank_state()
    table = packet_rows(random, rows, room).reshape(-1)
    buffer = buffer_of(random, rows * room)
    frames = frame_rows(random, rows, (np.arange(rows) * room, np.full(rows, room))).reshape(-1)
    count, pairs = run_plain(track.track_flows, frames, table, rows, 1, flows, halves, 0, 1, taken, 255, KEY, *BLANKS)
    return flows, halves, taken, table, buffer, frames, rows, count, pairs


def track_flows_arguments(random):
    flows, halves, taken, _, _, _, rows, count, pairs = numbered(random, 10)
    table = packet_rows(random, rows, 160).reshape(-1)
    frames = frame_rows(random, rows, (np.arange(rows), np.zeros(rows))).reshape(-1)
    return frames, table, rows, 11, flows, halves, count, pairs, taken, 255, KEY, *BLANKS


def track_tcp_arguments(random):
    flows, halves, _, table, buffer, frames, rows, *_ = numbered(random)
    return buffer, frames, table, rows, 1, flows, halves, np.zeros(rows * GAP.WIDTH, dtype=np.int64)


def track_records_arguments(random):
    buffer, frames, table, rows, first, flows, halves, found = track_tcp_arguments(random)
    run_plain(tcp.track_tcp, buffer, frames, table, rows, first, flows, halves, found)
    return (
        buffer,
        frames,
        table,
        rows,
        first,
        flows,
        halves,
        np.zeros((len(buffer) // 6 + 1) * PACKED_RECORD.WIDTH, dtype=np.int64),
    )


def segment(random):
    """A TCP segment of a flow in the midst of things: whatever the kernels of a single segment take, by name."""
    flows, _, taken, table, buffer, _, rows, *_ = numbered(random)
    places = [
        row * PACKET.WIDTH
        for row in range(rows)
        if table[row * PACKET.WIDTH + PACKET.LAYERS] & TCP and table[row * PACKET.WIDTH + PACKET.FLOW_ID] >= 0
    ]
    if not places:
        return segment(random)
    p = int(random.choice(places))
    halves, near = half_rows(random, 2 * (len(flows) // FLOW.WIDTH + 1))
    flow, direction = int(table[p + PACKET.FLOW_ID]), int(table[p + PACKET.DIRECTION])
    pair = int(flows[flow * FLOW.WIDTH + FLOW.PAIR])
    flows[flow * FLOW.WIDTH + FLOW.PROGRESS_NS] = random.choice([NEVER_NS, int(times(random, 1)[0])])
    halves[:, HALF.RECORD_STATE] = random.integers(0, 4, len(halves))
    halves[:, HALF.RECORD_HAVE] = random.choice([0, 0, 1, 4], len(halves))
    halves[:, HALF.RECORD_HEAD] = random.integers(0, 2**32, len(halves)) % 256 ** halves[:, HALF.RECORD_HAVE]
    halves[:, HALF.RECORD_NEXT] = table[p + PACKET.STREAM_OFFSET] + random.integers(-4, 40, len(halves))
    so, ao, sent, acked, highest = (near + int(n) for n in random.integers(-3, 3000, 5))
    length, bit = int(random.choice([0, 0, 1, 1448])), random.integers(0, 2, 6).tolist()
    table[p + PACKET.MARKS] = int(random.integers(0, 1 << 25))
    return {
        "buffer": buffer, "packets": table, "p": p, "flows": flows, "halves": halves.reshape(-1), "flow": flow,
        "direction": direction, "f": flow * FLOW.WIDTH, "h": (2 * pair + direction) * HALF.WIDTH,
        "r": (2 * pair + 1 - direction) * HALF.WIDTH, "now": int(times(random, 1)[0]), "frame": 9,
        "gaps": np.zeros(2 * GAP.WIDTH, dtype=np.int64), "at": GAP.WIDTH, "flags": int(random.integers(0, 64)), "so": so,
        "ao": ao if bit[0] else NO_OFFSET, "sent": sent, "acked": acked, "highest": highest, "length": length,
        "end": so + length + bit[1], "fin_offset": so + length, "any_sent": bit[2], "marks": int(random.integers(0, 1 << 25)),
        "twice": bit[3], "first_rtt": int(random.choice([0, 20_000_000, MOST])), "window": int(random.choice([0, 500])),
        "event": int(random.integers(0, 8)), "ttl": 64, "ip_id": int(random.integers(0, 3)), "advances": bit[4],
        "lost_before": bit[5], "probe": bit[1], "scale": int(random.integers(-2, tcp_options.SCALE_MOST)),
        "base": int(random.choice(U32_EDGES)), "slots": taken, "mask": 255, "key": KEY, "former": bit[4],
        "last": int(random.choice(taken[taken > 0])) - 1, "ports": int(random.choice([53, 53 << 16, 40000 << 16 | 443])),
        "offset": so, "records": np.zeros(len(buffer) * PACKED_RECORD.WIDTH, dtype=np.int64), "count": bit[0],
        "head": int(random.integers(0, 2**40)),
    }  # fmt: skip


def of_segment(function):
    """The arguments of a kernel that looks at one segment, by their names."""
    return lambda random: tuple(map(segment(random).get, signature(function).parameters))


SEGMENT = (
    tcp.track_segment, tcp.take_segment, tcp.offsets, tcp.time_handshake, tcp.mark, tcp.recognise, tcp.note_last, tcp.move_on,
    tcp.note_resent, tcp.note_detail, tcp_state.open_or_close, tcp_state.open_half, tcp_state.agree_on_scale,
    tcp_state.establish, tcp_state.take_data, tcp_state.send, tcp_state.send_again, tcp_state.lengthen_streak,
    tcp_state.take_acknowledgment, tcp_state.take_blocks, tcp_state.take_keep_alive, tcp_state.take_window,
    tcp_analysis.mark_place, tcp_analysis.mark_answer, tcp_analysis.fills_window, tcp_analysis.mark_unseen,
    tcp_analysis.mark_repeat, tcp_analysis.note_sent, tcp_analysis.take_rate, track.find_flow, track.slot_of_packet,
    track.begins_anew, track.begin_flow, track.count_packet, track.note_numbers,
    bins.acknowledged, records.begins_records, records.follow_from, records.in_step, records.follow_records, records.write_record,
)  # fmt: skip


def bin_packets_arguments(random):
    """Marked packets of some flows, of which bins may have been made coarser and payload may have been sent before."""
    buffer, frames, table, rows, first, flows, halves, found = track_tcp_arguments(random)
    run_plain(tcp.track_tcp, buffer, frames, table, rows, first, flows, halves, found)
    most = len(halves) // HALF.WIDTH
    levels, sent = random.integers(0, 12, most), times(random, most) * random.integers(0, 2, most)
    newest, made = np.zeros(most, dtype=np.int64), np.zeros(rows * BIN.WIDTH, dtype=np.int64)
    return frames, table, rows, first, flows, halves, levels, sent, newest, made


def bin_row(random):
    """Two bins in which something is."""
    return mixed(random, 0, 2**40, 2 * BIN.WIDTH)


def span_columns(random, count):
    """Starts, in order, and ends of some spans of a run."""
    starts = np.sort(random.integers(0, 50, count)) * 500_000
    return starts, starts + random.integers(0, 20, count) * 500_000


def heap_arguments(random):
    """A heap of some spans behind others' room, and their ends."""
    _, ends = span_columns(random, 12)
    heap, size = np.zeros(20, dtype=np.int64), 0
    for place in random.permutation(12)[:8].tolist():
        heap[5 + size] = place
        run_plain(risen, heap, 5, size, ends)
        size += 1
    return heap, 5, size, ends


def first_to_end_arguments(random):
    starts, ends = span_columns(random, 20)
    lefts = np.arange(40) * 500_000
    room = np.zeros(60, dtype=np.int64), np.zeros(3, dtype=np.int64), np.zeros(40, dtype=np.int64)
    told = int(random.integers(0, 2))
    return starts, ends, random.integers(0, 3, 20), 20, lefts, 40, *room, np.zeros(40 * RIVALS, dtype=np.int64), told


def path_arguments(random):
    starts, ends = span_columns(random, 20)
    order = np.argsort(ends, kind="stable")
    flows = random.integers(0, 4, 20)
    of_flow = np.argsort(flows, kind="stable")
    bounds = np.searchsorted(flows[of_flow], np.arange(5))
    return starts[order], ends[order], flows, of_flow, bounds[:4], bounds[1:].copy(), 20, np.zeros(20, dtype=np.int64)


def waited_for_arguments(random):
    starts, ends = span_columns(random, 20)
    ranks = np.zeros(20, dtype=np.int64)
    ranks[np.argsort(ends, kind="stable")] = np.arange(20)
    room = np.zeros(20, dtype=np.int64), np.full(4, -1), np.zeros(20, dtype=np.int64)
    return starts, ends, random.integers(-1, 4, 20), ranks, 20, *room


def played_again_arguments(random):
    starts, ends = span_columns(random, 20)
    earlier = [np.array([int(random.integers(-1, at)) if at else -1 for at in range(20)]) for _ in range(2)]
    cuts = [random.integers(0, 3, 20) * 500_000 for _ in range(2)]
    return starts, ends, earlier[0], cuts[0], earlier[1], cuts[1], 20, np.zeros(20, dtype=np.int64)


def kept_packets_arguments(random):
    frames, packets = frame_rows(random, 8, (np.arange(8) * 64, 64)), packet_rows(random, 8, 64)
    rows = np.sort(random.choice(8, 5, replace=False)).astype(np.int64)
    first, room = int(random.integers(1, 1000)), np.zeros(5 * history.PACKED.WIDTH, dtype=np.int64)
    return frames.reshape(-1), packets.reshape(-1), rows, 5, first, room


CASES = DECODING | SMOOTH | OCTETS | DNS | {
    **{function: of_segment(function) for function in SEGMENT},
    stream_offset: numbers(U32, U32, OFFSET),
    slots.end_hash: lambda random: (*numbers(I64, I64, U16)(random), KEY),
    slots.scattered: numbers((0, slots.PRIME - 1)),
    slots.slot_of: lambda random: (*numbers(I64, I64, I64, I64, U16, U16, (0, 6 * 256 + 17))(random), KEY),
    track.fill_slots: slots_arguments,
    track.way: lambda random: (
        numbered(random)[0], int(random.integers(0, 3)), *numbers(I64, I64, I64, I64, U32, (0, 6 * 256 + 17))(random),
    ),
    track.track_flows: track_flows_arguments,
    track.clear: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, HALF.blank),
    tcp_options.syn_options: span,
    tcp_options.tail_options: lambda random: (*span(random), *numbers(U32, OFFSET)(random)),
    tcp_analysis.analyse: analyse_arguments,
    tcp_analysis.sample_round_trip: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, int(times(random, 1)[0])),
    tcp_analysis.overtaken: numbers((-1, 2**40), (-1, 2**32), U16, U16),
    copies.captured_before: captured_before_arguments,
    copies.captured_twice: captured_before_arguments,
    copies.identity: numbers((0, 2**62), U32),
    copies.remember: copies_arguments,
    copies.note_id: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, int(random.integers(0, 65536))),
    copies.since_hole: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, int(times(random, 1)[0])),
    copies.acknowledged_first: lambda random: (
        half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, int(random.integers(0, 2)), int(times(random, 1)[0]),
    ),
    flight.note_tail: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, *numbers(OFFSET, (0, 2**25))(random)),
    history.append_letter: letters_arguments,
    history.note_history: history_arguments,
    history.kept_in_detail: kept_arguments,
    tcp_analysis.added: numbers((0, MOST), (0, MOST)),
    tcp_analysis.close_window: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF.WIDTH, int(times(random, 1)[0])),
    history.keep_packets: kept_packets_arguments,
    history.unpack_packets: lambda random: (
        random.integers(0, 2**61, 3 * history.PACKED.WIDTH), 3, np.zeros(3 * history.KEPT.WIDTH, dtype=np.int64)),
    history.power_of_ten: numbers((-1, 100_001)),
    tcp.track_tcp: track_tcp_arguments,
    records.unpack_records: lambda random: (
        random.integers(0, 2**57, 3 * PACKED_RECORD.WIDTH), 3, np.zeros(3 * RECORD.WIDTH, dtype=np.int64)),
    gaps.unacked: numbers(OFFSET, OFFSET),
    gaps.write_gap: gap_arguments,
    gaps.write_open_gaps: open_gaps_arguments,
    gaps.progress: lambda random: (random.integers(0, 3, 2 * FLOW.WIDTH), 1, *numbers(OFFSET, OFFSET)(random), 1, 4),
    records.like_header: numbers((0, 255), U16, U16),
    records.starts_handshake: span,
    records.starts_text: span,
    records.ends_chunks: span,
    records.find_header: span,
    records.track_records: track_records_arguments,
    bins.bin_packets: bin_packets_arguments,
    bins.begin_bin: lambda random: (bin_row(random), BIN.WIDTH, *numbers((0, 2**20), (0, 2**20))(random)),
    bins.add_payload: lambda random: (
        bin_row(random), BIN.WIDTH, *numbers((1, 1460), OFFSET, (0, 2**25), U32)(random), int(times(random, 1)[0]),
    ),
    bins.add_distance: lambda random: (bin_row(random), BIN.WIDTH, *numbers((-5, 2 * bins.FAR_US))(random)),
    bins.add_acknowledgment: lambda random: (bin_row(random), BIN.WIDTH, *numbers(OFFSET, U16, (-2, 20))(random)),
    ends_sooner: lambda random: (span_columns(random, 12)[1], *random.integers(0, 12, 2).tolist()),
    risen: lambda random: (heap := heap_arguments(random))[:2] + (int(random.integers(0, 8)), heap[3]),
    popped: heap_arguments,
    first_to_end: first_to_end_arguments,
    path_back: path_arguments,
    passed: lambda random: (*path_arguments(random)[:2], int(random.integers(0, 21)), int(random.integers(0, 50)) * 500_000),
    waited_for: waited_for_arguments,
    played_again: played_again_arguments,
}  # fmt: skip
