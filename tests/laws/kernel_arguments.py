"""Arguments for kernels: random columns of full range, such as each kernel's caller keeps to.

``CASES`` maps a kernel to a function that makes its arguments with a NumPy random generator. A seed makes the
generator: hypothesis finds the seed, NumPy the numbers.
"""

import numpy as np

from netanalyze.capture import batch as frame_fields
from netanalyze.flows import copies, flight, gaps, history, records, state, tcp, tcp_analysis, tcp_options, track
from netanalyze.flows.gaps import GAP_WIDTH
from netanalyze.flows.records import RECORD_WIDTH
from netanalyze.flows.sequence import NO_OFFSET, stream_offset
from netanalyze.flows.state import FLOW_WIDTH, HALF_FIELDS, HALF_WIDTH, FlowState
from netanalyze.kernel import Engine
from netanalyze.units import NEVER_NS
from netanalyze.wire import layers, octets, packets
from netanalyze.wire.layers import WIDTH
from netanalyze.wire.link import cooked, dispatch, ethernet, frame_relay, host, lan, loopback, ppp, tags, wlan
from netanalyze.wire.net import ipv4, ipv6, stack, tunnels, udp_tunnels
from netanalyze.wire.transport import tcp as tcp_header
from netanalyze.wire.transport import udp

LEAST, MOST = -(2**63), 2**63 - 1
FARTHEST_NS = 2**62 - 1


def run_plain(function, *arguments):
    """Run a kernel as plain Python on these arrays."""
    return Engine(mode="plain").run(function, *arguments)


