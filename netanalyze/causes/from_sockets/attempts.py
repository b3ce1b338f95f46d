"""Dials that nobody answers and queries that stay open, as their sockets show them."""

from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.shared import (
    ONLY_SOCKETS,
    PATIENCE,
    RESOLVER_PORT,
    cite,
    ends_of,
    server_of,
    within,
)
from netanalyze.findings import Alternative, Culprit, Evidence, Finding, Threshold
from netanalyze.paste import command
from netanalyze.sockets import SYN_SENT, TCP, UDP, SocketHistory
from netanalyze.units import SECOND_NS, duration
from netanalyze.urls import authority
from netanalyze.wording import counted, message, saying

LOOKUP_PATIENCE = Threshold(
    4.5, "s", source="Go 1.27 net/dnsclient_unix.go, glibc resolv.conf(5): a query is given up after 5 s; limit chosen here",
    why="a socket towards a resolver that is open for so long waits for an answer: one that answers is left at once",
)  # fmt: skip
DIALLED_IN_VAIN = Proved(
    0.9,
    "a socket stands in SYN-SENT for 2.5 s or longer, its SYN repeated",
    Basis.LAB,
    "a filter here would look the same",
)
QUERY_OPEN = Proved(
    0.8, "a socket towards a resolver stays open for as long as a query is waited for", Basis.LAB,
    "one answer may be lost by chance",
)  # fmt: skip
QUERIES_OPEN = Proved(0.9, "two or more such sockets", Basis.LAB, "no chance loses so many; where, is open")


def dials(case: Case, histories: list[SocketHistory]) -> Iterator[Finding]:
    """Addresses towards which a socket stood in SYN-SENT for PATIENCE, by port: a dial of one host, as far as can be told."""
    tcp = [h for h in histories if h.transport == TCP and h.remote_port != RESOLVER_PORT]
    silent = [h for h in tcp if h.waiting.state == SYN_SENT]
    for port in dict.fromkeys(h.remote_port for h in silent):
        ones = [h for h in silent if h.remote_port == port]
        start = within(case, min(_dialled_ns(h) for h in ones))
        end = max(h.last.time_ns for h in ones)
        if end - start < PATIENCE.ns or not any(h.last.retransmits for h in ones):
            continue
        instead = [
            h for h in tcp
            if h.remote_port == port and h.waiting.state != SYN_SENT and h.first.time_ns > ones[0].first.time_ns
            and h.remote not in {x.remote for x in ones}
        ]  # fmt: skip
        addresses = list(dict.fromkeys(h.remote for h in ones))
        worked = bool(instead) or case.ended_well  # what took its place may have been too short to be seen
        sixes = all(":" in address for address in addresses) and not any(":" in h.remote for h in instead)
        cause = "tcp/syn-unanswered" if not worked else "tcp/ipv6-fallback" if sixes else "tcp/one-address-dead"
        local = Alternative(
            "local/egress-dropped",
            "a packet filter of this machine would look the same to a socket",
            command("nc -vz -w3 {address} {port}", address=addresses[0], port=port),
        )
        say = saying(
            places=", ".join(authority(address, port) for address in addresses[:3]), time=duration(end - start)
        )
        yield cause_of(cause).finding(
            server_of(case, ones[0]),
            (start, end),
            say("the dial of {places} stood for {time}, its SYN repeated"),
            tuple(e for h in ones[:4] for e in cite(h, "SYN-SENT")),
            confidence(DIALLED_IN_VAIN, ONLY_SOCKETS),
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


def lookups(case: Case, histories: list[SocketHistory]) -> Iterator[Finding]:
    """Resolvers towards which sockets stayed open for as long as a query is waited for."""
    asked = [h for h in histories if h.transport == UDP and h.remote_port == RESOLVER_PORT]
    waits = [h for h in asked if _open_ns(h) >= LOOKUP_PATIENCE.ns]
    for resolver in dict.fromkeys(h.remote for h in waits):
        ones = [h for h in waits if h.remote == resolver]
        start, end = ones[0].first.time_ns, ones[-1].last.time_ns
        answered = [h for h in asked if h.gone and h not in waits and h.last.time_ns < case.end_ns - SECOND_NS]
        quick = [h for h in answered if h.remote == resolver]
        others = [h for h in answered if h.remote != resolver]
        configured = case.environment.get("resolvers")
        first = isinstance(configured, list) and len(configured) > 1 and configured[0] == resolver
        worked = bool(others) or (case.ended_well and first)
        if (quick or case.ended_well) and not worked:
            continue  # it answers some: which, packets would show
        count = len(ones)
        lost = Alternative(
            "dns/answer-lost", "a socket shows that no answer was taken, not where it was lost",
            command("dig +tries=1 +time=3 @{resolver} proxy.golang.org", resolver=resolver),
        )  # fmt: skip
        yield cause_of("dns/first-resolver-dead" if worked else "dns/resolver-unanswered").finding(
            Culprit("resolver", None, resolver, RESOLVER_PORT),
            (within(case, start), end),
            counted(
                count,
                "{number} query to {resolver} stayed open for {time}",
                "{number} queries to {resolver} stayed open for {time} each",
                resolver=resolver, time=duration(sum(_open_ns(h) for h in ones) // count),
            ),
            tuple(
                Evidence(ends_of(h), message("open for {time}", time=duration(_open_ns(h))), "socket") for h in ones[:4]
            ),
            confidence(QUERY_OPEN, QUERIES_OPEN.when(count > 1), ONLY_SOCKETS),
            fatal=not worked,
            quantities={"queries": count},
            alternatives=(lost,),
        )  # fmt: skip


def _open_ns(history: SocketHistory) -> int:
    """For how long a socket was seen."""
    return history.last.time_ns - history.first.time_ns
