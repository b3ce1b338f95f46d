"""Zeek's ``history`` of a connection: a letter for each kind of packet, upper case for the originator's."""

from netanalyze.kernel import kernel
from netanalyze.tracking.marks import (
    ENDS_GAP,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    LOST_SEGMENT,
    RESENT,
    ZERO_WINDOW,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
)
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.wire.layers import (
    ACK,
    FIN,
    RST,
    SYN,
)

LETTER_S, LETTER_H, LETTER_A, LETTER_D, LETTER_F, LETTER_R, LETTER_G, LETTER_T, LETTER_W = range(1, 10)
LETTERS = "?shadfrgtw"
NOTABLE = (
    RESENT
    | LOST_SEGMENT
    | KEEP_ALIVE
    | KEEP_ALIVE_ACK
    | ZERO_WINDOW
    | ZERO_WINDOW_PROBE
    | ZERO_WINDOW_PROBE_ACK
    | ENDS_GAP
)


@kernel
def append_letter(flows, f, letter, direction):
    """Append to the flow's history (Zeek's letters, 5 bits each; the low bit is the direction)."""
    at = flows[f + FLOW.HISTORY_LENGTH]
    if at < 12:
        flows[f + FLOW.HISTORY_LOW] += (letter * 2 + direction) << (5 * at)
    elif at < 24:
        flows[f + FLOW.HISTORY_HIGH] += (letter * 2 + direction) << (5 * (at - 12))
    flows[f + FLOW.HISTORY_LENGTH] = at + 1


@kernel
def note_history(flows, halves, f, h, flags, length, marks, direction):
    """Letters for what this packet shows for the first time (t, g and w: the 1st, 10th, 100th … time)."""
    if flags & SYN:
        letter = LETTER_H if flags & ACK else LETTER_S
    elif flags & RST:
        letter = LETTER_R
    elif length:
        letter = LETTER_D
    elif flags & ACK and flags & FIN == 0:
        letter = LETTER_A
    else:
        letter = 0
    for turn in range(2):
        if turn:
            letter = LETTER_F if flags & FIN else 0
        if letter:
            bit = 1 << (letter * 2 + direction)
            if flows[f + FLOW.HISTORY_SEEN] & bit == 0:
                flows[f + FLOW.HISTORY_SEEN] |= bit
                append_letter(flows, f, letter, direction)
    if marks & RESENT and length:
        if power_of_ten(halves[h + HALF.RESENT]):
            append_letter(flows, f, LETTER_T, direction)
    if marks & LOST_SEGMENT:
        if power_of_ten(halves[h + HALF.LOST]):
            append_letter(flows, f, LETTER_G, direction)
    if marks & ZERO_WINDOW and power_of_ten(halves[h + HALF.ZERO_COUNT]):
        append_letter(flows, f, LETTER_W, direction)


@kernel
def power_of_ten(number):
    """Whether a count is 1, 10, 100, ... (Zeek's logarithmic history letters)."""
    return number == 1 or number == 10 or number == 100 or number == 1000 or number == 10000 or number == 100000


KEPT_FIRST, KEPT_MOST = 24, 4000
"""Packets of a flow that are kept in detail: its first ones, and up to so many notable ones in all."""


@kernel
def kept_in_detail(flows, f, flags, marks):
    """Whether the row of a packet is kept; counts it if so."""
    kept = flows[f + FLOW.KEPT]
    following = flows[f + FLOW.KEEP_NEXT]
    if following:
        flows[f + FLOW.KEEP_NEXT] = following - 1
    if (
        kept < KEPT_FIRST
        or (following and kept < KEPT_MOST)
        or flags & (SYN | FIN | RST)
        or (marks & NOTABLE and kept < KEPT_MOST)
    ):
        flows[f + FLOW.KEPT] = kept + 1
        return 1
    return 0
