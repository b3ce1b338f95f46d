"""Full-size segments vanish, small ones pass, and no ICMP says so.

What it finds
    Down: a hole that only large segments (1100 octets or more) can fill, while
    a shorter segment behind it arrived, open for PATIENCE (2 s) or longer, to
    the end. Up: a large segment of the client three times or more in vain,
    while smaller ones were acknowledged and the server is heard, or what was
    sent behind it is SACKed. Recorded at the server: its large segments three
    times or more in vain, and none so large ever acknowledged. A stuck
    ClientHello is left to its own rules.

Why a program hangs
    A link with a smaller MTU (VPN, PPPoE, tunnel) drops what does not fit, and
    the ICMP that would say so is filtered. Both kernels repeat the same size
    for minutes. go ends it in the handshake after 10 s, in a body not at all.

What to do
    Up: find the size that passes (1472 + 28 = 1500), then set it. Down, a ping
    of IPv4 proves nothing, for its reply may be fragmented: see whether small
    segments get through (the MSS of our SYN limits the server's), or ping from
    the server:
        ping -c 3 -M do -s 1472 ADDRESS; ping -c 3 -M do -s 1372 ADDRESS
        sudo ip route change ROUTE advmss 1300; go mod download
        sudo ip link set dev IFACE mtu 1400            # also limits the answer
        sudo sysctl -w net.ipv4.tcp_mtu_probing=1
    On the router: iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN
    -j TCPMSS --clamp-mss-to-pmtu. Docker: "mtu" in daemon.json.

Look-alikes
    tls/large-client-hello-dropped: identical packets where the first segment of
    a ClientHello is missing; a small ClientHello works in both. tcp/loss: large
    segments do come through, some of the time. tcp/mtu-signalled: ICMP is
    there. tls/server-flight-incomplete: no hole.

Known false alarms
    One segment lost each time by chance; a filter that drops by content rather
    than size. With offload, sizes in the capture are not those on the wire.

References
    RFC 2923 section 2.1; RFC 4821; RFC 8899; ip-sysctl: tcp_mtu_probing; RFC
    9293 section 3.7.1 (MSS).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, MTU_FIX, SIZE_CHECK, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import (
    acknowledged_after,
    downward,
    repeated_down,
    size_check,
    told_too_big,
    upward,
)
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.vantage import vantage
from netanalyze.paste import command, small_hello
from netanalyze.units import duration
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/mtu-black-hole",
    meaning="Packets of full size disappear while small ones pass, and no ICMP tells the sender.",
    headline="Large packets vanish on the way to {place}, small ones pass.",
    variants={
        When.FROM_THERE: "Large packets from {place} vanish on the way here, small ones pass.",
        When.AT_SERVER: "Large packets from {place} vanish on the way to the client, small ones pass.",
    },
    guarded_by="tls",
    fits=("tls-handshake-timeout", "git-tls-timeout", "client-timeout", "git-connect-timeout", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    2, "s",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: repeats after 0.2, 0.6 and 1.4 s",
    why="the missing segment was sent again in vain at least twice",
)  # fmt: skip
ONLY_SHORTER_CAME = Proved(
    0.9, "octets that only large segments carry never came, and shorter ones behind them did", Basis.LAB,
    "the same segments may have been lost each time by chance",
)  # fmt: skip
ONLY_LARGE_REPEATED = Proved(
    0.85, "large segments are repeated in vain, and smaller ones were acknowledged", Basis.LAB,
    "the same segment may have been lost each time by chance",
)  # fmt: skip
LARGE_IN_VAIN = Proved(
    0.8, "the server's large segments are repeated in vain, and none so large was ever acknowledged", Basis.FOREIGN,
    "that smaller ones pass is not shown: the way to the client may be dead",
)  # fmt: skip
CAME_BEFORE = Missing(
    "that none so large ever came: earlier on the connection they did", Basis.LAB,
    "the path changed meanwhile, or they are lost by chance", at_most=0.8,
)  # fmt: skip
NOT_HEARD_SINCE = Missing(
    "anything of the server's since the hole showed", Basis.FOREIGN,
    "the path may have died right then, for segments of any size", at_most=0.75,
)  # fmt: skip
SIZE_UNKNOWN = Missing(
    "the SYN, which says how large the segments may be", Basis.FOREIGN,
    "what is missing may be several short segments", at_most=0.65,
)  # fmt: skip
SHORTER_ONE_PASSED = Proved(
    0.8, "a socket's counters show a hole, and that a segment behind it passed", Basis.LAB,
    "that it is the shorter one, a socket does not show",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A hole that full-size segments should fill, with smaller segments behind it delivered, to the end."""
    for flow in case.index.eventful:
        hole = downward(flow, case.end_ns) or upward(flow, case.end_ns)
        at_sender = hole is None and (hole := repeated_down(flow, case.end_ns)) is not None
        if hole is None or hole.end_ns - hole.start_ns < PATIENCE.ns:
            continue
        told = told_too_big(flow, 0 if hole.direction == "up" else 1)
        if any(acknowledged_after(flow, one, 0 if hole.direction == "up" else 1) is None for one in told):
            continue  # it was said, and not in silence: tcp/mtu-signalled
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        known = [e.mtu for e in signalled if e.mtu]  # of the other direction, and the best guess for this one
        dead = Alternative("tcp/path-death", *hole.or_dead) if hole.or_dead else None
        check_up, check_down = size_check(flow, "up"), command("mtr -rwc 50 {address}", address=flow.server.address)
        chance = Alternative(
            "tcp/loss",
            "the same segment may have been lost each time by chance",
            check_up if hole.direction == "up" else check_down,
        )
        yield CAUSE.finding(
            case.path(flow),
            (hole.start_ns, hole.end_ns),
            message("{what} ({time})", what=hole.sentence, time=duration(hole.end_ns - hole.start_ns)),
            frames(*hole.frames),
            confidence(
                ONLY_SHORTER_CAME.when(hole.direction == "down" and not at_sender),
                ONLY_LARGE_REPEATED.when(hole.direction == "up"),
                LARGE_IN_VAIN.when(at_sender),
                CAME_BEFORE.when(hole.passed_before),
                NOT_HEARD_SINCE.when(hole.or_dead and hole.direction == "down" and not at_sender),
                SIZE_UNKNOWN.when(not hole.size_known),
            ),
            flow,
            fatal=True,
            quantities={"missing": hole.missing, "mss": flow.client.mss or flow.server.mss},
            attributes={"direction": hole.direction}
            | ({"mtu": min(known)} if known else {})
            | _taken_at(flow, hole.direction),
            counter_evidence=tuple(
                message("frame {frame}: ICMP gave {mtu} octets for the other direction", frame=e.frame, mtu=e.mtu)
                for e in signalled[:1]
            ),
            alternatives=(dead, chance) if dead else (chance,),
        )


