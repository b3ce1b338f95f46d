"""Of the spans that lie open in each piece of a run, the one that has it: what moves before waits, waits before own time."""

from netanalyze.flows.timeline.heap import popped, risen
from netanalyze.kernel import kernel

RANKS, RIVALS = 3, 4
"""Ranks of spans, the lowest first; how many others of the middle rank are told of beside one of it that has a piece."""
OWED = 1


@kernel
def first_to_end(starts, ends, ranks, spans, lefts, pieces, heaps, sizes, owners, rivals, with_rivals):
    """Whose each piece is: of the lowest rank that lies open, what ends first.

    Args:
        starts, ends, ranks: of spans in the order of their beginnings; ``spans`` is how many.
        lefts: where each piece begins, in order; ``pieces`` is how many.
        heaps, sizes: room for ``RANKS`` times ``spans`` numbers, and ``RANKS`` zeros.
        owners: of each piece the place of its span is written here, -1 nobody's.
        rivals: of each piece, if ``with_rivals``, the next ``RIVALS`` of the heap of those owed, -1 where there are fewer.
    """
    begun = 0
    for piece in range(pieces):
        left = lefts[piece]
        while begun < spans and starts[begun] <= left:
            rank = ranks[begun]
            heaps[rank * spans + sizes[rank]] = begun
            risen(heaps, rank * spans, sizes[rank], ends)
            sizes[rank] += 1
            begun += 1
        owner = -1
        for rank in range(RANKS):
            while sizes[rank] > 0 and ends[heaps[rank * spans]] <= left:
                popped(heaps, rank * spans, sizes[rank], ends)
                sizes[rank] -= 1
            if sizes[rank] > 0:
                owner = heaps[rank * spans]
                break
        owners[piece] = owner
        if with_rivals:
            for place in range(RIVALS):
                there = place + 1 < sizes[OWED]
                rivals[piece * RIVALS + place] = heaps[OWED * spans + place + 1] if there else -1
