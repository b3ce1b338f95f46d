"""How a run with a root cause ended: its status, how sure that is, which timer fired, what it had taken without."""

from dataclasses import dataclass
from typing import Any

from netanalyze.clients import timer_that_fired
from netanalyze.diagnosis.group import SIGNIFICANT, Group
from netanalyze.diagnosis.replay import saved
from netanalyze.diagnosis.told import FITTING
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.hello import handshake_complete
from netanalyze.result import LedgerRow
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

FELT = Threshold(
    0.1, "s", source="Nielsen, Usability Engineering 1993, section 5.5: 0.1 s feels instantaneous",
    why="work that took no longer says nothing of how long the rest would have taken",
)  # fmt: skip


def timer_of(seen: Observations, lead: Finding) -> Any:
    """The client's timer that ended the wait of a finding, if one did."""
    flow = next((f for f in seen.flows if f.id == lead.flow_id), None)
    phase = {"dns": "dns", "tls": "tls"}.get(lead.cause.split("/")[0])
    start = lead.start_ns
    if lead.cause in ("tcp/syn-unanswered", "http/redirect-blocked"):
        phase = "dial"
    elif lead.cause == "http/connect-unanswered":
        phase = "connect"
    elif lead.cause in ("tcp/path-death", "tcp/idle-connection-dropped"):
        phase = "keepalive"
    elif lead.cause in ("http/response-missing", "http/body-stalled"):
        phase = lead.cause.removeprefix("http/").partition("-")[0]
    elif (
        lead.cause == "tcp/mtu-black-hole"
        and flow is not None
        and flow.tls is not None
        and not handshake_complete(flow)
    ):
        phase = "tls"
    if phase is None or not lead.fatal:
        return None
    if phase == "dns" and seen.client.name == "generic":
        return None  # which resolver library it has is not known, and when a lookup was given up is reckoned, not seen
    if phase == "tls" and flow is not None and flow.established_ns != NEVER_NS and not flow.tunnelled:
        start = flow.established_ns  # the timer runs from the end of the connect
    who = seen.client if flow is None else seen.asker(flow.host, flow.server.port)
    return timer_that_fired(who, phase, seconds(lead.end_ns - start))


SAID_NO = (
    "dns/server-failure", "dns/refused", "dns/name-not-found", "dns/no-address", "tcp/refused", "tcp/rejected-by-icmp",
    "tcp/no-route", "tcp/reset", "tcp/early-close", "tls/reset-after-client-hello", "tls/closed-after-client-hello",
    "tls/alert", "tls/certificate-rejected", "tls/certificate-expired", "tls/name-mismatch", "tls/not-tls",
    "tls/version-rejected", "http/connect-refused", "http/error-status", "http/redirect-loop", "http/filtered",
    "http/stream-reset", "http/goaway",
)  # fmt: skip
"""Causes that end an attempt by an answer: the command was told no, and did not hang."""


def status_of(seen: Observations, root: Group) -> str:
    """hung, failed or degraded for a run with a root cause."""
    run, trace = seen.run, seen.trace
    if root.cause in ("capture/one-way", "capture/no-traffic", "capture/lossy"):
        return "unusable"
    if run is not None and run.exit_code is not None:
        if run.exit_code == 0:
            return "degraded"
        return "hung" if run.exit_code in (-9, -15, -2, 130, 137, 143) and not (trace and trace.ended) else "failed"
    if trace is not None and trace.ended:
        return "failed"
    if not root.fatal:
        return "degraded"
    if trace is not None:
        return "hung"
    # a client that tries again has given up only if its last try ended by the timer, too
    if run is not None and run.exit_code is None and seen.client.pauses and root.cause in SAID_NO:
        return "hung"  # told no, it rests and means to ask once more
    last = max((f for f in root.findings if f.fatal), key=lambda f: f.end_ns, default=root.lead)
    waited = last.end_ns - last.start_ns
    told_no = (
        root.cause in SAID_NO and last.attributes.get("link") != "down"
    )  # an open connection learns nothing of that
    if waited < SIGNIFICANT.ns or told_no or timer_of(seen, last) is not None:
        return "failed"
    return "hung"


