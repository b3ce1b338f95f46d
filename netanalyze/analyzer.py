"""Analyzer: the whole pipeline on one page. Bytes in, facts out; time is an argument.

    batches ─► FlowTracker ─► MessageReader ─► flows, lookups, stalls ─► rules ─► ledger, verdict ─► Result

``feed`` takes frames, ``run_status`` says how a run stands by now, ``finish`` gives the Result. File and
live captures go through the very same object.
"""

import copy
import functools
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.linktypes import link_type_name
from netanalyze.causes import Case, judge
from netanalyze.causes.from_sockets.judge import judge_sockets
from netanalyze.causes.from_sockets.shared import may_capture
from netanalyze.causes.from_words import judge_words
from netanalyze.clients.options import with_options
from netanalyze.clients.requests import told_requests
from netanalyze.clients.selection import check_selection, find_client, select
from netanalyze.columns import uncollected
from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.http import HttpTable
from netanalyze.conversations.messages import MessageReader
from netanalyze.conversations.tls import TlsTable
from netanalyze.diagnosis.joined import seen_in_part
from netanalyze.diagnosis.ledger import account, redacted_ledger
from netanalyze.diagnosis.link import told_by_the_link
from netanalyze.diagnosis.looked_into import looked_into
from netanalyze.diagnosis.status import RunStatus, run_status
from netanalyze.diagnosis.verdict import decide
from netanalyze.diagnosis.wall import within_wall
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Finding
from netanalyze.flows.dialing import dials
from netanalyze.flows.dns_columns import Transactions, dns_table
from netanalyze.flows.exchanges import asked_elsewhere
from netanalyze.flows.flow import Flow
from netanalyze.flows.join import begun, begun_for, join
from netanalyze.flows.names.lookups import ATTEMPT_NS, Lookup, lookups
from netanalyze.flows.network.judged_capture import judge_capture
from netanalyze.flows.network.left_out import judged_flows, judged_lookups, leave_out
from netanalyze.flows.network.vantage import vantage
from netanalyze.flows.owners import own
from netanalyze.flows.pushing import LAST_FRAME, may_be_whole
from netanalyze.flows.rows import FlowRows, numbers_of
from netanalyze.flows.screen import odd, plain, screened
from netanalyze.flows.smooth.screen import which_are_plain
from netanalyze.flows.smooth.stalls import Stalls
from netanalyze.flows.stalls import flow_stalls, lookup_stall
from netanalyze.flows.streams import streams
from netanalyze.flows.table import (
    EventTable,
    FlowTable,
    MarkTable,
    StallTable,
    TransferTable,
    mark_table,
    transfer_table,
)
from netanalyze.flows.tables.connections import flow_table, http_table, tls_table
from netanalyze.flows.tables.events import event_table
from netanalyze.flows.tables.stalls import stall_table
from netanalyze.isolation import isolated
from netanalyze.kernel import Engine
from netanalyze.processes import EXACT, OTHER, Processes
from netanalyze.redaction import redacted_value, redacts
from netanalyze.result import CaptureFacts, Result, RunFacts, redacted_run
from netanalyze.result.modules import ModuleTable, module_table
from netanalyze.sockets import SocketHistory
from netanalyze.tracking.memory import Memory
from netanalyze.tracking.segment_table import SegmentTable, segment_table
from netanalyze.tracking.tracker import FlowTracker
from netanalyze.units import NEVER_NS
from netanalyze.version import __version__

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

STANDING_MOST = 1_000
"""Flows, lookups and errors, the latest of each, that are looked at to say how a run stands: what it waits for now is among
them, and a look must not take longer the more has been (measured: 0.2 to 0.4 s for so many refused attempts)."""


