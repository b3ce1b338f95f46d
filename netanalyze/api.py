"""The front door for programs and notebooks: ``open`` a capture, explore its tables."""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netanalyze import moments
from netanalyze.analyzer import Analyzer
from netanalyze.capture.recording import read_run
from netanalyze.capture.source import READ_OCTETS, open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.isolation import isolated
from netanalyze.kernel import Engine
from netanalyze.moments import Moment
from netanalyze.result import Result, run_facts
from netanalyze.tracking.memory import memory_of
from netanalyze.units import NEVER_NS

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace
    from netanalyze.notebook.analysis import Analysis

Captures = str | PathLike[str] | Sequence[str | PathLike[str]]
"""The path of a capture, or several."""
Progress = Callable[[int, int | None], None]


def open(
    *paths: Captures,
    trace: str | PathLike[str] | None = None,
    client: str | None = None,
    hosts: Sequence[str] = (),
    between: tuple[Moment, Moment] | None = None,
    kernels: str = "auto",
    progress: Progress | None = None,
    memory: float | str | None = None,
) -> "Analysis":
    """Analyse a capture and explore it: ``netanalyze.open("hang.pcapng").verdict``.

    Several paths, or a list of them, are one capture, merged by time. Without any, the verdict rests on ``trace`` alone.

    Args:
        trace: what the command printed (``go mod download -x``, its error): the text itself, or the path of a file.
        client: a name in clients.CLIENTS (go, git, pip, …, generic); None: found out.
        hosts: judge only flows to these names or addresses.
        between: judge only what happened between these moments: seconds from the beginning of the capture, or of the run it
            was made of, or times of a clock (``"14:03:10"``, ``"2024-05-01T14:03:10Z"``, a ``datetime``); without a zone
            they are this machine's.
        kernels: auto, plain or compiled.
        progress: called with octets read and octets in all (None unknown).
        memory: as of ``analyze``.

    Raises:
        CaptureError: no input that can be analysed. A cut or corrupt file is analysed up to there.
        OSError: the file of the trace cannot be read.
    """
    from netanalyze.notebook.analysis import Analysis

    if paths or trace is None:
        names = [name for path in paths for name in _names("open", path)] if paths else _names("open", ())
    else:
        names = []
    hosts = [hosts] if isinstance(hosts, str) else hosts
    words = _trace_text(trace)
    result = analyze(
        names,
        trace=words,
        client=client,
        hosts=hosts,
        between=between,
        progress=progress,
        kernels=kernels,
        memory=memory,
    )
    return Analysis(result, names, kernels, words)


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
    paths: Captures = (),
    *,
    trace: str | None = None,
    client: str | None = None,
    hosts: Sequence[str] = (),
    between: tuple[Moment, Moment] | None = None,
    progress: Progress | None = None,
    kernels: str = "auto",
    notes: Callable[[str], None] | None = None,
    memory: float | str | None = None,
) -> Result:
    """Analyse one capture (several files are one capture, merged by time).

    Args:
        paths: the path of a capture, or several in a list; ``-`` is standard input. None at all where ``trace`` is all
            that is known: the verdict rests on words then, and says so.
        trace: what the command printed, as text.
        client: a name in clients.CLIENTS (go, git, pip, …, generic); None: found out.
        hosts: judge only flows to these names or addresses.
        between: judge only what happened between these moments, as of ``open``.
        progress: called with octets read and octets in all (None unknown).
        kernels: auto, plain or compiled.
        notes: called with a line worth telling a waiting person.
        memory: what an analysis in a process of its own may take at most, MB, or a text with its unit ("2 GiB"); None: as much
            as it needs. Where that is too little, the first flows and lookups are kept, of the flows those with the most
            packets judged, and ``capture.diagnostics`` says how many were left out.

    Raises:
        ValueError: ``client``, ``between`` or ``memory`` is none that can be.
        CaptureError: no input that can be analysed. A cut or corrupt file is analysed up to there.
    """
    names = [] if trace is not None and not _given(paths) else _names("analyze", paths)
    _check(trace, client, between)
    bound = memory_of(memory)
    hosts = [hosts] if isinstance(hosts, str) else hosts
    engine = Engine(kernels)
    if engine.note and notes:
        notes(engine.note)
    diagnostics = Diagnostics()
    analyzer = Analyzer(engine, diagnostics, bound)
    if not names:
        if hosts or between is not None:
            raise ValueError("hosts and between choose among packets; without a capture there are none")
        analyzer.captured = False
        return analyzer.finish(None, None, _trace_of(trace, client, diagnostics), (), client, hosts)
    with open_source(names, diagnostics, engine, bound.read_octets(READ_OCTETS), progress) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    told = _trace_of(trace, client, diagnostics)
    analyzer.comments = source.comments
    recorded = None
    with isolated("the run that the recording bears", diagnostics):
        recorded = read_run(source.comments)
    if recorded is None and source.texts:
        with isolated("the run that the archive bears", diagnostics):
            from netanalyze.recorder.archive import kernel_drops, recorded_run

            dropped = kernel_drops(source.texts)
            diagnostics.add("kernel_drops", dropped, detail=f"{dropped}, as tcpdump counted")
            recorded = recorded_run(source.texts)
    run = None
    if recorded is not None:  # a recording of netanalyze live, or of the recorder, bears the run it was made of
        run = run_facts(recorded)
        if told is None and recorded.trace is not None:
            told = _trace_of(recorded.trace, recorded.client_name, diagnostics)
        analyzer.processes = recorded.processes
        analyzer.sockets = recorded.sockets
        client = client or recorded.client_name
    start = analyzer.tracker.first_ns if run is None or run.start_ns == NEVER_NS else run.start_ns
    span = None
    if between is not None:
        span = moments.span(between, start, analyzer.tracker.first_ns, analyzer.tracker.last_ns)
    end = run.seen_until_ns if run is not None else None
    return analyzer.finish(end, run, told, names, client, hosts, span)


