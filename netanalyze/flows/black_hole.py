"""Holes that only full-size segments could fill: the shape of an MTU black hole (RFC 2923, RFC 4821)."""

from dataclasses import dataclass

from netanalyze.findings import Alternative
from netanalyze.flows.hello import hello_facts
from netanalyze.flows.marks import RETRANSMISSION
from netanalyze.flows.observe import Flow
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import FIN, RST
from netanalyze.wording import message

FULL = 1100
"""Payload from which a segment counts as large: the least IPv6 MTU of 1280 less its headers."""


@dataclass(frozen=True)
class Hole:
    """What is missing, which way, since when, and the frames that show it."""

    direction: str
    missing: int
    start_ns: int
    end_ns: int
    sentence: str
    frames: tuple[tuple[int, str], ...]
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


def size_check(flow: Flow, direction: str) -> str:
    """``size_check_at`` for a flow; through a proxy the way down can be tested no better than the way up."""
    return size_check_at(flow.server.address, flow.server.port, "up" if flow.tunnelled else direction)


def size_check_at(address: str, port: int, direction: str) -> str:
    """A command that tells whether large packets pass in that direction, up or down, to be run at the client.

    A ping with the don't-fragment bit tests the way up. Its reply goes without that bit and may be cut on the way
    (Linux net/ipv4/icmp.c), so that the way down is tested by it over IPv6 only, where no router cuts; over IPv4 by a
    connection that asks for small segments (TCP_MAXSEG, sent as the MSS of its SYN), where an ordinary one fails.
    """
    if ":" in address:
        return f"ping -c 3 -M do -s 1452 {address}"
    if direction == "up":
        return f"ping -c 3 -M do -s 1472 {address}"
    return SMALL_SEGMENTS.format(address=address, port=port)


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


def downward(flow: Flow, end_ns: int) -> Hole | None:
    """Octets of the server that never came, while shorter segments behind them did."""
    server, client = flow.server, flow.client
    if not flow.established or not server.sent_data or server.rst_count:
        return None
    delivered = max(server.acked, 1)
    if server.next <= delivered:
        return None
    beyond = [p for p in flow.packets if p.direction == 1 and p.length and p.offset > delivered]
    if not beyond:
        return None
    missing = min(p.offset for p in beyond) - delivered
    full = min(missing, client.mss or 1460, 1460) - 40  # less what options take
    if missing < FULL or any(p.length >= full for p in beyond):
        return None  # as large ones came through
    if server.largest >= full and len(beyond) < 2:
        return None  # they had come through earlier, and one short segment behind a hole is no pattern
    start = beyond[0].time_ns
    since = beyond[0].frame_number
    asks = [p for p in flow.packets if p.direction == 0 and p.frame_number > since and not p.flags & (RST | FIN)]
    asking = asks[-1].frame_number if asks else 0
    return Hole(
        "down",
        missing,
        start,
        max(_until(flow, end_ns), start),
        message(
            BEHIND if len(beyond) == 1 else BEHIND_IN_SEVERAL,
            missing=missing,
            behind=sum(p.length for p in beyond),
            count=len(beyond),
        ),
        (
            (
                beyond[0].frame_number,
                message(
                    "a segment of {octets} octets arrives; {missing} octets before it are missing",
                    octets=beyond[0].length,
                    missing=missing,
                ),
            ),
            (asking, "the client's last acknowledgment: they are still missing"),
        ),
        0.9 if server.largest < full else 0.8,
    )


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
    passed = [p for p in flow.packets if p.direction == 0 and p.length and p.offset + p.length <= client.acked]
    if not passed or any(p.length >= large[0].length for p in passed):
        return None
    heard = server.last_ns != NEVER_NS and server.last_ns > large[0].time_ns
    small = [
        p for p in flow.packets if p.direction == 0 and 0 < p.length < FULL and p.frame_number > large[0].frame_number
    ]
    sacked = client.sacked > client.acked
    if not heard and not sacked and not (small and heard):
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
        0.85,
    )
