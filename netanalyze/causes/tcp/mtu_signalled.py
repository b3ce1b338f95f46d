"""ICMP says that a packet is too big for the path.

What it finds
    An ICMP "fragmentation needed" (type 3 code 4) or ICMPv6 "packet too big"
    (type 2) that quotes a flow which is judged. It counts as the end of the run
    only if nothing was acknowledged after it. Attribute direction: up where the
    client sent what is too big, down where the server did; heeded is no where
    the sender went on as large (IGNORED, 2 or more), arrived is no where the
    message went to another address than the sender's.

Why a program hangs
    It should not: the sender lowers its size and goes on within a round trip.
    It hangs where the sender ignores the message, or where the way back is
    narrow too, and silent about it.

What to do
    Set this side to what the message says:
        sudo ip link set dev IFACE mtu MTU
        ip route get ADDRESS                           # "mtu" as learned
        ping -M do -s 1472 ADDRESS
    Never filter ICMP type 3 code 4: it carries the remedy.

Look-alikes
    tcp/mtu-black-hole: no ICMP, or one for the other direction only.
    tls/large-client-hello-dropped: size again, judged by a filter.

Known false alarms
    The normal life of a tunnel: one message, one smaller segment, and all goes
    on (confidence 0.6, not called the end of anything). Forged messages.

References
    RFC 1191 sections 3 and 4; RFC 8201; RFC 4443 section 3.2; ip-sysctl:
    ip_no_pmtu_disc, min_pmtu.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, MTU_FIX, SIZE_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.conversations.icmp import IcmpError
from netanalyze.findings import Finding, Threshold, frames, way
from netanalyze.flows.black_hole import acknowledged_after, told_too_big
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.screen import odd
from netanalyze.tracking.marks import RESENT
from netanalyze.units import duration
from netanalyze.wording import Message, message, saying

CAUSE = Cause(
    "tcp/mtu-signalled",
    meaning="ICMP tells the sender that its packets are too big for the path.",
    headline="A packet is too big for the path to {place}, says ICMP.",
    variants={When.FROM_THERE: "A packet from {place} is too big for its path here, says ICMP."},
)

SAYS = "the path takes {mtu} octets at most, says ICMP"
SAYS_LESS = "the path takes fewer octets at most, says ICMP"
WENT_ON = "; smaller segments went through {later} later"
KEPT_ON = "; {sender} was told {count} times and sent {octets} octets again {kept} times"
ELSEWHERE = "; but the message went to {receiver}, and not to {sender}"


IGNORED = Threshold(
    2, "segments",
    source="RFC 1191 section 6.3: the sender lowers its size at once; one segment may be on its way by then",
    why="who sends as large a segment again a second time did not heed the message",
)  # fmt: skip
SAYS_SO = Proved(
    0.85, "ICMP quotes the flow, says that a packet was too big, and nothing of it arrives afterwards", Basis.FRAMES,
    "anybody can write such a message; it fits what follows",
)  # fmt: skip
NOT_HEEDED = Proved(
    0.9, "its sender was told, and sends as large segments again", Basis.FRAMES, "the sizes stand in the frames"
)
REPAIRED = Missing(
    "smaller segments went through afterwards", Basis.FRAMES, "path MTU discovery works so: it cost one segment", at_most=0.6
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """ICMP fragmentation needed, or packet too big, that quotes a judged flow."""
    for flow in odd(case.flows):
        for direction in (0, 1):
            signals = told_too_big(flow, direction)
            if signals:
                yield _finding(case, flow, direction, signals)


def _finding(case: Case, flow: Flow, direction: int, signals: list[IcmpError]) -> Finding:
    first, half = signals[0], flow.halves[direction]
    passed = acknowledged_after(flow, first, direction)
    went_on = passed is not None
    kept = [] if went_on else _as_large(flow, direction, first)
    missed = bool(first.destination) and first.destination != half.address  # a translator forgot to turn it
    ignored = len(kept) >= IGNORED.value and not missed
    end = (
        next((g.end_ns for g in flow.gaps if g.start_ns <= first.ns <= g.end_ns), first.ns) if went_on else case.end_ns
    )
    say = saying(
        mtu=first.mtu, later=duration(passed.time_ns - first.ns) if passed else "",
        receiver=first.destination, sender=half.address, count=len(signals), kept=len(kept),
        octets=kept[0].length if kept else 0,
    )  # fmt: skip
    return CAUSE.finding(
        case.sender(flow, direction) if ignored else case.path(flow),
        (first.ns, max(end, first.ns)),
        say(
            (SAYS if first.mtu else SAYS_LESS)
            + (WENT_ON if went_on else ELSEWHERE if missed else KEPT_ON if ignored else "")
        ),
        frames(
            *((e.frame, _sentence(e, flow)) for e in signals[:3]),
            (kept[-1].frame_number if ignored else 0, "sent again as large as before, after the message"),
            (passed.frame_number if passed else 0, "what was too big is acknowledged, sent in smaller segments"),
        ),
        confidence(SAYS_SO, NOT_HEEDED.when(ignored), REPAIRED.when(went_on)),
        flow,
        fatal=not went_on,
        quantities={"mtu": first.mtu, "signals": len(signals), "kept": len(kept)},
        attributes={"mtu": first.mtu}
        | way(direction)
        | ({"heeded": "no"} if ignored else {"arrived": "no"} if missed else {}),
    )


def _as_large(flow: Flow, direction: int, signal: IcmpError) -> list[KeptPacket]:
    """What that side sent again after the message, too large for the path still."""
    headers = 60 if flow.ip_version == 6 else 40
    return [
        p for p in flow.packets
        if p.direction == direction and p.frame_number > signal.frame and p.marks & RESENT
        and p.length + headers > (signal.mtu or p.length)
    ]  # fmt: skip


def _sentence(signal: IcmpError, flow: Flow) -> Message:
    """What one message says, and whether this very machine says it."""
    if signal.source == flow.client.address:
        return message("ICMP from this machine itself: too big, next hop takes {mtu} octets", mtu=signal.mtu)
    return message("ICMP: too big, next hop takes {mtu} octets", mtu=signal.mtu)


ADVICE = Page(
    where=offers(
        Offer("server: it is told, and sends as large; its stack or firewall ignores ICMP", None,
              "heeded=no direction=down"),
        Offer("this machine: it is told, and sends as large; its firewall drops ICMP?", None, "heeded=no"),
        Offer("path: the message goes to another address than the sender's", None, "arrived=no"),
        Offer("path: a narrower link, and it says so; sender must heed it"),
    ),
    fix=offers(
        Offer("On the server: let ICMP in, and path MTU discovery on", "sysctl net.ipv4.ip_no_pmtu_disc",
              "direction=down heeded=no"),
        Offer("Let ICMP in (until it restarts)",
              "sudo iptables -I INPUT -p icmp --icmp-type fragmentation-needed -j ACCEPT",
              "direction=up heeded=no ipv4"),
        MTU_FIX,
    ),
    verify=commands(
        Offer("", "ping -c 3 -M do -s {ping_size} {client_address}", "direction=down"),
        Offer("", "ip route get {client_address}", "direction=down"),
        *SIZE_CHECK,
    ),
    no_use=offers("filtering ICMP: it carries the remedy", CLEAN_CACHE),
)  # fmt: skip
