"""The name that was needed does not exist (NXDOMAIN).

What it finds
    NXDOMAIN for a name that is no step of a search list, and no longer form of
    the name was found either.

Why a program hangs
    It fails at once ("no such host") and does not wait. It seems to hang where
    a command tries again, or goes on to another host that is dead.

What to do
    Look for a slip in the name, then for a resolver that should know it:
        go env GOPROXY GOSUMDB GONOPROXY GOPRIVATE; git remote -v
        dig NAME; dig @1.1.1.1 NAME; getent hosts NAME
    An inner name needs the VPN's resolver. If getent knows it and dig does not,
    it stands in /etc/hosts or comes from a module of nsswitch, which go does
    not ask: it reads files and DNS.

Look-alikes
    dns/search-list-walk: the missing names are suffixes tried first.
    dns/no-address: the name exists. dns/refused and dns/server-failure: the
    resolver did not say that it does not exist.

Known false alarms
    A name that a program only tries (a browser's test for a forging resolver;
    wpad, isatap, names of services, of addresses and on block lists are left
    out), a name without a dot behind all work (the own machine's: no failure),
    and names of other programs in a capture of the whole machine.

References
    RFC 2308 section 2.1 (NXDOMAIN); RFC 8020; Go 1.27 net/dnsclient_unix.go
    (errNoSuchHost ends the asking), net/conf.go (which sources are used).
"""

import functools
from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, DNS_CHECK, WAITING
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE
from netanalyze.causes.dns._names import NAME_CUT, name_cut
from netanalyze.findings import Finding, frames
from netanalyze.flows.names.lookups import NXDOMAIN, Lookup
from netanalyze.flows.names.probing import only_tried
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/name-not-found",
    meaning="A name that was needed does not exist (NXDOMAIN).",
    headline="The name {name} does not exist.",
    variants={When.ONLY_LIKELY: "The name {name} is not resolved: it may not exist."},
    unnamed={"name": "it asked for"},
    answered=True,
    fits=("dns-unresolved", "dns-no-such-host"),
)

LINK_LOCAL, MULTICAST_DNS = ".local", 5353
"""Names that hosts answer for themselves, by multicast (RFC 6762 section 3); some systems ask their resolver first."""
NXDOMAIN_ANSWERED = Proved(
    0.9, "the resolver answers NXDOMAIN, and no other form of the name has an address", Basis.FRAMES,
    "the resolver says so; another one, or one behind a VPN, may know the name",
)  # fmt: skip
WALK_UNFINISHED = Missing(
    "the rest of a search list: other names were asked for with this suffix first, and then as they are", Basis.FRAMES,
    "what was asked for next is not in the capture, and may have been answered", at_most=0.6,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """NXDOMAIN for the address of a name that is no step of a search list and not only tried, and of no other form."""
    suffixes, on_link = _suffixes(case), functools.cache(functools.partial(_answered_on_link, case))
    for lookup in odd(case.lookups):
        absent = [t for t in lookup.transactions if t.answered and t.rcode == NXDOMAIN]
        if not absent or lookup.addresses or id(lookup) in case.index.steps or only_tried(lookup):
            continue
        if case.index.resolved_with_suffix(lookup.name):
            continue  # the search list found it
        if lookup.name.endswith(LINK_LOCAL) and on_link().get(lookup.name, NEVER_NS) >= lookup.start_ns:
            continue  # the resolver is not whom to ask
        say = saying(name=lookup.name, resolver=absent[0].resolver)
        yield CAUSE.finding(
            case.resolver(absent[0].resolver), (lookup.start_ns, max(lookup.end_ns, absent[-1].response_ns)),
            say("{name} does not exist, says {resolver}"),
            frames(
                (absent[0].query_frame, say("query for {name} to {resolver}")),
                (absent[0].response_frame, "answered NXDOMAIN: no such name"),
            ),
            confidence(
                NXDOMAIN_ANSWERED, NAME_CUT.when(name_cut(lookup)),
                WALK_UNFINISHED.when(suffixes and suffixes & _ends(lookup.name)),
            ),
            fatal=not _own_name(case, lookup), quantities={"name": lookup.name},
        )  # fmt: skip


def _answered_on_link(case: Case) -> dict[str, int]:
    """By name, when it was last asked for by multicast, of those behind whose question an address was told there: whose it is,
    an answer need not repeat (RFC 6762 section 6)."""
    asked: dict[str, int] = {}
    answered = NEVER_NS
    for flow in odd(case.everything):
        if flow.is_tcp or MULTICAST_DNS not in (flow.client.port, flow.server.port):
            continue
        for one in flow.dns:
            if one.query_frame:
                asked[one.key] = max(asked.get(one.key, NEVER_NS), one.last_query_ns)
            if one.answers:
                answered = max(answered, one.response_ns)
    return {name: ns for name, ns in asked.items() if ns <= answered}


def _suffixes(case: Case) -> set[str]:
    """The suffixes with which names were tried that were then asked for as they are."""
    steps = case.index.steps
    if not steps:
        return set()
    tried = ((lookup.name, steps[id(lookup)].name) for lookup in odd(case.lookups) if id(lookup) in steps)
    return {name[len(meant) + 1 :] for name, meant in tried}


def _ends(name: str) -> set[str]:
    """What a name ends with, behind each of its dots."""
    labels = name.split(".")
    return {".".join(labels[at:]) for at in range(1, len(labels))}


def _own_name(case: Case, lookup: Lookup) -> bool:
    """Whether it is a name without a dot that is asked for when the work is done: git and others look up the name of the
    machine they run on, for an address to write down."""
    return "." not in lookup.name and ((first := case.index.first_spoken_ns) is not None and first < lookup.start_ns)


ADVICE = Page(
    where=offers("the name, or the resolver that does not know it; not the path"),
    fix=offers(
        Offer("Look for a slip in the host's name", "go env GOPROXY GOSUMDB GOPRIVATE", "go"),
        Offer("Look for a slip in the host's name", "git remote -v", "git"),
        Offer("Look for a slip in the host's name", "pip config list", "pip"),
        Offer("Look for a slip in the host's name", "npm config get registry", "npm"),
        Offer("Look for a slip in the host's name", None, "!go !git !pip !npm"),
        Offer(
            "Private? Past proxies (no checksum database), this run",
            "GOPRIVATE={host} {again}",
            "go to=vcs-host|to=vanity-host !public !private-set",
            scope=RUN,
        ),
        COMPARE,
        Offer("An inner name: connect the VPN, use its resolver"),
    ),
    verify=DNS_CHECK,
    no_use=offers(CLEAN_CACHE, WAITING, Offer("asking again and again", None, "!go")),
)
