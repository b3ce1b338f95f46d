"""Analyzer: the whole pipeline on one page. Bytes in, facts out; time is an argument.

    batches ─► FlowTracker ─► MessageReader ─► flows, lookups, stalls ─► rules ─► ledger, verdict ─► Result

``feed`` takes frames, ``advance`` says what can be said by now, ``finish`` gives the Result. File and
live captures go through the very same object.
"""

import copy
import gc
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.linktypes import link_type_name
from netanalyze.diagnosis.judged_capture import judge_capture
from netanalyze.diagnosis.ledger import account
from netanalyze.diagnosis.link import told_by_the_link
from netanalyze.diagnosis.requests import told_requests
from netanalyze.diagnosis.selection import find_client, select
from netanalyze.diagnosis.sockets.judge import judge_sockets
from netanalyze.diagnosis.standing import Standing, standing
from netanalyze.diagnosis.tables import event_table, flow_table, tls_table
from netanalyze.diagnosis.verdict import decide
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Finding
from netanalyze.flows.dialing import dials
from netanalyze.flows.exchanges import asked_elsewhere
from netanalyze.flows.http import HttpTable
from netanalyze.flows.join import join
from netanalyze.flows.lookups import lookups
from netanalyze.flows.messages import MessageReader
from netanalyze.flows.observe import observe
from netanalyze.flows.owners import own
from netanalyze.flows.pushing import LAST_FRAME, may_be_whole
from netanalyze.flows.stalls import flow_stalls, lookup_stall
from netanalyze.flows.table import StallTable, mark_table
from netanalyze.flows.tracker import FlowTracker
from netanalyze.flows.vantage import vantage
from netanalyze.kernel import Engine
from netanalyze.processes import Processes
from netanalyze.result import CaptureFacts, Result, RunFacts
from netanalyze.rules import Observations, judge
from netanalyze.sockets import SocketHistory
from netanalyze.units import NEVER_NS
from netanalyze.version import __version__

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

FLOWS_MOST = 50_000
"""Flows looked at one by one; of more, those with the most packets are taken, and a diagnostic says so."""


