"""Analyzer: the whole pipeline on one page. Bytes in, facts out; time is an argument.

    batches ─► FlowTracker ─► MessageReader ─► flows, lookups, stalls ─► rules ─► ledger, verdict ─► Result

``feed`` takes frames, ``run_status`` says how a run stands by now, ``finish`` gives the Result. File and
live captures go through the very same object.
"""

import copy
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.linktypes import link_type_name
from netanalyze.causes import Case, judge
from netanalyze.causes.from_sockets.judge import judge_sockets
from netanalyze.causes.from_sockets.shared import may_capture
from netanalyze.causes.from_words import judge_words
from netanalyze.clients.client import Client
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
from netanalyze.flows.join import Begun, join
from netanalyze.flows.names.lookups import Lookup, lookups
from netanalyze.flows.network.judged_capture import judge_capture
from netanalyze.flows.network.left_out import judged_flows, judged_lookups, leave_out
from netanalyze.flows.network.vantage import vantage
from netanalyze.flows.owners import named, own, remarked
from netanalyze.flows.pushing import LAST_FRAME, may_be_whole
from netanalyze.flows.rows import FlowRows, numbers_of
from netanalyze.flows.screen import odd, plain, screened
from netanalyze.flows.smooth.screen import which_are_plain
from netanalyze.flows.smooth.stalls import Stalls
from netanalyze.flows.stalls import Stall, flow_stalls, lookup_stall
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
        comments: of the capture, by frame; heeded where there are no ``processes``. May be set at any time.
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
        self.comments: Sequence[tuple[int | None, str]] = ()
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
        self._note_what_is_left_out()
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
        self._note_when_it_began(run)
        told: list[dict[str, Any]] = []
        with isolated("requests that the command told of", self.diagnostics):
            told = told_requests(case.flows, trace)
        made = Result(
            version=__version__,
            capture=self._capture(case, files, len(judged)),
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

    def _note_what_is_left_out(self) -> None:
        self.diagnostics.add("answers_without_query", *self.messages.dns.orphans())
        for words, kept, there in (*self.messages.bounds(), *self.tracker.bounds()):
            leave_out(self.diagnostics, words, kept, there)

    def _note_when_it_began(self, run: RunFacts | None) -> None:
        """Note where the capture was shorter than the run, and whether secrets stand in the result."""
        if self.sockets is not None and self.tracker.packets:
            self.diagnostics.add("capture_started_late")
        if run is not None and run.outlasted:
            self.diagnostics.add("capture_ended_early")
        self.diagnostics.add("not_redacted", 0 if redacts() else 1)

    def _capture(self, case: Case, files: Sequence[str], judged: int) -> CaptureFacts:
        """What there is of a capture; where only sockets or words are known, or the run's own times, these say when it was."""
        tracker, links = self.tracker, self._interfaces.rows
        looked = self.sockets is None and self.captured
        captured = bool(looked or links or tracker.packets or may_capture(case))
        by_frames = captured and (case.run is None or case.run.start_ns == NEVER_NS)
        return CaptureFacts(
            files=redacted_value(tuple(files)),
            packets=tracker.packets,
            start_ns=tracker.first_ns if by_frames else case.start_ns,
            end_ns=tracker.last_ns if by_frames else max(case.start_ns, case.end_ns),
            captured=captured,
            link_types=tuple(dict.fromkeys(link_type_name(row.link_type) for row in links)),
            vantage=vantage(case.flows),
            judged_flows=judged,
            total_flows=tracker.state.count,
            diagnostics=tuple(self.diagnostics.rows()),
        )

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
        recent = None if latest is None else messages.dns.latest(latest)
        transactions = Transactions(messages.dns) if recent is None else [t for t in recent if t.kind == "dns"]
        errors = messages.icmp if latest is None else messages.icmp[-latest:]
        rows, unseen = self._flow_rows(now_ns, diagnostics, latest)
        quoted = join(rows, messages, recent, errors)
        flows = rows.flows()
        if self.processes is not None:
            with isolated("whose flows are whose", diagnostics):
                own(flows, self.processes)
        elif self.comments and (processes := remarked(self.comments)):
            with isolated("whose flows are whose", diagnostics):
                named(flows, processes)
        elif latest is None and "clock_step" not in diagnostics:  # else how long a flow lasted is not known
            which_are_plain(rows, messages, quoted, self.engine)
        judge_capture(flows, tracker, diagnostics)
        behind = Begun(rows, flows, messages.dns).behind
        if latest is None:
            asked: Sequence[Lookup] = judged_lookups(screened(messages.dns, behind, now_ns), self.memory, diagnostics)
        else:
            asked = lookups(transactions, behind, now_ns)
        who = self._client(flows, asked, run, trace, client)
        if any(timer.set_by for timer in who.timers):
            rows.nothing_is_plain()  # a short wait may be one too long
            flows = rows.flows()
        self._rows, self._flows = rows, flows
        watched = run.watched if run is not None else None
        chosen, asked = select(flows, asked, who, trace, hosts, between, self.processes, watched)
        nobody_waits = who.name == "generic" and run is None and trace is None
        start, end = self._span(now_ns, run, between)
        case = Case(
            flows=chosen,
            everything=flows,
            lookups=asked,
            dials=dials(chosen),
            stalls=Stalls(chosen, _stalls(chosen, asked, nobody_waits)),
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

    def _flow_rows(self, now_ns: int, diagnostics: Diagnostics, latest: int | None) -> tuple[FlowRows, tuple[int, int]]:
        """The flows that are judged, ``latest`` of them or as many as memory allows, and from when to when others went on that
        are not."""
        tracker, unseen = self.tracker, (NEVER_NS, NEVER_NS)
        ids: Any = range(tracker.state.count)
        if latest is None:
            ids, unseen = judged_flows(tracker, self.messages.dns.count, self.memory, diagnostics)
        elif tracker.state.count > latest:
            ids = np.argpartition(-tracker.state.flow("last_ns"), latest)[:latest].tolist()
        gaps = tracker.gaps_until(now_ns, ids) if now_ns != NEVER_NS else tracker.gaps
        return FlowRows(tracker, gaps, ids), unseen

    def _client(
        self,
        flows: Sequence[Flow],
        asked: Sequence[Lookup],
        run: RunFacts | None,
        trace: "Trace | None",
        client: str | None,
    ) -> Client:
        """The client whose run it is, by what is known of it or by what it says; others' hellos and lookups are none of its
        own."""
        known = run.client if run is not None and run.client else None
        at_work, lookups_of_it = flows, asked
        if self.processes is not None and EXACT in self.processes.means:
            at_work = [flow for flow in flows if flow.owner is not None and flow.owner.owned != OTHER]
            ids = {flow.id for flow in at_work}
            lookups_of_it = [x for x in asked if any(t.flow_id in ids for t in x.transactions)]
        who = find_client(at_work, lookups_of_it, trace, client or (known and known.split()[0]))
        if run is not None and run.argv:
            who = with_options(who, run.argv, (run.environment or {}).get("timers") or {})
        return who

    def _span(self, now_ns: int, run: RunFacts | None, between: tuple[int, int] | None) -> tuple[int, int]:
        """From when to when the run is looked at, ns: as long as it lasted, where that is known; as long as was asked for; or the
        whole capture."""
        start, end = self.tracker.first_ns, now_ns
        if run is not None and run.start_ns != NEVER_NS:
            return run.start_ns, max(run.end_ns, self.tracker.last_ns) if run.end_ns != NEVER_NS else end
        return (start, end) if between is None else (max(start, between[0]), min(end, between[1]))


def _stalls(chosen: Sequence[Flow], asked: Sequence[Lookup], nobody_waits: bool) -> list[Stall]:
    """The stalls of flows and lookups of which there is something to say."""
    elsewhere = functools.partial(_asked_on_other_flow, chosen, nobody_waits, {})
    stalls = [stall for flow in odd(chosen) for stall in flow_stalls(flow, elsewhere)]
    return stalls + [stall for lookup in odd(asked) if (stall := lookup_stall(lookup)) is not None]


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
