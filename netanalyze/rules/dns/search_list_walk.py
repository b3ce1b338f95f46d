"""Suffix after suffix of the search list is tried before the name itself."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.units import duration

WASTED = Threshold(
    2, "lookups", source="resolv.conf(5): ndots 1 and one search domain waste at most one lookup",
    why="two or more suffixes tried first are the sign of ndots:5 with a long search list (Kubernetes' default)",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """At least WASTED steps of a search list before the name that was meant was asked for."""
    steps = search_steps(seen.lookups)
    meant = {id(m): m for m in steps.values()}
    for target in meant.values():
        mine = [s for s in seen.lookups if steps.get(id(s)) is target and s.start_ns <= target.start_ns]
        if len(mine) < WASTED.value:
            continue
        lost = target.start_ns - mine[0].start_ns
        yield Finding(
            cause="dns/search-list-walk",
            culprit=seen.resolver(mine[0].resolvers[0]),
            start_ns=mine[0].start_ns,
            end_ns=target.start_ns,
            message=f"{len(mine)} names with a search suffix were tried before {target.name} ({duration(lost)})",
            evidence=frames(
                (mine[0].first_frame, f"first of {len(mine)} lookups with a suffix: {mine[0].name}"),
                (target.first_frame, f"only then {target.name} itself"),
            ),
            confidence=0.9,
            quantities={"wasted": len(mine), "name": target.name},
        )
