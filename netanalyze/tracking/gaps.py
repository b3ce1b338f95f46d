"""Gaps: spans of one flow in which nothing moved it on, with what was tried meanwhile.

Progress is a new payload octet in either direction, an acknowledgment of something new, or a
step of opening or closing. Retransmissions, keep-alives, duplicate acknowledgments are none.
"""

from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.kernel import kernel
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.units import NEVER_NS

RESOLUTION_NS = 10_000_000
"""The shortest gap that is kept: 10 ms, below a person's notice and above a kernel's timer tick."""

KIND_NONE, KIND_SYN, KIND_SYN_ACK, KIND_ESTABLISHED, KIND_DATA, KIND_ACK, KIND_FIN, KIND_RST = range(8)
KIND_NAMES = ("none", "syn", "syn_ack", "established", "data", "ack", "fin", "rst")

GAP = Layout(
    Cell("flow_id", "1", "flow"),
    moment("start_ns", "the event before"),
    moment("end_ns", "the event that ended it"),
    frame("last_frame", "the event before"),
    frame("next_frame", "what ended it, 0 where it lies open"),
    Cell("last_direction", "1", "who sent the event before"),
    Cell("last_kind", "1", "what that was (KIND_NAMES)"),
    Cell("next_direction", "1", "who ended it"),
    Cell("next_kind", "1", "by what"),
    Cell("data_direction", "1", "who had sent the last new payload, -1 nobody"),
    Cell("unacked_0", "octets", "sent and not acknowledged when the gap ended, before what ended it"),
    Cell("unacked_1", "octets", "of the responder's"),
    Cell("resent_0", "packets", "sent again meanwhile"),
    Cell("resent_1", "packets", "by the responder"),
    Cell("keep_alives_0", "packets", "keep-alives and probes meanwhile"),
    Cell("keep_alives_1", "packets", "of the responder"),
    Cell("answers_0", "packets", "acknowledgments of the originator's keep-alives or probes"),
    Cell("answers_1", "packets", "of the responder's"),
    frame("first_resent_frame", "first retransmission meanwhile"),
    frame("last_resent_frame", "last retransmission meanwhile"),
    Cell("window_0", "1", "as announced last by each side, unscaled; 0 if it was closed at any time meanwhile"),
    Cell("window_1", "1", "of the responder"),
    Cell("sent_0", "offset", "highest one sent before what ended it"),
    Cell("sent_1", "offset", "by the responder"),
    frame("data_frame_0", "the last new payload of each side before what ended it, 0 where that did"),
    frame("data_frame_1", "that of the responder"),
    Cell("id_step", "1", "how far the IP id of what ended it is from that half-flow's packet before; 0 unknown"),
)
"""A gap, a row."""


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
    f = flow * FLOW.WIDTH
    h = flows[f + FLOW.PAIR] * 2 * HALF.WIDTH
    gaps[at + GAP.FLOW_ID] = flow
    gaps[at + GAP.START_NS] = flows[f + FLOW.PROGRESS_NS]
    gaps[at + GAP.END_NS] = end_ns
    gaps[at + GAP.LAST_FRAME] = flows[f + FLOW.PROGRESS_FRAME]
    gaps[at + GAP.NEXT_FRAME] = next_frame
    gaps[at + GAP.LAST_DIRECTION] = flows[f + FLOW.PROGRESS_DIRECTION]
    gaps[at + GAP.LAST_KIND] = flows[f + FLOW.PROGRESS_KIND]
    gaps[at + GAP.NEXT_DIRECTION] = next_direction
    gaps[at + GAP.NEXT_KIND] = next_kind
    gaps[at + GAP.DATA_DIRECTION] = flows[f + FLOW.DATA_DIRECTION]
    gaps[at + GAP.ID_STEP] = halves[h + next_direction * HALF.WIDTH + HALF.ID_STEP] if next_kind != KIND_NONE else 0
    for side in range(2):
        half = h + side * HALF.WIDTH
        brought = halves[half + HALF.LAST_DATA_FRAME]
        gaps[at + GAP.DATA_FRAME_0 + side] = 0 if brought == next_frame else brought
        if side == next_direction:
            gaps[at + GAP.UNACKED_0 + side] = unacked(sent, halves[half + HALF.ACKED])
            gaps[at + GAP.SENT_0 + side] = sent
        else:
            gaps[at + GAP.UNACKED_0 + side] = unacked(halves[half + HALF.NEXT], acked)
            gaps[at + GAP.SENT_0 + side] = halves[half + HALF.NEXT]
    for k in range(6):  # resent, keep-alives and answers of both sides lie side by side in both matrices
        gaps[at + GAP.RESENT_0 + k] = flows[f + FLOW.GAP_RESENT_0 + k]
    gaps[at + GAP.FIRST_RESENT_FRAME] = flows[f + FLOW.GAP_FIRST_RESENT_FRAME]
    gaps[at + GAP.LAST_RESENT_FRAME] = flows[f + FLOW.GAP_LAST_RESENT_FRAME]
    for side in range(2):
        half = h + side * HALF.WIDTH
        closed = (
            halves[half + HALF.ZERO_SINCE_NS] != NEVER_NS
            or halves[half + HALF.ZERO_END_NS] > flows[f + FLOW.PROGRESS_NS]
        )
        gaps[at + GAP.WINDOW_0 + side] = 0 if closed else halves[half + HALF.WINDOW]


@kernel
def write_open_gaps(flows, halves, numbers, count, end_ns, gaps):
    """Write the gaps that lie open on ``count`` flows, by their numbers, at ``end_ns``."""
    for row in range(count):
        flow = numbers[row]
        h = flows[flow * FLOW.WIDTH + FLOW.PAIR] * 2 * HALF.WIDTH
        sent, acked = halves[h + HALF.NEXT], halves[h + HALF.WIDTH + HALF.ACKED]
        write_gap(flows, halves, flow, end_ns, 0, 0, KIND_NONE, sent, acked, gaps, row * GAP.WIDTH)


@kernel
def progress(flows, flow, now_ns, frame, direction, kind):
    """Remember that ``frame`` moved the flow on, and begin to count anew."""
    f = flow * FLOW.WIDTH
    flows[f + FLOW.PROGRESS_NS] = now_ns
    flows[f + FLOW.PROGRESS_FRAME] = frame
    flows[f + FLOW.PROGRESS_DIRECTION] = direction
    flows[f + FLOW.PROGRESS_KIND] = kind
    if (
        flows[f + FLOW.GAP_RESENT_0]
        or flows[f + FLOW.GAP_RESENT_1]
        or flows[f + FLOW.GAP_KEEP_ALIVES_0]
        or flows[f + FLOW.GAP_KEEP_ALIVES_0 + 1]
    ):
        for k in range(6):
            flows[f + FLOW.GAP_RESENT_0 + k] = 0
        flows[f + FLOW.GAP_FIRST_RESENT_FRAME] = 0
        flows[f + FLOW.GAP_LAST_RESENT_FRAME] = 0
