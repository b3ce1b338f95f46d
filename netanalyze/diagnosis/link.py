"""What the local link says of a silence: whether the next hop still answers there (CAUSES part 2: neighbours)."""

from dataclasses import replace

from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.flows.neighbours import Asked, Neighbours
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.units import seconds
from netanalyze.wording import message

SILENCES = ("tcp/path-death", "tcp/syn-unanswered", "tcp/outage", "dns/resolver-unanswered", "dns/first-resolver-dead")
"""Causes where nothing comes back, and the link itself may be why."""
LATER = Threshold(
    1, "s",
    source="RFC 6298 section 2.1: the first retransmission of a SYN; the figure is chosen here",
    why="a word that the next hop said as the silence began does not show that it outlived it",
)  # fmt: skip


def told_by_the_link(seen: Observations, findings: list[Finding]) -> list[Finding]:
    """The findings, those of silence with what the next hop did meanwhile."""
    neighbours = seen.neighbours
    if neighbours is None or not neighbours.read:
        return findings
    return [_told(seen, neighbours, f) if f.cause in SILENCES else f for f in findings]


def _gone(neighbours: Neighbours, flow: Flow, start_ns: int, end_ns: int) -> Asked | None:
    """The next hop of a flow, or its server on the same link, that was asked for in vain; None where none was."""
    mine = {flow.server.address, *neighbours.next_hops(flow.id)}
    vain = neighbours.in_vain(flow.id, flow.client.address, start_ns, end_ns)
    return next((one for one in vain if one.target in mine), None)


def _told(seen: Observations, neighbours: Neighbours, finding: Finding) -> Finding:
    flow = _flow_of(seen, finding)
    if flow is None:
        return finding
    server = flow.server.address
    missing = _gone(neighbours, flow, finding.start_ns, finding.end_ns)
    if missing is not None:
        return _dead(finding, missing, server)
    hops = neighbours.next_hops(flow.id) or frozenset({server})
    end = finding.end_ns if finding.fatal else finding.end_ns - LATER.ns  # what came back says nothing of before
    word = neighbours.heard(hops, finding.start_ns + LATER.ns, end)
    if word is None:
        return finding
    frame, address = word
    where = {"link": "host-alive" if address == server else "hop-alive", "neighbour": address}
    shows = Evidence(frame, _alive(address, server))
    return replace(finding, evidence=(*finding.evidence, shows), attributes={**finding.attributes, **where})


def _flow_of(seen: Observations, finding: Finding) -> Flow | None:
    """The flow that is silent; of a lookup, one to the resolver that was asked."""
    flow = next((f for f in seen.everything if f.id == finding.flow_id), None)
    if flow is not None:
        return flow
    to = (
        f
        for f in seen.everything
        if (f.server.address, f.server.port) == (finding.culprit.address, finding.culprit.port)
    )
    return next((f for f in to if f.last_ns >= finding.start_ns and f.first_ns <= finding.end_ns), None)


def _alive(address: str, server: str) -> str:
    if address == server:
        return message("{address} is heard on this link meanwhile: the host and the link are up", address=address)
    return message(
        "the next hop, {address}, is heard meanwhile: the link is up, the fault lies beyond", address=address
    )


def _dead(finding: Finding, missing: Asked, server: str) -> Finding:
    asked = message(
        "{address} is asked for on the link, {times} times in {time}; it does not answer",
        address=missing.target, times=missing.times, time=f"{seconds(missing.last_ns - missing.first_ns):.0f} s",
    )  # fmt: skip
    culprit = finding.culprit if missing.target == server else Culprit("path", None, missing.target)
    return replace(
        finding,
        culprit=culprit,
        evidence=(*finding.evidence, Evidence(missing.last_frame, asked)),
        alternatives=tuple(a for a in finding.alternatives if a.cause != "local/egress-dropped"),
        attributes={**finding.attributes, "link": "dead", "neighbour": missing.target},
    )
