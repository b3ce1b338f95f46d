"""Arguments for the kernels that look at whole pieces of a buffer: sums of segments, equal spans."""

import numpy as np
from kernel_arguments import MOST, buffer_of, frame_rows, packet_rows, run_plain, span

from netanalyze.conversations import number_map
from netanalyze.tracking import checksums, spans
from netanalyze.tracking.marks import KEPT_IN_DETAIL, RESENT
from netanalyze.tracking.slots import KEY_LENGTH, PRIME
from netanalyze.wire import octets
from netanalyze.wire.layers import PACKET
from netanalyze.wire.net.checksum import ones_sum

ROWS = 6
KEY = np.full(KEY_LENGTH, PRIME - 1, dtype=np.int64)  # the largest there is


def segment(random):
    """``(octets, network, start, end, begin, behind)`` of a segment whose checksum is right, left to the card, or wrong."""
    octets = np.frombuffer(random.bytes(120), dtype=np.uint8).copy()
    begin, network, header = int(random.integers(0, 8)), int(random.integers(0, 20)), int(random.choice([20, 40]))
    network += begin
    octets[network] = 0x45 if header == 20 else 0x60
    start = network + header
    end = start + int(random.integers(16, 40))
    addresses = octets[network + 12 : start] if header == 20 else octets[network + 8 : start]
    pseudo = ones_sum(addresses.tobytes(), 6 + end - start)
    octets[start + 16 : start + 18] = 0
    whole = 0xFFFF - ones_sum(octets[start:end].tobytes(), pseudo)
    octets[start + 16 : start + 18] = list(int(random.choice([whole, whole, pseudo, 0, whole ^ 4])).to_bytes(2, "big"))
    places = [network, start, end, begin, int(random.choice([end, end, 120]))]
    if random.random() < 0.2:
        places[random.integers(5)] += int(random.integers(-30, 3))
    return octets, *(min(max(place, 0), 120) for place in places)


def segments(random):
    """``(buffer, spans, count, found)`` of several, one behind the other."""
    made = [segment(random) for _ in range(ROWS)]
    rows = np.array([[place + 120 * at for place in one[1:]] for at, one in enumerate(made)], dtype=np.int64)
    return np.concatenate([one[0] for one in made]), rows.reshape(-1), ROWS, np.zeros(ROWS, dtype=np.int64)


def some_spans(random):
    """``(octets, begins, ends, count, slots, mask, key, firsts, numbers)``: of few octets, so that many are equal."""
    octets = random.integers(0, 2, 40).astype(np.uint8)
    begins = random.integers(0, 40, ROWS)
    ends = np.minimum(begins + random.integers(0, 5, ROWS), 40)
    room = (np.zeros(ROWS, dtype=np.int64) for _ in range(2))
    return octets, begins, ends, ROWS, np.zeros(16, dtype=np.int64), 15, int(random.integers(1, PRIME)), *room


def known_spans(random):
    """``(octets, edges, slots, mask, key)``: of few octets, no two the same, of which the first three are entered."""
    texts = random.permutation(["", "\0", "\1", "\0\0", "\0\1", "\1\0\1"]).tolist()
    edges = np.cumsum([0, *map(len, texts)])
    octets, key = np.frombuffer("".join(texts).encode(), dtype=np.uint8).copy(), int(random.integers(1, PRIME))
    slots = np.zeros(16, dtype=np.int64)
    run_plain(spans.enter_spans, octets, edges, 0, 3, slots, 15, key)
    return octets, edges, slots, 15, key


def number_table(random):
    """``(table, mask, key)`` with some numbers below 9, and some of any size, in it."""
    table = np.zeros(2 * 32, dtype=np.int64)
    numbers = np.concatenate([random.integers(0, 9, 3), random.integers(0, MOST, 3)])
    run_plain(number_map.enter_numbers, numbers, np.arange(6), 6, table, 31, KEY)
    return table, 31, KEY


def find_spans_arguments(random):
    octets, begins, ends, count, *_ = some_spans(random)
    return octets, begins, ends, count, *known_spans(random), np.zeros(ROWS, dtype=np.int64)


def judged(random):
    """``(packets, count, places)`` of packets, some of which are kept in detail or repeated."""
    packets = packet_rows(random, 8, 64)
    packets[:, PACKET.MARKS] = random.choice([0, KEPT_IN_DETAIL, RESENT, KEPT_IN_DETAIL | RESENT], 8)
    return packets.reshape(-1), 8, np.zeros(8, dtype=np.int64)


def enter_spans_arguments(random):
    octets, edges, *table = known_spans(random)
    return octets, edges, 3, 6, *table


CASES = {
    checksums.telling_segments: lambda random: (
        frame_rows(random, 8, (np.arange(8) * 64, 64)).reshape(-1),
        *judged(random),
    ),
    checksums.dns_datagrams: judged,
    checksums.words_sum: lambda random: (*span(random), int(random.integers(0, 1 << 20))),
    checksums.judge_segment: segment,
    checksums.judge_segments: segments,
    spans.span_hash: lambda random: (*span(random), int(random.integers(1, PRIME))),
    spans.spans_differ: lambda random: (
        buffer_of(random, 40),
        int(random.integers(0, 20)),
        buffer_of(random, 40),
        *random.integers(0, 20, 2).tolist(),
    ),
    spans.find_spans: find_spans_arguments,
    spans.enter_spans: enter_spans_arguments,
    number_map.number_hash: lambda random: (int(random.integers(0, MOST)), KEY),
    number_map.find_numbers: lambda random: (
        random.integers(0, 9, ROWS),
        ROWS,
        *number_table(random),
        np.zeros(ROWS, dtype=np.int64),
    ),
    number_map.enter_numbers: lambda random: (
        random.integers(0, 9, ROWS),
        random.integers(0, MOST - 1, ROWS),
        ROWS,
        *number_table(random),
    ),
    spans.number_spans: some_spans,
    octets.copy_octets: lambda random: (*span(random), np.zeros(200, dtype=np.uint8), int(random.integers(0, 9))),
    spans.gather: lambda random: (*some_spans(random)[:4], np.zeros(40 * ROWS, dtype=np.uint8)),
}
