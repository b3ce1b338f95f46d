"""The server's first flight began and stopped, with no sign of loss.

What it finds
    Octets of the server after the ClientHello, then PATIENCE (2.5 s) or more of
    silence before the handshake was over. Nothing is missing between what came
    (a hole would be tcp/mtu-black-hole or tcp/loss), no reset, no alert, and
    neither the client repeats nor the server (REPEATS, 3). What came is
    acknowledged: else frames are missing.

Why a program hangs
    The client has half of what it needs and waits for the rest: 10 s in go from
    the end of connect, 300 s in git.

What to do
    See how far it comes, and whether the size decides:
        openssl s_client -connect HOST:443 -servername HOST -msg </dev/null
        ping -M do -s 1472 ADDRESS; ip link show IFACE | grep mtu
    If certificates never come while short answers do: lower the MTU or clamp
    the MSS on this side. Otherwise the server, or an inspection before it,
    stopped: another mirror.

Look-alikes
    tls/server-hello-missing: not one octet came. tcp/mtu-black-hole: a later,
    shorter segment arrives behind a hole. tcp/path-death: keep-alives or
    repeats stay unanswered. tls/certificate-rejected: the flight is whole, the
    client ends it.

Known false alarms
    A server that holds its last segments back when nothing is acknowledged
    looks the same as one whose full-size segments are lost at the start of a
    new window.

References
    RFC 8446 section 2 (figure 1); Go 1.27 net/http/transport.go
    (TLSHandshakeTimeout 10 s); RFC 4821 section 7 on black holes.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, MTU_FIX, PAST_PROXY_ONCE, RUN_AGAIN, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.patience import patience
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward, size_check
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import HelloFacts, handshake_complete, hello_facts
from netanalyze.tracking.marks import RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/server-flight-incomplete",
    meaning="The server began its first flight and stopped within it, and no loss explains that.",
    headline="{place} stops in the middle of its TLS handshake.",
    guarded_by="tls",
    fits=("tls-handshake-timeout", "git-tls-timeout", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
    misses=(0, 1),
)

PATIENCE = Threshold(
    2.5, "s",
    source="chosen here: a quarter of Go's TLSHandshakeTimeout (net/http/transport.go)",
    why="longer than the repair of a lost segment, sooner than the client's timer",
)  # fmt: skip
REPEATS = Threshold(
    3, "repeats", source="RFC 6298 section 5.5, as in local/ingress-dropped: three repeats take 1.4 s or more",
    why="one or two repair a loss, and the flight goes on; more say that the server waits for its client",
)  # fmt: skip
HANDSHAKE_TURNS = 2
"""The ClientHello, and what answers the server's flight or its HelloRetryRequest (RFC 8446 section 2.1, RFC 5246 section 7.3)."""
STOPPED = Proved(
    0.85, "the server's flight began and stopped, nothing is missing from what came", Basis.LAB,
    "full-size segments behind it may all have been lost, which leaves no hole to see",
)  # fmt: skip
BY_ITS_OCTETS = Proved(
    0.8, "less than a record of octets came on a socket, and nothing was sent since", Basis.LAB,
    "that they are the server's flight, port and age tell",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Octets of the server after the ClientHello, then silence before the handshake was over."""
    for flow in case.index.eventful:
        facts, server = hello_facts(flow), flow.server
        if facts is None or not facts.answer_frame or _ended_otherwise(case, flow, facts) or _in_parts(flow):
            continue
        start, end, ended = server.last_data_ns, case.until(flow), flow.ended()
        if start == NEVER_NS or flow.client.streak >= 3:
            continue
        if end - start < patience(case, PATIENCE, "tls", flow.names, (start, end)):
            continue
        octets = server.contiguous - 1
        say = saying(host=flow.destination, octets=octets, time=duration(end - start))
        mtu = Alternative("tcp/mtu-black-hole", "full-size segments behind may be lost", size_check(flow, "down"))
        yield CAUSE.finding(
            case.far_host(flow), (start, end),
            say("{host} began its answer ({octets} octets) and stopped for {time}"),
            frames(
                *_came(facts.answer_frame, server.last_data_frame), (ended[3] if ended else 0, "the client gives up")
            ),
            confidence(STOPPED), flow, fatal=True, quantities={"octets": octets}, alternatives=(mtu,),
        )  # fmt: skip


def _ended_otherwise(case: Case, flow: Flow, facts: HelloFacts) -> bool:
    """Whether the handshake went through, or ended by something else than the server's silence: its word, a loss."""
    server, ended = flow.server, flow.ended()
    return bool(
        handshake_complete(flow)
        or flow.tls.not_tls
        or flow.tls.clear_alert()
        or server.rst_count
        or server.next > max(server.contiguous, server.acked)
        or downward(flow, case.end_ns)
        or flow.application_records(0)
        or _turns(flow, facts.frames[0]) > HANDSHAKE_TURNS
        or flow.first_data_after_finished()
        or case.used_later(flow)
        or (ended and ended[1] == 1)
    )


def _turns(flow: Flow, hello_frame: int) -> int:
    """How often the client began to speak from its ClientHello on (a proxy or STARTTLS may come before it): whoever speaks once
    more than a handshake asks for has finished it, though the snap length may hide its records."""
    said = sorted(
        (p.frame_number, p.direction) for side in flow.data_packets for p in side if p.frame_number >= hello_frame
    )
    return sum(d == 0 and (at == 0 or said[at - 1][1] == 1) for at, (_, d) in enumerate(said))


def _in_parts(flow: Flow) -> bool:
    """Whether the capture lacks parts of the flow, or the server repeats itself: then it is not the server that stopped.

    Octets are acknowledged that are not in the file, or what the server sent is not: its client acknowledges at once what
    comes (RFC 9293 section 3.8.6.3), and where it does not hear, the server sends again.
    """
    client, server = flow.client, flow.server
    said = server.contiguous - (server.fin_frame > 0)  # whether its FIN was heard matters to nobody
    if client.acked > client.next or server.acked > server.next or server.acked < said:
        return True
    again = RETRANSMISSION | SPURIOUS_RETRANSMISSION
    return sum(bool(p.marks & again) for p in flow.data_packets[1]) >= REPEATS.value


def _came(first: int, last: int) -> tuple[tuple[int, str], ...]:
    """Which frames brought the server's flight, as far as it came."""
    if first == last:
        return ((first, "all that came of the server's flight; the handshake is not over"),)
    return (first, "the first octets of the server's flight"), (last, "its last octets; the handshake is not over")


def from_socket(socket: WaitingSocket) -> Finding | None:
    """The first octets of a server came, and no more, and the client did not go on."""
    if socket.shape is not Shape.FLIGHT_STOPPED:
        return None
    return socket.finding(
        CAUSE, socket.server, socket.history.received_ns,
        "{far} sent {received} octets of its first flight, and none for {seconds}; the client did not go on",
        "ESTABLISHED, all acknowledged, nothing sent since it received", BY_ITS_OCTETS, alternatives=(socket.lost_on_the_way,),
    )  # fmt: skip


ADVICE = Page(
    where=offers("server or a box before it: stopped in its first flight"),
    fix=offers(PAST_PROXY_ONCE, ANOTHER_SOURCE, RUN_AGAIN, MTU_FIX),
    verify=TLS_CHECK,
    no_use=VAIN,
)
