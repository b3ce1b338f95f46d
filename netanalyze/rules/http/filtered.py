"""Plain HTTP is cut by its content: the connection works until one request, and is reset there."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A RST that something on the way injects right after a request in clear."""
    for flow in seen.flows:
        server = flow.server
        if flow.http is None or flow.tls is not None or not server.rst_count or flow.http.connect:
            continue
        asked = [e for e in flow.http.exchanges if e.request_frame and e.request_frame < server.rst_frame]
        if not asked or (asked[-1].response_frame and asked[-1].response_frame < server.rst_frame):
            continue
        origin, signs = provenance(flow)
        if origin != "injected":
            continue
        yield Finding(
            cause="http/filtered",
            culprit=seen.path(flow),
            start_ns=asked[-1].request_ns,
            end_ns=max(server.rst_ns, asked[-1].request_ns),
            message=f"something on the way resets the connection when it sees {asked[-1].method} {asked[-1].target}",
            evidence=frames(
                (asked[-1].request_frame, f"{asked[-1].method} {asked[-1].target}"),
                (server.rst_frame, f"RST: {'; '.join(signs)}"),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"target": asked[-1].target},
            attributes={"origin": origin},
        )
