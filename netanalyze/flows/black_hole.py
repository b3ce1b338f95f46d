"""Holes that only full-size segments could fill: the shape of an MTU black hole (RFC 2923, RFC 4821)."""

from dataclasses import dataclass

from netanalyze.conversations.icmp import IcmpError
from netanalyze.findings import Check
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.hello import hello_facts
from netanalyze.flows.network.vantage import vantage
from netanalyze.paste import command
from netanalyze.tracking.marks import RETRANSMISSION
from netanalyze.tracking.sequence import stream_offset
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK, FIN, RST, SYN
from netanalyze.wording import Text, message

FULL = 1100
"""Payload from which a segment counts as large: the least IPv6 MTU of 1280 less its headers."""


@dataclass(frozen=True)
class Hole:
    """What is missing, which way, since when, and the frames that show it.

    Attributes:
        passed_before: as large segments had come through earlier on the connection.
        size_known: the SYN, which says how large the segments may be, is in the capture.
        or_dead: why the path may be dead for packets of any size, and how to tell; empty where it is known to be alive.
    """

    direction: str
    missing: int
    start_ns: int
    end_ns: int
    sentence: Text
    frames: tuple[tuple[int, Text], ...]
    passed_before: bool = False
    size_known: bool = True
    or_dead: tuple[Text, Check | None] | tuple[()] = ()


def size_check(flow: Flow, direction: str) -> Check | None:
    """``size_check_at`` for a flow; through a proxy the way down can be tested no better than the way up."""
    return size_check_at(flow.server.address, flow.server.port, "up" if flow.tunnelled else direction)


def size_check_at(address: str, port: int, direction: str) -> Check | None:
    """A command that tells whether large packets pass in that direction, up or down, to be run at the client.

    A ping with the don't-fragment bit tests the way up. Its reply goes without that bit and may be cut on the way
    (Linux net/ipv4/icmp.c), so that the way down is tested by it over IPv6 only, where no router cuts; over IPv4 by a
    connection that asks for small segments (TCP_MAXSEG, sent as the MSS of its SYN), where an ordinary one fails.
    """
    if ":" in address:
        return command("ping -c 3 -M do -s 1452 {address}", address=address)
    if direction == "up":
        return command("ping -c 3 -M do -s 1472 {address}", address=address)
    return command(SMALL_SEGMENTS, address=address, port=port)


def at_the_sender(flow: Flow) -> Check | None:
    """A ping to be run at the server, which tests the way down as the server's own segments take it."""
    option, size = ("-6 ", 1452) if ":" in flow.client.address else ("", 1472)
    return command(f"ping {option}-c 3 -M do -s {size} {{address}}", address=flow.client.address)


SMALL_SEGMENTS = (
    'python3 -c "import socket,ssl; s=socket.socket(); s.setsockopt(6,2,1000); s.settimeout(9); '
    "s.connect(('{address}',{port})); ssl._create_unverified_context().wrap_socket(s); print('passes')\""
)
"""A TLS handshake in segments of 1000 octets at the most; 6 is IPPROTO_TCP, 2 TCP_MAXSEG (linux/tcp.h)."""


def _until(flow: Flow, end_ns: int) -> int:
    """When the client gave the flow up, else the end."""
    ended = flow.ended()
    return ended[2] if ended and ended[1] == 0 else end_ns


BEHIND = "{missing} octets of the server never arrived, {behind} behind them did, in a shorter segment"
BEHIND_IN_SEVERAL = (
    "{missing} octets of the server never arrived, {behind} behind them did, in {count} shorter segments"
)
COUNTED = "{missing} octets of the server never arrived, which the numbers of its empty segments count as sent"


def downward(flow: Flow, end_ns: int) -> Hole | None:
    """Octets of the server that never came, while shorter segments behind them did."""
    server, client = flow.server, flow.client
    if not flow.established or server.rst_count:
        return None
    delivered = max(server.acked, 1)
    if server.next <= delivered:
        return None
    ahead = [p for p in flow.packets if p.direction == 1 and p.offset > delivered and not p.flags & SYN]
    beyond = [p for p in ahead if p.length] or ahead  # without data its number tells as well what was sent before it
    if not beyond:
        return None
    missing = min(p.offset for p in beyond) - delivered
    # less what options take; of a server that may send no segment so large, none is missed
    full = min(missing, client.mss, 1460) - 40 if client.mss else FULL
    if missing < FULL or any(p.length >= full for p in beyond):
        return None  # as large ones came through
    if server.largest >= full and len(beyond) < 2:
        return None  # they had come through earlier, and one short segment behind a hole is no pattern
    start = beyond[0].time_ns
    if not beyond[0].length and client.last_data_ns != NEVER_NS:
        start = min(start, client.last_data_ns)  # it was sent some time before its number was told
    since = beyond[0].frame_number
    no_word = RST | FIN if beyond[0].length else RST  # a FIN acknowledges as well; a late one says nothing of a hole
    asks = [p for p in flow.packets if p.direction == 0 and p.frame_number > since and not p.flags & no_word]
    if not asks:
        return (
            None  # what comes behind a hole is acknowledged at once (RFC 5681 section 4.2): frames were picked out here
        )
    return Hole(
        "down",
        missing,
        start,
        max(_until(flow, end_ns), start),
        message(
            COUNTED if not beyond[0].length else BEHIND if len(beyond) == 1 else BEHIND_IN_SEVERAL,
            missing=missing,
            behind=sum(p.length for p in beyond),
            count=len(beyond),
        ),
        (
            (
                beyond[0].frame_number,
                message(
                    "a segment of {octets} octets arrives; {missing} octets before it are missing"
                    if beyond[0].length
                    else "its number counts {missing} octets that never arrived",
                    octets=beyond[0].length,
                    missing=missing,
                ),
            ),
            (asks[-1].frame_number, "the client's last acknowledgment: they are still missing"),
        ),
        passed_before=server.largest >= full,
        size_known=client.mss > 0,
        or_dead=()
        if server.last_ns - start >= ANOTHER_NS or missing >= SEVERAL * full
        else (DEAD_SINCE, size_check(flow, "down")),
    )


