"""Arguments for the kernels that look at whole pieces of a buffer: sums of segments, equal spans."""

import numpy as np
from kernel_arguments import buffer_of, span

from netanalyze.tracking import checksums, spans
from netanalyze.tracking.slots import PRIME
from netanalyze.wire.net.checksum import ones_sum

ROWS = 6


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


CASES = {
    checksums.words_sum: lambda random: (*span(random), int(random.integers(0, 1 << 20))),
    checksums.judge_segment: segment,
    checksums.judge_segments: segments,
    spans.span_hash: lambda random: (*span(random), int(random.integers(1, PRIME))),
    spans.spans_differ: lambda random: (buffer_of(random, 40), *(int(n) for n in random.integers(0, 20, 3))),
    spans.number_spans: some_spans,
}
