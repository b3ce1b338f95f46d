"""What a flow and a half-flow remember between batches: the columns of two ``i8`` matrices, and the matrices.

Kernels index ``flows[flow_id * FLOW.WIDTH + FLOW.KIND]`` and ``halves[(2 * pair + direction) * HALF.WIDTH + HALF.NEXT]``,
where ``pair`` is the flow's ``FLOW.PAIR``: only a TCP flow has half-flows of its own, any other the blank pair 0.
Times are ns since the epoch, positions are stream offsets (netanalyze.tracking.sequence), frames are numbers. What ends in
0 and 1 belongs to the originator and the responder.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from netanalyze.columns import GROWTH, Cell, Layout, frame, longer, moment
from netanalyze.kernel import Engine
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.tracking.slots import slot_key

FLOW = Layout(
    Cell("a_high", "1", "address of the originator, two signed 64-bit halves (IPv4 in the low 32 bits of the low one)"),
    Cell("a_low", "1", "its low half"),
    Cell("b_high", "1", "address of the responder, likewise"),
    Cell("b_low", "1", "its low half"),
    Cell("ports", "1", "originator's port * 65536 + responder's"),
    Cell("kind", "1", "IP version * 256 + transport protocol"),
    moment("first_ns", "first packet"),
    moment("last_ns", "last packet"),
    frame("first_frame", "first packet"),
    frame("last_frame", "last packet"),
    Cell("base_0", "1", "initial sequence number of the originator, as on the wire"),
    Cell("base_1", "1", "that of the responder"),
    Cell("base_known", "bits", "0 and 1: base_0 and base_1 are set"),
    Cell("closed", "1", "1: a RST, or a FIN, was seen"),
    moment("established_ns", "the originator's acknowledgment of the SYN-ACK"),
    frame("established_frame", "that acknowledgment"),
    moment("progress_ns", "the last event that moved the connection on"),
    frame("progress_frame", "that event"),
    Cell("progress_direction", "1", "who sent it"),
    Cell("progress_kind", "1", "what it was (netanalyze.tracking.gaps)"),
    Cell("data_direction", "1", "who sent the last new payload, -1 nobody", -1),
    Cell("gap_resent_0", "packets", "retransmissions since the last progress"),
    Cell("gap_resent_1", "packets", "of the responder"),
    Cell("gap_keep_alives_0", "packets", "keep-alives and probes since then"),
    Cell("gap_keep_alives_1", "packets", "of the responder"),
    Cell("gap_answers_0", "packets", "acknowledgments of the originator's keep-alives since then"),
    Cell("gap_answers_1", "packets", "of the responder's"),
    frame("gap_first_resent_frame", "first retransmission since then"),
    frame("gap_last_resent_frame", "last retransmission since then"),
    Cell("kept", "packets", "of this flow kept in detail"),
    Cell("history_low", "letters", "Zeek's history, 5 bits a letter, 12 letters a word"),
    Cell("history_high", "letters", "the next twelve"),
    Cell("history_length", "letters", "so many there were"),
    Cell("history_seen", "bits", "which letters there are already, 2 bits each"),
    Cell("duplicates", "packets", "recognised as captured twice"),
    moment("last_syn_ns", "last SYN of the originator"),
    Cell("keep_next", "packets", "to keep in detail after a gap"),
    Cell(
        "initial_rtt_ns", "ns", "from the last SYN to the first acknowledgment after it, 0 unknown (Wireshark's iRTT)"
    ),
    Cell(
        "announced_0", "1", "sequence number of the originator's last SYN, where several were sent with different ones"
    ),
    Cell("announced_1", "1", "of the responder's"),
    Cell("pair", "1", "which pair of half-flows is its own, 0 none"),
    Cell("packets_0", "packets", "that the originator sent"),
    Cell("packets_1", "packets", "that the responder sent"),
    Cell("octets_0", "octets", "payload of the originator on the wire, retransmissions included"),
    Cell("octets_1", "octets", "payload of the responder"),
    Cell("former", "1", "where a SYN came again after a RST or FIN: the other side's number then plus one, 0 none"),
)
"""What is remembered of a flow."""

RECENT = 8
"""Packets of a half-flow that are remembered to know a copy by."""

HALF = Layout(
    Cell("next", "offset", "highest one sent + 1 (Wireshark's nextseq, less rst_text)"),
    Cell("next_known", "1", "1: anything was sent"),
    moment("next_ns", "when that was sent"),
    Cell("contiguous_ackable", "offset", "Wireshark's maxseqtobeacked"),
    Cell("contiguous_known", "1", "1: that is set"),
    Cell("last_ack", "offset", "in the other half, as last acknowledged by this side", NO_OFFSET),
    moment("last_ack_ns", "when it last acknowledged"),
    Cell("duplicate_acks", "packets", "in a row; -1 after an acknowledgment of what was not captured"),
    Cell("window", "1", "as last announced, unscaled; -1 unknown", -1),
    Cell("scale", "bits", "window scale: -1 unknown, -2 SYN seen whole, without the option", -1),
    Cell("first_ack", "1", "1: the window of the SYN, unscaled, is the one in force"),
    Cell("last_marks", "bits", "marks of its last packet"),
    Cell("resent", "packets", "sent again"),
    Cell("resent_octets", "octets", "sent again"),
    Cell("out_of_order", "packets", "originals that others overtook"),
    Cell("lost", "packets", "before which something is missing (Wireshark's previous segment not captured)"),
    Cell("copies", "packets", "that the recorder counted twice (netanalyze.tracking.copies)"),
    Cell("acked_first", "packets", "that come after their acknowledgment: the capture put two directions out of order"),
    Cell("largest", "octets", "largest payload of a segment"),
    moment("first_data_ns", "first new payload"),
    frame("first_data_frame", "first new payload"),
    moment("last_data_ns", "last new payload"),
    frame("last_data_frame", "last new payload"),
    Cell(
        "contiguous", "offset", "up to which this half's octets are known to be delivered, or were seen without a hole"
    ),
    Cell("acked", "offset", "highest one of this half that the peer acknowledged", NO_OFFSET),
    moment("acked_ns", "when it did"),
    frame("acked_frame", "that acknowledgment"),
    Cell("sacked", "offset", "highest right edge of a SACK block for this half's octets", NO_OFFSET),
    frame("sacked_frame", "that block"),
    Cell("sacked_left", "offset", "left edge of that block", NO_OFFSET),
    Cell("dsacks", "packets", "that told of octets that came twice"),
    moment("syn_ns", "first SYN"),
    frame("syn_frame", "first SYN"),
    Cell("syn_count", "packets", "SYNs"),
    moment("syn_last_ns", "last SYN"),
    moment("fin_ns", "first FIN"),
    frame("fin_frame", "first FIN"),
    Cell("fin_offset", "offset", "of that FIN", NO_OFFSET),
    moment("rst_ns", "first RST"),
    frame("rst_frame", "first RST"),
    Cell("rst_count", "packets", "RSTs"),
    Cell("keep_alives", "packets", "keep-alives, and probes of a closed window"),
    Cell("keep_alive_pending", "packets", "keep-alives sent since anything came from the peer"),
    moment("keep_alive_first_ns", "first of them"),
    moment("keep_alive_last_ns", "last of them"),
    Cell("keep_alive_answered", "packets", "acknowledgments of this half's keep-alives"),
    moment("zero_since_ns", "since when the window is closed"),
    Cell("zero_ns", "ns", "closed in all, before that"),
    Cell("zero_count", "1", "times it was closed"),
    frame("zero_frame", "that closed it last"),
    moment("zero_end_ns", "when it was opened again"),
    Cell("timed_end", "offset", "end of the segment whose round trip is being timed", NO_OFFSET),
    moment("timed_ns", "when that was sent"),
    Cell("smoothed_ns", "ns", "round trip, smoothed (RFC 6298)"),
    Cell("variation_ns", "ns", "its variation"),
    Cell("rtt_minimum_ns", "ns", "shortest round trip, -1 none", -1),
    Cell("rtt_samples", "1", "round trips that were timed"),
    Cell("rtt_last_ns", "ns", "the last one"),
    Cell("streak", "packets", "retransmissions since the peer's acknowledgment last advanced"),
    moment("streak_first_ns", "first of them"),
    frame("streak_first_frame", "first of them"),
    moment("streak_last_ns", "last of them"),
    frame("streak_last_frame", "last of them"),
    Cell("streak_offset", "offset", "of the first of them"),
    Cell("streak_longest", "packets", "the longest there was"),
    Cell("mss", "octets", "maximum segment size of the SYN, 0 none"),
    Cell("sack_permitted", "1", "1: said in the SYN"),
    Cell("timestamps", "1", "1: offered in the SYN"),
    Cell("joins", "1", "1: the SYN adds a subflow to a connection of Multipath TCP"),
    Cell("ttl", "hops", "of its first packet, -1 unknown", -1),
    moment("last_ns", "last packet"),
    frame("last_frame", "last packet"),
    Cell("last_ip_id", "1", "IP id of the segment that reached farthest"),
    Cell("any_ip_id", "1", "of the last packet, whatever it was; 0 none"),
    Cell("id_step", "1", "how far it was from the one before, modulo 2**16; 0 unknown"),
    Cell("id_ones", "packets", "whose id was the next one"),
    moment("rate_start_ns", "where the running window of a second begins"),
    Cell("rate_octets", "octets", "in it"),
    Cell("rate_windows", "1", "full windows; -1 while the first runs"),
    Cell("rate_sum", "octets", "in the full windows"),
    Cell("rate_squares", "octets²/64²", "the sum of their squares"),
    moment("hole_ns", "when a hole first showed"),
    Cell("recent_at", "1", "which place of the last packets is written next (netanalyze.tracking.copies)"),
    *(Cell(f"recent_{place}", "1", "offset * 65536 + IP id of one of them") for place in range(RECENT)),
    *(moment(f"recent_{place}_ns", "when that came") for place in range(RECENT)),
    Cell("record_state", "1", "how its TLS records are followed (netanalyze.tracking.records)"),
    Cell("record_next", "offset", "of the next record's header"),
    Cell("record_have", "octets", "of that header that came already"),
    Cell("record_head", "1", "these octets, as a number"),
    Cell("record_count", "1", "records"),
    Cell("record_lost", "1", "times they were out of step"),
    Cell("handshake_over", "1", "1: application data was seen"),
    Cell("flight_most", "octets", "most in flight: sent and not acknowledged"),
    Cell("tail_resent", "packets", "retransmissions of the last segment sent"),
    Cell("sacks", "packets", "acknowledgments of this half's octets that had SACK blocks"),
    Cell("rst_text", "octets", "that Wireshark's nextseq is beyond next: it counts the text of a RST as the stream's"),
)
"""What is remembered of a half-flow."""

BOTH = "packets", "octets"
"""What is counted of the half-flows of any flow: ``FLOW.packets_0`` and so on."""
ROWS_AT_ONCE = 1000
"""Rows that are handed out as Python's own integers at a time."""
FLOWS_TRACKED_MOST = 250_000
"""Flows that are tracked at all: they take half a gigabyte. Packets of later ones are counted; a diagnostic says how many."""


