"""Dials that nobody answers and queries that stay open, as their sockets show them."""

from collections.abc import Iterator

from netanalyze.diagnosis.sockets.shared import (
    PATIENCE,
    RESOLVER_PORT,
    SHARE,
    cite,
    ended_well,
    environment_of,
    server_of,
    within,
)
from netanalyze.findings import Alternative, Culprit, Evidence, Finding, Threshold
from netanalyze.rules import Observations
from netanalyze.sockets import SYN_SENT, TCP, UDP, SocketHistory
from netanalyze.units import SECOND_NS, duration
from netanalyze.wording import counted, message

LOOKUP_PATIENCE = Threshold(
    4.5, "s", source="Go 1.27 net/dnsclient_unix.go, glibc resolv.conf(5): a query is given up after 5 s; limit chosen here",
    why="a socket towards a resolver that is open for so long waits for an answer: one that answers is left at once",
)  # fmt: skip


def dials(seen: Observations, histories: list[SocketHistory]) -> Iterator[Finding]:
    """Addresses towards which a socket stood in SYN-SENT for PATIENCE, by port: a dial of one host, as far as can be told."""
    tcp = [h for h in histories if h.transport == TCP and h.remote_port != RESOLVER_PORT]
    silent = [h for h in tcp if h.waiting.state == SYN_SENT]
    for port in dict.fromkeys(h.remote_port for h in silent):
        ones = [h for h in silent if h.remote_port == port]
        start = within(seen, min(_dialled_ns(h) for h in ones))
        end = max(h.last.time_ns for h in ones)
        if end - start < PATIENCE.ns or not any(h.last.retransmits for h in ones):
            continue
        instead = [
            h for h in tcp
            if h.remote_port == port and h.waiting.state != SYN_SENT and h.first.time_ns > ones[0].first.time_ns
            and h.remote not in {x.remote for x in ones}
        ]  # fmt: skip
        addresses = list(dict.fromkeys(h.remote for h in ones))
        worked = bool(instead) or ended_well(seen)  # what took its place may have been too short to be seen
        sixes = all(":" in address for address in addresses) and not any(":" in h.remote for h in instead)
        cause = "tcp/syn-unanswered" if not worked else "tcp/ipv6-fallback" if sixes else "tcp/one-address-dead"
        local = Alternative(
            "local/egress-dropped",
            "a packet filter of this machine would look the same to a socket",
            f"nc -vz -w3 {addresses[0]} {port}",
        )
        yield Finding(
            cause=cause,
            culprit=server_of(seen, ones[0]),
            start_ns=start,
            end_ns=end,
            message=message(
                "the dial of {addresses}:{port} stood for {time}, its SYN repeated",
                addresses=", ".join(addresses[:3]),
                port=port,
                time=duration(end - start),
            ),
            evidence=tuple(e for h in ones[:4] for e in cite(h, "SYN-SENT")),
            confidence=0.9 * SHARE,
            fatal=not worked,
            quantities={"addresses": len(addresses)},
            alternatives=(local,),
        )


def _dialled_ns(history: SocketHistory) -> int:
    """When a dial began: the first look, less what its repeats must have taken before: a second each, then doubled
    (RFC 6298; ip-sysctl: tcp_syn_linear_timeouts)."""
    first = history.first
    steady = max(first.retransmits - first.backoff, 0)
    return first.time_ns - (steady + (1 << min(first.backoff, 6)) - 1) * SECOND_NS


def lookups(seen: Observations, histories: list[SocketHistory]) -> Iterator[Finding]:
    """Resolvers towards which sockets stayed open for as long as a query is waited for."""
    asked = [h for h in histories if h.transport == UDP and h.remote_port == RESOLVER_PORT]
    waits = [h for h in asked if h.last.time_ns - h.first.time_ns >= LOOKUP_PATIENCE.ns]
    for resolver in dict.fromkeys(h.remote for h in waits):
        ones = [h for h in waits if h.remote == resolver]
        start, end = ones[0].first.time_ns, ones[-1].last.time_ns
        answered = [h for h in asked if h.gone and h not in waits and h.last.time_ns < seen.end_ns - SECOND_NS]
        quick = [h for h in answered if h.remote == resolver]
        others = [h for h in answered if h.remote != resolver]
        configured = environment_of(seen).get("resolvers")
        first = isinstance(configured, list) and len(configured) > 1 and configured[0] == resolver
        worked = bool(others) or (ended_well(seen) and first)
        if (quick or ended_well(seen)) and not worked:
            continue  # it answers some: which, packets would show
        count = len(ones)
        yield Finding(
            cause="dns/first-resolver-dead" if worked else "dns/resolver-unanswered",
            culprit=Culprit("resolver", None, resolver, RESOLVER_PORT),
            start_ns=within(seen, start),
            end_ns=end,
            message=counted(
                count,
                "{number} query to {resolver} stayed open for {time}",
                "{number} queries to {resolver} stayed open for {time} each",
                resolver=resolver,
                time=duration(sum(h.last.time_ns - h.first.time_ns for h in ones) // count),
            ),
            evidence=tuple(
                Evidence(h.name, message("open for {time}", time=duration(h.last.time_ns - h.first.time_ns)), "socket")
                for h in ones[:4]
            ),
            confidence=0.9 * SHARE if count > 1 else 0.8 * SHARE,
            fatal=not worked,
            quantities={"queries": count},
            alternatives=(
                Alternative(
                    "dns/answer-lost",
                    "a socket shows that no answer was taken, not where it was lost",
                    f"dig +tries=1 +time=3 @{resolver} proxy.golang.org",
                ),
            ),
        )
