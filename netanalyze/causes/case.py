"""Everything a rule may look at, and the questions that several rules ask of it."""

import functools
from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from netanalyze.causes.command import OfCommand
from netanalyze.clients import client_by_name
from netanalyze.clients.client import Client
from netanalyze.clients.hosts import role_of
from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.icmp import IcmpError
from netanalyze.conversations.pings import Ping
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Culprit, Evidence, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.dialing import Dial, attempts_over, outcome
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.index import Index
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.network.inbound_loss import OFTEN, RepeatedLookup, repeated_lookups
from netanalyze.flows.network.next_hops import NextHops
from netanalyze.flows.network.portal import portal_signs
from netanalyze.flows.rows import hosts_of, numbers_of, of_flows, servers
from netanalyze.flows.screen import asked_again, odd, spans
from netanalyze.flows.smooth.stalls import Stalls
from netanalyze.flows.stalls import Stall, answers_owed, flow_stalls
from netanalyze.flows.within import last_asked, last_by
from netanalyze.kernel import Engine
from netanalyze.processes import CERTAIN, Processes
from netanalyze.sockets import SocketHistory
from netanalyze.tracking.neighbours import AskedNeighbour, Neighbours
from netanalyze.units import NEVER_NS
from netanalyze.wording import Text, message

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

LONG_GONE_NS = 3600 * 10**9
"""A flow without a packet for so long is over, whatever it owed: keep-alives come every two hours at the most (RFC 9293
section 3.8.4), and a capture with such a hole was put together from several."""


