"""Helpers on this machine (a stub resolver, a local proxy) act for the command: their silence is blamed where it lies.

What the command asks of a helper and what the helper asks of the network are different flows. Where both were captured
and both wait for the same name at the same time, the helper is silent because its upstream is.
"""

from dataclasses import replace
from ipaddress import ip_address

from netanalyze.findings import Culprit, Finding, Threshold
from netanalyze.rules import Observations

TOGETHER = Threshold(
    0.5, "", source="chosen here: a helper asks at once and waits as long as it is asked, or tries again meanwhile",
    why="so much of the helper's silence at least must be its upstream's",
)  # fmt: skip


def on_behalf(seen: Observations, findings: list[Finding]) -> dict[int, Finding]:
    """The findings that blame a helper on this machine, by ``id``, each with the finding about its upstream."""
    here = {f.client.address for f in seen.flows} | {x.client for x in seen.lookups}
    helpers = [f for f in findings if f.fatal and _is_here(f.culprit.address, here)]
    if not helpers:
        return {}
    upstream = [f for f in findings if f.fatal and f.culprit.address and not _is_here(f.culprit.address, here)]
    joined = {}
    for finding in helpers:
        name = _name(seen, finding)
        fitting = [f for f in upstream if name and _name(seen, f) == name and _shared(finding, f) >= TOGETHER.value]
        if fitting:
            joined[id(finding)] = max(fitting, key=lambda f: (_shared(finding, f), f.confidence))
    return joined


def _is_here(address: str | None, here: set[str]) -> bool:
    """Whether an address is this machine's own."""
    if not address:
        return False
    return ip_address(address.partition("%")[0]).is_loopback or address in here


def _name(seen: Observations, finding: Finding) -> str | None:
    """The name a finding's wait was about."""
    flow = next((f for f in seen.flows if f.id == finding.flow_id), None) if finding.flow_id is not None else None
    name = flow.host if flow is not None else finding.quantities.get("name")
    return name.lower().rstrip(".") if name else None


def _shared(helper: Finding, upstream: Finding) -> float:
    """How much of the helper's silence lies within the upstream's, 0 to 1."""
    both = min(helper.end_ns, upstream.end_ns) - max(helper.start_ns, upstream.start_ns)
    return max(both, 0) / max(helper.end_ns - helper.start_ns, 1)


def behind(finding: Finding, findings: list[Finding], joined: dict[int, Finding]) -> Finding:
    """``finding`` with the helper through which the command met it as its culprit's ``via``."""
    helper = next((f.culprit for f in findings if joined.get(id(f)) is finding), None)
    if helper is None or finding.culprit.via is not None:
        return finding
    return replace(finding, culprit=replace(finding.culprit, via=Culprit(helper.role, helper.host, helper.address)))
