"""TCP and UDP checksums of the few packets where a wrong one would explain what happened: SYNs, what was sent again, DNS.

A packet with a wrong checksum is thrown away in silence by whoever gets it, so that its sender repeats it: no others need
be looked at, and no time goes into the rest. A sum that the network card is still to fill in is no wrong one.
"""

from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.columns import in_order
from netanalyze.kernel import Engine, in_columns, kernel
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
TCP_HEADER = 20
"""Octets of a TCP header without options."""
TCP_FIELD, UDP_FIELD = 16, 6
"""Where the checksum stands in the header (RFC 9293 section 3.1, RFC 768)."""
GOOD, WRONG, NOT_FILLED_IN, NONE = range(4)


class Checksums:
    """Counts what it looked at, so that no flow and no sender takes more than its share.

    Attributes:
        bad_datagrams: frames of DNS datagrams whose checksum is wrong.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looked = np.zeros(0, dtype=np.int64)  # by flow
        self._of_sender: dict[int, int] = {}
        self.bad_datagrams: set[int] = set()

    def note_datagrams(self, batch: FrameBatch, packets: Any, link_types: np.ndarray) -> None:
        """Look at the first DNS datagrams of each sender."""
        if sum(self._of_sender.values()) >= DATAGRAMS_MOST:
            return
        places = np.empty(len(batch), dtype=np.int64)
        rows = places[: int(self._engine.run(dns_datagrams, packets, len(batch), places))]
        if not len(rows):
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
        count = len(batch)
        places = np.empty(count, dtype=np.int64)
        rows = places[: int(self._engine.run(telling_segments, batch.frames.reshape(-1), packets, count, places))]
        rows = self._share(rows, column(packets, PACKET.FLOW_ID, count)) if len(rows) else rows
        if not len(rows):
            return
        bits = column(packets, PACKET.LAYERS, count)
        network, transport, payload, length = (
            column(packets, field, count)[rows]
            for field in (PACKET.NETWORK_START, PACKET.OPTIONS_START, PACKET.PAYLOAD_START, PACKET.PAYLOAD_LENGTH)
        )
        begins, captured = batch.frames[rows, FRAME.START], batch.frames[rows, FRAME.CAPTURED_LENGTH]
        spans = np.column_stack([network, transport - TCP_HEADER, payload + length, begins, begins + captured])
        inner = np.zeros(len(rows), dtype=np.int64)
        self._engine.run(judge_segments, batch.buffer, spans.reshape(-1), len(rows), inner)
        outer = np.full(len(rows), NONE)
        for at in np.flatnonzero(bits[rows] & TUNNELLED).tolist():
            frame = batch.buffer[begins[at] : begins[at] + captured[at]].tobytes()
            outer[at] = _outer(frame, int(link_types[batch.frames[rows[at], FRAME.INTERFACE_ID]]))
        found = np.where((inner == GOOD) & ((outer == GOOD) | (outer == NONE)), CHECKED, 0)
        found |= np.where(inner == WRONG, CHECKED | BAD_CHECKSUM, 0)
        found |= np.where(outer == WRONG, CHECKED | BAD_OUTER_CHECKSUM, 0)
        for row, more in zip(rows[found != 0].tolist(), found[found != 0].tolist()):
            packets[row * PACKET.WIDTH + PACKET.MARKS] |= more

    def _share(self, rows: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """Of some rows those that are among the first ``CHECKED_MOST`` of their flows, in order."""
        flows = flow[rows]
        most = int(flows.max(initial=-1)) + 1
        if most > len(self._looked):
            self._looked = np.append(self._looked, np.zeros(most, dtype=np.int64))
        order = in_order(flows)
        begins = np.flatnonzero(np.diff(flows[order], prepend=-1))
        rank = np.empty(len(rows), dtype=np.int64)
        rank[order] = np.arange(len(rows)) - np.repeat(begins, np.diff(begins, append=len(rows)))
        there = self._looked[flows] + rank < CHECKED_MOST
        np.add.at(self._looked, flows[there], 1)
        return rows[there]


@kernel
def telling_segments(frames, packets, count, places):
    """Write the places of the packets that are kept in detail, whole, and a SYN or a repeat; returns how many."""
    written = 0
    for row in range(count):
        p, f = row * PACKET.WIDTH, row * FRAME.WIDTH
        marks, flags, bits = packets[p + PACKET.MARKS], packets[p + PACKET.TCP_FLAGS], packets[p + PACKET.LAYERS]
        if marks & KEPT_IN_DETAIL == 0 or bits & TCP == 0 or bits & (FRAGMENT | TRUNCATED):
            continue
        if flags & RST or (marks & RESENT == 0 and flags & SYN == 0):
            continue  # a RST's length is without its text
        if frames[f + FRAME.CAPTURED_LENGTH] >= frames[f + FRAME.ORIGINAL_LENGTH]:
            places[written] = row
            written += 1
    return written


@kernel
def dns_datagrams(packets, count, places):
    """Write the places of the datagrams from or to DNS' port; returns how many."""
    written = 0
    for row in range(count):
        p = row * PACKET.WIDTH
        if packets[p + PACKET.LAYERS] & (UDP | ICMP) == UDP:
            if packets[p + PACKET.SRC_PORT] == DNS_PORT or packets[p + PACKET.DST_PORT] == DNS_PORT:
                places[written] = row
                written += 1
    return written


@kernel
def words_sum(octets, start, end, total):
    """The Internet checksum's sum of ``[start, end)`` and ``total`` (netanalyze.wire.net.checksum.ones_sum)."""
    for at in range(start, end):
        total += octets[at] if (at - start) % 2 else octets[at] * 256
    folded = total % 65535
    return 65535 if folded == 0 and total > 0 else folded


@kernel
def judge_segment(octets, network, start, end, begin, behind):
    """What ``judge`` says of the TCP segment ``[start, end)`` in the frame ``[begin, behind)`` that has its IP header at
    ``network``."""
    if network < begin or network >= start or start >= end or end > behind:
        return NONE
    if end - start < TCP_FIELD + 2 or end - start > 65535:
        return NONE
    there = octets[start + TCP_FIELD] * 256 + octets[start + TCP_FIELD + 1]
    first, last = network + 8, network + 40
    if octets[network] >> 4 == 4:
        first, last = network + 12, network + 20
    last = behind if last > behind else last
    pseudo = words_sum(octets, first, last, PROTOCOL_TCP + end - start)
    if words_sum(octets, start, end, pseudo) == 65535:
        return GOOD
    return NOT_FILLED_IN if there == 0 or there == pseudo else WRONG


@kernel
def judge_segments(buffer, spans, count, verdicts):
    """``judge_segment`` of ``count`` segments: rows of network, start, end, begin and behind; writes one number each."""
    for row in range(count):
        s = row * 5
        verdicts[row] = judge_segment(buffer, spans[s], spans[s + 1], spans[s + 2], spans[s + 3], spans[s + 4])


@in_columns(judge_segments)
def _judge_segments(buffer, spans, count, verdicts):
    for row, (*places, begin, behind) in enumerate(spans.reshape(-1, 5).tolist()):
        network, start, end = (place - begin for place in places)
        verdicts[row] = judge(buffer[begin:behind].tobytes(), network, start, end, PROTOCOL_TCP, TCP_FIELD)


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
    if not 0 <= network < start < end <= len(frame) or end - start < field + 2 or end - start > 0xFFFF:
        return NONE
    addresses = frame[network + 12 : network + 20] if frame[network] >> 4 == 4 else frame[network + 8 : network + 40]
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
