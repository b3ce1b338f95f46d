"""Suffix after suffix of the search list is tried before the name itself.

What it finds
    WASTED (2) or more lookups of the name with a suffix, each without an
    address, before the name that was meant was asked for. The wait is from the
    first of them to the real question.

Why a program hangs
    A name with fewer dots than ndots is first tried with every suffix, each for
    A and AAAA. With ndots:5 and three suffixes that is six queries for nothing
    at every new connection. Where a suffix is not answered at all, that is the
    resolver's silence, and counts as such.

What to do
    See the list, and let the name itself go first:
        grep -E '^(search|options)' /etc/resolv.conf
    Set "options ndots:1"; in Kubernetes dnsConfig.options with ndots 1 in the
    pod; or write the host with a final dot where the setting allows it.

Look-alikes
    dns/name-not-found: the name itself does not exist. dns/answer-slow and
    dns/resolver-unanswered: one question waits, not many.
    dns/one-family-unanswered: one of the walk's steps waits for AAAA; what that
    silence costs is not the walk's. dns/answer-lost: the same name is repeated.

Known false alarms
    A short name that really is meant to be found by a suffix and was found by a
    late one (then the names before it are not wasted by mistake).

References
    resolv.conf(5), search and ndots; Go 1.27 net/dnsclient_unix.go (nameList);
    Kubernetes: ndots:5 in the pod's resolv.conf by default.
"""

from collections import defaultdict
from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.screen import odd, of_names
from netanalyze.tracking.copies import TWICE_NS
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/search-list-walk",
    meaning="The name was tried with one search suffix after the other before it was tried as it is.",
    headline="Search suffixes are tried before the name that was meant.",
    spans_hosts=True,
)

WASTED = Threshold(
    2, "lookups",
    source="resolv.conf(5): with ndots:1 and one search domain at most one lookup is wasted",
    why="two suffixes or more before the name itself take a larger ndots (Kubernetes sets ndots:5)",
)  # fmt: skip
SUFFIXES_FIRST = Proved(
    0.9, "the name is asked with two suffixes or more before it is asked as it is", Basis.FRAMES,
    "the names and their order stand in the queries; who set the list they do not say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """At least WASTED steps of a search list before the name that was meant was asked for."""
    steps = case.index.steps
    meant = {id(m): m for m in steps.values()}
    walks: dict[int, list[Lookup]] = defaultdict(list)
    first_asked: dict[tuple[str, str], int] = {}
    for x in odd(case.lookups) if meant else ():
        if id(x) in steps and x.start_ns <= steps[id(x)].start_ns:
            walks[id(steps[id(x)])].append(x)
    for x in of_names(case.lookups, {target.name for target in meant.values()}) if meant else ():
        first_asked[x.name, x.client] = min(x.start_ns, first_asked.get((x.name, x.client), x.start_ns))
    for target in meant.values():
        walk, end = _answered(walks[id(target)], target)
        if len({s.name for s in walk}) < WASTED.value:
            continue  # one suffix, tried for each of several lookups, or a question without an answer
        if first_asked[target.name, target.client] < walk[0].start_ns:
            continue  # the name itself was asked for first
        say = saying(number=len(walk), name=target.name, time=duration(end - walk[0].start_ns))
        first = message("first of {number} lookups with a suffix: {name}", number=len(walk), name=walk[0].name)
        yield CAUSE.finding(
            case.resolver(walk[0].resolvers[0]), (walk[0].start_ns, end),
            say("{number} names with a search suffix were tried before {name} ({time})"),
            frames((walk[0].first_frame, first), (target.first_frame, say("only then {name} itself"))),
            confidence(SUFFIXES_FIRST), quantities={"wasted": len(walk), "name": target.name},
        )  # fmt: skip


def _answered(walk: list[Lookup], target: Lookup) -> tuple[list[Lookup], int]:
    """The steps up to the first that waited for an answer that did not come, and when the last of these was over: what that
    silence costs is not the list's doing, for the name itself would have met it as well."""
    for at, step in enumerate(walk):
        if step.unanswered or any(one.last_query_ns - one.query_ns > TWICE_NS for one in step.transactions):
            return walk[:at], step.start_ns
    return walk, target.start_ns


ADVICE = Page(
    where=offers("this machine's search list; the resolver does as it is asked"),
    fix=offers(
        Offer("See list and ndots", "grep -E '^(search|options)' /etc/resolv.conf"),
        Offer("Try the name itself first", "echo 'options ndots:1' | sudo tee -a /etc/resolv.conf"),
        Offer("In Kubernetes: dnsConfig ndots 1, or NodeLocal DNS"),
    ),
    verify=commands("grep -E '^(search|options)' /etc/resolv.conf"),
    no_use=offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), Offer("another server", None, "!go")),
)
