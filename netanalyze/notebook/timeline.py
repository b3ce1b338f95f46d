"""Everything with a moment in one table: packets, stalls, what the command printed, what its processes waited for."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients.trace_lines import read_lines
from netanalyze.notebook.declared import TIMELINE, dtypes
from netanalyze.notebook.tables import moments, numbers, typed
from netanalyze.processes import Processes
from netanalyze.redaction import redacted, redacted_line
from netanalyze.report.packet_words import packet_words
from netanalyze.units import NEVER_NS

if TYPE_CHECKING:
    from netanalyze.notebook.analysis import Analysis

SOURCES = ("packet", "stall", "trace", "process")
COLUMNS = dtypes(TIMELINE)


def timeline_frame(analysis: "Analysis", trace: str | None) -> pd.DataFrame:
    """All of it in order of time, with columns COLUMNS; ``end`` is NaT of what is but a moment.

    Args:
        trace: what the command printed, where it was given; else what the recording bears of it.

    Raises:
        CaptureError: the capture cannot be read again.
    """
    packets = _packets(analysis)
    run = analysis.recorded_run
    rows = [*_stalls(analysis), *_printed(run.trace if trace is None and run else trace), *_processes(run)]
    frame = pd.concat([packets, typed(rows, COLUMNS).astype({"source": object, "kind": object})], ignore_index=True)
    frame = frame.sort_values("time", kind="stable", ignore_index=True)
    frame["source"] = pd.Categorical(frame["source"], categories=list(SOURCES))
    frame["kind"] = frame["kind"].astype("category")
    return frame


def _row(time_ns: int, source: str, kind: str, text: str, **other: Any) -> dict[str, Any]:
    row = {"time": time_ns, "end": NEVER_NS, "source": source, "kind": kind, "flow_id": None, "frame_number": None}
    return {**row, "pid": None, "text": text, **other}


def _packets(analysis: "Analysis") -> pd.DataFrame:
    """A row a frame: its kind is its transport, its text the message that it carries, if one was read."""
    table = analysis.packets
    number = table["frame_number"].to_numpy(np.int64)
    words = packet_words(analysis.result.events, number)
    transport = analysis.flows.set_index("flow_id")["transport"].astype(object)
    return pd.DataFrame({
        "time": table["time"], "end": moments(np.full(len(table), NEVER_NS)), "source": "packet",
        "kind": table["flow_id"].map(transport).astype(object).fillna("other"),
        "flow_id": table["flow_id"].astype("Int32"), "frame_number": numbers(number, np.zeros(len(number), bool)),
        "pid": pd.array([None] * len(table), dtype="Int64"),
        "text": pd.array([words.get(frame) for frame in number.tolist()], dtype="string"),
    })  # fmt: skip


def _stalls(analysis: "Analysis") -> list[dict[str, Any]]:
    return [
        _row(row["start_ns"], "stall", str(row["waiting_for"]), f"{row['waiting_on']} owed it",
             end=NEVER_NS if row["end_ns"] is None else row["end_ns"], flow_id=row["flow_id"],
             frame_number=row["last_frame"])
        for row in analysis.result.stalls.rows()
        if row["start_ns"] is not None
    ]  # fmt: skip


def _printed(trace: str | None) -> list[dict[str, Any]]:
    """The lines that say when they were printed."""
    lines = read_lines(redacted(trace)) if trace else ()
    return [_row(line.time_ns, "trace", "line", line.text) for line in lines if line.time_ns is not None]


def _processes(run: RecordedRun | None) -> list[dict[str, Any]]:
    seen: Processes | None = run.processes if run is not None else None
    rows: list[dict[str, Any]] = []
    for process in seen.processes if seen is not None else ():
        words = " ".join(redacted_line(process.argv))
        rows.append(_row(process.start_ns, "process", "start", words, pid=process.pid))
        if process.end_ns != NEVER_NS:
            status = "" if process.exit_code is None else f"status {process.exit_code}"
            rows.append(_row(process.end_ns, "process", "end", status, pid=process.pid))
    for wait in seen.waits if seen is not None else ():
        holder = f"held by process {wait.holder}" if wait.holder else ""
        text = ", ".join(filter(None, (redacted(wait.subject), holder)))
        rows.append(_row(wait.start_ns, "process", wait.kind, text, pid=wait.pid, end=wait.end_ns))
    return rows