def _longer(cells: np.ndarray, used: int, rows: int, width: int) -> np.ndarray:
    """Cells with room for so many rows at the least, of which those in use are as they were."""
    if rows * width <= len(cells):
        return cells
    most = max(rows, min(GROWTH * rows, FLOWS_TRACKED_MOST + 1))
    return longer(cells, used * width, rows * width, most * width)


class FlowState:
    """The two matrices and the hash slots, grown as flows appear.

    ``flow_cells`` and ``half_cells`` are the matrices flat, as kernels want them (Engine.cells: an array, or a
    list); ``slots`` is flow id + 1 by hash, 0 empty, a power of two in length; ``key`` is of that hash, drawn for each state;
    ``count`` flows and ``pairs`` of half-flows are in use; ``blanks`` are what their rows begin as (number_flows.track_flows).
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(mode="plain")
        self.key: Any = slot_key() if self.engine.compiled else slot_key().tolist()
        self.count, self.pairs = 0, 1
        self.flow_cells: Any = self.engine.cells(0)
        none = np.tile(HALF.blank, 2)
        self.half_cells: Any = none if self.engine.compiled else none.tolist()
        self.slots: Any = self.engine.cells(256)
        self.blanks: tuple[Any, Any] = (FLOW.blank, HALF.blank) if self.engine.compiled else ([], [])
        self._grow(64, 65)

    def _grow(self, flows: int, pairs: int) -> None:
        """Room for so many flows, and pairs of half-flows."""
        if self.engine.compiled:  # rows are made blank as they begin
            self.flow_cells = _longer(self.flow_cells, self.count, flows, FLOW.WIDTH)
            self.half_cells = _longer(self.half_cells, self.pairs, pairs, 2 * HALF.WIDTH)
        else:  # the same few numbers over and over, and not an object for each cell
            self.flow_cells += FLOW.blank.tolist() * (flows - len(self.flow_cells) // FLOW.WIDTH)
            self.half_cells += HALF.blank.tolist() * (2 * pairs - len(self.half_cells) // HALF.WIDTH)

    def reserve(self, further: int, most: int = FLOWS_TRACKED_MOST) -> bool:
        """Room for ``further`` more flows, up to the ``most``; True where the slots were enlarged and must be filled anew."""
        needed, pairs = min(self.count + further, most), min(self.pairs + further, most + 1)
        self._grow(needed, pairs)
        if needed * 2 > len(self.slots):
            size = len(self.slots)
            while size < needed * 2:
                size *= 2
            self.slots = self.engine.cells(size * 2)
            return True
        return False

    def flow_row(self, flow_id: int) -> list[int]:
        """The fields of one flow, in the order of ``FLOW.names``."""
        return list(map(int, self.flow_cells[flow_id * FLOW.WIDTH : (flow_id + 1) * FLOW.WIDTH]))

    def flow_rows(self, ids: list[int]) -> Iterator[list[int]]:
        """The fields of some flows, a list each."""
        if not isinstance(self.flow_cells, np.ndarray):
            return (self.flow_cells[id_ * FLOW.WIDTH : (id_ + 1) * FLOW.WIDTH] for id_ in ids)
        rows = self.flow_cells.reshape(-1, FLOW.WIDTH)
        parts = (rows[ids[at : at + ROWS_AT_ONCE]].tolist() for at in range(0, len(ids), ROWS_AT_ONCE))
        return itertools.chain.from_iterable(parts)

    def flow(self, name: str, ids: np.ndarray | None = None) -> np.ndarray:
        """Column ``name`` of some flows, all without ``ids``, ``i8 (n,)``."""
        cells = self.flow_cells[FLOW.names.index(name) : self.count * FLOW.WIDTH : FLOW.WIDTH]
        return np.array(cells, dtype=np.int64) if ids is None else np.asarray(cells, dtype=np.int64)[ids]

    def half(self, name: str, direction: int, ids: np.ndarray | None = None) -> np.ndarray:
        """Column ``name`` of the half-flows of one direction of some flows, all without ``ids``, ``i8 (n,)``."""
        if name in BOTH:
            return self.flow(f"{name}_{direction}", ids)
        first = direction * HALF.WIDTH + HALF.names.index(name)
        cells = self.half_cells[first : 2 * self.pairs * HALF.WIDTH : 2 * HALF.WIDTH]
        return np.asarray(cells, dtype=np.int64)[self.flow("pair", ids)]