def confidence_of(seen: Observations, root: Group, rivals: list[Group]) -> float:
    """The root finding's confidence, raised or lowered by what the command printed, lowered by a rival that cost as much."""
    confidence = root.lead.confidence
    error = seen.trace.final_error if seen.trace else None
    if error is not None and error.kind in FITTING:
        if root.cause in FITTING[error.kind]:
            confidence = min(0.97, confidence + (1 - confidence) / 3)
        else:
            confidence *= 0.7
    if any(g.fatal and g.owned_ns > root.owned_ns / 2 for g in rivals):
        confidence *= 0.85
    return confidence


LESS = "the run less the seconds the cause owns in the ledger"
BESIDE = (
    "the run less what the cause alone held up; for {time} of its seconds the run waited for something else as well"
)
PACE = "it set the pace of the transfer, and how fast that goes without it was never seen"
PACERS = ("tcp/throttled", "tcp/loss", "tcp/reordering")
"""Causes that slow down everything that moves: more than the waits that are theirs, and how much more no packet shows."""
LEFT = "what it had done; how much was left to do is not known"
NOTHING_DONE = "it ended before anything of its work was done"
TOLD_NO = "it ended because of it, and what was left of its work is not known"


@dataclass(frozen=True)
class Without:
    """What a run would have taken without its cause, s: a figure, or a lower bound, or neither; and what that rests on."""

    figure: float | None = None
    at_least: float | None = None
    how: str = ""


def work(seen: Observations) -> tuple[int, int]:
    """When the run began and ended: where that is not known, its first and last packet; other traffic is no part of it."""
    if seen.run is not None and NEVER_NS not in (seen.run.start_ns, seen.run.end_ns):
        return seen.start_ns, seen.end_ns
    begun = [flow.first_ns for flow in seen.flows] + [lookup.start_ns for lookup in seen.lookups]
    ended = [flow.last_ns for flow in seen.flows] + [lookup.end_ns for lookup in seen.lookups]
    return max(seen.start_ns, min(begun, default=seen.start_ns)), min(seen.end_ns, max(ended, default=seen.end_ns))


def lost_to(seen: Observations, root: Group, status: str) -> int:
    """ns that would not have passed without the root cause.

    Of a run that did its work to the end: by what it would have been shorter. Else what the cause owns in the ledger.
    """
    shorter = shorter_without(seen, root.cause, root.findings) if status == "degraded" else None
    return root.owned_ns if shorter is None else shorter


def shorter_without(seen: Observations, cause: str, findings: list[Finding]) -> int | None:
    """By how many ns a run would have been shorter without a cause; None where that is not to be told from its waits."""
    return None if cause in PACERS else saved(seen, findings)


def without_it(seen: Observations, root: Group, status: str, ledger: list[LedgerRow], lost: int) -> Without:
    """What the run would have taken without its root cause.

    A run that ended well has done all its work: what is left without the cause is the answer. Of one that was broken off
    or gave up, the rest of the work was never seen: what it did until then is the least it would have taken.
    """
    begun, ended = work(seen)
    if status == "degraded":
        if root.cause in PACERS:
            return Without(how=PACE)
        places = [f.culprit for f in root.findings]
        beside = sum(r.ns for r in ledger if r.cause == root.cause and r.culprit in places) - lost
        how = LESS if beside < FELT.ns else message(BESIDE, time=duration(beside))
        return Without(figure=seconds(max(ended - begun - lost, 0)), how=how)
    if status not in ("hung", "failed"):
        return Without()
    if root.owned_ns < SIGNIFICANT.ns:
        return Without(how=TOLD_NO)
    done = min(ended, max(f.end_ns for f in root.findings)) - begun - root.owned_ns
    return Without(at_least=seconds(done), how=LEFT) if done >= FELT.ns else Without(how=NOTHING_DONE)
