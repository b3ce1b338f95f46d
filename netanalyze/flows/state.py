"""What a flow and a half-flow remember between batches: the columns of two ``i8`` matrices.

Kernels index ``flows[flow_id * FLOW_WIDTH + FIELD]`` and ``halves[(2 * flow_id + direction) * HALF_WIDTH
+ FIELD]``. Times are ns since the epoch, positions are stream offsets (netanalyze.flows.sequence).
"""

from typing import Any

import numpy as np

from netanalyze.flows.sequence import NO_OFFSET
from netanalyze.kernel import Engine
from netanalyze.units import NEVER_NS

FLOW_FIELDS = (
    "a_high",  # address of the originator, two signed 64-bit halves (IPv4 in the low 32 bits of the low one)
    "a_low",
    "b_high",  # address of the responder
    "b_low",
    "ports",  # originator's port * 65536 + responder's
    "kind",  # IP version * 256 + transport protocol
    "first_ns",
    "last_ns",
    "first_frame",
    "last_frame",
    "base_0",  # initial sequence numbers
    "base_1",
    "base_known",  # bit 0 and 1: base_0 and base_1 are set
    "closed",  # a RST, or a FIN, was seen
    "established_ns",  # the originator's acknowledgment of the SYN-ACK
    "established_frame",
    "progress_ns",  # the last event that moved the connection on, and its particulars
    "progress_frame",
    "progress_direction",
    "progress_kind",
    "data_direction",  # who sent the last new payload, -1 nobody
    "gap_resent_0",  # counts since the last progress: retransmissions, keep-alives, answers to them
    "gap_resent_1",
    "gap_keep_alives_0",
    "gap_keep_alives_1",
    "gap_answers_0",
    "gap_answers_1",
    "gap_first_resent_frame",
    "gap_last_resent_frame",
    "kept",  # packets of this flow kept in detail
    "history_low",  # Zeek's history, 5 bits a letter, 12 letters a word
    "history_high",
    "history_length",
    "history_seen",
    "duplicates",  # frames recognised as captured twice
    "last_syn_ns",
    "keep_next",  # packets to keep in detail after a gap
    "initial_rtt_ns",  # from the last SYN to the first acknowledgment after it, 0 unknown (Wireshark's iRTT)
    "announced_0",  # sequence number of the last SYN of either side, where several were sent with different ones
    "announced_1",
)
FLOW_WIDTH = len(FLOW_FIELDS)

RECENT = 8
"""Packets of a half-flow that are remembered to know a copy by."""

HALF_FIELDS = (
    "next",  # highest offset sent + 1 (Wireshark's nextseq)
    "next_known",
    "next_ns",
    "contiguous_ackable",  # Wireshark's maxseqtobeacked
    "contiguous_known",
    "last_ack",  # offset in the other half, as last acknowledged by this side
    "last_ack_ns",
    "duplicate_acks",
    "window",  # as last announced, unscaled; -1 unknown
    "scale",  # window scale: -1 unknown, -2 SYN seen without the option
    "first_ack",  # the window of the SYN, unscaled, is the one in force
    "last_marks",
    "packets",
    "octets",  # payload on the wire, retransmissions included
    "resent",
    "resent_octets",
    "out_of_order",
    "lost",
    "copies",  # packets that the recorder counted twice (netanalyze.flows.copies)
    "acked_first",  # segments that come after their acknowledgment: the capture put frames of two directions out of order
    "largest",  # largest payload of a segment
    "first_data_ns",
    "first_data_frame",
    "last_data_ns",
    "last_data_frame",
    "contiguous",  # offset up to which this half's octets are known to have been delivered or seen without a hole
    "acked",  # highest offset of this half that the peer acknowledged
    "acked_ns",
    "acked_frame",
    "sacked",  # highest right edge of a SACK block for this half's octets
    "sacked_frame",
    "sacked_left",  # left edge of that block
    "dsacks",
    "syn_ns",
    "syn_frame",
    "syn_count",
    "syn_last_ns",
    "fin_ns",
    "fin_frame",
    "fin_offset",
    "rst_ns",
    "rst_frame",
    "rst_count",
    "keep_alives",
    "keep_alive_pending",  # keep-alives sent since anything came from the peer
    "keep_alive_first_ns",
    "keep_alive_last_ns",
    "keep_alive_answered",  # acknowledgments of this half's keep-alives
    "zero_since_ns",
    "zero_ns",
    "zero_count",
    "zero_frame",
    "zero_end_ns",  # when the window was opened again
    "timed_end",  # the segment whose round trip is being timed
    "timed_ns",
    "smoothed_ns",  # RFC 6298
    "variation_ns",
    "rtt_minimum_ns",
    "rtt_samples",
    "rtt_last_ns",
    "streak",  # retransmissions since the peer's acknowledgment last advanced
    "streak_first_ns",
    "streak_first_frame",
    "streak_last_ns",
    "streak_last_frame",
    "streak_offset",
    "streak_longest",
    "mss",
    "sack_permitted",
    "timestamps",
    "ttl",
    "last_ns",
    "last_frame",
    "last_ip_id",
    "any_ip_id",  # of the last packet, whatever it was; 0 none
    "id_step",  # how far it was from the one before, modulo 2**16; 0 unknown
    "id_ones",  # how often it was the next one
    "rate_start_ns",  # windows of a second: the running one, and count, sum and sum of squares of the full ones
    "rate_octets",
    "rate_windows",
    "rate_sum",
    "rate_squares",
    "hole_ns",  # when a hole first showed
    "recent_at",  # the last packets (netanalyze.flows.copies): which place is written next, offset and IP id, time
    *(f"recent_{place}" for place in range(RECENT)),
    *(f"recent_{place}_ns" for place in range(RECENT)),
    "record_state",  # netanalyze.flows.records
    "record_next",
    "record_have",
    "record_head",
    "record_count",
    "record_lost",
    "handshake_over",
    "flight_most",  # most octets in flight: sent and not acknowledged
    "tail_resent",  # retransmissions of the last segment sent
    "sacks",  # acknowledgments of this half's octets that had SACK blocks
)
HALF_WIDTH = len(HALF_FIELDS)