class Analyzer:
    """Analyses one capture.

    Args:
        engine: runs the kernels.
        diagnostics: trouble in the capture is counted here.
        memory: what may be kept; None: as much as it needs, up to the bounds of each kind.

    Attributes:
        captured: whether there is a capture; set False where only what the command printed is known.
        sockets: what the kernel said of sockets meanwhile; None where nobody asked. May be set at any time.
        processes: what was seen of the command's processes; None where nobody looked. May be set at any time.
    """

    def __init__(
        self, engine: Engine | None = None, diagnostics: Diagnostics | None = None, memory: Memory | None = None
    ):
        self.engine = engine or Engine()
        self.diagnostics = diagnostics or Diagnostics()
        self.memory = memory or Memory()
        self.tracker = FlowTracker(self.engine, self.diagnostics, self.memory)
        self.messages = MessageReader(self.tracker.state, self.memory)
        self.processes: Processes | None = None
        self.captured = True
        self.sockets: Sequence[SocketHistory] | None = None
        self._interfaces = Interfaces()

    def feed(self, batch: FrameBatch, interfaces: Interfaces) -> None:
        """Take the next frames."""
        self._interfaces = interfaces
        for payload in self.tracker.feed(batch, interfaces.link_types()):
            self.messages.take(payload)

    def run_status(self, now_ns: int, run: RunFacts | None = None, trace: "Trace | None" = None) -> RunStatus:
        """How the run stands at ``now_ns``, with what the command has printed so far; changes nothing."""
        case = self._case(now_ns, run, trace, None, (), None, copy.deepcopy(self.diagnostics), STANDING_MOST)
        return run_status(case, self._judge(case), now_ns)

    def _judge(self, case: Case) -> list[Finding]:
        """What rules find, and what sockets show of connections whose beginning no packet does."""
        found = told_by_the_link(case, judge(case))
        if case.trace is not None and case.sockets is None:
            with isolated("findings from words", case.diagnostics):
                found = judge_words(case, found)
        if not case.sockets:
            return found
        shown: list[Finding] = []
        with isolated("findings from sockets", case.diagnostics):
            shown = judge_sockets(case, case.sockets)
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
        with uncollected():
            return self._finish(end_ns, run, trace, files, client, hosts, between)

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
        self.diagnostics.add("answers_without_query", *self.messages.dns.orphans())
        for words, kept, there in (*self.messages.bounds(), *tracker.bounds()):
            leave_out(self.diagnostics, words, kept, there)
        last = tracker.last_ns if end_ns is None else max(end_ns, tracker.last_ns)
        case = self._case(last, run, trace, client, hosts, between, self.diagnostics)
        if not (case.flows or case.lookups):
            check_selection(self._flows, hosts, between)
        findings = self._judge(case)
        ledger, owned = account(case, findings)
        verdict, consequences = decide(case, findings, ledger, owned)
        verdict = seen_in_part(case, within_wall(case, verdict))
        if run is None and trace is not None:
            run = RunFacts(client=case.client.name)
        judged = set(numbers_of(case.flows).tolist())
        everything, _rows, errors, marks = self._flows, self._rows, self.messages.icmp, tracker.marks
        numbers = streams(tracker.state, errors, tracker.tunnels.values())
        if self.sockets is not None and tracker.packets:
            self.diagnostics.add("capture_started_late")
        if run is not None and run.outlasted:
            self.diagnostics.add("capture_ended_early")
        self.diagnostics.add("not_redacted", 0 if redacts() else 1)
        told: list[dict[str, Any]] = []
        with isolated("requests that the command told of", self.diagnostics):
            told = told_requests(case.flows, trace)
        timed = run is not None and run.start_ns != NEVER_NS
        looked = self.sockets is None and self.captured
        captured = bool(looked or self._interfaces.rows or tracker.packets or may_capture(case))
        made = Result(
            version=__version__,
            capture=CaptureFacts(
                files=redacted_value(tuple(files)),
                packets=tracker.packets,
                start_ns=tracker.first_ns if captured and not timed else case.start_ns,
                end_ns=tracker.last_ns if captured and not timed else max(case.start_ns, case.end_ns),
                captured=captured,
                link_types=tuple(dict.fromkeys(link_type_name(row.link_type) for row in self._interfaces.rows)),
                vantage=vantage(case.flows),
                judged_flows=len(judged),
                total_flows=tracker.state.count,
                diagnostics=tuple(self.diagnostics.rows()),
            ),
            run=redacted_run(run),
            verdict=redacted_value(verdict),
            findings=redacted_value(tuple(findings)),
            consequences=tuple(consequences),
            ledger=redacted_ledger(ledger),
            flows=FlowTable.later(lambda: flow_table(everything, judged, numbers)),
            dns=DnsTable.later(lambda: dns_table(self.messages.dns)),
            tls=TlsTable.later(lambda: tls_table(everything, self.messages.deferred)),
            http=HttpTable.later(lambda: http_table(everything, told)),
            stalls=StallTable.later(lambda: stall_table(case.stalls, plain(case.lookups))),
            events=EventTable.later(lambda: event_table(everything, self.messages, errors)),
            tcp_marks=MarkTable.later(lambda: mark_table(marks)),
            streams=numbers,
            segments=SegmentTable.later(lambda: segment_table(tracker, looked_into(verdict, findings, case.flows))),
            transfers=TransferTable.later(lambda: transfer_table(case.flows)),
            modules=ModuleTable.later(lambda: module_table(made, made.told)),
            told=trace.requests if trace is not None else (),
        )
        return made

    def _case(
        self,
        now_ns: int,
        run: RunFacts | None,
        trace: "Trace | None",
        client: str | None,
        hosts: Sequence[str],
        between: tuple[int, int] | None,
        diagnostics: Diagnostics,
        latest: int | None = None,
    ) -> Case:
        """Everything a rule may look at, as of ``now_ns``; what it says of the capture goes into ``diagnostics``.

        Args:
            latest: look only at so many flows, lookups and errors, those that were last heard of; None: at all.
        """
        tracker, messages = self.tracker, self.messages
        state = tracker.state
        ids: Any = range(state.count)
        unseen = NEVER_NS, NEVER_NS
        recent = None if latest is None else messages.dns.latest(latest)
        transactions = Transactions(messages.dns) if recent is None else [t for t in recent if t.kind == "dns"]
        errors = messages.icmp if latest is None else messages.icmp[-latest:]
        if latest is not None and state.count > latest:
            ids = np.argpartition(-state.flow("last_ns"), latest)[:latest].tolist()
        elif latest is None:
            ids, unseen = judged_flows(tracker, messages.dns.count, self.memory, diagnostics)
        gaps = tracker.gaps_until(now_ns, ids) if now_ns != NEVER_NS else tracker.gaps
        self._rows = rows = FlowRows(tracker, gaps, ids)
        quoted = join(rows, messages, recent, errors)
        self._flows = flows = rows.flows()
        if self.processes is not None:
            with isolated("whose flows are whose", diagnostics):
                own(flows, self.processes)
        elif latest is None and "clock_step" not in diagnostics:  # else how long a flow lasted is not known
            which_are_plain(rows, messages, quoted, self.engine)
        judge_capture(flows, tracker, diagnostics)
        starts, unnamed = begun(rows, messages.dns)
        by_name = functools.cache(lambda: begun_for(flows))

        def next_activity(ns: int, addresses: list[str], name: str) -> int:
            if not addresses:
                known = by_name().get(name, ())
                if (at := bisect_left(known, ns)) < len(known):
                    return known[at]
                at = bisect_left(unnamed, ns)
                alone = at == 0 or ns - unnamed[at - 1] > ATTEMPT_NS  # who always connects so says nothing by it
                return unnamed[at] if at < len(unnamed) and alone else NEVER_NS
            after = [m[at] for m in map(starts.get, addresses) if m and (at := bisect_left(m, ns)) < len(m)]
            return min(after, default=NEVER_NS)

        if latest is None:
            found: Sequence[Lookup] = judged_lookups(
                screened(messages.dns, next_activity, now_ns), self.memory, diagnostics
            )
        else:
            found = lookups(transactions, next_activity, now_ns)
        known = run.client if run is not None and run.client else None
        at_work: Sequence[Flow] = flows
        asked_by_it = found
        # others' hellos and lookups are none of its own
        if self.processes is not None and EXACT in self.processes.means:
            at_work = [flow for flow in flows if flow.owner is not None and flow.owner.owned != OTHER]
            ids = {flow.id for flow in at_work}
            asked_by_it = [x for x in found if any(t.flow_id in ids for t in x.transactions)]
        who = find_client(at_work, asked_by_it, trace, client or (known and known.split()[0]))
        if run is not None and run.argv:
            who = with_options(who, run.argv, (run.environment or {}).get("timers") or {})
        if any(timer.set_by for timer in who.timers):
            rows.nothing_is_plain()  # a short wait may be one too long
            self._flows = flows = rows.flows()
        chosen, asked = select(
            flows, found, who, trace, hosts, between, self.processes, run.watched if run is not None else None
        )
        elsewhere = functools.partial(
            _asked_on_other_flow, chosen, who.name == "generic" and run is None and trace is None, {}
        )
        stalls = [stall for flow in odd(chosen) for stall in flow_stalls(flow, elsewhere)]
        stalls += [stall for lookup in odd(asked) if (stall := lookup_stall(lookup)) is not None]
        start, end = tracker.first_ns, now_ns
        if run is not None and run.start_ns != NEVER_NS:
            start = run.start_ns
            end = max(run.end_ns, tracker.last_ns) if run.end_ns != NEVER_NS else end
        elif between is not None:
            start, end = max(start, between[0]), min(end, between[1])
        case = Case(
            flows=chosen,
            everything=flows,
            lookups=asked,
            dials=dials(chosen),
            stalls=Stalls(chosen, stalls),
            transactions=transactions,
            icmp=errors,
            start_ns=start,
            end_ns=end,
            client=who,
            diagnostics=diagnostics,
            trace=trace,
            run=run,
            processes=self.processes,
            total_packets=tracker.packets,
            cut_at=tracker.cut_at,
            sockets=self.sockets,
            neighbours=tracker.neighbours,
            bad_datagrams=tracker.bad_datagrams,
            pings=messages.pings.kept,
            pings_answered=messages.pings.answered,
            captured=self.captured,
            unseen=unseen,
            engine=self.engine,
        )
        case.end_waits()
        return case


def _asked_on_other_flow(
    chosen: Sequence[Flow], nobody_waits: bool, cache: dict[str, dict[int, int]], flow: Flow
) -> int:
    """The frame in which the client of a flow asked for the next thing elsewhere, 0 none; ``LAST_FRAME`` where nobody is known
    to wait on. What that takes of all flows is asked of them once, when it is first needed: few flows have a body that stalls."""
    if nobody_waits and may_be_whole(flow):
        return LAST_FRAME
    if "asked" not in cache:
        cache["asked"] = asked_elsewhere(chosen)
    return cache["asked"].get(flow.id, 0)
