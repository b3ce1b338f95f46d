"""Join messages to flows: conversations, lookups' names, ICMP errors."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address

from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.icmp import IcmpError
from netanalyze.conversations.messages import MessageReader
from netanalyze.flows.dns_columns import Transactions
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.others import Last
from netanalyze.wire.layers import PROTOCOL_UDP

DNS_PORTS = (53, 5353, 5355)
NAMES_MOST = 100
"""Names of an address that a flow to it is given: more than a front end serves to one command, and a bound on what a
capture in which thousands of names have one address can make us keep."""


def join(
    flows: list[Flow],
    messages: MessageReader,
    transactions: Iterable[Transaction] | None = None,
    errors: Iterable[IcmpError] | None = None,
) -> None:
    """Give each flow its conversation, transactions, names and ICMP errors.

    Args:
        transactions, errors: those that names and errors are taken from; None: all.
    """
    if transactions is None:
        given: Iterable[tuple[Sequence[str], int, str]] = Transactions(messages.dns).giving(
            {f.server.address for f in flows if f.server.port not in DNS_PORTS}
        )
    else:
        given = ((t.answers, t.response_ns, t.key) for t in transactions if t.answered and t.qname)
    _name(flows, given)
    by_ports: dict[tuple, list[Flow]] = defaultdict(list)
    for flow in flows:
        flow.hears(messages.conversations.get(flow.id))
        flow.quic = messages.quic.get(flow.id)
        flow.dtls_frame = messages.dtls.get(flow.id, 0)
        flow.dns = messages.dns.of_flow(flow.id)
        flow.icmp = []
        by_ports[
            _key(flow.protocol, flow.client.address, flow.client.port, flow.server.address, flow.server.port)
        ].append(flow)
    known = {ends: Last([(flow.first_ns, flow) for flow in ones]) for ends, ones in by_ports.items()}
    waiting = _Waiting()
    for error in messages.icmp if errors is None else errors:
        _join_error(error, known, waiting, messages.dns)


def _name(flows: list[Flow], given: Iterable[tuple[Sequence[str], int, str]]) -> None:
    """Give each flow the names that its server's address was told for by then, the latest first; where none was, all of
    them, the first one first; of very many so many as are kept.

    Args:
        given: addresses, when they were told, and for which name.
    """
    named: dict[str, list[tuple[int, str]]] = defaultdict(list)  # by address: when it was told for which name
    for addresses, ns, name in given:
        for address in addresses:
            named[address].append((ns, name))
    begun: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        flow.names = ()
        if flow.server.address in named and flow.server.port not in DNS_PORTS:
            begun[flow.server.address].append(flow)
    for address, ones in begun.items():
        told = sorted(named[address])
        first = tuple(itertools.islice(dict.fromkeys(name for _, name in told), NAMES_MOST))
        latest: dict[str, None] = {}
        at = 0
        for flow in sorted(ones, key=lambda f: f.first_ns):
            while at < len(told) and told[at][0] <= flow.first_ns:
                latest.pop(told[at][1], None)
                latest[told[at][1]] = None  # last in order: told last
                at += 1
            flow.names = tuple(itertools.islice(reversed(latest), NAMES_MOST)) if latest else first


class _Waiting:
    """Of each flow the transactions that an ICMP error may still be about, by the moment of their query or answer."""

    def __init__(self) -> None:
        self._heaps: dict[tuple[int, bool], list[tuple[int, int, Transaction]]] = {}

    def by(self, flow: Flow, answered: bool, ns: int) -> Iterator[Transaction]:
        """The transactions of a flow that were asked, or answered, by then; each is given once."""
        if (flow.id, answered) not in self._heaps:
            ones = [t for t in flow.dns if t.answered == answered]
            moments = [(t.response_ns if answered else t.query_ns, at, t) for at, t in enumerate(ones)]
            heapq.heapify(moments)
            self._heaps[flow.id, answered] = moments
        heap = self._heaps[flow.id, answered]
        while heap and heap[0][0] <= ns:
            yield heapq.heappop(heap)[2]


def _key(protocol: int, a: str, a_port: int, b: str, b_port: int) -> tuple:
    return protocol, a, a_port, b, b_port


def _join_error(error: IcmpError, flows: dict[tuple, Last[Flow]], waiting: _Waiting, dns: DnsReader) -> None:
    """Join an error to the flow of the packet it quotes, and to the DNS transaction if it is one."""
    source, destination = str(ip_address(error.quoted_source)), str(ip_address(error.quoted_destination))
    forward = _key(error.quoted_protocol, source, error.quoted_source_port, destination, error.quoted_destination_port)
    backward = _key(error.quoted_protocol, destination, error.quoted_destination_port, source, error.quoted_source_port)
    flow = flows[forward].by(error.ns) if forward in flows else None
    back = flows[backward].by(error.ns) if backward in flows else None
    if flow is not None:
        flow.icmp.append(error)
        if flow.protocol == PROTOCOL_UDP and error.what == "unreachable":
            for t in waiting.by(flow, False, error.ns):
                dns.reject(t, error.frame)
    elif back is not None:
        if back.protocol == PROTOCOL_UDP and error.what == "unreachable":
            for t in waiting.by(back, True, error.ns):
                dns.reject(t, error.frame)
        elif error.what == "too_big":
            back.icmp.append(error)