(
    A_HIGH, A_LOW, B_HIGH, B_LOW, PORTS, KIND, FIRST_NS, LAST_NS, FIRST_FRAME, LAST_FRAME, BASE_0, BASE_1,
    BASE_KNOWN, CLOSED, ESTABLISHED_NS, ESTABLISHED_FRAME, PROGRESS_NS, PROGRESS_FRAME, PROGRESS_DIRECTION,
    PROGRESS_KIND, DATA_DIRECTION, GAP_RESENT_0, GAP_RESENT_1, GAP_KEEP_ALIVES_0, GAP_KEEP_ALIVES_1,
    GAP_ANSWERS_0, GAP_ANSWERS_1, GAP_FIRST_RESENT_FRAME, GAP_LAST_RESENT_FRAME, KEPT, HISTORY_LOW,
    HISTORY_HIGH, HISTORY_LENGTH, HISTORY_SEEN, DUPLICATES, LAST_SYN_NS,
    KEEP_NEXT, INITIAL_RTT_NS, ANNOUNCED_0, ANNOUNCED_1,
) = range(FLOW_WIDTH)  # fmt: skip
# The starred one takes the 2 * RECENT fields of the packets remembered.
(
    H_NEXT, H_NEXT_KNOWN, H_NEXT_NS, H_CONTIGUOUS_ACKABLE, H_CONTIGUOUS_KNOWN, H_LAST_ACK, H_LAST_ACK_NS,
    H_DUPLICATE_ACKS, H_WINDOW, H_SCALE, H_FIRST_ACK, H_LAST_MARKS, H_PACKETS, H_OCTETS,
    H_RESENT, H_RESENT_OCTETS, H_OUT_OF_ORDER, H_LOST, H_COPIES, H_ACKED_FIRST, H_LARGEST, H_FIRST_DATA_NS, H_FIRST_DATA_FRAME,
    H_LAST_DATA_NS, H_LAST_DATA_FRAME, H_CONTIGUOUS, H_ACKED, H_ACKED_NS, H_ACKED_FRAME, H_SACKED,
    H_SACKED_FRAME, H_SACKED_LEFT, H_DSACKS, H_SYN_NS, H_SYN_FRAME, H_SYN_COUNT, H_SYN_LAST_NS, H_FIN_NS,
    H_FIN_FRAME, H_FIN_OFFSET, H_RST_NS, H_RST_FRAME, H_RST_COUNT, H_KEEP_ALIVES, H_KEEP_ALIVE_PENDING,
    H_KEEP_ALIVE_FIRST_NS, H_KEEP_ALIVE_LAST_NS, H_KEEP_ALIVE_ANSWERED, H_ZERO_SINCE_NS, H_ZERO_NS,
    H_ZERO_COUNT, H_ZERO_FRAME, H_ZERO_END_NS, H_TIMED_END, H_TIMED_NS, H_SMOOTHED_NS, H_VARIATION_NS, H_RTT_MINIMUM_NS,
    H_RTT_SAMPLES, H_RTT_LAST_NS, H_STREAK, H_STREAK_FIRST_NS, H_STREAK_FIRST_FRAME, H_STREAK_LAST_NS,
    H_STREAK_LAST_FRAME, H_STREAK_OFFSET, H_STREAK_LONGEST, H_MSS, H_SACK_PERMITTED, H_TIMESTAMPS, H_TTL,
    H_LAST_NS, H_LAST_FRAME, H_LAST_IP_ID, H_ANY_IP_ID, H_ID_STEP, H_ID_ONES,
    H_RATE_START_NS, H_RATE_OCTETS, H_RATE_WINDOWS, H_RATE_SUM, H_RATE_SQUARES,
    H_HOLE_NS, H_RECENT_AT, *RECENT_PLACES, H_RECORD_STATE, H_RECORD_NEXT, H_RECORD_HAVE,
    H_RECORD_HEAD, H_RECORD_COUNT, H_RECORD_LOST, H_HANDSHAKE_OVER, H_FLIGHT_MOST, H_TAIL_RESENT, H_SACKS,
) = range(HALF_WIDTH)  # fmt: skip
H_RECENT, H_RECENT_NS = RECENT_PLACES[0], RECENT_PLACES[RECENT]

