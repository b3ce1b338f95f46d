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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, PORT_CHECK, RUN_AGAIN, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tcp/one-address-dead",
    meaning="Some addresses of the name do not answer, another one did the work.",
    headline="One of {place}'s addresses is dead, and is tried first.",
    guarded_by="dial",
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    1, "s",
    source="RFC 6298 section 2.1: a SYN is repeated after 1 s; Go net/dial.go: 2 s an address at the least",
    why="what is given up sooner was raced, not waited for",
)  # fmt: skip


ANOTHER_WORKED = Proved(
    0.93, "an address did not answer, and another of the same family and name then did", Basis.FRAMES,
    "both stand beside each other; the first may have been only late",
)  # fmt: skip
IN_VAIN = ("silent", "aborted", "refused", "rejected")


def check(case: Case) -> Iterator[Finding]:
    """An unanswered address of the family that worked, tried before the one that worked."""
    for dial in odd(case.dials):
        worked = dial.connected
        if worked is None:
            continue
        family = [f for f in dial.attempts if f.ip_version == worked.ip_version and f.first_ns < worked.first_ns]
        dead = [f for f in family if outcome(f) in IN_VAIN]
        if not dead or worked.first_ns - dead[0].first_ns < PATIENCE.ns:
            continue
        first = dead[0]
        lost = duration(worked.first_ns - first.first_ns)
        say = saying(address=first.server.address, working=worked.server.address, time=lost)
        yield CAUSE.finding(
            case.server(first),
            (first.first_ns, worked.first_ns),
            say("{address} did not answer for {time}; {working} did at once"),
            frames(
                (first.first_frame, say("SYN to {address}: no answer")),
                (worked.first_frame, say("SYN to {working}, {time} later")),
                (worked.server.syn_frame, "which answers"),
            ),
            confidence(ANOTHER_WORKED),
            first,
            also_flows=tuple(f.id for f in dead[1:]),
            quantities={"dead": len(dead), "syns": sum(f.client.syn_count for f in dead)},
        )


ADVICE = Page(
    where=offers("server: one of its addresses (or the path to that one)"),
    fix=offers(
        RUN_AGAIN,
        Offer("Pin the address that works in /etc/hosts, for a time"),
        ANOTHER_SOURCE,
        Offer("Tell the server's operator which address is dead"),
    ),
    verify=commands(Offer("", "nc -vz -w 5 {address} {port}"), *PORT_CHECK),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)
