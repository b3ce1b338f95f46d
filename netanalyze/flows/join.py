"""Join messages to flows: conversations, lookups' names, ICMP errors."""

import functools
import heapq
import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from itertools import pairwise

import numpy as np

from netanalyze.columns import distinct, in_order
from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.icmp import IcmpError
from netanalyze.conversations.messages import MessageReader
from netanalyze.flows.dns_columns import Transactions
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import ATTEMPT_NS
from netanalyze.flows.network.others import Last
from netanalyze.flows.rows import FlowRows
from netanalyze.tracking.addresses import is_group
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import PROTOCOL_UDP

DNS_PORTS = (53, 5353, 5355)
NAMES_MOST = 100
"""Names of an address that a flow to it is given: more than a front end serves to one command, and a bound on what a
capture in which thousands of names have one address can make us keep."""


def join(
    rows: FlowRows,
    messages: MessageReader,
    transactions: Iterable[Transaction] | None = None,
    errors: Iterable[IcmpError] | None = None,
) -> set[int]:
    """Have each flow that is made of the rows given its conversation, transactions, names and ICMP errors.

    Args:
        transactions, errors: those that names and errors are taken from; None: all.

    Returns:
        The places among the rows of the flows that an error quotes.
    """
    if transactions is None:
        given: Iterable[tuple[Sequence[str], int, str]] = Transactions(messages.dns).giving(
            {rows.server.texts[code] for code in distinct(rows.server.codes[_named(rows)]).tolist()}
        )
    else:
        given = ((t.answers, t.response_ns, t.key) for t in transactions if t.answered and t.qname)
    rows.names = _names(rows, given)

    def give(flow: Flow) -> None:
        flow.hears(messages.conversation(flow.id))
        flow.quic = messages.quic.get(flow.id)
        flow.dtls_frame = messages.dtls.get(flow.id, 0)
        flow.dns = messages.dns.of_flow(flow.id)

    rows.give = give
    known: dict[tuple, Last[int]] = {}
    quoted: set[int] = set()
    waiting = _Waiting()
    for error in messages.icmp if errors is None else errors:
        known = known or _by_ends(rows)
        quoted.update(_join_error(error, rows, known, waiting, messages.dns))
    return quoted


def _by_ends(rows: FlowRows) -> dict[tuple, Last[int]]:
    """By protocol, addresses and ports, the places of flows and when they began."""
    found: dict[tuple, list[tuple[int, int]]] = defaultdict(list)
    ends = rows.flow("kind") % 256, rows.flow("ports") // 65536, rows.server_port
    protocols, client_ports, server_ports = (column.tolist() for column in ends)
    whole = zip(protocols, rows.client.values(), client_ports, rows.server.values(), server_ports)
    for place, (key, first_ns) in enumerate(zip(whole, rows.flow("first_ns").tolist())):
        found[key].append((first_ns, place))
    return {key: Last(ones) for key, ones in found.items()}


def _named(rows: FlowRows) -> np.ndarray:
    """The places of flows that were begun to what a name gave."""
    return np.flatnonzero(~np.isin(rows.server_port, DNS_PORTS))


def _names(rows: FlowRows, given: Iterable[tuple[Sequence[str], int, str]]) -> dict[int, tuple[str, ...]]:
    """By place of a flow, the names that its server's address was told for by then, the latest first; where none was, all of
    them, the first one first; of very many so many as are kept.

    Args:
        given: addresses, when they were told, and for which name.
    """
    named: dict[str, list[tuple[int, str]]] = defaultdict(list)  # by address: when it was told for which name
    for addresses, ns, name in given:
        for address in addresses:
            named[address].append((ns, name))
    places, texts = _named(rows), rows.server.texts
    codes, first_ns = rows.server.codes[places], rows.flow("first_ns")[places]
    order = np.lexsort((first_ns, codes))
    places, codes, first_ns = places[order], codes[order], first_ns[order]
    found: dict[int, tuple[str, ...]] = {}
    for begin, end in pairwise(np.flatnonzero(np.diff(codes, prepend=-1, append=-1)).tolist()):
        told = sorted(named.get(texts[codes[begin]], ()))
        if not told:
            continue
        by_then = np.searchsorted([ns for ns, _ in told], first_ns[begin:end], side="right").tolist()
        known = _in_turn([name for _, name in told], by_then)
        found.update(zip(places[begin:end].tolist(), map(known.__getitem__, by_then)))
    return found


