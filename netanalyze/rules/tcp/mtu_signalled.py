"""ICMP says that a packet is too big for the path.

What it finds
    An ICMP "fragmentation needed" (type 3 code 4) or ICMPv6 "packet too big"
    (type 2) that quotes a flow which is judged. It counts as the end of the run
    only if nothing was acknowledged after it.

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

from netanalyze.findings import Finding, frames
from netanalyze.flows.icmp import IcmpError
from netanalyze.flows.observe import Flow, KeptPacket
from netanalyze.flows.sequence import stream_offset
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wire.layers import ACK
from netanalyze.wording import message

SAYS = "the path takes {mtu} octets at most, says ICMP"
SAYS_LESS = "the path takes fewer octets at most, says ICMP"
WENT_ON = "; smaller segments went through {later} later"


def check(seen: Observations) -> Iterator[Finding]:
    """ICMP fragmentation needed, or packet too big, that quotes a judged flow."""
    for flow in seen.flows:
        signals = [e for e in flow.icmp if e.what == "too_big"]
        if not signals:
            continue
        first = signals[0]
        went_on = flow.client.acked_ns > first.ns
        passed = _acknowledged(flow, first) if went_on else None
        passed_ns = passed.time_ns if passed else flow.client.acked_ns
        end = next((g.end_ns for g in flow.gaps if g.start_ns <= first.ns <= g.end_ns), first.ns)
        yield Finding(
            cause="tcp/mtu-signalled",
            culprit=seen.path(flow),
            start_ns=first.ns,
            end_ns=max(end, first.ns) if went_on else max(seen.end_ns, first.ns),
            message=message(
                (SAYS if first.mtu else SAYS_LESS) + (WENT_ON if went_on else ""),
                mtu=first.mtu,
                later=duration(passed_ns - first.ns) if went_on else "",
            ),
            evidence=frames(
                *((e.frame, message("ICMP: too big, next hop takes {mtu} octets", mtu=e.mtu)) for e in signals[:3]),
                (passed.frame_number if passed else 0, "what was too big is acknowledged, sent in smaller segments"),
            ),
            confidence=0.6 if went_on else 0.85,
            fatal=not went_on,
            flow_id=flow.id,
            quantities={"mtu": first.mtu, "signals": len(signals)},
            attributes={"mtu": first.mtu},
        )


def _acknowledged(flow: Flow, signal: IcmpError) -> KeptPacket | None:
    """The first acknowledgment after the signal of octets of the segment that it quotes."""
    direction = 1 if signal.quoted_source_port == flow.client.port else 0
    for packet in flow.packets:
        ahead = stream_offset(packet.ack, signal.quoted_seq, 0)
        later = packet.time_ns > signal.ns and packet.flags & ACK
        if packet.direction == direction and later and ahead > 0:
            return packet
    return None
