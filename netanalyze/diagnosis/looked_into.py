"""The flows whose packets a reader will want to see one by one."""

from collections.abc import Iterable, Sequence

from netanalyze.findings import Finding
from netanalyze.flows.flow import Flow
from netanalyze.result import Verdict

FLOWS_MOST = 12
"""Ladders in one report: who wants more has the capture."""


def looked_into(verdict: Verdict, findings: Sequence[Finding], flows: Iterable[Flow]) -> list[int]:
    """Ids of the flows that findings are about, those of the verdict's first; of a run without findings those that
    lasted longest."""
    root = verdict.finding
    ordered = findings if root is None else [findings[root], *findings]
    wanted = [flow for one in ordered for flow in (one.flow_id, *one.also_flows) if flow is not None]
    if not wanted:
        wanted = [flow.id for flow in sorted(flows, key=lambda one: -one.lasted_ns)[:3]]
    return list(dict.fromkeys(wanted))[:FLOWS_MOST]
