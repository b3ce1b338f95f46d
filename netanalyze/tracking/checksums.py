"""TCP and UDP checksums of the few packets where a wrong one would explain what happened: SYNs, what was sent again, DNS.

A packet with a wrong checksum is thrown away in silence by whoever gets it, so that its sender repeats it: no others need
be looked at, and no time goes into the rest. A sum that the network card is still to fill in is no wrong one.
"""

from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.tracking.marks import BAD_CHECKSUM, BAD_OUTER_CHECKSUM, CHECKED, KEPT_IN_DETAIL, RESENT
from netanalyze.wire.layers import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT,
    ICMP,
    PACKET,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    RST,
    SYN,
    TCP,
    TRUNCATED,
    TUNNELLED,
    UDP,
)
from netanalyze.wire.link.dispatch import link
from netanalyze.wire.net.checksum import ones_sum
from netanalyze.wire.net.ipv4 import ipv4
from netanalyze.wire.net.ipv6 import ipv6
from netanalyze.wire.octets import u16
from netanalyze.wire.packets import column
from netanalyze.wire.transport.udp import UDP_HEADER

CHECKED_MOST = 64
"""Packets of one flow that are looked at; three tell (tcp/bad-checksum)."""
DNS_PORT = 53
OF_SENDER_MOST, DATAGRAMS_MOST = 256, 8192
"""DNS datagrams of one sender, and of all, that are looked at: who computes sums wrongly does so from the first on."""
SENDER_SHIFT = 1_000_003
"""Mixes the halves of an address; two senders that become one share their datagrams."""
TCP_FIELD, UDP_FIELD = 16, 6
"""Where the checksum stands in the header (RFC 9293 section 3.1, RFC 768)."""
GOOD, WRONG, NOT_FILLED_IN, NONE = range(4)


class Checksums:
    """Counts what it looked at, so that no flow and no sender takes more than its share.

    Attributes:
        bad_datagrams: frames of DNS datagrams whose checksum is wrong.
    """

    def __init__(self) -> None:
        self._looked: dict[int, int] = {}
        self._of_sender: dict[int, int] = {}
        self.bad_datagrams: set[int] = set()

    def note_datagrams(self, batch: FrameBatch, packets: Any, link_types: np.ndarray) -> None:
        """Look at the first DNS datagrams of each sender."""
        layers, source, target = (
            column(packets, field, len(batch)) for field in (PACKET.LAYERS, PACKET.SRC_PORT, PACKET.DST_PORT)
        )
        rows = np.flatnonzero((layers & (UDP | ICMP) == UDP) & ((source == DNS_PORT) | (target == DNS_PORT)))
        if not len(rows) or sum(self._of_sender.values()) >= DATAGRAMS_MOST:
            return
        high, low = (column(packets, field, len(batch))[rows] for field in (PACKET.SRC_HIGH, PACKET.SRC_LOW))
        senders = high * SENDER_SHIFT ^ low
        for sender in sorted(set(senders.tolist())):
            seen = self._of_sender.get(sender, 0)
            mine = rows[senders == sender][: max(OF_SENDER_MOST - seen, 0)] if seen < OF_SENDER_MOST else rows[:0]
            self._of_sender[sender] = seen + len(mine)
            for row in mine.tolist():
                if _damaged(batch, packets, row, int(link_types[batch.frames[row, FRAME.INTERFACE_ID]])):
                    self.bad_datagrams.add(row + batch.first_frame_number)

    def note(self, batch: FrameBatch, packets: Any, link_types: np.ndarray) -> None:
        """Set ``CHECKED``, and ``BAD_CHECKSUM`` or ``BAD_OUTER_CHECKSUM``, in the marks of the packets that are kept in
        detail, whole, and a SYN or a repeat."""
        marks, flags = (column(packets, field, len(batch)) for field in (PACKET.MARKS, PACKET.TCP_FLAGS))
        asked = ((marks & RESENT != 0) | (flags & SYN != 0)) & (flags & RST == 0)  # a RST's length is without its text
        kept = (marks & KEPT_IN_DETAIL != 0) & asked
        for row in np.flatnonzero(kept).tolist():
            at = row * PACKET.WIDTH
            bits, flow = int(packets[at + PACKET.LAYERS]), int(packets[at + PACKET.FLOW_ID])
            start, captured, original = (
                int(batch.frames[row, field]) for field in (FRAME.START, FRAME.CAPTURED_LENGTH, FRAME.ORIGINAL_LENGTH)
            )
            seen = self._looked.get(flow, 0)
            if not bits & TCP or bits & (FRAGMENT | TRUNCATED) or captured < original or seen >= CHECKED_MOST:
                continue
            self._looked[flow] = seen + 1
            frame = batch.buffer[start : start + captured].tobytes()
            cells = [int(packets[at + field]) - start for field in (PACKET.NETWORK_START, PACKET.OPTIONS_START)]
            end = int(packets[at + PACKET.PAYLOAD_START] + packets[at + PACKET.PAYLOAD_LENGTH]) - start
            inner = judge(frame, cells[0], cells[1] - 20, end, PROTOCOL_TCP, TCP_FIELD)
            interface = int(batch.frames[row, FRAME.INTERFACE_ID])
            outer = _outer(frame, int(link_types[interface])) if bits & TUNNELLED else NONE
            found = CHECKED if inner == GOOD and outer in (GOOD, NONE) else 0
            found |= (CHECKED | BAD_CHECKSUM) * (inner == WRONG) | (CHECKED | BAD_OUTER_CHECKSUM) * (outer == WRONG)
            packets[at + PACKET.MARKS] |= found


