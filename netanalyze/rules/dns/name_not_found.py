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

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import NXDOMAIN, Lookup
from netanalyze.flows.probing import only_tried
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """NXDOMAIN for the address of a name that is no step of a search list and not only tried, and of no other form."""
    steps = search_steps(seen.lookups)
    for lookup in seen.lookups:
        absent = [t for t in lookup.transactions if t.answered and t.rcode == NXDOMAIN]
        if not absent or lookup.addresses or id(lookup) in steps or only_tried(lookup):
            continue
        if any(other.addresses and other.name.startswith(lookup.name + ".") for other in seen.lookups):
            continue  # the search list found it
        yield Finding(
            cause="dns/name-not-found",
            culprit=seen.resolver(absent[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, absent[-1].response_ns),
            message=message("{name} does not exist, says {resolver}", name=lookup.name, resolver=absent[0].resolver),
            evidence=frames(
                (
                    absent[0].query_frame,
                    message("query for {name} to {resolver}", name=lookup.name, resolver=absent[0].resolver),
                ),
                (absent[0].response_frame, "answered NXDOMAIN: no such name"),
            ),
            confidence=0.9,
            fatal=not _own_name(seen, lookup),
            quantities={"name": lookup.name},
        )


def _own_name(seen: Observations, lookup: Lookup) -> bool:
    """Whether it is a name without a dot that is asked for when the work is done: git and others look up the name of the
    machine they run on, for an address to write down."""
    return "." not in lookup.name and any(f.server.sent_data and f.first_ns < lookup.start_ns for f in seen.flows)
