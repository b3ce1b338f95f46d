"""Gaps: spans of one flow in which nothing moved it on, with what was tried meanwhile.

Progress is a new payload octet in either direction, an acknowledgment of something new, or a
step of opening or closing. Retransmissions, keep-alives, duplicate acknowledgments are none.
"""

from netanalyze.flows.state import (
    DATA_DIRECTION,
    FLOW_WIDTH,
    GAP_FIRST_RESENT_FRAME,
    GAP_KEEP_ALIVES_0,
    GAP_LAST_RESENT_FRAME,
    GAP_RESENT_0,
    GAP_RESENT_1,
    H_ACKED,
    H_ID_STEP,
    H_LAST_DATA_FRAME,
    H_NEXT,
    H_WINDOW,
    H_ZERO_END_NS,
    H_ZERO_SINCE_NS,
    HALF_WIDTH,
    PROGRESS_DIRECTION,
    PROGRESS_FRAME,
    PROGRESS_KIND,
    PROGRESS_NS,
)
from netanalyze.kernel import kernel
from netanalyze.units import NEVER_NS

RESOLUTION_NS = 10_000_000
"""The shortest gap that is kept: 10 ms, below a person's notice and above a kernel's timer tick."""

KIND_NONE, KIND_SYN, KIND_SYN_ACK, KIND_ESTABLISHED, KIND_DATA, KIND_ACK, KIND_FIN, KIND_RST = range(8)
KIND_NAMES = ("none", "syn", "syn_ack", "established", "data", "ack", "fin", "rst")

GAP_FIELDS = (
    "flow_id",
    "start_ns",
    "end_ns",
    "last_frame",
    "next_frame",
    "last_direction",
    "last_kind",
    "next_direction",
    "next_kind",
    "data_direction",  # who had sent the last new payload, -1 nobody
    "unacked_0",  # octets sent and not acknowledged when the gap ended, before what ended it
    "unacked_1",
    "resent_0",
    "resent_1",
    "keep_alives_0",
    "keep_alives_1",
    "answers_0",  # acknowledgments of the originator's keep-alives or probes
    "answers_1",
    "first_resent_frame",
    "last_resent_frame",
    "window_0",  # as announced last by each side, unscaled; 0 if it was closed at any time meanwhile
    "window_1",
    "sent_0",  # highest offset sent before what ended it
    "sent_1",
    "data_frame_0",  # which frame brought the last new payload of each side before what ended it, 0 where that did
    "data_frame_1",
    "id_step",  # how far the IP id of what ended it is from that half-flow's packet before; 0 unknown
)
(
    G_FLOW_ID, G_START_NS, G_END_NS, G_LAST_FRAME, G_NEXT_FRAME, G_LAST_DIRECTION, G_LAST_KIND, G_NEXT_DIRECTION,
    G_NEXT_KIND, G_DATA_DIRECTION, G_UNACKED_0, G_UNACKED_1, G_RESENT_0, G_RESENT_1, G_KEEP_ALIVES_0,
    G_KEEP_ALIVES_1, G_ANSWERS_0, G_ANSWERS_1, G_FIRST_RESENT_FRAME, G_LAST_RESENT_FRAME, G_WINDOW_0, G_WINDOW_1,
    G_SENT_0, G_SENT_1, G_DATA_FRAME_0, G_DATA_FRAME_1, G_ID_STEP,
) = range(len(GAP_FIELDS))  # fmt: skip
GAP_WIDTH = len(GAP_FIELDS)


@kernel
def unacked(sent, acked):
    """Octets below offset ``sent`` that are not acknowledged, where the peer has acknowledged up to ``acked``."""
    if acked < 0:
        return sent
    return sent - acked if sent > acked else 0


@kernel
def write_gap(flows, halves, flow, end_ns, next_frame, next_direction, next_kind, sent, acked, gaps, at):
    """Write the gap that lies open on ``flow`` as the row at ``at``.

    ``sent`` is how far ``next_direction`` had sent, and ``acked`` how much of the other side's octets it had
    acknowledged, before the packet that ended the gap.
    """
    f = flow * FLOW_WIDTH
    h = flow * 2 * HALF_WIDTH
    gaps[at + G_FLOW_ID] = flow
    gaps[at + G_START_NS] = flows[f + PROGRESS_NS]
    gaps[at + G_END_NS] = end_ns
    gaps[at + G_LAST_FRAME] = flows[f + PROGRESS_FRAME]
    gaps[at + G_NEXT_FRAME] = next_frame
    gaps[at + G_LAST_DIRECTION] = flows[f + PROGRESS_DIRECTION]
    gaps[at + G_LAST_KIND] = flows[f + PROGRESS_KIND]
    gaps[at + G_NEXT_DIRECTION] = next_direction
    gaps[at + G_NEXT_KIND] = next_kind
    gaps[at + G_DATA_DIRECTION] = flows[f + DATA_DIRECTION]
    gaps[at + G_ID_STEP] = halves[h + next_direction * HALF_WIDTH + H_ID_STEP] if next_kind != KIND_NONE else 0
    for side in range(2):
        half = h + side * HALF_WIDTH
        brought = halves[half + H_LAST_DATA_FRAME]
        gaps[at + G_DATA_FRAME_0 + side] = 0 if brought == next_frame else brought
        if side == next_direction:
            gaps[at + G_UNACKED_0 + side] = unacked(sent, halves[half + H_ACKED])
            gaps[at + G_SENT_0 + side] = sent
        else:
            gaps[at + G_UNACKED_0 + side] = unacked(halves[half + H_NEXT], acked)
            gaps[at + G_SENT_0 + side] = halves[half + H_NEXT]
    for k in range(6):  # resent, keep-alives and answers of both sides lie side by side in both matrices
        gaps[at + G_RESENT_0 + k] = flows[f + GAP_RESENT_0 + k]
    gaps[at + G_FIRST_RESENT_FRAME] = flows[f + GAP_FIRST_RESENT_FRAME]
    gaps[at + G_LAST_RESENT_FRAME] = flows[f + GAP_LAST_RESENT_FRAME]
    for side in range(2):
        half = h + side * HALF_WIDTH
        closed = halves[half + H_ZERO_SINCE_NS] != NEVER_NS or halves[half + H_ZERO_END_NS] > flows[f + PROGRESS_NS]
        gaps[at + G_WINDOW_0 + side] = 0 if closed else halves[half + H_WINDOW]


@kernel
def progress(flows, flow, now_ns, frame, direction, kind):
    """Remember that ``frame`` moved the flow on, and begin to count anew."""
    f = flow * FLOW_WIDTH
    flows[f + PROGRESS_NS] = now_ns
    flows[f + PROGRESS_FRAME] = frame
    flows[f + PROGRESS_DIRECTION] = direction
    flows[f + PROGRESS_KIND] = kind
    if (
        flows[f + GAP_RESENT_0]
        or flows[f + GAP_RESENT_1]
        or flows[f + GAP_KEEP_ALIVES_0]
        or flows[f + GAP_KEEP_ALIVES_0 + 1]
    ):
        for k in range(6):
            flows[f + GAP_RESENT_0 + k] = 0
        flows[f + GAP_FIRST_RESENT_FRAME] = 0
        flows[f + GAP_LAST_RESENT_FRAME] = 0
