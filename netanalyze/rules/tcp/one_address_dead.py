"""Some of a name's addresses are dead; another one worked.

What it finds
    An address that stayed silent, refused or was rejected, of the same family
    as one that worked and tried before it, PATIENCE (1 s) or more earlier.

Why a program hangs
    Addresses are tried in order. Go shares the time that is left among them
    (three addresses: 10 s each, 2 s at the least), git gives each the kernel's
    patience (134 s). Nothing is remembered: every connection may pay it again.

What to do
    Try each address on its own:
        dig +short HOST
        for a in $(dig +short HOST); do nc -vz -w 3 $a 443; done
        curl -svm 10 -o /dev/null --resolve HOST:443:ADDRESS https://HOST/
    Run it again (the order rotates), pin a working one in /etc/hosts for a
    time, and tell the server's operator.

Look-alikes
    tcp/syn-unanswered: none works. tcp/ipv6-fallback: the dead one is of the
    other family. tcp/syn-lost: the same address answers a repeat.

Known false alarms
    An address behind a filter on this path only: dead from here, alive
    elsewhere.

References
    Go 1.27 net/dial.go (partialDeadline, dialSerial); RFC 6724; RFC 8305
    section 5; measured: 10.0 s each with three addresses.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1, "s",
    source="RFC 6298 section 2.1: a SYN is repeated after 1 s; Go net/dial.go: 2 s an address at the least",
    why="what is given up sooner was raced, not waited for",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An unanswered address of the family that worked, tried before the one that worked."""
    for dial in seen.dials:
        worked = dial.connected
        if worked is None:
            continue
        dead = [
            f for f in dial.attempts
            if outcome(f) in ("silent", "aborted", "refused", "rejected")
            and f.ip_version == worked.ip_version and f.first_ns < worked.first_ns
        ]  # fmt: skip
        if not dead or worked.first_ns - dead[0].first_ns < PATIENCE.ns:
            continue
        first = dead[0]
        lost = worked.first_ns - first.first_ns
        yield Finding(
            cause="tcp/one-address-dead",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=worked.first_ns,
            message=message(
                "{address} did not answer for {time}; {working} did at once",
                address=first.server.address,
                time=duration(lost),
                working=worked.server.address,
            ),
            evidence=frames(
                (first.first_frame, message("SYN to {address}: no answer", address=first.server.address)),
                (
                    worked.first_frame,
                    message("SYN to {working}, {time} later", working=worked.server.address, time=duration(lost)),
                ),
                (worked.server.syn_frame, "which answers"),
            ),
            confidence=0.93,
            flow_id=first.id,
            also_flows=tuple(f.id for f in dead[1:]),
            quantities={"dead": len(dead), "syns": sum(f.client.syn_count for f in dead)},
        )
