"""Helpers on this machine (a stub resolver, a local proxy) act for the command: their silence is blamed where it lies.

What the command asks of a helper and what the helper asks of the network are different flows. Where both were captured
and both wait for the same name at the same time, the helper is silent because its upstream is.
"""

import functools
from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace
from ipaddress import ip_address

from netanalyze.causes.case import Case
from netanalyze.findings import Culprit, Finding, Threshold
from netanalyze.flows.rows import clients
from netanalyze.flows.screen import odd, plain

TOGETHER = Threshold(
    0.5, "", source="chosen here: a helper asks at once and waits as long as it is asked, or tries again meanwhile",
    why="so much of the helper's silence at least must be its upstream's",
)  # fmt: skip

NEAREST = 32
"""So many of the upstream's silences before and after a helper's own are held against it: more of one name at one time are
nobody's that helps a command."""


def on_behalf(case: Case, findings: list[Finding]) -> dict[int, Finding]:
    """The findings that blame a helper on this machine, by ``id``, each with the finding about its upstream."""
    here = clients(case.flows) | {x.client for x in odd(case.lookups)} | set(plain(case.lookups).client.there())
    helpers = [f for f in findings if f.fatal and _is_here(f.culprit.address, here)]
    if not helpers:
        return {}
    upstream = [f for f in findings if f.fatal and f.culprit.address and not _is_here(f.culprit.address, here)]
    by_name: dict[str | None, list[Finding]] = defaultdict(list)
    for finding in sorted(upstream, key=_start):
        by_name[_name(case, finding)].append(finding)
    joined = {}
    for finding in helpers:
        name = _name(case, finding)
        ones = by_name.get(name, []) if name else []
        at = bisect_left(ones, finding.start_ns, key=_start)
        fitting = [f for f in ones[max(at - NEAREST, 0) : at + NEAREST] if _shared(finding, f) >= TOGETHER.value]
        if fitting:
            joined[id(finding)] = max(fitting, key=lambda f: (_shared(finding, f), f.confidence))
    return joined


def _start(finding: Finding) -> int:
    return finding.start_ns


def _is_here(address: str | None, here: set[str]) -> bool:
    """Whether an address is this machine's own."""
    if not address:
        return False
    return address in here or _is_loopback(address)


@functools.lru_cache(maxsize=4096)
def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return address == "localhost"  # as a command printed it


def _name(case: Case, finding: Finding) -> str | None:
    """The name a finding's wait was about."""
    flow = case.index.flows.get(finding.flow_id)
    name = flow.host if flow is not None else finding.quantities.get("name")
    return name.lower().rstrip(".") if name else None


def _shared(helper: Finding, upstream: Finding) -> float:
    """How much of the helper's silence lies within the upstream's, 0 to 1."""
    both = min(helper.end_ns, upstream.end_ns) - max(helper.start_ns, upstream.start_ns)
    return max(both, 0) / max(helper.end_ns - helper.start_ns, 1)


def agents(findings: list[Finding], joined: dict[int, Finding]) -> dict[int, Culprit]:
    """By ``id`` of a finding, who acted for the command and is first blamed for it."""
    return {id(joined[id(f)]): f.culprit for f in reversed(findings) if id(f) in joined}


def behind(finding: Finding, agents: dict[int, Culprit]) -> Finding:
    """``finding`` with the helper through which the command met it as its culprit's ``via``."""
    helper = agents.get(id(finding))
    if helper is None or finding.culprit.via is not None:
        return finding
    return replace(finding, culprit=replace(finding.culprit, via=Culprit(helper.role, helper.host, helper.address)))