def _taken_at(flow: Flow, direction: str) -> dict[str, str]:
    """Where the capture was taken, if that is beside the sender of what is lost, which is the server."""
    return {"taken_at": "server"} if direction == "down" and vantage([flow]) == "server" else {}


def from_socket(socket: WaitingSocket) -> Finding | None:
    """A shorter segment behind the full ones arrives, of what is sent or of what comes."""
    history = socket.history
    if socket.shape is Shape.HELLO_WITH_HOLE:
        check = small_hello(socket.path.host, history.remote)
        filter_ = Alternative("tls/large-client-hello-dropped", "a filter may drop what begins the hello", check)
        return socket.finding(
            CAUSE, socket.path, history.heard_ns,
            "the first {sent} octets to {far}, a ClientHello, were sent again and again for {seconds}; a later, shorter segment "
            "arrived, the full ones did not",
            "ESTABLISHED, {selected} acknowledged out of order", SHORTER_ONE_PASSED, alternatives=(filter_,),
        )  # fmt: skip
    if socket.shape is not Shape.ANSWER_WITH_HOLE:
        return None
    return socket.finding(
        CAUSE, socket.path, history.sent_ns,
        "{far} answered, but only segments behind a hole came in {seconds}: the large ones before are lost",
        "ESTABLISHED, {unordered} out of order", SHORTER_ONE_PASSED,
    )  # fmt: skip


ADVICE = Page(
    where=offers("path: drops full-size packets and says nothing; not the server"),
    fix=offers(
        MTU_FIX,
        Offer(
            "Until then a small ClientHello, for this run",
            "GODEBUG=tlsmlkem=0 {again}",
            "go !direction=down",
            scope=RUN,
        ),
        Offer("In Docker: the same MTU in daemon.json"),
    ),
    verify=SIZE_CHECK,
    no_use=offers(CLEAN_CACHE, SUMDB_OFF, Offer("another server on the same path")),
)