def _damaged(batch: FrameBatch, packets: Any, row: int, link_type: int) -> bool:
    """Whether a datagram is whole in the capture and its checksum, or that of a tunnel's datagram around it, is wrong."""
    fields = (FRAME.START, FRAME.CAPTURED_LENGTH, FRAME.ORIGINAL_LENGTH)
    start, captured, original = (int(batch.frames[row, field]) for field in fields)
    cells = (PACKET.LAYERS, PACKET.NETWORK_START, PACKET.PAYLOAD_START, PACKET.PAYLOAD_LENGTH)
    bits, network, payload, length = (int(packets[row * PACKET.WIDTH + cell]) for cell in cells)
    if bits & (FRAGMENT | TRUNCATED) or captured < original or not start <= network < start + captured:
        return False
    frame, at = batch.buffer[start : start + captured].tobytes(), payload - start
    if judge(frame, network - start, at - UDP_HEADER, at + length, PROTOCOL_UDP, UDP_FIELD) == WRONG:
        return True
    return bool(bits & TUNNELLED) and _outer(frame, link_type) == WRONG


def judge(frame: bytes, network: int, start: int, end: int, protocol: int, field: int) -> int:
    """``GOOD``, ``WRONG``, ``NOT_FILLED_IN`` (Linux CHECKSUM_PARTIAL: the pseudo-header's sum alone stands there, or
    nothing) or ``NONE`` of the segment or datagram ``[start, end)`` whose IP header begins at ``network``."""
    addresses = frame[network + 12 : network + 20] if frame[network] >> 4 == 4 else frame[network + 8 : network + 40]
    if not network < start < end <= len(frame) or end - start < field + 2 or end - start > 0xFFFF:
        return NONE
    there = u16(frame, start + field)
    if protocol == PROTOCOL_UDP and not there:
        return NONE
    pseudo = ones_sum(addresses, protocol + end - start)
    if ones_sum(frame[start:end], pseudo) == 0xFFFF:
        return GOOD
    return NOT_FILLED_IN if there in (0, pseudo) else WRONG


def _outer(frame: bytes, link_type: int) -> int:
    """The same of the outermost datagram of a frame, where a tunnel goes over UDP (VXLAN, Geneve, GTP …)."""
    ethertype, at, _, _ = link(frame, 0, len(frame), link_type)
    if ethertype not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
        return NONE
    cells = [0] * PACKET.WIDTH
    protocol, start, _, fragment = (ipv4 if ethertype == ETHERTYPE_IPV4 else ipv6)(frame, at, len(frame), cells, 0)
    if protocol != PROTOCOL_UDP or fragment or start + UDP_HEADER > len(frame):
        return NONE
    return judge(frame, at, start, start + u16(frame, start + 4), PROTOCOL_UDP, UDP_FIELD)
