"""How a run with a root cause ended: its status, how sure that is, which timer fired, what it had taken without."""

from typing import Any

from netanalyze.clients import timer_that_fired
from netanalyze.diagnosis.group import SIGNIFICANT, Group
from netanalyze.diagnosis.told import FITTING
from netanalyze.findings import Finding
from netanalyze.flows.hello import handshake_complete
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, seconds


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
        return "hung" if run.exit_code in (-9, -15, -2, 130, 137, 143) and not (trace and trace.errors) else "failed"
    said = trace.errors if trace is not None else ()
    if any(e.kind != "unknown" or e.text.startswith(("go:", "fatal:")) for e in said):
        return "failed"
    if not root.fatal:
        return "degraded"
    if trace is not None:
        return "hung"
    lead = root.lead
    waited = lead.end_ns - lead.start_ns
    if waited < SIGNIFICANT.ns or root.cause in SAID_NO or timer_of(seen, lead) is not None:
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


def without_it(seen: Observations, status: str, whole: int, lost: int) -> tuple[float | None, str]:
    """What the run would have taken without the cause, and how that follows; None where the work left is unknown."""
    if status == "degraded":
        return seconds(max(whole - lost, 0)), "the run less the seconds the cause owns in the ledger"
    return None, "the run ended before its work was done; what was left of it is not known"