def told_too_big(flow: Flow, direction: int) -> list[IcmpError]:
    """What ICMP said of packets that one side of a flow sent: that they are too big for the path."""
    ports = tuple(half.port for half in (flow.halves[direction], flow.halves[1 - direction]))
    return [
        error for error in flow.icmp
        if error.what == "too_big" and (
            (error.quoted_source_port, error.quoted_destination_port) == ports
            or (direction and (error.quoted_source_port, error.quoted_destination_port) != ports[::-1])
        )
    ]  # fmt: skip


def acknowledged_after(flow: Flow, signal: IcmpError, direction: int) -> KeptPacket | None:
    """The first acknowledgment, after ICMP quoted a segment that the side of ``direction`` sent, of octets of that segment;
    one of what was sent before it tells nothing."""
    for packet in flow.packets:
        ahead = stream_offset(packet.ack, signal.quoted_seq, 0)
        later = packet.time_ns > signal.ns and packet.flags & ACK
        if packet.direction == 1 - direction and later and ahead > 0:
            return packet
    return None


ANOTHER_NS = 200_000_000
"""What comes so long after a segment is none of its flight: the least retransmission time-out of Linux."""
SEVERAL = 3
"""Full segments before a short one, of which none came: none of them was lost by chance, and the path was alive behind them."""
DEAD_SINCE = "nothing of the server's came since: the path may have died meanwhile"


REPEATED = "segments of {octets} octets were sent {count} times and never acknowledged; no other so large ever was"


def repeated_down(flow: Flow, end_ns: int) -> Hole | None:
    """Large segments of the server, recorded on its side, sent again and again in vain, where no segment so large was ever
    acknowledged. That small ones pass is not proved by it: what the client sends comes through, and its way is another."""
    server = flow.server
    large = _only_large_repeats(flow, 1)
    if not flow.established or len(large) < 3 or server.rst_count or server.unacked == 0 or vantage([flow]) != "server":
        return None
    if server.last_ns == NEVER_NS or any(e.what == "too_big" for e in flow.icmp) or not flow.client.packets:
        return None
    first = next((p for p in flow.data_packets[1] if p.offset == large[0].offset), large[0])
    return Hole(
        "down",
        large[0].length,
        first.time_ns,
        max(_until(flow, end_ns), large[-1].time_ns),
        message(REPEATED, octets=large[0].length, count=len(large) + 1),
        (
            (large[0].frame_number, message("first repeat of a segment of {octets} octets", octets=large[0].length)),
            (large[-1].frame_number, "last repeat, still not acknowledged"),
        ),
        or_dead=("the way to the client may be dead for segments of any size", at_the_sender(flow)),
    )


def _only_large_repeats(flow: Flow, direction: int) -> list[KeptPacket]:
    """One side's repeats of what was never acknowledged, where they and what follows are large, and no segment so large was
    ever acknowledged; none where small ones were repeated as well, or large ones came through."""
    half = flow.halves[direction]
    mine = flow.data_packets[direction]
    stuck = [p for p in mine if p.marks & RETRANSMISSION and p.offset >= half.acked]
    large = [p for p in stuck if p.length >= FULL]
    if not large or len(large) < len(stuck) - 1:
        return []
    passed = [p for p in mine if p.offset + p.length <= half.acked]
    least = min(p.length for p in large)
    return [] if any(p.length >= least for p in passed) else large


def only_large_repeated(flow: Flow) -> bool:
    """Whether all that the client repeats in vain is large, and nothing so large was ever acknowledged."""
    return bool(_only_large_repeats(flow, 0))


def upward(flow: Flow, end_ns: int) -> Hole | None:
    """A large segment of the client sent again and again in vain, after smaller ones were acknowledged."""
    client, server = flow.client, flow.server
    if not flow.established or client.streak < 3 or server.rst_count or client.unacked == 0:
        return None
    facts = hello_facts(flow)
    if facts is not None and facts.answer_frame == 0:
        return None  # the ClientHello's own rules
    stuck = [p for p in flow.packets if p.direction == 0 and p.marks & RETRANSMISSION and p.offset >= client.acked]
    large = [p for p in stuck if p.length >= FULL]
    if len(large) < 3 or len(large) < len(stuck) - 1:
        return None
    passed = [p for p in flow.data_packets[0] if p.offset + p.length <= client.acked]
    if not passed or any(p.length >= large[0].length for p in passed):
        return None
    heard = server.last_ns > large[0].time_ns
    sacked = client.sacked > client.acked
    if not heard and not sacked:
        return None
    return Hole(
        "up",
        large[0].length,
        large[0].time_ns,
        max(_until(flow, end_ns), large[-1].time_ns),
        message(
            "segments of {octets} octets were sent {count} times and never acknowledged; segments up to {passed} octets were",
            octets=large[0].length,
            count=len(large),
            passed=max(p.length for p in passed),
        ),
        (
            (large[0].frame_number, message("first repeat of a segment of {octets} octets", octets=large[0].length)),
            (large[-1].frame_number, "last repeat, still not acknowledged"),
            (client.sacked_frame if sacked else 0, "what was sent behind it is SACKed"),
        ),
        or_dead=() if heard else ("nothing was heard since: the path may have died meanwhile", size_check(flow, "up")),
    )
