"""The server sent the client away (HTTP/2 GOAWAY)."""

from collections.abc import Iterator

from netanalyze.findings import Evidence, Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so; the frames are encrypted."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != "goaway" or not seen.flows:
        return
    host = error.facts.get("host")
    flow = next((f for f in reversed(seen.flows) if f.host == host), seen.flows[-1])
    yield Finding(
        cause="http/goaway",
        culprit=seen.far_host(flow),
        start_ns=min(flow.server.last_data_ns, flow.last_ns) if flow.server.sent_data else flow.last_ns,
        end_ns=flow.last_ns,
        message=f"{flow.host or flow.server.address}: {error.text.splitlines()[0][-120:]}",
        evidence=(
            Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),
            *frames((flow.server.last_data_frame, "the server's last octets")),
        ),
        confidence=0.9,
        fatal=True,
        flow_id=flow.id,
        attributes={"code": error.facts.get("code")} if error.facts.get("code") else {},
    )