def _in_turn(in_order_of_time: Sequence[str], by_then: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """By how many of some names had been given, in ascending order: these, the latest first; where none had, all, the first one
    first."""
    known: dict[int, tuple[str, ...]] = {}
    latest: dict[str, None] = {}
    done = 0
    for count in dict.fromkeys(by_then):
        for name in in_order_of_time[done:count]:
            latest.pop(name, None)
            latest[name] = None  # last in order: given last
        done = count
        names: Iterable[str] = reversed(latest) if count else dict.fromkeys(in_order_of_time)
        known[count] = tuple(itertools.islice(names, NAMES_MOST))
    return known


class Begun:
    """When flows that carry no DNS began: by the server's address, to all that no answer names, and to these by their host."""

    def __init__(self, rows: FlowRows, flows: Sequence[Flow], dns: DnsReader):
        self._flows = flows
        own = np.array([not is_group(text) for text in rows.server.texts], dtype=bool)
        places = np.flatnonzero(~dns.carried(rows.ids))
        places = places[own[rows.server.codes[places]]] if len(places) else places
        moments = rows.flow("first_ns")[places]
        order = np.argsort(moments, kind="stable")
        order = order[in_order(rows.server.codes[places][order])]
        codes = rows.server.codes[places][order]
        first = np.flatnonzero(np.diff(codes, prepend=-1))
        parts = np.split(moments[order], first[1:])
        self._starts = {rows.server.texts[code]: part.tolist() for code, part in zip(codes[first].tolist(), parts)}
        self._unnamed = sorted(ns for place, ns in zip(places.tolist(), moments.tolist()) if not rows.names.get(place))

    @functools.cached_property
    def _by_host(self) -> dict[str, list[int]]:
        """By the host that their client asks for there."""
        found: dict[str, list[int]] = {}
        for flow in self._flows:
            if not flow.dns and not flow.names and flow.host and not is_group(flow.server.address):
                found.setdefault(flow.host, []).append(flow.first_ns)
        return {host: sorted(moments) for host, moments in found.items()}

    def behind(self, ns: int, addresses: list[str], name: str) -> int:
        """When the first flow from ``ns`` on began to one of some addresses; without any, to the host of a name, or to where no
        answer led; ``NEVER_NS`` where none did."""
        if addresses:
            lists = [m for m in map(self._starts.get, addresses) if m]
            return min((m[at] for m in lists if (at := bisect_left(m, ns)) < len(m)), default=NEVER_NS)
        known = self._by_host.get(name, ())
        if (at := bisect_left(known, ns)) < len(known):
            return known[at]
        at = bisect_left(self._unnamed, ns)
        alone = at == 0 or ns - self._unnamed[at - 1] > ATTEMPT_NS  # who always connects so says nothing by it
        return self._unnamed[at] if at < len(self._unnamed) and alone else NEVER_NS


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


def _join_error(
    error: IcmpError, rows: FlowRows, by_ends: dict[tuple, Last[int]], waiting: _Waiting, dns: DnsReader
) -> list[int]:
    """Join an error to the flow of the packet it quotes, and to the DNS transaction if it is one; the flow's place."""
    source = str(ip_address(error.quoted_source)), error.quoted_source_port
    destination = str(ip_address(error.quoted_destination)), error.quoted_destination_port
    forward, backward = (error.quoted_protocol, *source, *destination), (error.quoted_protocol, *destination, *source)
    sent, answered = (by_ends[ends].by(error.ns) if ends in by_ends else None for ends in (forward, backward))
    place = sent if sent is not None else answered
    if place is None:
        return []
    flow = rows.made([place])[0]
    if flow.protocol == PROTOCOL_UDP and error.what == "unreachable":
        for t in waiting.by(flow, sent is None, error.ns):
            dns.reject(t, error.frame)
    if sent is not None or error.what == "too_big":
        flow.icmp.append(error)
    return [place]
