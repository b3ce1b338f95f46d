"""What the local link says of a silence: whether the next hop still answers there (CAUSES part 2: neighbours)."""

from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.diagnosis.grounds import LEFT_OPEN, unexplained
from netanalyze.diagnosis.owed.open_moves import HANGING
from netanalyze.findings import Culprit, Evidence, Finding, Frames, Threshold
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.next_hops import NextHops
from netanalyze.result import Verdict
from netanalyze.tracking.neighbours import AskedNeighbour
from netanalyze.units import duration, seconds
from netanalyze.wording import Text, message, saying

LATER = Threshold(
    1, "s",
    source="RFC 6298 section 2.1: the first retransmission of a SYN; the figure is chosen here",
    why="a word that the next hop said as the silence began does not show that it outlived it",
)  # fmt: skip

NEEDED = Threshold(
    4, "hosts", source="resolv.conf(5): three name servers at the most; and the router",
    why="who needs the link needs few of its hosts: whoever asks for more looks for those that are there",
)  # fmt: skip


def told_by_the_link(case: Case, findings: list[Finding]) -> list[Finding]:
    """The findings, those of silence with what the next hop did meanwhile."""
    hops = case.next_hops
    if hops is None or case.neighbours is None or not case.neighbours.read:
        return findings
    return [_with_link(case, hops, f) if cause_of(f.cause).silent else f for f in findings]


def asked_in_vain(case: Case) -> Verdict | None:
    """The verdict on a capture of the link alone, in which one host asks for others again and again, and nobody answers; None
    on any other. Of several hosts' questions, the answers are kept from this capture by a switch; a scan asks once or twice, or
    has a router ask for whomever it looks for."""
    asked = case.neighbours.asked if case.neighbours is not None else []
    vain = case.neighbours.vain() if case.neighbours is not None else []
    if case.command_known or case.processes is not None:
        return None  # tcp/no-route knows whose questions they are
    if not vain or len(vain) < len(asked) or len({one.asker_address for one in asked}) > 1:
        return None
    if len({one.target for one in vain}) > NEEDED.value:
        return None
    worst = max(vain, key=lambda one: one.last_ns - one.first_ns)
    ns = worst.last_ns - worst.first_ns
    say = saying(address=worst.target, times=worst.times, time=duration(ns))
    return unexplained(
        "hung" if ns >= HANGING.ns else "failed",  # the system itself gave up: EHOSTUNREACH
        say("Unexplained: {address} was asked for on the link {times} times in {time}, and did not answer."),
        LEFT_OPEN,
        seconds=seconds(ns),
        proof=((Frames(worst.first_frame), say("who has {address}?")), (Frames(worst.last_frame), say("the last question"))),
    )  # fmt: skip


def _with_link(case: Case, hops: NextHops, finding: Finding) -> Finding:
    flow = _flow_of(case, finding)
    if flow is None:
        return finding
    server = flow.server.address
    missing = hops.gone(flow.id, flow.client.address, server, finding.start_ns, finding.end_ns)
    if missing is not None:
        return _dead(finding, missing, server)
    end = finding.end_ns if finding.fatal else finding.end_ns - LATER.ns  # what came back says nothing of before
    word = hops.heard(flow.id, server, finding.start_ns + LATER.ns, end)
    if word is None:
        return finding
    frame, address = word
    where = {"link": "host-alive" if address == server else "hop-alive", "neighbour": address}
    shows = Evidence(frame, _alive(address, server))
    return replace(finding, evidence=(*finding.evidence, shows), attributes={**finding.attributes, **where})


def _flow_of(case: Case, finding: Finding) -> Flow | None:
    """The flow that is silent; of a lookup, one to the resolver that was asked."""
    flow = case.index.any_flow.get(finding.flow_id)
    if flow is not None:
        return flow
    there = case.index.to_end.get((finding.culprit.address, finding.culprit.port))
    return there.first(finding.start_ns, finding.end_ns) if there is not None else None


def _alive(address: str, server: str) -> Text:
    if address == server:
        return message("{address} is heard on this link meanwhile: the host and the link are up", address=address)
    return message(
        "the next hop, {address}, is heard meanwhile: the link is up, the fault lies beyond", address=address
    )


def _dead(finding: Finding, missing: AskedNeighbour, server: str) -> Finding:
    asked = message(
        "{address} is asked for on the link, {times} times in {time}; it does not answer",
        address=missing.target, times=missing.times, time=f"{seconds(missing.last_ns - missing.first_ns):.0f} s",
    )  # fmt: skip
    culprit = finding.culprit if missing.target == server else Culprit("path", None, missing.target)
    return replace(
        finding,
        culprit=culprit,
        evidence=(*finding.evidence, Evidence(missing.last_frame, asked)),
        alternatives=tuple(a for a in finding.alternatives if not cause_of(a.cause).spares_link),
        attributes={**finding.attributes, "link": "dead", "neighbour": missing.target},
    )
