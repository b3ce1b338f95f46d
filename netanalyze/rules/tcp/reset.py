"""A RST breaks a connection in the middle of a transfer."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.endings import broken_off
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS

UNDERMINED_BY = ("capture_lossy",)


def check(seen: Observations) -> Iterator[Finding]:
    """The server's RST, while the client had not closed and a response was owed or under way."""
    for flow in seen.flows:
        server, client = flow.server, flow.client
        if not server.rst_count or not flow.established:
            continue
        if min(client.fin_frame or 1 << 62, client.rst_frame or 1 << 62) < server.rst_frame:
            continue  # answers the client's own close
        if server.fin_frame and server.fin_frame < server.rst_frame:
            continue  # answers what the client sent after the server's FIN
        why = broken_off(flow)
        if why is None:
            continue
        origin, signs = provenance(flow)
        start = server.last_data_ns if server.last_data_ns != NEVER_NS else client.last_data_ns
        yield Finding(
            cause="tcp/reset",
            culprit=seen.path(flow) if origin == "injected" else seen.far_host(flow),
            start_ns=min(max(start, client.last_data_ns), server.rst_ns) if start != NEVER_NS else server.rst_ns,
            end_ns=server.rst_ns,
            message=f"the connection to {flow.host or server.address} was reset {why}",
            evidence=frames(
                (client.last_data_frame if client.last_data_frame < server.rst_frame else 0, "the client's last octets"),
                (server.last_data_frame if server.last_data_frame < server.rst_frame else 0, "the server's last octets"),
                (server.rst_frame, f"RST ({'; '.join(signs) if signs else 'like the server' + chr(39) + 's other packets'})"),
            ),
            confidence=0.9,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": server.octets, "resets": server.rst_count},
            attributes={"origin": origin},
        )
