"""What rules look up of flows, lookups and transactions: by name, by server and by time. Each table is made once.

A rule that goes through all flows for each flow, or through all lookups for each lookup, takes time with the square of
them, and whoever makes a capture can make many. What a rule asks of the others it therefore asks here.
"""

import functools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.http import Exchange
from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.application import application
from netanalyze.flows.dialing import Dial, successions
from netanalyze.flows.dns_columns import resolvers_that_answered
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.flows.names.lookups import ATTEMPT_NS, FORMERR, Lookup
from netanalyze.flows.names.search_list import search_steps
from netanalyze.flows.network.calling_back import Calls, announced_calls
from netanalyze.flows.network.others import Greatest, InOrder, Last, Moments, Spans
from netanalyze.flows.rows import by_id, of_flows
from netanalyze.flows.screen import odd, plain, spans
from netanalyze.flows.smooth.at_work import AtWork, at_work
from netanalyze.flows.smooth.stalls import Stalls
from netanalyze.flows.uneventful import uneventful
from netanalyze.units import NEVER_NS
from netanalyze.urls import split

LOOKUP = -1
"""Whose a moment is that is a query's, and no flow's."""
SMALL_HELLO = 600
"""Octets below which a ClientHello is one without post-quantum keys, which goes into one segment anywhere."""
ASKS_AGAIN_NS = ATTEMPT_NS + 2_000_000_000
"""Whoever asks again does so by then: after a resolver's timer, and as long as dns/resolver-unanswered is patient."""


class Traffic(Protocol):
    """What is looked up: a case's flows, those that are judged and all of them, and its lookups and stalls."""

    flows: Sequence[Flow]
    everything: Sequence[Flow]
    lookups: Sequence[Lookup]
    dials: Sequence[Dial]
    transactions: Sequence[Transaction]
    stalls: Stalls
    diagnostics: Diagnostics
    hosts: list[str]
    client: Any
    end_ns: int


