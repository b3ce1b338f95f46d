"""A RST answers the SYN: nothing listens there, or something refuses in its name.

What it finds
    A dial in which some address refused and none connected. Port 53 belongs to
    the DNS rules. If the RST's TTL is not that of the server's other packets,
    that is noted against it.

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

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A dial in which some address refused and none worked."""
    for dial in seen.dials:
        refused = dial.with_outcome("refused")
        if dial.connected or not refused or refused[0].server.port == 53:
            continue
        first, last = refused[0], refused[-1]
        took = first.server.rst_ns - first.client.syn_last_ns
        known = [f for f in seen.flows if f.server.address == first.server.address and f.server.syn_count]
        hops = bool(known) and known[0].server.ttl != first.server.ttl
        yield Finding(
            cause="tcp/refused",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=max(f.server.rst_ns for f in refused),
            message=message(
                "{address}:{port} refuses the connection, after {time}",
                address=first.server.address,
                port=first.server.port,
                time=duration(took),
            ),
            evidence=frames(
                (
                    first.client.syn_frame,
                    message("SYN to {address}:{port}", address=first.server.address, port=first.server.port),
                ),
                (first.server.rst_frame, message("RST, {time} later", time=duration(took))),
                *((f.server.rst_frame, message("RST from {address}", address=f.server.address)) for f in refused[1:4]),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in refused[1:]),
            quantities={"attempts": len(refused), "last": last.id},
            counter_evidence=("the RST has another TTL than the server's other packets",) if hops else (),
        )
