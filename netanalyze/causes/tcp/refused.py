"""A RST answers the SYN: nothing listens there, or something refuses in its name.

What it finds
    A dial in which some address refused and none connected. Port 53 belongs to
    the DNS rules; a client that tried another port of the server at the same
    time, and was served there, lacks nothing (SMB: 445 and 139). If the RST's
    TTL is not that of the server's other packets, that is noted against it.

Why a program hangs
    It does not: "connection refused" comes within a round trip. Retries make it
    look like a hang.

What to do
    Is it the right address and port, and is the service up?
        env | grep -i proxy  # 127.0.0.1 of a proxy gone?
        go env GOPROXY GOSUMDB; nc -vz HOST PORT
        ss -ltn 'sport = :PORT'                        # on the server
    A proxy that is not running is the usual one on developers' machines:
    HTTPS_PROXY= https_proxy= go mod download.

Look-alikes
    tcp/rejected-by-icmp: ICMP says no. tcp/syn-unanswered: silence.
    tls/reset-after-client-hello: the SYN was accepted. dns/unroutable-answer:
    the address was 0.0.0.0 or loopback by mistake.

Known false alarms
    A firewall that rejects with a TCP reset looks like the server; a listen
    queue that is full with tcp_abort_on_overflow set.

References
    RFC 9293 section 3.5.2 (closed state); connect(2), ECONNREFUSED;
    iptables-extensions(8), REJECT --reject-with tcp-reset.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.per_client import RIGHT_PLACE
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, PORT_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tcp._advice import PAST_PROXY
from netanalyze.causes.tcp._next_address import NEXT_SERVED, NextAddress
from netanalyze.findings import Finding, frames
from netanalyze.flows.dialing import beside
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tcp/refused",
    meaning="The SYN was answered by a reset: nothing listens on that port, or something answers in its name.",
    headline="{place} refuses the connection.",
    variants={When.OTHER_PORT: "{place} refuses the connection to port {at_port}."},
    answered=True,
    fits=("connect-failed", "connection-refused", "connect-proxy"),
)


REFUSED = Proved(
    0.95, "a RST answers the SYN, and no other address worked", Basis.FRAMES,
    "it says no itself; a firewall may say it in the server's name",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A dial in which some address refused and none worked."""
    next_address = NextAddress(case)
    for dial in odd(case.dials):
        refused = dial.with_outcome("refused")
        if dial.connected or not refused or refused[0].server.port == 53:
            continue
        if beside(dial, case.index.served.get(refused[-1].server.address, ())) is not None:
            continue
        first, last, server = refused[0], refused[-1], refused[0].server
        known = case.index.answering.get(server.address)
        hops = known is not None and known.server.ttl != server.ttl
        say = saying(address=server.address, port=server.port, time=duration(server.rst_ns - first.client.syn_last_ns))
        yield CAUSE.finding(
            case.server(first),
            (first.first_ns, max(f.server.rst_ns for f in refused)),
            say("{address}:{port} refuses the connection, after {time}"),
            frames(
                (first.client.syn_frame, say("SYN to {address}:{port}")),
                (server.rst_frame, say("RST, {time} later")),
                *((f.server.rst_frame, message("RST from {address}", address=f.server.address)) for f in refused[1:4]),
            ),
            confidence(REFUSED, NEXT_SERVED.when(next_address.served(first, server.rst_ns))),
            first,
            fatal=True,
            also_flows=tuple(f.id for f in refused[1:]),
            quantities={"attempts": len(refused), "last": last.id},
            attributes={"at_port": server.port} if case.index.serves_elsewhere(first) else {},
            counter_evidence=("the RST has another TTL than the server's other packets",) if hops else (),
        )


ADVICE = Page(
    where=offers(
        Offer("this machine (or the container): no proxy listens on its loopback", None, "loopback role=http-proxy"),
        Offer("this machine (or the container): nobody listens on its loopback", None, "loopback"),
        Offer("the HTTP proxy: nothing listens there; server not asked", None, "role=http-proxy"),
        Offer("server (or a firewall in its name): the port is closed"),
    ),
    fix=offers(
        Offer(
            "In a container that is itself; or take the host's network",
            "docker build --network host .",
            "loopback role=http-proxy",
        ),
        Offer("Who sets the proxy? (docker: ~/.docker/config.json)", "env | grep -i proxy", "loopback role=http-proxy"),
        Offer("Name the host in HTTPS_PROXY: host.docker.internal", None, "loopback role=http-proxy", otherwise=True),
        PAST_PROXY,
        RIGHT_PLACE,
        Offer(
            "kubectl? That is where it asks without a kubeconfig",
            "kubectl config view",
            "loopback port=8080 !role=http-proxy",
        ),
        Offer("Is it the right host and port, and does it run?", None, "!go !git !pip !npm !role=http-proxy"),
        ANOTHER_SOURCE,
    ),
    verify=PORT_CHECK,
    no_use=VAIN,
)