def _given(paths: Any) -> bool:
    """Whether a path is given at all."""
    return not (isinstance(paths, (list, tuple)) and not paths)


def _names(call: str, given: Any) -> list[str]:
    """The paths as text.

    Raises:
        TypeError: it is no path, and no list of paths; says what was given, and to which function.
    """
    alone = isinstance(given, (str, bytes, PathLike)) or hasattr(given, "read") or not isinstance(given, Iterable)
    paths = [given] if alone else list(given)
    if not paths:
        raise TypeError(f"{call}() needs the path of a capture")
    names: list[Any] = [fspath(path) if isinstance(path, (str, PathLike)) else path for path in paths]
    for path, name in zip(paths, names):
        if not isinstance(name, str):
            raise TypeError(
                f"{call}() takes the path of a capture (str or os.PathLike), or a list of them, not {path!r}"
            )
    return names


def _check(trace: Any, client: Any, between: Any) -> None:
    """Raises TypeError or ValueError where an argument is not what ``analyze`` takes, and names it."""
    if trace is not None and not isinstance(trace, str):
        raise TypeError(f"trace is what the command printed, a str, not {trace!r}")
    if client is not None:
        from netanalyze.clients import CLIENTS

        if client not in CLIENTS:
            raise ValueError(f"client={client!r} is none of {', '.join(CLIENTS)}")
    if between is not None:
        try:
            moments.check(between)
        except (TypeError, AttributeError):
            raise TypeError(f"between is two times, not {between!r}") from None
        except ValueError as error:
            raise ValueError(f"between={between!r}: {error}") from None


def _trace_of(text: str | None, client: str | None, diagnostics: Diagnostics) -> "Trace | None":
    """What the command printed, read; its grammar is loaded only where there is something to read."""
    if text is None:
        return None
    with isolated("what the command printed", diagnostics):
        from netanalyze.clients.trace import parse_trace

        return parse_trace(text, client)
    return None
