"""Everything a rule may look at, and the questions that several rules ask of it."""

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from netanalyze.clients import client_by_name
from netanalyze.clients.client import Client
from netanalyze.clients.hosts import role_of
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Culprit, Evidence, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.deaf import OFTEN, AskedOn, asked_on
from netanalyze.flows.dialing import Dial, outcome
from netanalyze.flows.dns import Transaction
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.icmp import IcmpError
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.neighbours import Asked, Neighbours
from netanalyze.flows.observe import Flow, Gap
from netanalyze.flows.portal import portal_signs
from netanalyze.flows.stalls import Stall, answers_owed
from netanalyze.processes import CERTAIN, Processes
from netanalyze.sockets import SocketHistory
from netanalyze.units import NEVER_NS
from netanalyze.wording import message

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

LONG_GONE_NS = 3600 * 10**9
"""A flow without a packet for so long is over, whatever it owed: keep-alives come every two hours at the most (RFC 9293
section 3.8.4), and a capture with such a hole was put together from several."""

MOST_ID = 2**63
"""Larger than any flow's number."""


@dataclass
class Observations:
    """Everything a rule may look at.

    Attributes:
        flows: the TCP flows that are judged, by first appearance.
        lookups, dials, stalls: of these.
        icmp: ICMP errors, in frame order.
        start_ns, end_ns: of the run where it is known, else of the capture.
        client: the command that is judged by its timers.
        trace: what it printed, or None.
        run: RunFacts, or None.
        processes: what was seen of the command's processes, or None.
        total_packets: frames in the capture.
        everything: all flows, others' as well: what they show of the network holds for this command too.
        sockets: what the kernel said of sockets, or None where nobody asked.
        neighbours: what neighbour discovery showed of the local link.
    """

    flows: list[Flow]
    lookups: list[Lookup]
    dials: list[Dial]
    stalls: list[Stall]
    transactions: list[Transaction]
    icmp: list[IcmpError]
    start_ns: int
    end_ns: int
    client: Client
    diagnostics: Diagnostics
    trace: "Trace | None" = None
    run: Any = None
    processes: Processes | None = None
    total_packets: int = 0
    sockets: Sequence[SocketHistory] | None = None
    neighbours: Neighbours | None = None
    hosts: list[str] = field(default_factory=list)
    everything: list[Flow] = field(default_factory=list)

    def _index_stalls(self) -> None:
        self._stalls_by_flow: dict[int, list[Stall]] = {}
        for stall in self.stalls:
            if stall.flow is not None:
                self._stalls_by_flow.setdefault(stall.flow.id, []).append(stall)

    def __post_init__(self) -> None:
        self._index_stalls()
        for flow in self.flows:
            host = flow.host
            if host and host not in self.hosts:
                self.hosts.append(host)

    def end_waits(self) -> None:
        """End the waits that lie open where the client gave up without a packet to show it: by its timer, or by
        turning to something else. A SYN that is never answered waits no longer than its dial."""
        limits: dict[int, int] = {}
        for dial in self.dials:
            if dial.connected is None:
                limits |= self._attempts_end(dial)
            else:
                limits |= {
                    f.id: max(f.last_ns, dial.connected.established_ns)
                    for f in dial.attempts
                    if f is not dial.connected
                }
        for flow in self.flows:
            if flow.id not in limits and flow.tls is not None and not flow.server.sent_data and flow.ended() is None:
                limits[flow.id] = self.until(flow)
        long_gone = {f.id for f in self.flows if self.end_ns - f.last_ns > LONG_GONE_NS}
        self.stalls = [s for s in self.stalls if not (s.open and s.flow is not None and s.flow.id in long_gone)]
        self.stalls = [
            replace(s, end_ns=max(min(s.end_ns, limits[s.flow.id]), s.start_ns))
            if s.flow is not None and s.flow.id in limits
            else s
            for s in self.stalls
        ]
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

    def stalls_of(self, flow: Flow) -> list[Stall]:
        """The stalls of one flow, in order."""
        return self._stalls_by_flow.get(flow.id, [])

    def role(self, host: str | None, port: int | None = None) -> str:
        """The role of a host for this command."""
        order = self.hosts.index(host) if host in self.hosts else None
        return role_of(host, port, order, self.trace, self.client.name if self.client.name != "generic" else None)

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
            limit = min(
                limit, min((e for e in ends if e >= flow.last_ns), default=flow.last_ns)
            )  # it still tried till then
        return max(limit, flow.last_ns)

    def given_up_ns(self, dial: Dial, last_try_ns: int) -> int:
        """When a dial in vain was over: the client turned to something else, its timer ran out, or the run ended."""
        mine = {flow.id for flow in dial.attempts}
        begun, asked = self._begun, self._asked
        flows = (ns for ns, id_ in begun[bisect_right(begun, (last_try_ns, MOST_ID)) :] if id_ not in mine)
        lookup = asked[(at := bisect_right(asked, last_try_ns)) : at + 1]
        end = max(min(next(flows, self.end_ns), *lookup, self.end_ns), last_try_ns)
        who = self.asker(dial.host, dial.attempts[0].server.port)
        timers = [t.seconds for t in who.guards("dial")]
        if timers and who.name != "generic":
            longest = dial.start_ns + round(max(timers) * 1e9)
            if last_try_ns <= longest:  # what goes on trying after the client's timer is a helper, with one of its own
                end = min(end, longest)
        return max(end, last_try_ns)

    @functools.cached_property
    def _begun(self) -> list[tuple[int, int]]:
        """When each flow began, and which it is, in order."""
        return sorted((flow.first_ns, flow.id) for flow in self.flows)

    @functools.cached_property
    def _asked(self) -> list[int]:
        """When each lookup began, in order."""
        return sorted(lookup.start_ns for lookup in self.lookups)

    def lookups_since(self, ns: int) -> list[Lookup]:
        """The lookups that began at ``ns`` or later, in order."""
        return self._lookups_in_order[bisect_left(self._asked, ns) :]

    @functools.cached_property
    def _lookups_in_order(self) -> list[Lookup]:
        return sorted(self.lookups, key=lambda lookup: lookup.start_ns)

    def owed(self) -> list[Stall]:
        """Waits for somebody else that lay open when the run ended, a second long or longer."""
        return [
            s for s in self.stalls
            if s.open and s.waiting_on != "client" and s.waiting_for != "fin_ack" and s.ns > 10**9
            and (s.waiting_for not in ("response", "body") or (s.flow is not None and answers_owed(s.flow, self.client.name)))
        ]  # fmt: skip

    def idle_at_end(self) -> tuple[int, int] | None:
        """Since when, and since which frame, nobody owed anything; None where a wait lay open at the end."""
        if self.owed() or not self.flows:
            return None
        last = max(self.flows, key=lambda f: f.progress_ns if f.progress_ns != NEVER_NS else 0)
        ends = [f.ended() for f in self.flows if not self.used_later(f)]  # a surplus handshake closed is no work done
        moments = [
            s.start_ns
            for s in self.stalls
            if s.flow is not None and s.waiting_for == "request" and s.end_ns >= self.end_ns - 2 * 10**9
        ]
        if moments and all(ends_ is None or ends_[2] >= self.end_ns - 2 * 10**9 for ends_ in ends):
            stall = next(s for s in self.stalls if s.start_ns == max(moments))
            idle = {s.flow.id for s in self.stalls if s.flow and s.waiting_for == "request" and s.start_ns in moments}
            sides = [half for f in self.flows if f.id not in idle for half in f.halves if half.sent_data]
            busy = max(sides, key=lambda half: half.last_data_ns, default=None)
            if busy is not None and busy.last_data_ns > stall.start_ns:  # others went on meanwhile
                return busy.last_data_ns, busy.last_data_frame
            return stall.start_ns, stall.last_frame
        quiet = [e for e in ends if e is None or e[2] >= self.end_ns - 2 * 10**9]
        if quiet:
            return None
        return last.progress_ns, last.progress_frame

    def request_of(self, flow: Flow, gap: Gap) -> tuple[int, int, str] | None:
        """The request a gap waits for: (frame, ns, what is readable of it)."""
        if flow.http is not None and flow.tls is None:
            asked = [e for e in flow.http.exchanges if e.request_frame and e.request_frame <= gap.last_frame]
            return (
                (asked[-1].request_frame, asked[-1].request_ns, f"{asked[-1].method} {asked[-1].target}")
                if asked
                else None
            )
        read = application(flow) if flow.tls is not None else None
        if read is None:
            return None
        asked_records = [r for r in read.requests if r.frame_number <= gap.last_frame]
        if not asked_records:
            return None
        last = asked_records[-1]
        return last.frame_number, last.time_ns, message("a record of {octets} octets", octets=last.length)

    def body_reason(self, flow: Flow) -> str:
        """How one can tell that a response is not whole."""
        if flow.tls is not None:
            read = application(flow)
            return read.why if read else "it is not whole"
        return "fewer octets than announced"

    @functools.cached_property
    def portal(self) -> tuple[Evidence, ...]:
        """Signs of a captive portal on this network, none on most."""
        return frames(*portal_signs(self.everything or self.flows, self.lookups))

    def aliases(self, flow: Flow) -> set[str]:
        """Every name whose lookup gave this flow's address, and the canonical names on the way."""
        found: set[str] = set()
        for t in self.transactions:
            if flow.server.address in t.answers:
                found |= {t.key, *(c.rstrip(".").lower() for c in t.cnames)}
        return found

    def answer_frame(self, flow: Flow) -> int:
        """The frame of the answer that gave this flow's address, 0 none."""
        return next((t.response_frame for t in self.transactions if flow.server.address in t.answers), 0)

    def asked_in_vain(self, lookup: Lookup) -> list[Asked]:
        """Whom the host that looked a name up then asked for on its link without an answer, before its next lookup;
        none where a packet went to one of the name's addresses."""
        if self.neighbours is None or not lookup.addresses or not self._vain:
            return []
        flows = [f for f in self.everything if f.client.address == lookup.client]
        if not flows or any(f.server.address in lookup.addresses for f in flows):
            return []
        later = [one.start_ns for one in self.lookups if one.start_ns > lookup.end_ns and one.name != lookup.name]
        end = min(later, default=self.end_ns)
        vain = self.neighbours.in_vain(flows[0].id, lookup.client, lookup.end_ns, end)
        return [one for one in vain if one.first_ns >= lookup.end_ns]

    @functools.cached_property
    def unheard_lookups(self) -> list[AskedOn]:
        """Lookups that were answered and asked on by the resolver's timer, nothing being sent to the addresses.

        Of a command that is known one repeat tells; of traffic that is no known command's, somebody may ask every 5 s.
        """
        known = self.client.name != "generic" or self.trace is not None or self.run is not None
        used = {flow.server.address for flow in self.everything}
        return [
            found for found in asked_on(self.lookups)
            if (known or found.times >= OFTEN.value)
            and used.isdisjoint(address for one in found.lookups for address in one.addresses)
        ]  # fmt: skip

    @functools.cached_property
    def _vain(self) -> list[Asked]:
        return self.neighbours.vain() if self.neighbours is not None else []

    def only_questions(self) -> list[Asked]:
        """The questions in vain for neighbours of a command of which there is nothing else in the capture.

        Whose they are is told from its sockets; where none are known, the capture must show a single host that asks.
        """
        if self.neighbours is None or self.flows or self.lookups:
            return []
        sockets = self.processes.sockets if self.processes is not None else ()
        own = {socket.local for socket in sockets if socket.owned == CERTAIN}
        if not own and (self.run is not None or self.trace is not None or self.client.name != "generic"):
            own = {one.asker_address for one in self.neighbours.asked}
            own = own if len(own) == 1 and not self.everything else set()
        return [one for one in self._vain if one.asker_address in own]

    def used_later(self, flow: Flow) -> bool:
        """Whether another flow to the same host carried application data within a second of this one's end.

        Go opens several connections at once and closes all but one: those it closed are no failures.
        """
        ended = flow.ended()
        if ended is None or ended[1] != 0 or flow.host is None:
            return False
        begun, latest = self._working.get(flow.host, ((), ()))
        place = bisect_right(begun, ended[2] + BESIDE.ns)
        best = latest[place - 1] if place else ()
        return any(other != flow.id and last_ns >= ended[2] - BESIDE.ns for last_ns, other in best)

    @functools.cached_property
    def _working(self) -> dict[str, tuple[list[int], list[tuple[tuple[int, int], ...]]]]:
        """By host: when each flow that carried application data began, and of those up to it the two that lasted longest
        (last_ns, flow)."""
        flows: dict[str, list[Flow]] = {}
        for flow in sorted(self.flows, key=lambda f: f.first_ns):
            if flow.host is not None and flow.server.sent_data and _carried(flow):
                flows.setdefault(flow.host, []).append(flow)
        found = {}
        for host, ones in flows.items():
            latest: list[tuple[tuple[int, int], ...]] = []
            for flow in ones:
                before = latest[-1] if latest else ()
                latest.append(tuple(sorted((*before, (flow.last_ns, flow.id)), reverse=True)[:2]))
            found[host] = [flow.first_ns for flow in ones], latest
        return found


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


def _carried(flow: Flow) -> bool:
    """Whether a flow went as far as application data."""
    clear = flow.http is not None and flow.tls is None and any(e.response_frame for e in flow.http.exchanges)
    return handshake_complete(flow) or (clear and not flow.tunnelled)
