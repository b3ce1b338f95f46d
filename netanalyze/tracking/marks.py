"""TCP marks: a bit each, named as Wireshark's ``tcp.analysis.*`` and defined as there (Wireshark 4.0)."""

NAMES = (
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
    "out_of_order",
    "duplicate_ack",
    "lost_segment",
    "ack_lost_segment",
    "zero_window",
    "window_full",
    "keep_alive",
    "keep_alive_ack",
    "zero_window_probe",
    "zero_window_probe_ack",
    "window_update",
    "reused_ports",
)
(
    RETRANSMISSION,
    FAST_RETRANSMISSION,
    SPURIOUS_RETRANSMISSION,
    OUT_OF_ORDER,
    DUPLICATE_ACK,
    LOST_SEGMENT,
    ACK_LOST_SEGMENT,
    ZERO_WINDOW,
    WINDOW_FULL,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
    WINDOW_UPDATE,
    REUSED_PORTS,
) = (1 << bit for bit in range(len(NAMES)))

RESENT = RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION
"""Any kind of retransmission."""

# What neither Wireshark nor Zeek marks but stalls need; bits above theirs, not in ``tcp_marks``.
PROGRESS, ENDS_GAP, WAS_HOLE, KEPT_IN_DETAIL, OVERTAKEN = 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24
"""The packet moved the connection on; it ended a gap of ``RESOLUTION_NS`` or more; it filled a hole;
its row is kept;
it is no copy but an original that later segments overtook."""


def names(marks: int) -> list[str]:
    """The names of the marks set, in Wireshark's order.

    >>> names(RETRANSMISSION | FAST_RETRANSMISSION)
    ['retransmission', 'fast_retransmission']
    """
    return [name for bit, name in enumerate(NAMES) if marks >> bit & 1]


ALL = (1 << len(NAMES)) - 1
"""Every mark of Wireshark's."""
CHECKED, BAD_CHECKSUM, BAD_OUTER_CHECKSUM = 1 << 26, 1 << 27, 1 << 28
"""Its checksums were looked at; that of TCP is wrong; that of the UDP which the tunnel goes over is (tracking/checksums.py)."""
NO_NEW_HOLE = 1 << 25
"""Beside ``ack_lost_segment``: no octet is missing that it is the first to acknowledge. What it covers was seen, packed anew
in a repeat (an MTU that shrank), which Wireshark's definition does not follow; or the hole was marked before."""
