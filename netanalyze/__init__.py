"""netanalyze names why a command hangs on the network, from the packets, and proves it with frames.

    import netanalyze
    a = netanalyze.open("hang.pcapng")     # one analysis; ``a.verdict`` is the answer
    a.flows, a.dns, a.tls, a.packets       # everything behind it, as DataFrames that join by flow_id and frame_number
    result = netanalyze.analyze("hang.pcapng")     # the same without pandas: a Result, ``result.to_json()``

The package, from the bottom up; a module imports from its own floor and those below:

    errors, units, columns, kernel, diagnostics, findings   what everything stands on
    capture/     octets of a file or pipe to batches of frames; writers
    wire/        frames to header fields; messages (DNS, TLS, HTTP, SOCKS) to facts
    tracking/    packets to rows: flows numbered, TCP tracked, marks, gaps
    conversations/   what the ends of a flow say: handshakes, requests, lookups
    flows/       flows as views of rows; lookups, dials, stalls, transfers
    clients/     what known commands do on the network: their timers, hosts and messages
    causes/      one cause, one file: stalls and facts to findings
    result, diagnosis/   what an analysis gives; findings to a ledger of the time and one verdict with its remedy
    analyzer     the whole way on one page
    report/      a result as text, JSON, HTML, Markdown
    live/, lab/  a command run under a capture; real commands under made faults
    api, notebook/, interop/, recorder/   this door: tables, figures, single frames; scapy, tshark, Parquet; the shell script
    cli/         the command line

Importing the package costs next to nothing: each name below is imported when it is first used.
"""

TYPE_CHECKING = False
"""As of typing, which takes longer to import than all the rest: who presses Ctrl-C meanwhile would see a traceback."""

if TYPE_CHECKING:
    from netanalyze.api import analyze as analyze
    from netanalyze.api import open as open
    from netanalyze.errors import CaptureError as CaptureError
    from netanalyze.errors import CommandNotFound as CommandNotFound
    from netanalyze.errors import CorruptCapture as CorruptCapture
    from netanalyze.errors import LiveError as LiveError
    from netanalyze.errors import MessageError as MessageError
    from netanalyze.errors import MissingProgram as MissingProgram
    from netanalyze.errors import NetanalyzeError as NetanalyzeError
    from netanalyze.errors import NoSuchInterface as NoSuchInterface
    from netanalyze.errors import NotACapture as NotACapture
    from netanalyze.errors import NotPermitted as NotPermitted
    from netanalyze.findings import Culprit as Culprit
    from netanalyze.findings import Evidence as Evidence
    from netanalyze.findings import Finding as Finding
    from netanalyze.notebook.analysis import Analysis as Analysis
    from netanalyze.result import Result as Result
    from netanalyze.result import Verdict as Verdict
    from netanalyze.version import __version__ as __version__

_HOMES = {
    "Analysis": "notebook.analysis",
    "CaptureError": "errors",
    "CommandNotFound": "errors",
    "CorruptCapture": "errors",
    "Culprit": "findings",
    "Evidence": "findings",
    "Finding": "findings",
    "LiveError": "errors",
    "MessageError": "errors",
    "MissingProgram": "errors",
    "NetanalyzeError": "errors",
    "NoSuchInterface": "errors",
    "NotACapture": "errors",
    "NotPermitted": "errors",
    "Result": "result",
    "Verdict": "result",
    "__version__": "version",
    "analyze": "api",
    "open": "api",
}

__all__ = [
    "Analysis",
    "CaptureError",
    "CommandNotFound",
    "CorruptCapture",
    "Culprit",
    "Evidence",
    "Finding",
    "LiveError",
    "MessageError",
    "MissingProgram",
    "NetanalyzeError",
    "NoSuchInterface",
    "NotACapture",
    "NotPermitted",
    "Result",
    "Verdict",
    "__version__",
    "analyze",
    "open",
]


def __getattr__(name: str) -> object:
    """A public name, imported now (PEP 562)."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
