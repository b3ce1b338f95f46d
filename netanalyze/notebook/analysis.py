"""Analysis: a capture's verdict and everything behind it, for programs and notebooks.

Tables are made when they are asked for and kept. Packets and frames are read from the file again. All of it may be used
from several threads, and while an event loop runs: nothing here is asynchronous.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netanalyze.notebook.flow import FlowView
from netanalyze.notebook.frame import Frame, read_frame
from netanalyze.notebook.plots import Plots
from netanalyze.notebook.reading import FrameReader
from netanalyze.notebook.shown import ShownFinding, ShownVerdict, in_english
from netanalyze.result import Result
from netanalyze.wording import message

if TYPE_CHECKING:
    import pandas as pd

    from netanalyze.capture.recording import RecordedRun
    from netanalyze.differences.difference import RunDifference
    from netanalyze.notebook.segments import Segments

TABLES = (
    "findings", "evidence", "ledger", "stalls", "transfers", "flows", "dns", "tls", "http", "modules", "packets", "tcp_marks",
    "events", "diagnostics",
)  # fmt: skip
"""Every table of an analysis."""


class Analysis:
    """A capture, analysed. ``netanalyze.open`` makes it.

    Tables join by ``flow_id`` and ``frame_number``; moments are datetime64[ns, UTC], spans timedelta64[ns], unknown is
    NA. ``columns("tls")`` says what a table's columns mean.

    Attributes:
        result: what the analysis found, without pandas; ``result.to_json()`` is the JSON of ``analyze --json``.
    """

    def __init__(self, result: Result, paths: Sequence[str], kernels: str = "auto", trace: str | None = None):
        self.result, self._trace = result, trace
        self._reader = FrameReader(paths, kernels)
        self._lock = threading.RLock()
        self._made: dict[Any, Any] = {}

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once even where several threads ask."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def _table(self, name: str) -> "pd.DataFrame":
        from netanalyze.notebook import tables

        return self._once(name, lambda: tables.data_frame(getattr(self.result, name)))

    @property
    def verdict(self) -> ShownVerdict:
        """The one answer: ``.status``, ``.cause``, ``.culprit``, ``.seconds`` …; ``.to_frame()`` as a DataFrame."""
        return ShownVerdict(**in_english(self.result.verdict))._of(self)

    @property
    def findings(self) -> "pd.DataFrame":
        """What the rules found; ``root`` marks the finding that the verdict names."""
        from netanalyze.notebook.tables import findings_frame

        return self._once("findings", lambda: findings_frame(self.result))

    @property
    def evidence(self) -> "pd.DataFrame":
        """The proof of each finding, a row a frame (or line of the trace)."""
        from netanalyze.notebook.tables import evidence_frame

        return self._once("evidence", lambda: evidence_frame(self.result))

    @property
    def ledger(self) -> "pd.DataFrame":
        """Every second of the run and who owned it."""
        from netanalyze.notebook.tables import ledger_frame

        return self._once("ledger", lambda: ledger_frame(self.result))

    @property
    def diagnostics(self) -> "pd.DataFrame":
        """Trouble in the capture itself."""
        from netanalyze.notebook.tables import diagnostics_frame

        return self._once("diagnostics", lambda: diagnostics_frame(self.result))

    @property
    def stalls(self) -> "pd.DataFrame":
        """Spans in which somebody owed the next move and no frame moved it."""
        return self._table("stalls")

    @property
    def transfers(self) -> "pd.DataFrame":
        """Spans of transfers by what limited them: sender, receiver, loss, reordering, path or latency."""
        return self._table("transfers")

    @property
    def flows(self) -> "pd.DataFrame":
        """A row per flow; ``community_id`` is that of Zeek, Suricata and tshark."""
        from netanalyze.notebook.tables import flows_frame

        return self._once("flows", lambda: flows_frame(self.result))

    @property
    def dns(self) -> "pd.DataFrame":
        """A row per DNS transaction."""
        return self._table("dns")

    @property
    def tls(self) -> "pd.DataFrame":
        """A row per exchange of TLS hellos."""
        return self._table("tls")

    @property
    def http(self) -> "pd.DataFrame":
        """A row per clear-text request, CONNECT among them."""
        return self._table("http")

    @property
    def modules(self) -> "pd.DataFrame":
        """A row per module or package that was asked for: lookup, connect, handshake, wait, transfer, octets, tries."""
        return self._table("modules")

    @property
    def events(self) -> "pd.DataFrame":
        """What happened, in order of time."""
        return self._table("events")

    @property
    def tcp_marks(self) -> "pd.DataFrame":
        """A row per TCP mark, named as Wireshark's tcp.analysis.*."""
        return self._table("tcp_marks")

    @property
    def packets(self) -> "pd.DataFrame":
        """A row per captured frame; the capture is read again for it, once.

        Raises:
            CaptureError: it came from a pipe, is gone, or has changed.
        """
        return self._once("packets", lambda: self._packets(None))

    @property
    def timeline(self) -> "pd.DataFrame":
        """Packets, stalls, lines that the command printed, its processes and what they waited for, in order of time.

        ``source`` says which of these a row is, ``kind`` what it is, ``end`` until when, ``text`` its particulars.

        Raises:
            CaptureError: it came from a pipe, is gone, or has changed.
        """
        from netanalyze.notebook.timeline import timeline_frame

        return self._once("timeline", lambda: timeline_frame(self, self._trace))

    @property
    def recorded_run(self) -> "RecordedRun | None":
        """The run that the recording bears, with what the command printed and what its processes waited for."""
        _ = self.packets  # read to its end
        return self._reader.run

    def _packets(self, flow_id: int | None) -> "pd.DataFrame":
        from netanalyze.notebook.packets import packet_frame, packet_table

        return packet_frame(*packet_table(self._reader, self.result.capture.packets, flow_id))

    def packets_of(self, flow_id: int) -> "pd.DataFrame":
        """The packets of one flow; ``a.flow(n).packets`` is the shorter way."""

        def make() -> "pd.DataFrame":
            if "packets" not in self._made:
                return self._packets(flow_id)
            everything = self._made["packets"]
            return everything[(everything["flow_id"] == flow_id).fillna(False).astype(bool)].reset_index(drop=True)

        return self._once(("packets", flow_id), make)

    def segments_of(self, flow_id: int) -> "Segments":
        """The TCP segments of one flow on its sequence axis."""
        from netanalyze.notebook.segments import read_segments

        return self._once(("segments", flow_id), lambda: read_segments(self._reader, flow_id))

    def columns(self, table: str) -> "pd.DataFrame":
        """What the columns of a table are: unit, meaning, and who defines the value.

        Raises:
            KeyError: there is no such table.
        """
        from netanalyze.notebook.declared import DECLARED
        from netanalyze.notebook.packets import SPARSE
        from netanalyze.notebook.tables import declared_schema, flows_schema, packets_schema, schema_frame

        if table == "packets":
            return packets_schema(SPARSE)
        if table == "flows":
            return flows_schema()
        if table in DECLARED:
            return declared_schema(table)
        if table not in TABLES:
            raise KeyError(f"there is no table {table!r}; there are {', '.join(TABLES)}, timeline")
        return schema_frame(type(getattr(self.result, table)))

    def flow(self, flow_id: int) -> FlowView:
        """One flow: its facts, its rows of every table, ``.plot.sequence()``.

        Raises:
            IndexError: there is no such flow.
        """
        rows = (self.result.flows.flow_id == flow_id).nonzero()[0]
        if not len(rows):
            raise IndexError(
                message(
                    "no flow {wrong}; there are {count}, numbered from 0", wrong=flow_id, count=len(self.result.flows)
                )
            )
        return FlowView(self, int(flow_id), self.result.flows.row(int(rows[0])))

    def blamed_flow(self, tcp: bool = False) -> int | None:
        """The flow that the verdict's finding is about, else the one with the most octets; None where there is none.

        Args:
            tcp: only flows of TCP.
        """
        rows = [row for row in self.result.flows.rows() if not tcp or row["transport"] == "tcp"]
        ids, root = {row["flow_id"] for row in rows}, self.result.root
        about = (flow for flow in (root.flow_id, *root.also_flows) if flow in ids) if root is not None else iter(())
        largest = max(rows, key=lambda row: row["orig_octets"] + row["resp_octets"], default={"flow_id": None})
        return next(about, largest["flow_id"])

    def frame(self, number: int) -> Frame:
        """One frame, read from the file again: decoded; ``.scapy()``, ``.dissect()``, ``.hexdump()``.

        Raises:
            IndexError: there is no such frame.
            CaptureError: the capture came from a pipe, is gone, or has changed.
        """
        return self._once(("frame", int(number)), lambda: read_frame(self._reader, int(number)))

    def finding(self, number: int) -> ShownFinding:
        """One finding, by its number in ``findings``.

        Raises:
            IndexError: there is no such finding.
        """
        if not 0 <= number < len(self.result.findings):
            raise IndexError(
                message(
                    "no finding {wrong}; there are {count}, numbered from 0",
                    wrong=number,
                    count=len(self.result.findings),
                )
            )
        finding = self.result.findings[number]
        return ShownFinding(**in_english(finding))._of(self)

    @property
    def plot(self) -> Plots:
        """Its figures: ``plot.waterfall()``, ``plot.ledger()``, ``plot.dns()``.

        Raises:
            MissingProgram: matplotlib is not installed.
        """
        return Plots(self.result)

    def save(
        self,
        path: str | Path,
        findings: Iterable[int] | None = None,
        flows: Iterable[int] = (),
        whole_flow: bool = True,
        force: bool = False,
    ) -> int:
        """Write the frames that prove findings as pcapng, each with a comment that says what it shows.

        Args:
            findings: their numbers; None: the one that the verdict names (none, where flows are given).
            flows: all frames of these flows, too.
            whole_flow: what belongs to the findings, too: their flows, the lookups that led to them, the run that the
                recording bears. An analysis of the slice comes to the same verdict.
            force: replace a file that is there.

        Returns:
            The number of frames written.

        Raises:
            IndexError: no such finding or flow.
            ValueError: nothing to write: the verdict names no finding, or nothing was asked for.
            CaptureError: the capture cannot be read again, or would be overwritten.
        """
        from netanalyze.notebook.slices import write_slice

        return write_slice(self.result, self._reader, path, findings, flows, whole_flow, force)

    def diff(self, other: "Analysis") -> "RunDifference":
        """What is not the same in another run of the command: by how much it is slower, and whose seconds these are.

        Args:
            other: the run that is held against this one; seconds are its own minus this one's.
        """
        from netanalyze.differences.difference import RunDifference
        from netanalyze.differences.run_facts import ComparedRun

        return RunDifference(ComparedRun(self.result), ComparedRun(other.result))

    def to_parquet(self, folder: str | Path, tables: Iterable[str] = TABLES, force: bool = False) -> list[Path]:
        """Write tables as Parquet, ``folder/flows.parquet`` and so on; ``force`` replaces those that are there.

        Raises:
            MissingProgram: pyarrow is not installed.
        """
        from netanalyze.interop.parquet import write_tables

        return write_tables(self, Path(folder), tables, force)

    def __repr__(self) -> str:
        from netanalyze.report.facts import capture_facts
        from netanalyze.report.language import ENGLISH

        facts = ENGLISH.listed(capture_facts(self.result))
        return f"<Analysis of {', '.join(self.result.capture.files)}: {facts}>\n{self.verdict!r}"

    def to_html(self, path: str | Path | None = None, language: str = "en", force: bool = False) -> str:
        """The whole report as one HTML page, written to ``path`` where one is given.

        Args:
            path: a file; one that is there is overwritten with ``force`` alone.
            language: ``en`` or ``zh``.

        Raises:
            OutputRefused: there is such a file, and no ``force``.
        """
        from netanalyze.notebook.segments import with_whole_flow
        from netanalyze.output_files import write_text
        from netanalyze.report.html import render

        page = render(with_whole_flow(self.result, self._reader), language)
        if path is not None:
            write_text(path, page, force)
        return page

    def _repr_html_(self) -> str:
        from netanalyze.notebook.html import analysis_html

        return analysis_html(self.result)
