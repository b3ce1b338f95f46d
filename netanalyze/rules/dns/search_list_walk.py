"""Suffix after suffix of the search list is tried before the name itself.

What it finds
    WASTED (2) or more lookups of the name with a suffix, each without an
    address, before the name that was meant was asked for. The wait is from the
    first of them to the real question.

Why a program hangs
    A name with fewer dots than ndots is first tried with every suffix, each for
    A and AAAA. With ndots:5 and three suffixes that is six queries for nothing
    at every new connection; where a suffix is not answered, each step costs 10
    s.

What to do
    See the list, and let the name itself go first:
        grep -E '^(search|options)' /etc/resolv.conf
    Set "options ndots:1"; in Kubernetes dnsConfig.options with ndots 1 in the
    pod; or write the host with a final dot where the setting allows it.

Look-alikes
    dns/name-not-found: the name itself does not exist. dns/answer-slow and
    dns/resolver-unanswered: one question waits, not many. dns/answer-lost: the
    same name is repeated.

Known false alarms
    A short name that really is meant to be found by a suffix and was found by a
    late one (then the names before it are not wasted by mistake).

References
    resolv.conf(5), search and ndots; Go 1.27 net/dnsclient_unix.go (nameList);
    Kubernetes: ndots:5 in the pod's resolv.conf by default.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

WASTED = Threshold(
    2, "lookups",
    source="resolv.conf(5): with ndots:1 and one search domain at most one lookup is wasted",
    why="two suffixes or more before the name itself take a larger ndots (Kubernetes sets ndots:5)",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """At least WASTED steps of a search list before the name that was meant was asked for."""
    steps = search_steps(seen.lookups)
    meant = {id(m): m for m in steps.values()}
    for target in meant.values():
        mine = [s for s in seen.lookups if steps.get(id(s)) is target and s.start_ns <= target.start_ns]
        if len({s.name for s in mine}) < WASTED.value:
            continue  # one suffix, tried for each of several lookups
        bare = min(x.start_ns for x in seen.lookups if x.name == target.name and x.client == target.client)
        if bare < mine[0].start_ns:
            continue  # the name itself was asked for first
        lost = target.start_ns - mine[0].start_ns
        yield Finding(
            cause="dns/search-list-walk",
            culprit=seen.resolver(mine[0].resolvers[0]),
            start_ns=mine[0].start_ns,
            end_ns=target.start_ns,
            message=message(
                "{number} names with a search suffix were tried before {name} ({time})",
                number=len(mine),
                name=target.name,
                time=duration(lost),
            ),
            evidence=frames(
                (
                    mine[0].first_frame,
                    message("first of {number} lookups with a suffix: {name}", number=len(mine), name=mine[0].name),
                ),
                (target.first_frame, message("only then {name} itself", name=target.name)),
            ),
            confidence=0.9,
            quantities={"wasted": len(mine), "name": target.name},
        )