class Index:
    """Tables over the traffic of one case; lists keep the order of what they list."""

    def __init__(self, case: Traffic):
        self._seen = case

    @functools.cached_property
    def eventful(self) -> Sequence[Flow]:
        """The judged flows with which something may be wrong by themselves: a cause that is of one flow is of one of these."""
        if "clock_step" in self._seen.diagnostics or any(timer.set_by for timer in self._seen.client.timers):
            return self._seen.flows  # how long a flow lasted is not known, or a short wait may be one too long
        return [flow for flow in odd(self._seen.flows) if not uneventful(flow)]

    def stalled(self, least_ns: int) -> list[Flow]:
        """The judged flows that have a stall of so many ns or more: whoever looks for a long wait looks at no others. A plain
        flow has none that is long (netanalyze.flows.uneventful)."""
        return [flow for flow in odd(self._seen.flows) if self._longest_stalls.get(flow.id, -1) >= least_ns]

    @functools.cached_property
    def _longest_stalls(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for stall in odd(self._seen.stalls):
            if stall.flow is not None:
                found[stall.flow.id] = max(found.get(stall.flow.id, 0), stall.ns)
        return found

    @functools.cached_property
    def flows(self) -> Mapping[int | None, Flow]:
        """The judged flows by id."""
        return by_id(self._seen.flows)

    @functools.cached_property
    def of_ends(self) -> dict[tuple[str, int, str, int], Flow]:
        """By the client's and the server's address and port, the first judged flow."""
        return {
            (f.client.address, f.client.port, f.server.address, f.server.port): f for f in reversed(self._seen.flows)
        }

    @functools.cached_property
    def dials(self) -> dict[int | None, Dial]:
        """By flow, the dial that it was an attempt of."""
        return {flow.id: dial for dial in reversed(self._seen.dials) for flow in dial.attempts}

    @functools.cached_property
    def successions(self) -> list[tuple[list[Flow], Flow | None]]:
        """Attempts at one address that got no answer, each soon after the other (netanalyze.flows.dialing)."""
        return successions(self._seen.flows)

    @functools.cached_property
    def dialled_ns(self) -> dict[str | None, list[int]]:
        """By host, when dials to it began, in order."""
        found: dict[str | None, list[int]] = defaultdict(list)
        for dial in self._seen.dials:
            found[dial.host].append(dial.start_ns)
        return {host: sorted(moments) for host, moments in found.items()}

    @functools.cached_property
    def given_ns(self) -> dict[str, list[int]]:
        """By address, when the names were looked up that have it, in order."""
        found: dict[str, list[int]] = defaultdict(list)
        for lookup in self._seen.lookups:
            for address in lookup.addresses:
                found[address].append(lookup.start_ns)
        return {address: sorted(moments) for address, moments in found.items()}

    @functools.cached_property
    def resting(self) -> dict[str | None, Flow]:
        """By host, the flow that is open and through its handshake on which something was said last."""
        found: dict[str | None, Flow] = {}
        for flow in self._seen.flows:
            if flow.ended() is None and handshake_complete(flow):
                known = found.get(flow.host)
                found[flow.host] = flow if known is None or flow.last_ns > known.last_ns else known
        return found

    @functools.cached_property
    def any_flow(self) -> Mapping[int | None, Flow]:
        """All flows by id, others' as well."""
        return by_id(self._seen.everything)

    @functools.cached_property
    def to_end(self) -> dict[tuple[str | None, int | None], InOrder[Flow]]:
        """All flows, others' as well, by the server's address and port."""
        ends = _by(self._seen.everything, lambda flow: (flow.server.address, flow.server.port))
        return {end: InOrder([(f.first_ns, f.last_ns, f) for f in flows]) for end, flows in ends.items()}

    @functools.cached_property
    def hosts(self) -> dict[str, int]:
        """The names of the judged flows' hosts, and the place of each among them."""
        return {host: place for place, host in enumerate(self._seen.hosts)}

    @functools.cached_property
    def answered_from(self) -> dict[str, list[Flow]]:
        """The judged flows on which the server sent data, by its address."""
        return _by((flow for flow in self._seen.flows if flow.server.sent_data), lambda flow: flow.server.address)

    @functools.cached_property
    def to_host(self) -> dict[str | None, list[Flow]]:
        """The judged flows by the host they were meant for."""
        return _by(self._seen.flows, lambda flow: flow.host)

    @functools.cached_property
    def answering(self) -> dict[str, Flow]:
        """By the server's address, the first judged flow whose SYN it answered."""
        return {flow.server.address: flow for flow in reversed(self._seen.flows) if flow.server.syn_count}

    def serves_elsewhere(self, flow: Flow) -> bool:
        """Whether the host that a flow was meant for took a connection at another port: then it is up, and the way to it."""
        return any(one.server.port != flow.server.port for one in self.served.get(flow.server.address, ()))

    @functools.cached_property
    def served(self) -> dict[str, list[Flow]]:
        """By the server's address, the judged flows that it took or on which it sent data, in the order of their beginning."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in sorted(self._seen.flows, key=lambda flow: flow.first_ns):
            if flow.is_tcp and flow.established:
                found[flow.server.address].append(flow)
        return found

    @functools.cached_property
    def calls(self) -> Calls:
        """The calls that judged clients of FTP asked their servers for."""
        return announced_calls(odd(self._seen.flows))

    @functools.cached_property
    def named(self) -> dict[str, list[Lookup]]:
        """The lookups by name."""
        return _by(self._seen.lookups, lambda lookup: lookup.name)

    @functools.cached_property
    def progress(self) -> Greatest[int]:
        """When each judged flow last went on."""
        return Greatest((flow.id, flow.progress_ns) for flow in self._seen.flows)

    @functools.cached_property
    def _speaking(self) -> list[Flow]:
        return [flow for flow in self._seen.flows if flow.server.sent_data]

    @functools.cached_property
    def spoken_begun(self) -> Greatest[str | None]:
        """By host, when the last flow began on which it sent data."""
        return Greatest((flow.host, flow.first_ns) for flow in self._speaking)

    @functools.cached_property
    def spoken(self) -> Greatest[str | None]:
        """By host, when it last sent data."""
        return Greatest((flow.host, flow.server.last_data_ns) for flow in self._speaking)

    @functools.cached_property
    def first_spoken_ns(self) -> int | None:
        """When the first flow began on which a server sent data; None where none did."""
        return min((flow.first_ns for flow in self._speaking), default=None)

    @functools.cached_property
    def asked(self) -> Greatest[str | None]:
        """By name, when it was last looked up."""
        return Greatest(spans(self._seen.lookups).last_begun())

    @functools.cached_property
    def lookup_moments(self) -> Moments[str]:
        """When each name was looked up."""
        found = spans(self._seen.lookups)
        return Moments(found.start_ns, found.name.codes, found.name.texts)

    @functools.cached_property
    def last_ns(self) -> int:
        """When anything was heard last on a judged flow; ``NEVER_NS`` where there is none."""
        return int(of_flows(self._seen.flows, "last_ns").max(initial=NEVER_NS))

    @functools.cached_property
    def begun(self) -> Moments[int]:
        """When each judged flow began, by its id, and when each query was sent, by ``LOOKUP``."""
        queries = ((one.query_ns, LOOKUP) for one in self._seen.transactions)
        return Moments.of([*((flow.first_ns, flow.id) for flow in self._seen.flows), *queries])

    @functools.cached_property
    def sending(self) -> Spans[int]:
        """From when to when the client of each judged flow sent data."""
        sides = ((flow.id, flow.client) for flow in self._seen.flows if flow.client.sent_data)
        return Spans((side.first_data_ns, side.last_data_ns, id_) for id_, side in sides)

    @functools.cached_property
    def last_syn_ns(self) -> int:
        """When the last judged flow's SYN was first sent, ``NEVER_NS`` where none was."""
        return max((flow.client.syn_ns for flow in self._seen.flows if flow.client.syn_count), default=NEVER_NS)

    @functools.cached_property
    def answered_by(self) -> frozenset[str]:
        """The resolvers that answered anything."""
        return resolvers_that_answered(self._seen.transactions)

    @functools.cached_property
    def answered_with_edns(self) -> frozenset[str]:
        """The resolvers that answered a query with an OPT record."""
        return resolvers_that_answered(self._seen.transactions, 1)

    @functools.cached_property
    def answered_without_edns(self) -> frozenset[str]:
        """The resolvers that answered a query without an OPT record."""
        return resolvers_that_answered(self._seen.transactions, 0)

    @functools.cached_property
    def plain_answers(self) -> dict[str, list[Transaction]]:
        """By resolver, the queries without an OPT record that it answered with anything but FORMERR."""
        ones = (
            t for t in self._seen.transactions if t.answered and not t.edns and t.query_frame and t.rcode != FORMERR
        )
        return _by(ones, lambda t: t.resolver)

    @functools.cached_property
    def giving(self) -> dict[str, list[Transaction]]:
        """By address, the transactions that gave it."""
        found: dict[str, list[Transaction]] = defaultdict(list)
        for t in self._seen.transactions:
            for address in dict.fromkeys(t.answers):
                found[address].append(t)
        return found

    @functools.cached_property
    def aliases(self) -> dict[str, frozenset[str]]:
        """By address, every name whose lookup gave it, and the canonical names on the way."""
        return {
            address: frozenset(name for t in ones for name in (t.key, *(c.rstrip(".").lower() for c in t.cnames)))
            for address, ones in self.giving.items()
        }

    @functools.cached_property
    def first_alias(self) -> dict[str, str]:
        """By address, the first of its aliases in the alphabet."""
        return {address: min(names) for address, names in self.aliases.items()}

    @functools.cached_property
    def used(self) -> Greatest[str]:
        """By the server's address, when the last judged flow to it began."""
        return Greatest((flow.server.address, flow.first_ns) for flow in self._seen.flows)

    @functools.cached_property
    def steps(self) -> dict[int, Lookup]:
        """The lookups that were only a suffix tried, as ``search_steps`` has them."""
        return search_steps(self._seen.lookups)

    @functools.cached_property
    def _resolved(self) -> list[str]:
        found = {lookup.name for lookup in odd(self._seen.lookups) if lookup.addresses}
        return sorted(found.union(plain(self._seen.lookups).name.there()))

    def resolved_with_suffix(self, name: str) -> bool:
        """Whether a name that begins with this one, a suffix behind it, has addresses."""
        at = bisect_left(self._resolved, name + ".")
        return at < len(self._resolved) and self._resolved[at].startswith(name + ".")

    @functools.cached_property
    def redirects(self) -> dict[str | None, Last[tuple[Flow, Exchange]]]:
        """By the host that a redirect points to, the exchanges that say so, with the moment of the response."""
        found: dict[str | None, list[tuple[int, tuple[Flow, Exchange]]]] = defaultdict(list)
        for flow in self._seen.flows:
            for exchange in flow.http.exchanges if flow.http else ():
                target = split(exchange.location) if exchange.location else None
                if target is not None:
                    found[target.host].append((exchange.response_ns, (flow, exchange)))
        return {host: Last(ones) for host, ones in found.items()}

    @functools.cached_property
    def heard(self) -> bool:
        """Whether any server of a judged flow was heard."""
        return any(flow.server.packets for flow in self._seen.flows)

    @functools.cached_property
    def asked_once(self) -> dict[str, set[int]]:
        """By client, the lookups, by ``id``, that it let go unanswered with a single query, though there was time to ask
        again."""
        found: dict[str, set[int]] = defaultdict(set)
        for lookup in odd(self._seen.lookups):
            once = not lookup.answered and sum(t.queries for t in lookup.transactions) == 1
            if once and lookup.start_ns + ASKS_AGAIN_NS < self._seen.end_ns:
                found[lookup.client].add(id(lookup))
        return found

    @functools.cached_property
    def working(self) -> dict[str, AtWork]:
        """By host, the flows that carried application data."""
        return at_work(self._seen.flows)

    @functools.cached_property
    def accepted(self) -> dict[tuple[str | None, str], set[int]]:
        """By host and address of a server, the ids of the flows over which something was asked of it in TLS."""
        found: dict[tuple[str | None, str], set[int]] = defaultdict(set)
        for flow in self._seen.flows:
            if flow.tls is not None and application(flow) is not None:
                found[flow.host, flow.server.address].add(flow.id)
        return found

    @functools.cached_property
    def small_hellos(self) -> dict[str, set[int]]:
        """By the server's address, the ids of the flows whose ClientHello went into one segment and was answered."""
        found: dict[str, set[int]] = defaultdict(set)
        for flow in self._seen.flows:
            facts = hello_facts(flow)
            if facts is not None and facts.octets < SMALL_HELLO and facts.answer_frame:
                found[flow.server.address].add(flow.id)
        return found

    @functools.cached_property
    def opening(self) -> dict[str | None, set[int]]:
        """By host, the ids of the flows that are neither over nor through their handshake."""
        found: dict[str | None, set[int]] = defaultdict(set)
        for flow in self._seen.flows:
            if flow.ended() is None and not handshake_complete(flow):
                found[flow.host].add(flow.id)
        return found

    @functools.cached_property
    def done_targets(self) -> frozenset[str | None]:
        """The targets of requests in clear that were answered with success."""
        return frozenset(
            e.target for flow in self._seen.flows if flow.http for e in flow.http.exchanges if 200 <= e.status < 300
        )

    @functools.cached_property
    def callers(self) -> dict[str, tuple[int, frozenset[str]]]:
        """By client, of all flows, others' as well: the id of the first, and the addresses of all servers."""
        found: dict[str, tuple[int, set[str]]] = {}
        for flow in self._seen.everything:
            found.setdefault(flow.client.address, (flow.id, set()))[1].add(flow.server.address)
        return {client: (first, frozenset(servers)) for client, (first, servers) in found.items()}


def _by(items: Iterable, key) -> dict:
    """Things by what ``key`` says of each, in their order."""
    found = defaultdict(list)
    for one in items:
        found[key(one)].append(one)
    return found
