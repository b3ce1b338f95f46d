"""SYNs are sent, and nothing comes back."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2.5, "s", source="Linux tcp_syn_linear_timeouts=4 (6.5 and later: 1, 2, 3, 4 s; before: 1, 3 s); RFC 6298 section 2",
    why="two repeats at the least went unanswered, so that one lost packet cannot explain it",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A dial in which no address answered at all, and at least one was asked for PATIENCE or longer."""
    for dial in seen.dials:
        silent = [f for f in dial.attempts if outcome(f) in ("silent", "aborted") and f.client.syn_count]
        if dial.connected or not silent or len(silent) < len(dial.attempts):
            continue
        first, last = silent[0], silent[-1]
        last_syn = max(f.client.syn_last_ns for f in silent)
        end = seen.given_up_ns(dial, last_syn)
        if end - dial.start_ns < PATIENCE.ns or not any(f.client.syn_count > 1 for f in silent):
            continue  # a client that waits sends its SYN again after a second
        if first.server.port == 53:
            continue  # DNS over TCP: dns/truncated-tcp-blocked tells the whole of it
        count = sum(f.client.syn_count for f in silent)
        addresses = list(dict.fromkeys(f.server.address for f in silent))
        others = sorted({f.server.address for f in seen.flows if f.server.syn_count} - set(addresses))
        culprit = seen.server(first)
        yield Finding(
            cause="tcp/syn-unanswered",
            culprit=culprit,
            start_ns=dial.start_ns,
            end_ns=end,
            message=f"{count} SYNs to {', '.join(addresses[:3])}:{first.server.port} in "
            f"{duration(last_syn - dial.start_ns)}, and nothing came back",
            evidence=frames(
                (first.first_frame, f"first SYN to {first.server.address}:{first.server.port}"),
                *((f.first_frame, f"first SYN to {f.server.address}:{f.server.port}") for f in silent[1:4]),
                (last.client.last_frame, f"SYN number {count}: no SYN-ACK, no RST, no ICMP"),
            ),
            confidence=0.95 if count >= 4 else 0.85,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in silent[1:]),
            quantities={"syns": count, "addresses": len(addresses)},
            counter_evidence=(),
            alternatives=()
            if others
            else (
                Alternative(
                    "local/egress-dropped", "nothing else was reached in this capture either",
                    f"nc -vz -w3 {first.server.address} {first.server.port}",
                ),
            ),
            attributes={"family": "IPv6" if first.ip_version == 6 else "IPv4"},
        )  # fmt: skip
