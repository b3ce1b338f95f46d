"""One of A and AAAA is answered, the other never, and the client waits for both.

What it finds
    A lookup of A and AAAA of which one got NOERROR or NXDOMAIN, the other nothing, from
    the same resolver, while the client waited PATIENCE (1 s) or longer after
    the answer it had.

Why a program hangs
    Go's resolver wants both families before it connects. The silent one is
    asked for 5 s, twice: the SYN leaves exactly 10 s after an answer that took
    a millisecond, at every new connection.

What to do
    See which type is dropped, and replace what drops it:
        dig +tries=1 +time=2 @RESOLVER NAME A
        dig +tries=1 +time=2 @RESOLVER NAME AAAA
    Meanwhile: "options timeout:1" in /etc/resolv.conf, or the host in
    /etc/hosts. Turning IPv6 off does not help, AAAA is asked all the same, and
    no GODEBUG setting skips it.

Look-alikes
    dns/resolver-unanswered: neither is answered. dns/answer-lost: the repeat is
    answered. dns/edns-dropped: both types fail, plain queries do not.

Known false alarms
    With two resolvers in turn, a silence of each to another type may be two
    losses. Waits that the run's end cut short are counted to that end.

References
    Go 1.27 net/dnsclient_unix.go, goLookupIPCNAMEOrder (both types awaited);
    RFC 8305 section 3 (50 ms would do); RFC 4074 section 4.1 (servers that
    ignore AAAA); measured: 10.06 s.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import NOERROR, NXDOMAIN
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wire.message.dns import AAAA, A, type_name
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1, "s",
    source="RFC 8305 section 3: 50 ms are enough to wait for the other family; resolv.conf(5): 5 s",
    why="a client that still waits after a second waits for its resolver's time-out",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup of A and AAAA of which one was answered and the other never, by the same resolver."""
    for lookup in seen.lookups:
        families = lookup.families
        if A not in families or AAAA not in families:
            continue
        for silent, other in ((AAAA, A), (A, AAAA)):
            good = [t for t in families[other] if t.answered and t.rcode in (NOERROR, NXDOMAIN)]
            mute = families[silent]
            if not good or any(t.answered or t.rejected_by_frame for t in mute):
                continue
            known = min(good, key=lambda t: t.response_ns)
            if all(t.resolver != known.resolver for t in mute):
                continue
            start = max(known.response_ns, lookup.start_ns)
            if lookup.end_ns - start < PATIENCE.ns:
                continue
            name = type_name(silent)
            yield Finding(
                cause="dns/one-family-unanswered",
                culprit=seen.resolver(known.resolver),
                start_ns=start,
                end_ns=lookup.end_ns,
                message=message(
                    "{resolver} answered {known} for {name} after {time} and {silent} never; the client waited {wait} for it",
                    resolver=known.resolver,
                    known=type_name(other),
                    name=lookup.name,
                    time=duration(known.response_ns - known.query_ns),
                    silent=name,
                    wait=duration(lookup.end_ns - start),
                ),
                evidence=frames(
                    *sorted(
                        (
                            (
                                known.response_frame,
                                message(
                                    "{family} answered: {addresses}",
                                    family=type_name(other),
                                    addresses=", ".join(known.answers[:2]) or "no address",
                                ),
                            ),
                            (
                                mute[0].query_frame,
                                message("{family} for {name} asked: no answer", family=name, name=lookup.name),
                            ),
                            (
                                mute[-1].last_query_frame,
                                message("{family} asked for the last time: no answer", family=name),
                            ),
                        )
                    )
                ),
                confidence=0.95 if len(mute) > 1 else 0.85,
                fatal=False,
                quantities={"name": lookup.name, "silent": name, "queries": len(mute)},
                attributes={"family": name},
            )
