"""Only one direction was captured."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """Every flow with data has packets of one side alone, and acknowledges what is not there."""
    if "one_way_capture" not in seen.diagnostics:
        return
    flows = [f for f in seen.flows if f.client.packets + f.server.packets >= 3]
    if not flows or any(f.client.packets and f.server.packets for f in seen.flows):
        return
    first = flows[0]
    yield Finding(
        cause="capture/one-way",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message="the capture has one direction only: what the other side said cannot be judged",
        evidence=frames((first.first_frame, "first packet of a flow of which one side is missing"), (first.last_frame, "its last")),
        confidence=0.9,
    )
