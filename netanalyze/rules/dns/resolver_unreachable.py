"""ICMP, or this machine itself, says that the resolver is not there.

What it finds
    Queries that an ICMP error quotes and nobody answered; or, without such
    packets, the command's own error (connection refused or unreachable at port
    53) while no query of the capture was answered.

Why a program hangs
    It does not wait: the error comes back on the socket at once. Missing or
    empty /etc/resolv.conf does this, too: Go then asks 127.0.0.1 and ::1, where
    nobody listens.

What to do
    See who is named as a resolver, and whether something listens there:
        cat /etc/resolv.conf; ss -lun 'sport = :53'
        dig +tries=1 @RESOLVER NAME
    Create resolv.conf, or start the local resolver: sudo systemctl restart
    systemd-resolved. In a container name one with --dns.

Look-alikes
    dns/resolver-unanswered: silence. dns/refused: a DNS answer, code REFUSED.
    tcp/no-route: this machine has no way anywhere, not even to the resolver.

Known false alarms
    The ICMP errors of this machine to a late answer quote the answer, not the
    query; they are no evidence here (dns/answer-slow).

References
    RFC 792 and RFC 4443 section 3.1 (port unreachable); Go 1.27
    net/dnsconfig.go (defaultNS), net/dnsclient_unix.go.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message

SAID = ("dns-refused", "dns-unreachable")


def check(seen: Observations) -> Iterator[Finding]:
    """Queries quoted by ICMP unreachable and never answered; or the command printed as much."""
    found = False
    for lookup in seen.lookups:
        rejected = [t for t in lookup.transactions if t.rejected_by_frame]
        if not rejected or lookup.answered:
            continue
        found = True
        first = rejected[0]
        yield Finding(
            cause="dns/resolver-unreachable",
            culprit=seen.resolver(first.resolver),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=message(
                "{resolver} is not there for DNS: ICMP rejects the query for {name}",
                resolver=first.resolver,
                name=lookup.name,
            ),
            evidence=frames(
                (
                    first.query_frame,
                    message("query for {name} to {resolver}", name=lookup.name, resolver=first.resolver),
                ),
                (first.rejected_by_frame, "ICMP unreachable, quoting it"),
            ),
            confidence=0.93,
            fatal=True,
            quantities={"name": lookup.name, "rejected": len(rejected)},
        )
    error = seen.trace.final_error if seen.trace else None
    if found or error is None or error.kind not in SAID or any(t.answered for t in seen.transactions):
        return
    if error.kind == "dns-unreachable" and "network is unreachable" in str(error.facts.get("reason", "")):
        return  # tcp/no-route: no packet could leave
    server = str(error.facts.get("server") or "")
    if server.startswith("[") or server.count(":") == 1:  # with its port; a bare IPv6 address has none
        server = server.rsplit(":", 1)[0].strip("[]")
    yield Finding(
        cause="dns/resolver-unreachable",
        culprit=Culprit("resolver", None, server or None, 53),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=message(
            "nothing serves DNS at {place}: this machine was told so at once", place=server or "the configured address"
        ),
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
        quantities={"name": error.facts.get("name")},
    )
