"""A host's clock and the frames it saw: lookups, ICMP errors, neighbours. Conversations build on it."""

import dataclasses

from captures.recipes import frames, names
from captures.recipes.amounts import instant, nanoseconds, number

START = "2024-01-01T00:00:00Z"
RESOLVER = "192.0.2.53"
GATEWAY = "192.0.2.1"
LOCAL_TTL = 64


@dataclasses.dataclass(frozen=True)
class Question:
    """A DNS query that was sent."""

    name: str
    kind: str
    identifier: int
    port: int
    resolver: str
    edns: bool
    sent_ns: int


class Script:
    """What one host sends and sees, on one clock.

    Args:
        client: ``"address:port"`` or ``"[address]:port"``; a script that only looks names up needs no port.
        start: moment of the first frame, RFC 3339 or ns.
        resolver: address that :meth:`asks` asks.
    """

    def __init__(self, client="192.0.2.10:51000", start=START, resolver=RESOLVER):
        self.client_address, self.client_port = endpoint(client)
        self.start_ns = self.now = instant(start)
        self.resolver = resolver
        self.frames = []
        self._questions = 0

    def passes(self, span):
        """Let time pass."""
        self.now += nanoseconds(span)
        return self

    def until(self, span):
        """Let time pass until ``span`` after the start."""
        self.now = max(self.now, self.start_ns + nanoseconds(span))
        return self

    def joins(self, *others):
        """Go on when the others have come as far."""
        self.now = max(self.now, *(other.now for other in others))
        return self

    def adds(self, at_ns, octets):
        """Put a frame on the clock."""
        self.frames.append((at_ns, octets))
        self.now = max(self.now, at_ns)

    # Lookups

    def asks(self, name, kind="A", resolver=None, edns=True, port=None):
        """Send a query as go does: from a socket of its own, with an OPT record."""
        self._questions += 1
        seed = (self.client_address, self.client_port, self.start_ns, self._questions)
        port = port or 32768 + number(14, "dns port", *seed)
        question = Question(name, kind, number(16, "dns id", *seed), port, resolver or self.resolver, edns, self.now)
        message = names.query(question.identifier, name, kind, edns)
        source, target = (self.client_address, port), (question.resolver, 53)
        self.adds(self.now, frames.udp(True, source, target, LOCAL_TTL, number(16, "id", *seed), message))
        return question

    def asks_both(self, name, **how):
        """Send the queries for both families, as every go lookup begins: AAAA and A from two sockets, at once."""
        six = self.asks(name, "AAAA", **how)
        self.passes("40 us")
        return self.asks(name, "A", **how), six

    def answers(self, question, *records, after="4 ms", ttl=LOCAL_TTL, identifier=None, name=None, **message):
        """The resolver's answer comes ``after`` the query was sent (or now, where that is later)."""
        octets = names.response(
            question.identifier if identifier is None else identifier,
            name or question.name,
            question.kind,
            records,
            **{"edns": question.edns, **message},
        )
        at = max(question.sent_ns + nanoseconds(after), self.frames[-1][0] + 1000)
        source, target = (question.resolver, 53), (self.client_address, question.port)
        ip_id = number(16, "answer id", question.identifier, question.port, after)
        self.adds(at, frames.udp(False, source, target, ttl, ip_id, octets))
        return self

    def answers_both(self, questions, *addresses, **how):
        """Both answers: the addresses of each family, or none of it (NOERROR and a SOA)."""
        for question in questions:
            fitting = [a for a in addresses if frames.is_v6(a) == (question.kind == "AAAA")]
            self.answers(question, *((question.kind, address) for address in fitting), **how)
        return self

    def dns(self, name, *addresses, after="4 ms", **how):
        """A whole lookup, both families, answered."""
        return self.answers_both(self.asks_both(name, **how), *addresses, after=after)

    # What a router or the link says

    def icmp_error(
        self, quoted, kind=3, code=13, reporter=GATEWAY, after="2 ms", mtu=0, hops=1, ttl=LOCAL_TTL, receiver=None
    ):
        """A router reports on the client's frame ``quoted`` (octets of a whole frame), to the client or ``receiver``."""
        error = frames.icmp_error(
            False,
            reporter,
            receiver or self.client_address,
            ttl,
            number(16, "icmp", self.now),
            kind,
            code,
            quoted,
            mtu,
            hops,
        )
        self.adds(self.now + nanoseconds(after), error)
        return self

    def rejects_datagram(self, quoted, receiver):
        """The client's own ICMP port unreachable: the datagram came to a socket that was closed."""
        error = frames.icmp_error(
            True, self.client_address, receiver, LOCAL_TTL, number(16, "icmp", self.now), 3, 3, quoted, 0, 0
        )
        self.adds(self.now + 20_000, error)
        return self

    def link_is_alive(self, neighbour=GATEWAY):
        """The gateway answers ARP: nothing is owed, but the capture goes on to here."""
        self.adds(self.now, frames.arp(True, True, self.client_address, neighbour))
        self.adds(self.now + 300_000, frames.arp(False, False, neighbour, self.client_address))
        return self

    def asks_neighbour(self, neighbour=GATEWAY, times=3):
        """ARP to all, a second apart, as Linux asks (mcast_solicit); nobody answers, and the last is given its second."""
        for _ in range(times):
            self.adds(self.now, frames.who_has(self.client_address, neighbour))
            self.passes("1.024 s")
        return self


def endpoint(text):
    """``("192.0.2.10", 51000)`` from ``"192.0.2.10:51000"``; an IPv6 address stands in brackets."""
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)