_NEVER = {
    name
    for name in (*FLOW_FIELDS, *HALF_FIELDS)
    if name.endswith("_ns")
    and name not in ("smoothed_ns", "variation_ns", "zero_ns", "rtt_minimum_ns", "rtt_last_ns", "initial_rtt_ns")
}
_FLOW_BLANK = np.array([NEVER_NS if name in _NEVER else -1 if name == "data_direction" else 0 for name in FLOW_FIELDS])
_HALF_BLANK = np.array(
    [
        NEVER_NS
        if name in _NEVER
        else NO_OFFSET
        if name in ("last_ack", "acked", "sacked", "sacked_left", "fin_offset", "timed_end")
        else -1
        if name in ("window", "scale", "rtt_minimum_ns", "ttl")
        else 0
        for name in HALF_FIELDS
    ]
)


FLOWS_TRACKED_MOST = 250_000
"""Flows that are tracked at all: they take half a gigabyte. Packets of later ones are counted; a diagnostic says how many."""


class FlowState:
    """The two matrices and the hash slots, grown as flows appear.

    ``flow_cells`` and ``half_cells`` are the matrices flat, as kernels want them (Engine.cells: an array, or a
    list); ``slots`` is flow id + 1 by hash, 0 empty, a power of two in length; ``count`` flows are in use.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(mode="plain")
        self.count = 0
        self.capacity = 0
        self.flow_cells: Any = self.engine.cells(0)
        self.half_cells: Any = self.engine.cells(0)
        self.slots: Any = self.engine.cells(256)
        self._grow(64)

    def _grow(self, more: int) -> None:
        flows, halves = np.tile(_FLOW_BLANK, more), np.tile(_HALF_BLANK, 2 * more)
        if self.engine.compiled:
            self.flow_cells = np.concatenate([self.flow_cells, flows])
            self.half_cells = np.concatenate([self.half_cells, halves])
        else:
            self.flow_cells += flows.tolist()
            self.half_cells += halves.tolist()
        self.capacity += more

    def reserve(self, further: int) -> bool:
        """Room for ``further`` more flows, up to the most; True where the slots were enlarged and must be filled anew."""
        needed = min(self.count + further, FLOWS_TRACKED_MOST)
        if needed > self.capacity:
            self._grow(min(max(needed, 2 * self.capacity), FLOWS_TRACKED_MOST) - self.capacity)
        if needed * 2 > len(self.slots):
            size = len(self.slots)
            while size < needed * 2:
                size *= 2
            self.slots = self.engine.cells(size * 2)
            return True
        return False

    def flow_row(self, flow_id: int) -> list[int]:
        """The fields of one flow, in the order of ``FLOW_FIELDS``."""
        return list(map(int, self.flow_cells[flow_id * FLOW_WIDTH : (flow_id + 1) * FLOW_WIDTH]))

    def half_row(self, flow_id: int, direction: int) -> list[int]:
        """The fields of one half-flow, in the order of ``HALF_FIELDS``."""
        at = (2 * flow_id + direction) * HALF_WIDTH
        return list(map(int, self.half_cells[at : at + HALF_WIDTH]))

    def flow(self, name: str) -> np.ndarray:
        """Column ``name`` of all flows, ``i8 (count,)``."""
        cells = self.flow_cells[FLOW_FIELDS.index(name) : self.count * FLOW_WIDTH : FLOW_WIDTH]
        return np.array(cells, dtype=np.int64)

    def half(self, name: str, direction: int) -> np.ndarray:
        """Column ``name`` of all half-flows of one direction, ``i8 (count,)``."""
        first = direction * HALF_WIDTH + HALF_FIELDS.index(name)
        return np.array(self.half_cells[first : 2 * self.count * HALF_WIDTH : 2 * HALF_WIDTH], dtype=np.int64)
