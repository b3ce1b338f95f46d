"""Echo requests and their replies, by which people ask whether a host is there (RFC 792; RFC 4443 section 4)."""

from dataclasses import dataclass
from ipaddress import ip_address

from netanalyze.conversations.icmp import IcmpError
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import PROTOCOL_ICMP, PROTOCOL_ICMPV6
from netanalyze.wire.octets import u32

REQUEST, REPLY = 8, 0
V6_REQUEST, V6_REPLY = 128, 129
ECHOES = {PROTOCOL_ICMP: REQUEST, PROTOCOL_ICMPV6: V6_REQUEST}
"""Of either protocol the type that asks."""
HEADER = 8
"""Octets of type, code, checksum, identifier and sequence number."""
PINGS_MOST = 10_000
"""Requests that are kept: ping asks once a second, and so many are three hours of it. Of more, answered ones make room."""


@dataclass
class Ping:
    """One echo request: who asked whom, when and in which frame; ``number`` is its identifier and sequence number."""

    source: str
    target: str
    number: int
    frame: int
    ns: int
    reply_frame: int = 0
    reply_ns: int = NEVER_NS
    error: IcmpError | None = None
    """What was said in place of a reply."""


class Pings:
    """Echo requests, joined to what answered them.

    Attributes:
        count: how many there were.
        kept: those of them that are told of.
        answered: of others, how many were answered.
    """

    def __init__(self) -> None:
        self.kept: list[Ping] = []
        self.count = self.answered = 0
        self._full = False
        self._open: dict[tuple[str, str, int], Ping] = {}
        self._latest: dict[tuple[str, str], Ping] = {}
        self._by_number: dict[tuple[str, int], Ping] = {}

    def take(self, octets: bytes, protocol: int, frame: int, ns: int, ends: tuple[str, str]) -> bool:
        """Take an ICMP message, and say whether it is a request that is kept; what is no echo is passed over. A copy of a
        request that is open, as mirrored ports make them, is none."""
        if len(octets) < HEADER or octets[1]:
            return False
        asks, replies = (V6_REQUEST, V6_REPLY) if protocol == PROTOCOL_ICMPV6 else (REQUEST, REPLY)
        number = u32(octets, 4)
        if octets[0] == replies:
            asked = self._open.pop((ends[1], ends[0], number), None) or self._of_another((ends[1], ends[0]), number)
            if asked is not None and not asked.reply_frame:
                asked.reply_frame, asked.reply_ns = frame, ns
            return False
        if octets[0] != asks or (*ends, number) in self._open:
            return False
        self.count += 1
        room = len(self.kept) < PINGS_MOST or (not self._full and self._make_room())
        if not room:  # the first ones tell since when, the latest until when
            dropped = self.kept.pop(PINGS_MOST // 2)
            self._open.pop((dropped.source, dropped.target, dropped.number), None)
            self._by_number.pop((dropped.source, dropped.number), None)
            if self._latest.get((dropped.source, dropped.target)) is dropped:
                del self._latest[dropped.source, dropped.target]
        ping = Ping(*ends, number, frame, ns)
        self._open[*ends, number] = self._latest[ends] = self._by_number[ends[0], number] = ping
        self.kept.append(ping)
        return room

    def _of_another(self, ends: tuple[str, str], number: int) -> Ping | None:
        """The request that somebody else answers: who was asked is a group, or speaks from another address of his own."""
        return None if ends in self._latest else self._by_number.get((ends[0], number))

    def _make_room(self) -> bool:
        """Drop the requests that were answered, but for the last of each host."""
        last = {id(ping) for ping in {(one.source, one.target): one for one in self.kept if one.reply_frame}.values()}
        rest = [ping for ping in self.kept if not ping.reply_frame or id(ping) in last]
        self.answered += len(self.kept) - len(rest)
        self.kept[:] = rest
        self._by_number = {(ping.source, ping.number): ping for ping in rest}
        self._full = len(rest) > PINGS_MOST // 2  # most are in vain: looking for room again would find none
        return len(rest) < PINGS_MOST

    def refused(self, error: IcmpError) -> None:
        """Take an error: it may quote the latest request to a host."""
        if error.quoted_protocol not in ECHOES or error.quoted_source_port != ECHOES[error.quoted_protocol] << 8:
            return
        ends = (str(ip_address(error.quoted_source)), str(ip_address(error.quoted_destination)))
        ping = self._latest.get(ends)
        if ping is not None and ping.error is None and not ping.reply_frame:
            ping.error = error
