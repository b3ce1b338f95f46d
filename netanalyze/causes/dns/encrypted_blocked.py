"""Encrypted DNS does not get through, and plain DNS took over late, or nothing did.

What it finds
    Connections to a resolver over TLS (port 853), HTTPS (a server known for
    nothing else) or QUIC that came to nothing: no SYN or Initial answered
    (surer from TIMES, 3 tries, on), refused, or a ClientHello without an
    answer; from the first of them until
    the same client asked in plain DNS, or another encrypted resolver
    answered (PATIENCE, 0.9 s, or longer), or to the end.

Why a program hangs
    Networks that want to see names block port 853 and known DoH servers,
    mostly by dropping. A stub that may fall back does so after its time-outs
    (systemd-resolved's opportunistic mode, Android's automatic mode: seconds,
    again and again); in strict mode no name is found at all.

What to do
    See whether the way is blocked, and plain DNS works:
        nc -vz -w 5 ADDRESS 853
        dig +tries=1 +time=2 @ADDRESS example.org
        sudo resolvectl dnsovertls INTERFACE no      # until it restarts
    Or ask a resolver of this network, or one over HTTPS.

Look-alikes
    tcp/syn-unanswered, tls/client-hello-dropped: to a host that is no
    resolver. dns/resolver-unanswered: plain DNS is not answered either.

Known false alarms
    A device that only tries whether its resolver speaks TLS, and asks in plain
    meanwhile, waits for nothing: such lookups end the wait.

References
    RFC 7858 section 3.1 (port 853); RFC 8310 section 5 (strict and
    opportunistic); RFC 8484; RFC 9250; resolved.conf(5) DNSOverTLS.
"""

from collections import defaultdict
from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_WAY
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.dns._advice import CONTAINER, RESTART_STUB, VAIN
from netanalyze.conversations.dns import Transaction
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.encrypted_dns import DOT_PORT, encrypted_dns
from netanalyze.flows.screen import odd
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/encrypted-blocked",
    meaning="DNS over TLS, HTTPS or QUIC does not get through, and plain DNS took over late, or nothing did.",
    headline="DNS over {protocol} to {place} does not get through.",
    guarded_by="dial",
    silent=True,
    explains_connect=True,
    owns_retries=True,
    without_packets=True,
    fits=("dns-timeout", "dns-unresolved", "dial-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    0.9, "s", source="RFC 6298 section 2.1: a SYN is repeated after 1 s; RFC 9002 section 6.2.2: so is an Initial",
    why="what gets through has answered by then",
)  # fmt: skip
TIMES = Threshold(
    3, "tries", source="Linux tcp_syn_linear_timeouts: SYNs at 0, 1, 2 s", why="three are not lost by chance"
)
REPEATED = Proved(
    0.9, "three tries and more, of which nothing came back", Basis.FRAMES,
    "whether the path or the resolver drops them, they do not say",
)  # fmt: skip
TRIED = Proved(0.75, "a try of which nothing came back", Basis.FRAMES, "one or two packets may be lost by chance")
FULFILLED = Missing(
    "the client had asked in plain DNS before", Basis.FRAMES, "then perhaps nobody waited for it", at_most=0.6
)
NO_PLAIN_DNS = Missing(
    "any plain DNS of that client", Basis.FRAMES,
    "an extract, or a capture begun later, does not show whether it took over at once (RFC 8310 section 5: opportunistic)",
    at_most=0.75,
)  # fmt: skip
NAMES = {"dot": "TLS", "doh": "HTTPS", "doq": "QUIC"}


def check(case: Case) -> Iterator[Finding]:
    """Encrypted resolvers that one client tried in vain, until something else answered, or to the end."""
    by_client: dict[str, list[tuple[Flow, str]]] = {}
    working: dict[str, list[int]] = {}
    for flow in odd(case.everything):
        kind = "dot" if flow.is_tcp and flow.server.port == DOT_PORT else encrypted_dns(flow)
        if kind is None:
            continue
        if flow.server.sent_data or (not flow.is_tcp and flow.server.packets):
            working.setdefault(flow.client.address, []).append(flow.first_ns)
        elif not flow.is_tcp or (flow.seen_from_start and (flow.client.sent_data or outcome(flow) != "connected")):
            by_client.setdefault(flow.client.address, []).append((flow, kind))
    plain: dict[str, list[Transaction]] = defaultdict(list)
    for transaction in case.transactions if by_client else ():
        if transaction.query_frame:
            plain[transaction.client].append(transaction)
    for client, tried in by_client.items():
        first, kind = tried[0]
        later = [t for t in plain[client] if t.query_ns >= first.first_ns]
        soonest = min(later, key=lambda t: t.query_ns, default=None)
        moments = [ns for ns in working.get(client, ()) if ns > first.first_ns]
        instead = min([*moments, *(t.query_ns for t in later)], default=None)
        mine = [f for f, _ in tried if instead is None or f.first_ns <= instead]
        end = max(case.end_ns, mine[-1].last_ns) if instead is None else instead
        if end - first.first_ns < PATIENCE.ns or (instead is None and mine[-1].last_ns - first.first_ns < PATIENCE.ns):
            continue
        tries = sum(f.client.syn_count if f.is_tcp else f.client.packets for f in mine)
        last = mine[-1]
        silent = not (last.icmp or last.server.rst_count or last.server.fin_frame)
        taken_over = soonest if soonest is not None and soonest.query_ns == instead else None
        say = saying(protocol=NAMES[kind], resolver=first.server.address, port=first.server.port, count=tries,
                     time=duration(end - first.first_ns))  # fmt: skip
        yield CAUSE.finding(
            Culprit("path", first.host, first.server.address, first.server.port),
            (first.first_ns, end),
            say("DNS over {protocol} to {resolver}:{port} was tried {count} times in {time}, then plain DNS took over")
            if taken_over is not None
            else say("DNS over {protocol} to {resolver}:{port} was tried {count} times in vain for {time}"),
            frames(
                (first.first_frame, say("to {resolver}:{port}, DNS over {protocol}")),
                (last.client.last_frame, say("the last of {count} tries: no answer") if silent else "the last try"),
                (last.server.rst_frame or last.server.fin_frame, "turned away"),
                (taken_over.query_frame if taken_over is not None else 0, "plain DNS instead"),
            ),
            confidence(
                TRIED, REPEATED.when(tries >= TIMES.value), FULFILLED.when(len(later) < len(plain[client])),
                NO_PLAIN_DNS.when(not plain[client]),
            ),
            fatal=instead is None,
            also_flows=tuple(f.id for f in mine),
            quantities={"tries": tries} | ({"fallback": seconds(end - first.first_ns)} if instead is not None else {}),
            attributes={"protocol": NAMES[kind], "fallback": "none" if instead is None else "plain" if later else "encrypted"},
        )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("path: it blocks encrypted DNS; plain DNS passes", None, "fallback=plain"),
        "path or resolver: encrypted DNS does not get through",
    ),
    fix=offers(
        Offer("Ask in plain, until it restarts", "sudo resolvectl dnsovertls {interface} no"),
        "Ask in plain, or over HTTPS in place of port 853",
        "Or ask the resolver of this network (DHCP names it)",
        ANOTHER_WAY,
        RESTART_STUB,
        CONTAINER,
    ),
    verify=commands(Offer("", "nc -vz -w 5 {address} {port}"), "dig +tries=1 +time=2 example.org"),
    no_use=VAIN,
)