@dataclass
class Case(OfCommand):
    """Everything a rule may look at.

    Attributes:
        flows: the TCP flows that are judged, by first appearance.
        lookups, dials, stalls: of these.
        icmp: ICMP errors, in frame order; ``pings``: echo requests; ``pings_answered`` others.
        start_ns, end_ns: of the run where it is known, else of the capture.
        client: the command that is judged by its timers.
        trace: what it printed, or None.
        run: RunFacts; ``processes``: what was seen of the command's. Each None where nobody looked.
        total_packets: frames in the capture; ``captured``: whether there is one at all.
        cut_at: octets at which the longest frames that the snap length cut end, 0 where none is.
        everything: all flows, others' as well: what they show of the network holds for this command too.
        unseen: from when until when there were flows that are not looked at, since there are too many, ns.
        sockets: what the kernel said of sockets, or None where nobody asked.
        neighbours: what neighbour discovery showed of the local link.
        bad_datagrams: frames of DNS datagrams with a wrong checksum.
        derived: what was derived of all this once, by name, for those that ask again.
    """

    flows: Sequence[Flow]
    lookups: Sequence[Lookup]
    dials: Sequence[Dial]
    stalls: Stalls
    transactions: Sequence[Transaction]
    icmp: list[IcmpError]
    start_ns: int
    end_ns: int
    client: Client
    diagnostics: Diagnostics
    trace: "Trace | None" = None
    run: Any = None
    processes: Processes | None = None
    total_packets: int = 0
    cut_at: int = 0
    sockets: Sequence[SocketHistory] | None = None
    neighbours: Neighbours | None = None
    bad_datagrams: Set[int] = frozenset()
    pings: Sequence[Ping] = ()
    pings_answered: int = 0
    captured: bool = True
    unseen: tuple[int, int] = (NEVER_NS, NEVER_NS)
    hosts: list[str] = field(default_factory=list)
    everything: Sequence[Flow] = ()
    engine: Engine = field(default_factory=Engine, repr=False, compare=False)
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def _index_stalls(self) -> None:
        self._stalls_by_flow: dict[int, list[Stall]] = {}
        self.derived.clear()
        for stall in odd(self.stalls):
            if stall.flow is not None:
                self._stalls_by_flow.setdefault(stall.flow.id, []).append(stall)

    def __post_init__(self) -> None:
        self.everything = self.everything or self.flows
        self._index_stalls()
        self.hosts = list(dict.fromkeys([*self.hosts, *hosts_of(self.flows)]))

    @functools.cached_property
    def index(self) -> Index:
        """All this by name, by server and by time: what a rule asks of the others, it asks there."""
        return Index(self)

    def end_waits(self) -> None:
        """End the waits that lie open where the client gave up without a packet to show it: by its timer, or by
        turning to something else. A SYN that is never answered waits no longer than its dial."""
        limits: dict[int, int] = {}
        for dial in odd(self.dials):
            if dial.connected is None:
                limits |= self._attempts_end(dial)
        limits |= attempts_over(odd(self.dials), self.lookups)
        for flow in odd(self.flows):
            if flow.id not in limits and flow.tls is not None and not flow.server.sent_data and flow.ended() is None:
                limits[flow.id] = self.until(flow)
        long_gone = {f.id for f in odd(self.flows) if self.end_ns - f.last_ns > LONG_GONE_NS}
        going_on = [s for s in odd(self.stalls) if not (s.open and s.flow is not None and s.flow.id in long_gone)]
        ended = [
            replace(s, end_ns=max(limits[s.flow.id], s.start_ns))
            if s.flow is not None and s.end_ns > limits.get(s.flow.id, s.end_ns)
            else s
            for s in going_on
        ]
        self.stalls = self.stalls.changed(ended)
        self._index_stalls()

    def _attempts_end(self, dial: Dial) -> dict[int, int]:
        """When each attempt of a dial in vain was over: with the answer that forbade it, with the beginning of the next
        one if it was not tried again meanwhile, else with the dial."""
        end = self.given_up_ns(dial, max(f.client.syn_last_ns for f in dial.attempts))
        ends = {}
        for flow, following in zip(dial.attempts, [*dial.attempts[1:], None]):
            said = [e.ns for e in flow.icmp if outcome(flow) == "rejected" and e.ns >= flow.client.syn_last_ns]
            gone = following is not None and following.first_ns >= flow.client.syn_last_ns
            ends[flow.id] = min([*said[:1], following.first_ns if gone and following is not None else end])
        return ends

    @property
    def wall(self) -> tuple[int, int]:
        """When the run began and ended, ns, by its own account; where no run is known, when the capture did: what the
        ledger divides, and what every share of time is a share of.

        What came before or after on the wire is no part of it: others' frames, a connection's end that the kernel sees to.
        """
        over = self.run.end_ns if self.run is not None else NEVER_NS
        return self.start_ns, self.end_ns if over == NEVER_NS else min(over, self.end_ns)

    def lasted(self, ns: int) -> bool:
        """Whether what ended at ``ns`` lasted as long as the run: frames that were still captured later do not matter."""
        return ns >= self.wall[1]

    def stalls_of(self, flow: Flow) -> list[Stall]:
        """The stalls of one flow, in order."""
        if flow.is_plain and flow.id not in self._stalls_by_flow:
            self._stalls_by_flow[flow.id] = flow_stalls(flow)
        return self._stalls_by_flow.get(flow.id, [])

    def role(self, host: str | None, port: int | None = None) -> str:
        """The role of a host for this command."""
        known, client = self.derived.setdefault("roles", {}), self.client.name
        if (host, port) not in known:
            order = self.index.hosts.get(host) if host is not None else None
            known[host, port] = role_of(host, port, order, self.trace, client if client != "generic" else None)
        return known[host, port]

    def asker(self, host: str | None, port: int | None = None) -> Client:
        """Who waits for a host: the command, or the child it sends there, whose timers are others.

        go itself never connects to a code host it knows: git does (cmd/go/internal/vcs/vcs.go).
        """
        if self.client.name == "go" and self.role(host, port) == "vcs-host":
            return client_by_name("git")
        return self.client

    def server(self, flow: Flow, role: str | None = None) -> Culprit:
        """The far end of a flow as a culprit: the proxy where it goes through one."""
        if flow.tunnelled:
            return self.http_proxy(flow)
        host = flow.host
        found = role or self.role(host or flow.server.address, flow.server.port)
        return Culprit(found, host, flow.server.address, flow.server.port)

    def far_host(self, flow: Flow) -> Culprit:
        """Who the flow was meant for, behind a proxy if there is one."""
        if not flow.tunnelled:
            return self.server(flow)
        return Culprit(self.role(flow.host, 443), flow.host, None, None, via=self.http_proxy(flow))

    def http_proxy(self, flow: Flow) -> Culprit:
        """The proxy at the other end of a flow."""
        name = flow.names[0] if flow.names else None
        return Culprit("http-proxy", name, flow.server.address, flow.server.port)

    def path(self, flow: Flow) -> Culprit:
        """The path to the far end of a flow: to the proxy where it goes through one."""
        host = (flow.names[0] if flow.names else None) if flow.tunnelled else flow.host
        return Culprit("path", host, flow.server.address, flow.server.port)

    def sender(self, flow: Flow, direction: int) -> Culprit:
        """Who sends in a direction of a flow: its server, or this machine."""
        if direction:
            return self.server(flow)
        return Culprit("client-host", flow.host, flow.server.address, flow.server.port)

    def resolver(self, address: str) -> Culprit:
        """A resolver."""
        return Culprit("resolver", None, address, 53)

    def until(self, flow: Flow) -> int:
        """When the wait on a flow was over: the client closed it, its TLS timer ran out, or the run ended."""
        ended = flow.ended()
        if ended is not None and ended[1] == 0:
            return ended[2]
        limit = max(self.end_ns, flow.last_ns)
        timers = self.asker(flow.host, flow.server.port).guards("tls")
        if timers and flow.established_ns != NEVER_NS and flow.tls is not None and not flow.server.sent_data:
            ends = [flow.established_ns + round(t.seconds * 1e9) for t in timers]
            # it still tried till then
            limit = min(limit, min((e for e in ends if e >= flow.last_ns), default=flow.last_ns))
        return max(limit, flow.last_ns)

    def given_up_ns(self, dial: Dial, last_try_ns: int) -> int:
        """When a dial in vain was over: the client turned to something else, its timer ran out, or the run ended."""
        mine = {flow.id for flow in dial.attempts}
        begun, asked = self._begun, self._asked
        next_ = bisect_right(begun, (last_try_ns + 1, -1))
        while next_ < len(begun) and begun[next_][1] in mine:
            next_ += 1
        lookup = asked[(at := bisect_right(asked, last_try_ns)) : at + 1]
        resumed = self.resumed_ns(dial.attempts[0], last_try_ns)
        ends = [ns for ns, _ in begun[next_ : next_ + 1]] + lookup + [self.end_ns if resumed is None else resumed]
        end = max(min(ends), last_try_ns)
        who = self.asker(dial.host, dial.attempts[0].server.port)
        timers = [t.seconds for t in who.guards("dial")]
        if timers and who.name != "generic":
            longest = dial.start_ns + round(max(timers) * 1e9)
            if last_try_ns <= longest:  # what goes on trying after the client's timer is a helper, with one of its own
                end = min(end, longest)
        return max(end, last_try_ns)

    def resumed_ns(self, flow: Flow, last_ns: int) -> int | None:
        """When a handshake went on that a client had left lying from before ``flow`` until after ``last_ns``, None if none did:
        what it asked at port 80 in between may be a question aside, as that for a list of revoked certificates (RFC 5280)."""
        lying = self._left_lying.get(flow.client.address, []) if flow.server.port == 80 else []
        at = bisect_right(lying, (flow.first_ns, self.end_ns))
        return lying[at - 1][1] if at and lying[at - 1][1] > last_ns else None

    @functools.cached_property
    def _left_lying(self) -> dict[str, list[tuple[int, int]]]:
        """By client, when each wait of a server's for its Finished began that took a second or longer, and when the last of
        those that had begun was over, in order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for s in odd(self.stalls):
            if s.waiting_for == "client_finished" and s.ns >= BESIDE.ns and s.flow and handshake_complete(s.flow):
                found.setdefault(s.flow.client.address, []).append((s.start_ns, s.end_ns))
        return {a: list(accumulate(sorted(of), lambda x, y: (y[0], max(x[1], y[1])))) for a, of in found.items()}

    @functools.cached_property
    def _begun(self) -> list[tuple[int, int]]:
        """When each flow began, and which it is, in order."""
        return sorted(zip(of_flows(self.flows, "first_ns").tolist(), numbers_of(self.flows).tolist()))

    @functools.cached_property
    def _asked(self) -> list[int]:
        """When each lookup began, in order."""
        return sorted(spans(self.lookups).start_ns.tolist())

    def owed(self) -> list[Stall]:
        """Waits for somebody else that lay open when the run ended, a second long or longer."""
        return [
            s for s in odd(self.stalls)
            if s.open and s.waiting_on != "client" and s.waiting_for != "fin_ack" and s.ns > 10**9
            and (s.waiting_for not in ("response", "body") or (s.flow is not None and answers_owed(s.flow, self.client.name)))
        ]  # fmt: skip

    def request_of(self, flow: Flow, gap: Gap) -> tuple[int, int, Text] | None:
        """The request a gap waits for: (frame, ns, what is readable of it)."""
        if flow.clear is not None:
            asked = last_asked(flow, gap.last_frame)
            return (asked.request_frame, asked.request_ns, f"{asked.method} {asked.target}") if asked else None
        read = application(flow) if flow.tls is not None else None
        if read is None:
            return None
        last = last_by(read.requests, gap.last_frame)
        if last is None:
            return None
        return last.frame_number, last.time_ns, message("a record of {octets} octets", octets=last.length)

    def body_reason(self, flow: Flow) -> Text:
        """How one can tell that a response is not whole."""
        if flow.tls is not None:
            read = application(flow)
            return read.why if read else "it is not whole"
        return "fewer octets than announced"

    @functools.cached_property
    def portal(self) -> tuple[Evidence, ...]:
        """Signs of a captive portal on this network, none on most."""
        return frames(*portal_signs(self.everything, odd(self.lookups)))

    def aliases(self, flow: Flow) -> frozenset[str]:
        """Every name whose lookup gave this flow's address, and the canonical names on the way."""
        return self.index.aliases.get(flow.server.address, frozenset())

    def answer_frame(self, flow: Flow) -> int:
        """The frame of the answer that gave this flow's address, 0 none."""
        given = self.index.giving.get(flow.server.address)
        return given[0].response_frame if given else 0

    def _then_asked(self, lookup: Lookup) -> tuple[int, str, int, int] | None:
        """The time from a lookup to the host's next, with the host's first flow and its address; None where a packet went
        to one of the name's addresses, or nobody was asked for in vain at all."""
        if self.next_hops is None or not lookup.addresses or not self.next_hops.vain:
            return None
        first, servers = self.index.callers.get(lookup.client, (None, frozenset()))
        if first is None or not servers.isdisjoint(lookup.addresses):
            return None
        later = self.index.lookup_moments.after(lookup.end_ns, lookup.name)
        return first, lookup.client, lookup.end_ns, self.end_ns if later is None else later

    def asked_in_vain(self, lookup: Lookup) -> bool:
        """Whether the host that looked a name up then asked for somebody on its link without an answer, before its next
        lookup, and sent nothing to the name's addresses."""
        span = self._then_asked(lookup)
        return span is not None and self.next_hops is not None and self.next_hops.asked(*span)

    def all_asked_in_vain(self) -> list[tuple[Lookup, AskedNeighbour]]:
        """Whom hosts asked for in vain after a lookup, each with the first such lookup; of the last lookups first."""
        if self.next_hops is None or not self.next_hops.vain:
            return []
        spans = [(one, span) for one in self.lookups if (span := self._then_asked(one))]
        first = {id(one): spans[at][0] for one, at in self.next_hops.claimed(span for _, span in spans)}
        return [(first[id(one)], one) for one, _ in self.next_hops.claimed(span for _, span in reversed(spans))]

    @functools.cached_property
    def next_hops(self) -> NextHops | None:
        """What neighbour discovery showed, put in order; None where it was not watched."""
        return NextHops(self.neighbours) if self.neighbours is not None else None

    @functools.cached_property
    def unheard_lookups(self) -> list[RepeatedLookup]:
        """Lookups that were answered and asked on by the resolver's timer, nothing being sent to the addresses.

        Of a command that is known one repeat tells; of traffic that is no known command's, somebody may ask every 5 s.
        """
        used, least = servers(self.everything), 1 if self.command_known else int(OFTEN.value)
        return [
            found for found in repeated_lookups(*asked_again(self.lookups, least))
            if found.times >= least
            and used.isdisjoint(address for one in found.lookups for address in one.addresses)
        ]  # fmt: skip

    def only_questions(self) -> list[AskedNeighbour]:
        """The questions in vain for neighbours of a command of which there is nothing else in the capture.

        Whose they are is told from its sockets; where none are known, the capture must show a single host that asks.
        """
        if self.neighbours is None or self.next_hops is None or self.flows or self.lookups:
            return []
        sockets = self.processes.sockets if self.processes is not None else ()
        own = {socket.local for socket in sockets if socket.owned == CERTAIN}
        if not own and self.command_known:
            own = {one.asker_address for one in self.neighbours.asked}
            own = own if len(own) == 1 and not self.everything else set()
        return [one for one in self.next_hops.vain if one.asker_address in own]

    def used_later(self, flow: Flow) -> bool:
        """Whether another flow to the same host carried application data within a second of this one's end.

        Go opens several connections at once and closes all but one: those it closed are no failures.
        """
        ended = flow.ended()
        if ended is None or ended[1] != 0 or flow.host is None:
            return False
        working = self.index.working.get(flow.host)
        if working is None:
            return False
        return working.lasted(flow.id, ended[2] + BESIDE.ns) >= ended[2] - BESIDE.ns


AT_END = Threshold(
    2, "s",
    source="tcpdump(1), --immediate-mode: libpcap hands packets over up to a second late; twice that",
    why="a wait that ends so close to the end of the capture lasted to it",
)  # fmt: skip
BESIDE = Threshold(
    1, "s",
    source="chosen here: a handshake over a slow path (600 ms) and the request after it",
    why="connections that Go opened at once are closed within this of the first one's use",
)  # fmt: skip