U32_EDGES = np.array([0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
I64_EDGES = np.array([LEAST, LEAST + 1, -(2**32), -1, 0, 1, 2**32, MOST])


def mixed(random, low, high, size, edges=()):
    """Integers in [low, high], a third of them edges or small, so that they meet."""
    wide = random.integers(low, high, size, endpoint=True, dtype=np.int64)
    small = random.integers(max(low, 0), max(low, 0) + 3, size, endpoint=True)
    edge = random.choice(np.array([low, high, *edges], dtype=np.int64), size)
    return np.where(random.random(size) < 0.5, wide, np.where(random.random(size) < 0.5, small, edge))


def times(random, size):
    """Times as a capture may have them: mostly onward, sometimes anywhere that readers can give."""
    onward = 1_700_000_000_000_000_000 + np.cumsum(10 ** random.integers(0, 11, size))
    anywhere = random.integers(-FARTHEST_NS, FARTHEST_NS, size)
    return np.where(random.random(size) < 0.9, onward, anywhere)


def buffer_of(random, size):
    """Octets, many of which begin TLS records, options and words of HTTP."""
    made = random.integers(0, 256, size, dtype=np.uint8)
    pieces = (
        b"\x16\3\1\2\0\1", b"\x17\3\3\0\x20", b"\x17\3\3\x40\0", b"GET ", b"HTTP", b"\1\1\5\x0a", b"\3\3\x0e",
        b"\2\4\5\xb4", b"\1\1\x08\x0a",
    )  # fmt: skip
    for at in random.integers(0, max(size - 8, 1), size // 12):
        piece = pieces[random.integers(len(pieces))]
        made[at : at + len(piece)] = np.frombuffer(piece, dtype=np.uint8)[: size - at]
    return made


def frame_rows(random, size, spans):
    """Rows of frames that lie at ``spans`` in the buffer."""
    rows = np.zeros((size, frame_fields.WIDTH), dtype=np.int64)
    rows[:, frame_fields.START], rows[:, frame_fields.CAPTURED_LENGTH] = spans
    more = random.choice([0, 0, 1, 1500, 2**31], size)
    rows[:, frame_fields.ORIGINAL_LENGTH] = rows[:, frame_fields.CAPTURED_LENGTH] + more
    rows[:, frame_fields.TIME_NS] = times(random, size)
    return rows


def packet_rows(random, size, room):
    """Rows of decoded packets with numbers of full range; row ``i`` has its octets in ``[i * room, (i + 1) * room)``."""
    rows = np.zeros((size, WIDTH), dtype=np.int64)
    kinds = (layers.TCP, layers.TCP, layers.TCP, layers.UDP, layers.ICMP, 0, layers.UNDECODED)
    rows[:, layers.LAYERS] = layers.IP | random.choice(kinds, size)
    addresses = random.integers(LEAST, MOST, 3)
    for field in (layers.SRC_HIGH, layers.SRC_LOW, layers.DST_HIGH, layers.DST_LOW):
        rows[:, field] = np.where(
            random.random(size) < 0.02, mixed(random, LEAST, MOST, size, I64_EDGES), random.choice(addresses[:2], size)
        )
    rows[:, layers.IP_VERSION] = random.choice([4, 6], size)
    rows[:, layers.IP_PROTOCOL] = random.choice([6, 6, 6, 17], size)
    for field in (layers.SRC_PORT, layers.DST_PORT):
        rows[:, field] = np.where(
            random.random(size) < 0.05, random.integers(0, 65536, size), random.choice([53, 443, 40000], size)
        )
    rows[:, layers.TCP_FLAGS] = random.choice([2, 18, 16, 16, 16, 24, 24, 17, 4, 20, 0, 255], size)
    base = random.choice(U32_EDGES)
    for field in (layers.TCP_SEQ, layers.TCP_ACK):
        near = (base + random.integers(0, 5000, size)) & 0xFFFFFFFF
        rows[:, field] = np.where(random.random(size) < 0.1, mixed(random, 0, 2**32 - 1, size, U32_EDGES), near)
    rows[:, layers.TCP_WINDOW] = random.choice([0, 0, 500, 500, 501, 65535], size)
    rows[:, layers.TTL] = random.integers(0, 256, size)
    rows[:, layers.IP_ID] = random.choice([0, 1, 2, 65535], size)
    start = np.arange(size) * room
    options = 4 * random.integers(0, 11, size)
    captured = random.integers(0, room - 40, size)
    rows[:, layers.OPTIONS_START] = start
    rows[:, layers.PAYLOAD_START] = start + options
    rows[:, layers.PAYLOAD_CAPTURED] = np.where(random.random(size) < 0.4, 0, captured)
    more = random.choice([0, 0, 0, 0, 1, 1448, 65495], size)
    rows[:, layers.PAYLOAD_LENGTH] = rows[:, layers.PAYLOAD_CAPTURED] + more
    return rows


def blank_state():
    """Flows and half-flows without content, with room for 64 flows, and empty slots."""
    state = FlowState(Engine(mode="plain"))
    flows, halves = (np.array(cells, dtype=np.int64) for cells in (state.flow_cells, state.half_cells))
    return flows, halves, np.zeros(256, dtype=np.int64)


def half_rows(random, count):
    """Half-flows in the midst of things, numbers as large as they can have become."""
    halves = np.zeros((count, HALF_WIDTH), dtype=np.int64)
    near = int(random.choice([1, 5000, 2**32 - 100, 2**40]))
    for column, field in enumerate(HALF_FIELDS):
        if field in ("next_ns", "last_ack_ns", "timed_ns"):  # set with what they belong to
            halves[:, column] = times(random, count)
        elif field.endswith("_ns"):
            halves[:, column] = np.where(random.random(count) < 0.3, NEVER_NS, times(random, count))
        elif field in ("next", "last_ack", "contiguous_ackable", "acked", "contiguous", "sacked", "timed_end"):
            halves[:, column] = np.where(random.random(count) < 0.2, NO_OFFSET, near + random.integers(-3, 3000, count))
        else:
            halves[:, column] = random.choice([0, 0, 1, 1, 2, 500], count)
    halves[:, HALF_FIELDS.index("scale")] = random.integers(-2, 256, count)
    halves[:, HALF_FIELDS.index("window")] = random.choice([-1, 0, 500, 65535], count)
    halves[:, HALF_FIELDS.index("last_marks")] = random.integers(0, 1 << 15, count)
    halves[:, HALF_FIELDS.index("smoothed_ns")] = random.integers(0, 2**40, count)
    halves[:, HALF_FIELDS.index("variation_ns")] = random.integers(0, 2**40, count)
    return halves, near


# Arguments of each kernel


def place(random, size=64, width=0):
    """``(buffer, at, end)`` with ``width`` octets sure to be there."""
    end = int(random.integers(width, size, endpoint=True))
    return buffer_of(random, size), int(random.integers(0, end - width, endpoint=True)), end


def read_at(width):
    return lambda random: place(random, 16, width)[:2]


def span(random):
    return place(random)


def header(first, *after):
    """``(buffer, at, end, …, packets, fields)`` for a header decoder; the first octet is often a likely one."""

    def arguments(random):
        buffer, at, end = place(random, 120)
        if at < end and random.random() < 0.8:
            buffer[at] = random.choice(first)
        return (buffer, at, end, *(value(random, end) for value in after), np.zeros(2 * WIDTH, dtype=np.int64), WIDTH)

    return arguments


def wireless(random, before):
    """``(buffer, at, end)``: an 802.11 data frame ``before`` octets on, its flags and subtype any."""
    buffer, at, end = place(random, 90)
    if before and at + before < end:
        buffer[at : at + 8] = (0, 0, before, 0, random.choice([0, 2, 3]), 0, 0, 0)
    if at + before + 2 < end:
        buffer[at + before] = random.choice([0x08, 0x88, 0x48, 0x80])
        buffer[at + before + 1] = random.choice([0, 1, 2, 3, 0x40, 0x81])
    return buffer, at, end


def beyond(random, end):
    return end + int(random.choice([0, 0, 1, 1460, 65535]))


def analyse_arguments(random):
    halves, near = half_rows(random, 2)
    h, r = random.permutation([0, HALF_WIDTH]).tolist()
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
    halves[:, state.H_RECENT + places] = near * 65536 + random.integers(0, 3, (2, state.RECENT))
    halves[:, state.H_RECENT_AT] = random.integers(0, state.RECENT, 2)
    return halves.reshape(-1), HALF_WIDTH, near, int(random.integers(0, 3)), int(times(random, 1)[0])


def captured_before_arguments(random):
    """The same, with where the segment ends and the first round trip."""
    halves, h, so, ip_id, now = copies_arguments(random)
    return halves, h, so, so + int(random.choice([0, 1, 1448])), ip_id, now, int(random.choice([0, 400_000, 2**40]))


def history_arguments(random):
    flows, _, _ = blank_state()
    halves, _ = half_rows(random, 2)
    for column in ("resent", "lost", "zero_count"):
        halves[0, HALF_FIELDS.index(column)] = random.choice([1, 2, 10, 100_000])
    return (
        flows, halves.reshape(-1), 0, 0, int(random.integers(0, 256)), int(random.integers(0, 2)),
        int(random.integers(0, 1 << 15)), int(random.integers(0, 2)), int(random.integers(0, 2)),
    )  # fmt: skip


def gap_arguments(random):
    flows = random.integers(-(2**40), 2**40, 2 * FLOW_WIDTH)
    halves, near = half_rows(random, 4)
    return (
        flows, halves.reshape(-1), 1, int(times(random, 1)[0]), 9, int(random.integers(0, 2)), 4, near,
        int(random.choice([NO_OFFSET, near - 5])), np.zeros(2 * GAP_WIDTH, dtype=np.int64), GAP_WIDTH,
    )  # fmt: skip


def letters_arguments(random):
    flows, _, _ = blank_state()
    flows[state.HISTORY_LENGTH] = random.integers(0, 40)
    return flows, 0, int(random.integers(0, 10)), int(random.integers(0, 2))


def kept_arguments(random):
    """A flow of which few, many or no more packets may be kept, and any flags and marks."""
    flows = np.zeros(FLOW_WIDTH, dtype=np.int64)
    flows[state.KEPT] = random.choice([0, 23, 24, 3999, 4000])
    flows[state.KEEP_NEXT] = random.integers(0, 3)
    return flows, 0, int(random.integers(0, 256)), int(random.choice([0, *(1 << np.arange(25))]))


def slots_arguments(random):
    flows, _, slots = numbered(random)[:3]
    return flows, int(slots.max()), np.zeros(512, dtype=np.int64), 511


def decode_arguments(random):
    rows, room = 12, 90
    buffer = buffer_of(random, rows * room)
    frames = frame_rows(random, rows, (np.arange(rows) * room, random.integers(0, room, rows, endpoint=True)))
    types = np.array([*dispatch.DECODED, 147], dtype=np.int64)
    frames[:, frame_fields.INTERFACE_ID] = random.integers(0, len(types), rows)
    likely = (b"\x45", b"\x60", b"\x08\0\x45", b"\x86\xdd\x60", b"\x81\0\0\7\x08\0\x45", b"\0\x21\x45", b"\2\0\0\0\x45")
    for at in frames[:, frame_fields.START].tolist():
        piece = likely[random.integers(len(likely))]
        at += int(random.choice([0, 2, 12, 14, 16, 20]))
        buffer[at : at + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
    return buffer, frames.reshape(-1), rows, types, np.zeros(rows * WIDTH, dtype=np.int64)


def frame_of(arguments, random):
    """The arguments of ``decode_frames``, for one of the rows."""
    buffer, frames, rows, link_types, cells = arguments
    return buffer, frames, int(random.integers(rows)), link_types, cells


def numbered(random, rows=40, room=160):
    """State and packets after track_flows ran, plain, and the frames and octets they came from."""
    flows, halves, slots = blank_state()
    table = packet_rows(random, rows, room).reshape(-1)
    buffer = buffer_of(random, rows * room)
    frames = frame_rows(random, rows, (np.arange(rows) * room, np.full(rows, room))).reshape(-1)
    count = run_plain(track.track_flows, frames, table, rows, 1, flows, halves, 0, slots, 255)
    return flows, halves, slots, table, buffer, frames, rows, count


def track_flows_arguments(random):
    flows, halves, slots, _, _, _, rows, count = numbered(random, 10)
    table = packet_rows(random, rows, 160).reshape(-1)
    frames = frame_rows(random, rows, (np.arange(rows), np.zeros(rows))).reshape(-1)
    return frames, table, rows, 11, flows, halves, count, slots, 255


def track_tcp_arguments(random):
    flows, halves, _, table, buffer, frames, rows, _ = numbered(random)
    return buffer, frames, table, rows, 1, flows, halves, np.zeros(rows * GAP_WIDTH, dtype=np.int64)


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
        np.zeros((len(buffer) // 6 + 1) * RECORD_WIDTH, dtype=np.int64),
    )


def numbers(*ranges):
    """Scalars, each from its range."""
    return lambda random: tuple(int(mixed(random, low, high, 1)[0]) for low, high in ranges)


ETHERTYPES = (0, 300, 0x0800, 0x8100, 0x88A8, 0x8864, 0x8847, 0x8848)
U16, U32, I64, OFFSET = (0, 65535), (0, 2**32 - 1), (LEAST, MOST), (-(2**40), 2**40)

CASES = {
    octets.u8: read_at(1),
    octets.u16: read_at(2),
    octets.u24: read_at(3),
    octets.u32: read_at(4),
    octets.s64: read_at(8),
    ethernet.llc: span,
    ethernet.after_ethertype: lambda random: (*span(random), int(random.choice(ETHERTYPES))),
    ethernet.ethernet: span,
    cooked.cooked: span,
    cooked.cooked2: span,
    loopback.loopback: span,
    loopback.raw_ip: span,
    ppp.ppp_protocol: span,
    ppp.ppp: span,
    ppp.cisco_hdlc: span,
    wlan.le16: read_at(2),
    wlan.le32: read_at(4),
    wlan.wlan: lambda random: (*wireless(random, 0), bool(random.integers(2))),
    wlan.radiotap: lambda random: wireless(random, 8),
    wlan.avs: span,
    wlan.prism: span,
    lan.with_llc: span,
    lan.fddi: span,
    lan.firewire: span,
    lan.switch_tagged: lambda random: (*span(random), int(random.choice([4, 8]))),
    host.pflog: span,
    lan.token_ring: span,
    frame_relay.frame_relay: span,
    host.nflog: span,
    host.pktap: span,
    dispatch.plain_link: lambda random: (*span(random), int(random.choice([*dispatch.DECODED, 147]))),
    dispatch.link: lambda random: (*span(random), int(random.choice([*dispatch.DECODED, 147]))),
    tunnels.gre: span,
    tags.ethernet_inside: span,
    tags.rarer_tag: lambda random: (*span(random), int(random.choice([0x8926, 0x8909, 0x88E7, 0x8903, 0x22F3, 0x894F, 1]))),
    ethernet.bears_ethernet: span,
    udp_tunnels.geneve: span,
    udp_tunnels.vxlan_gpe: span,
    udp_tunnels.gtp: span,
    udp_tunnels.teredo: span,
    udp_tunnels.ayiya: span,
    udp_tunnels.l2tp: span,
    udp_tunnels.is_tunnel_port: numbers((1600, 7000)),
    udp_tunnels.tunnel_port: lambda random: tuple(int(n) for n in random.choice([53, *udp_tunnels.PORT_NAMES, 50000], 2)),
    udp_tunnels.udp_tunnel: lambda random: (*span(random), int(random.choice(list(udp_tunnels.PORT_NAMES)))),
    stack.begins_ip: lambda random: (*span(random), int(random.choice(ETHERTYPES))),
    ipv4.ipv4: header([0x45, 0x46, 0x4F]),
    ipv6.ipv6: header([0x60]),
    tcp_header.tcp_header: header([0, 1], beyond),
    udp.udp_header: header([0, 1], beyond),
    stack.network: header([0x45, 0x60], beyond, lambda random, _: int(random.choice([0x0800, 0x86DD]))),
    packets.decode_frame: lambda random: frame_of(decode_arguments(random), random),
    packets.decode_frames: decode_arguments,
    stream_offset: numbers(U32, U32, OFFSET),
    track.slot_of: numbers(I64, I64, I64, I64, U16, U16, (0, 6 * 256 + 17)),
    track.fill_slots: slots_arguments,
    track.track_flows: track_flows_arguments,
    tcp_options.syn_options: span,
    tcp_options.tail_options: lambda random: (*span(random), *numbers(U32, OFFSET)(random)),
    tcp_analysis.analyse: analyse_arguments,
    tcp_analysis.sample_round_trip: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, int(times(random, 1)[0])),
    tcp_analysis.overtaken: numbers((-1, 2**40), (-1, 2**40), (0, 65535), (0, 65535)),
    tcp_analysis.overtaken: numbers((-1, 2**40), (-1, 2**32), U16, U16),
    copies.captured_before: captured_before_arguments,
    copies.captured_twice: captured_before_arguments,
    copies.remember: copies_arguments,
    copies.note_id: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, int(random.integers(0, 65536))),
    copies.since_hole: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, int(times(random, 1)[0])),
    copies.acknowledged_first: lambda random: (
        half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, int(random.integers(0, 2)), int(times(random, 1)[0]),
    ),
    flight.note_tail: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, *numbers(OFFSET, (0, 2**25))(random)),
    history.append_letter: letters_arguments,
    history.note_history: history_arguments,
    history.kept_in_detail: kept_arguments,
    tcp_analysis.close_window: lambda random: (half_rows(random, 2)[0].reshape(-1), HALF_WIDTH, int(times(random, 1)[0])),
    history.power_of_ten: numbers((-1, 100_001)),
    tcp.track_tcp: track_tcp_arguments,
    gaps.unacked: numbers(OFFSET, OFFSET),
    gaps.write_gap: gap_arguments,
    gaps.progress: lambda random: (random.integers(0, 3, 2 * FLOW_WIDTH), 1, *numbers(OFFSET, OFFSET)(random), 1, 4),
    records.like_header: numbers((0, 255), U16, U16),
    records.starts_handshake: span,
    records.starts_text: span,
    records.find_header: span,
    records.track_records: track_records_arguments,
}  # fmt: skip
