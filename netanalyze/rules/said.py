"""What the command's last error says of a connection whose frames are encrypted, and which connection it befell."""

from collections.abc import Iterator

from netanalyze.findings import Evidence, Finding, frames
from netanalyze.flows.application import application
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations

ERROR_MOST, LINE_MOST = 200, 120
"""Characters of an error that are quoted as evidence, and in a message."""


def http2_error(seen: Observations, cause: str, kind: str) -> Iterator[Finding]:
    """The finding ``cause``, if the command's final error is of ``kind``, on the flow that it befell."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != kind or not seen.flows:
        return
    flow = answering(seen, error.facts.get("host"))
    assert flow is not None
    line = error.text.split("\n")[0]
    short = line if len(line) <= LINE_MOST else "…" + line[-LINE_MOST:].partition(" ")[2]
    yield Finding(
        cause=cause,
        culprit=seen.far_host(flow),
        start_ns=min(flow.server.last_data_ns, flow.last_ns) if flow.server.sent_data else flow.last_ns,
        end_ns=flow.last_ns,
        message=f"{flow.host or flow.server.address}: {short}",
        evidence=(
            Evidence(line[:ERROR_MOST], "the command's own error", "trace"),
            *frames((flow.server.last_data_frame, "the server's last octets")),
        ),
        confidence=0.9,
        fatal=True,
        flow_id=flow.id,
        attributes={"code": error.facts.get("code")} if error.facts.get("code") else {},
    )


def answering(seen: Observations, host: str | None) -> Flow | None:
    """Of the flows to ``host``, or else of all, the one that answered last: those without an answer are surplus ones."""
    return max(seen.flows, key=lambda f: (f.host == host, last_answer(f)[1], f.last_ns), default=None)


def last_answer(flow: Flow) -> tuple[int, int]:
    """Frame and time (ns) in which a flow's last response began, or its last record of one; zeros where there is none."""
    if flow.tls is not None:
        read = application(flow)
        return (read.responses[-1].frame_number, read.responses[-1].time_ns) if read and read.responses else (0, 0)
    answered = [e for e in flow.http.exchanges if e.response_frame] if flow.http is not None else []
    return (answered[-1].response_frame, answered[-1].response_ns) if answered else (0, 0)
