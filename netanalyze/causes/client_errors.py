"""What the command's last error says of a connection whose frames are encrypted, and which connection it befell."""

from collections.abc import Collection, Iterator
from typing import Any

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Proved, confidence
from netanalyze.clients.error_lines import ErrorLine
from netanalyze.clients.messages import classify
from netanalyze.findings import Culprit, Evidence, Finding, frames
from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.wording import message

ERROR_MOST, LINE_MOST = 200, 120
"""Characters of an error that are quoted as evidence, and in a message."""


def only_words(case: Case) -> bool:
    """Whether there is nothing but what the command printed: no packets, no sockets, no run that was watched."""
    return case.trace is not None and not case.total_packets and case.sockets is None and case.run is None


def kernel_had_no_route(error: ErrorLine) -> bool:
    """Whether a lookup failed, by the command's last error, as the kernel knew no way to the resolver."""
    return error.kind == "dns-unreachable" and "network is unreachable" in str(error.facts.get("reason", ""))


def by_its_word(
    case: Case, cause: Cause, kinds: Collection[str], role: str, sentence: str, ground: Proved
) -> Iterator[Finding]:
    """The finding of a cause that is told by the command's final error alone, of such a kind; ``{error}`` is its end."""
    error = case.final_error
    if error is None or error.kind not in kinds:
        return
    yield cause.finding(
        Culprit(role),
        (case.end_ns, case.end_ns),
        message(sentence, error=error.text.splitlines()[0][-100:]),
        (printed(error.text),),
        confidence(ground),
        fatal=True,
        attributes=particulars(error),
    )


def http2_error(case: Case, cause: Cause, kind: str, printed_so: Proved) -> Iterator[Finding]:
    """The finding of a cause, if the command's final error is of ``kind``, on its flow; ``printed_so`` is its ground."""
    error = case.final_error
    flow = answering(case, error.facts.get("host")) if error is not None and error.kind == kind else None
    if error is None or flow is None:
        return
    line = error.text.split("\n")[0]
    yield cause.finding(
        case.far_host(flow),
        (min(flow.server.last_data_ns, flow.last_ns) if flow.server.sent_data else flow.last_ns, flow.last_ns),
        f"{flow.destination}: {end_of(line)}",
        (printed(line), *frames((flow.server.last_data_frame, "the server's last octets"))),
        confidence(printed_so),
        flow,
        fatal=True,
        attributes={"code": error.facts.get("code")} if error.facts.get("code") else {},
    )


def printed(text: str, shows: str = "the command's own error") -> Evidence:
    """The first line of what the command printed, as evidence."""
    return Evidence(end_of(text.split("\n")[0], ERROR_MOST), shows, "trace")


def end_of(line: str, most: int = LINE_MOST) -> str:
    """A line of an error, cut at its front to so many characters: what went wrong stands at its end.

    >>> end_of("Max retries exceeded: Tunnel connection failed: 407", 30), end_of("short")
    ('…Tunnel connection failed: 407', 'short')
    """
    kept = line[-most:]
    return line if kept == line else "…" + (kept.partition(" ")[2] or kept)


def telling(error: ErrorLine) -> str:
    """Of an error of several lines the one that says what it was, as far as one alone does."""
    printed_lines = error.text.split("\n")
    lines = [line for line in printed_lines if not line.lstrip().startswith("at ")] or printed_lines  # a stack's
    kinds = [classify(line)[0] for line in lines]
    told = [line.strip() for line, kind in zip(lines, kinds, strict=True) if kind == error.kind]
    return next(iter(told), None) or next(
        (x.strip() for x, k in zip(lines, kinds, strict=True) if k != "unknown"), lines[0]
    )


def particulars(error: ErrorLine) -> dict[str, Any]:
    """What an error names, of that which the advice on this machine's settings and disks is filled with."""
    return {name: error.facts[name] for name in ("setting", "program", "path") if error.facts.get(name)}


def answering(case: Case, host: str | None) -> Flow | None:
    """Of the flows to ``host``, or else of all, the one that answered last: those without an answer are surplus ones."""
    return max(case.flows, key=lambda f: (f.host == host, last_answer(f)[1], f.last_ns), default=None)


def last_answer(flow: Flow) -> tuple[int, int]:
    """Frame and time (ns) in which a flow's last response began, or its last record of one; zeros where there is none."""
    if flow.tls is not None:
        read = application(flow)
        return (read.responses[-1].frame_number, read.responses[-1].time_ns) if read and read.responses else (0, 0)
    answered = [e for e in flow.http.exchanges if e.response_frame] if flow.http is not None else []
    return (answered[-1].response_frame, answered[-1].response_ns) if answered else (0, 0)
