"""The front door for programs and notebooks: ``open`` a capture, explore its tables."""

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from netanalyze.analyzer import Analyzer
from netanalyze.capture.recording import read_run
from netanalyze.capture.source import estimated_packets, open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.result import Result, RunFacts
from netanalyze.units import NEVER_NS, SECOND_NS

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace
    from netanalyze.notebook.analysis import Analysis

Progress = Callable[[int, int | None], None]


def open(
    *paths: str | PathLike[str],
    trace: str | PathLike[str] | None = None,
    client: str | None = None,
    hosts: Sequence[str] = (),
    between: tuple[float, float] | None = None,
    kernels: str = "auto",
    progress: Progress | None = None,
) -> "Analysis":
    """Analyse a capture and explore it: ``netanalyze.open("hang.pcapng").verdict``.

    Several paths are one capture, merged by time.

    Args:
        trace: what the command printed (``go mod download -x``, its error): the text itself, or the path of a file.
        client: a name in clients.CLIENTS (go, git, pip, …, generic); None: found out.
        hosts: judge only flows to these names or addresses.
        between: judge only what happened between these seconds from the beginning of the capture.
        kernels: auto, plain or compiled.
        progress: called with octets read and octets in all (None unknown).

    Raises:
        CaptureError: no input that can be analysed. A cut or corrupt file is analysed up to there.
        OSError: the file of the trace cannot be read.
    """
    from netanalyze.notebook.analysis import Analysis

    names = [fspath(path) for path in paths]
    if not names:
        raise TypeError("open() needs the path of a capture")
    hosts = [hosts] if isinstance(hosts, str) else hosts
    result = analyze(
        names, trace=_trace_text(trace), client=client, hosts=hosts, between=between, progress=progress, kernels=kernels
    )
    return Analysis(result, names, kernels)


def _trace_text(trace: str | PathLike[str] | None) -> str | None:
    """The trace itself; one line that names a file stands for what is in it."""
    if trace is None or (isinstance(trace, str) and ("\n" in trace or not _is_file(trace))):
        return trace if trace is None else str(trace)
    return Path(trace).read_text(encoding="utf-8", errors="replace")


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def analyze(
    paths: Sequence[str | Path],
    *,
    trace: str | None = None,
    client: str | None = None,
    hosts: Sequence[str] = (),
    between: tuple[float, float] | None = None,
    progress: Progress | None = None,
    kernels: str = "auto",
    notes: Callable[[str], None] | None = None,
) -> Result:
    """Analyse one capture (several files are one capture, merged by time).

    Args:
        trace: what the command printed, as text.
        client: a name in clients.CLIENTS (go, git, pip, …, generic); None: found out.
        hosts: judge only flows to these names or addresses.
        between: judge only what happened between these seconds from the beginning of the capture.
        progress: called with octets read and octets in all (None unknown).
        kernels: auto, plain or compiled.
        notes: called with a line worth telling a waiting person.

    Raises:
        CaptureError: no input that can be analysed. A cut or corrupt file is analysed up to there.
    """
    names = [str(path) for path in paths]
    engine = Engine(estimated_packets(names), kernels)
    if engine.note and notes:
        notes(engine.note)
    diagnostics = Diagnostics()
    analyzer = Analyzer(engine, diagnostics)
    with open_source(names, diagnostics, engine, progress=progress) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    start = analyzer.tracker.first_ns
    span = None
    if between is not None:
        span = (start + round(between[0] * SECOND_NS), start + round(between[1] * SECOND_NS))
    told = _told(trace, client)
    recorded = read_run(source.comments)
    if recorded is None and source.texts:
        from netanalyze.interop.record import kernel_drops, recorded_run

        recorded = recorded_run(source.texts)
        dropped = kernel_drops(source.texts)
        diagnostics.add("kernel_drops", dropped, detail=f"{dropped}, as tcpdump counted")
    run = None
    if recorded is not None:  # a recording of netanalyze live, or of the recorder, bears the run it was made of
        run = RunFacts(
            recorded.argv,
            recorded.exit_code,
            NEVER_NS if recorded.start_ns is None else recorded.start_ns,
            NEVER_NS if recorded.end_ns is None else recorded.end_ns,
            recorded.client,
            recorded.environment,
        )
        if told is None and recorded.trace is not None:
            told = _told(recorded.trace, recorded.client_name)
        analyzer.processes = recorded.processes
        analyzer.sockets = recorded.sockets
        client = client or recorded.client_name
    end = run.end_ns if run is not None and run.end_ns != NEVER_NS else None
    return analyzer.finish(end, run, told, names, client, hosts, span)


def _told(text: str | None, client: str | None) -> "Trace | None":
    """What the command printed, read; its grammar is loaded only where there is something to read."""
    if text is None:
        return None
    from netanalyze.clients.trace import parse_trace

    return parse_trace(text, client)