class Analyzer:
    """Analyses one capture.

    Args:
        engine: runs the kernels.
        diagnostics: trouble in the capture is counted here.

    Attributes:
        sockets: what the kernel said of sockets meanwhile; None where nobody asked. May be set at any time.
        processes: what was seen of the command's processes; None where nobody looked. May be set at any time.
    """

    def __init__(self, engine: Engine | None = None, diagnostics: Diagnostics | None = None):
        self.engine = engine or Engine()
        self.diagnostics = diagnostics or Diagnostics()
        self.tracker = FlowTracker(self.engine, self.diagnostics)
        self.messages = MessageReader(self.tracker.state)
        self.processes: Processes | None = None
        self.sockets: Sequence[SocketHistory] | None = None
        self._interfaces = Interfaces()
        self._told: set[tuple] = set()

    def feed(self, batch: FrameBatch, interfaces: Interfaces) -> None:
        """Take the next frames."""
        self._interfaces = interfaces
        for payload in self.tracker.feed(batch, interfaces.link_types()):
            self.messages.take(payload)

    def advance(self, now_ns: int) -> list[Finding]:
        """Findings that can be made at ``now_ns`` and were not made before."""
        seen = self._observations(now_ns, None, None, None, (), None, copy.deepcopy(self.diagnostics))
        fresh = []
        for finding in told_by_the_link(seen, judge(seen)):
            key = (finding.cause, finding.flow_id, finding.culprit)
            if key not in self._told:
                self._told.add(key)
                fresh.append(finding)
        return fresh

    def standing(self, now_ns: int, run: RunFacts | None = None, trace: "Trace | None" = None) -> Standing:
        """How the run stands at ``now_ns``, with what the command has printed so far; changes nothing."""
        seen = self._observations(now_ns, run, trace, None, (), None, copy.deepcopy(self.diagnostics))
        return standing(seen, self._judge(seen), now_ns)

    def _judge(self, seen: Observations) -> list[Finding]:
        """What rules find, and what sockets show of connections whose beginning no packet does."""
        found = told_by_the_link(seen, judge(seen))
        if not seen.sockets:
            return found
        shown = judge_sockets(seen, seen.sockets)
        better = {f.flow_id for f in shown} - {None}  # a socket counts from its beginning, the capture came later
        return [f for f in found if f.flow_id not in better] + shown

    def finish(
        self,
        end_ns: int | None = None,
        run: RunFacts | None = None,
        trace: "Trace | None" = None,
        files: Sequence[str] = (),
        client: str | None = None,
        hosts: Sequence[str] = (),
        between: tuple[int, int] | None = None,
    ) -> Result:
        """The result, as of ``end_ns`` (default: the last frame).

        Args:
            run: the command; its start and end bound the ledger where they are known.
            trace: what the command printed.
            client: name of the command whose timers count; None: found out.
            hosts, between: judge only flows to these hosts, or between these moments (ns since the epoch).
        """
        collecting = gc.isenabled()
        gc.disable()  # what is made from here on stays: looking for garbage among it only takes time
        try:
            return self._finish(end_ns, run, trace, files, client, hosts, between)
        finally:
            if collecting:
                gc.enable()

    def _finish(
        self,
        end_ns: int | None,
        run: RunFacts | None,
        trace: "Trace | None",
        files: Sequence[str],
        client: str | None,
        hosts: Sequence[str],
        between: tuple[int, int] | None,
    ) -> Result:
        tracker = self.tracker
        tracker.finish()
        orphans = self.messages.dns.orphans
        self.diagnostics.add("answers_without_query", len(orphans), orphans[0].response_frame if orphans else None)
        last = tracker.last_ns if end_ns is None else max(end_ns, tracker.last_ns)
        seen = self._observations(last, run, trace, client, hosts, between, self.diagnostics)
        findings = self._judge(seen)
        ledger, owned = account(seen, findings)
        verdict, consequences = decide(seen, findings, ledger, owned)
        if run is None and trace is not None:
            run = RunFacts(client=seen.client.name)
        judged = {flow.id for flow in seen.flows}
        everything = self._flows
        self.engine.finished()
        if self.sockets is not None and tracker.packets:
            self.diagnostics.add("capture_started_late")
        captured = bool(self.sockets is None or self._interfaces.rows or tracker.packets)
        return Result(
            version=__version__,
            capture=CaptureFacts(
                files=tuple(files),
                packets=tracker.packets,
                start_ns=tracker.first_ns if captured else seen.start_ns,
                end_ns=tracker.last_ns if captured else seen.end_ns,
                captured=captured,
                link_types=tuple(dict.fromkeys(link_type_name(row.link_type) for row in self._interfaces.rows)),
                vantage=vantage(seen.flows),
                judged_flows=len(judged),
                total_flows=tracker.state.count,
                diagnostics=tuple(self.diagnostics.rows()),
            ),
            run=run,
            verdict=verdict,
            findings=tuple(findings),
            consequences=tuple(consequences),
            ledger=tuple(ledger),
            flows=flow_table(everything, judged),
            dns=self.messages.dns.table(),
            tls=tls_table(everything),
            http=HttpTable.from_rows(
                [exchange.row() for flow in everything if flow.http for exchange in flow.http.exchanges]
                + told_requests(seen.flows, trace)
            ),
            stalls=StallTable.from_rows(stall.row() for stall in sorted(seen.stalls, key=lambda s: s.start_ns)),
            events=event_table(everything, self.messages.icmp),
            tcp_marks=mark_table(tracker.marks),
        )

    def _observations(
        self,
        now_ns: int,
        run: RunFacts | None,
        trace: "Trace | None",
        client: str | None,
        hosts: Sequence[str],
        between: tuple[int, int] | None,
        diagnostics: Diagnostics,
    ) -> Observations:
        """Everything a rule may look at, as of ``now_ns``; what it says of the capture goes into ``diagnostics``."""
        tracker, messages = self.tracker, self.messages
        state = tracker.state
        ids: Any = range(state.count)
        if state.count > FLOWS_MOST:
            packets = state.half("packets", 0) + state.half("packets", 1)
            ids = np.argsort(-packets, kind="stable")[:FLOWS_MOST].tolist()
            diagnostics.add("detail_limit", state.count - FLOWS_MOST)
        gaps = np.concatenate([tracker.gaps, tracker.open_gaps(now_ns)]) if now_ns != NEVER_NS else tracker.gaps
        flows = observe(state, tracker.kept, gaps, tracker.records, ids)
        join(flows, messages)
        for flow in flows:
            flow.tunnel = tracker.tunnels.get(flow.id, "")
        if self.processes is not None:
            own(flows, self.processes)
        self._flows = flows
        judge_capture(flows, tracker, diagnostics)
        starts: dict[str, list[int]] = {}
        for flow in flows:
            if flow.is_tcp:
                starts.setdefault(flow.server.address, []).append(flow.first_ns)
        for moments in starts.values():
            moments.sort()

        def next_activity(ns: int, addresses: list[str]) -> int:
            after = [m[at] for m in map(starts.get, addresses) if m and (at := bisect_left(m, ns)) < len(m)]
            return min(after, default=NEVER_NS)

        found = lookups(messages.dns.transactions, next_activity, now_ns)
        known = run.client if run is not None and run.client else None
        who = find_client(flows, found, trace, client or (known and known.split()[0]))
        chosen, asked = select(flows, found, who, trace, hosts, between, self.processes)
        elsewhere = asked_elsewhere(chosen)
        if who.name == "generic" and run is None and trace is None:
            elsewhere |= {flow.id: LAST_FRAME for flow in chosen if may_be_whole(flow)}  # nobody is known to wait on
        stalls = [stall for flow in chosen for stall in flow_stalls(flow, elsewhere.get(flow.id, 0))]
        stalls += [stall for lookup in asked if (stall := lookup_stall(lookup)) is not None]
        start, end = tracker.first_ns, now_ns
        if run is not None and run.start_ns != NEVER_NS:
            start = min(run.start_ns, start) if start != NEVER_NS else run.start_ns
            end = max(run.end_ns, tracker.last_ns) if run.end_ns != NEVER_NS else end
        elif between is not None:
            start, end = max(start, between[0]), min(end, between[1])
        seen = Observations(
            flows=chosen,
            everything=flows,
            lookups=asked,
            dials=dials(chosen),
            stalls=stalls,
            transactions=[t for t in messages.dns.transactions if t.kind == "dns"],
            icmp=messages.icmp,
            start_ns=start,
            end_ns=end,
            client=who,
            diagnostics=diagnostics,
            trace=trace,
            run=run,
            processes=self.processes,
            total_packets=tracker.packets,
            sockets=self.sockets,
            neighbours=tracker.neighbours,
        )
        seen.end_waits()
        return seen
