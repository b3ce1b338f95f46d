"""Nothing of the ClientHello is ever acknowledged.

What it finds
    TCP connected. Then the ClientHello was sent three times or more, over
    PATIENCE (1.2 s) or longer, and not one octet of it was acknowledged or
    SACKed; no reset, no data from the server.

Why a program hangs
    The kernel repeats it after 0.2, 0.4, 0.8 s and so on, longer each time; the
    program just waits. go ends it 10 s after the connection ("net/http: TLS
    handshake timeout"); no FIN is seen, as it queues behind the data. git waits
    300 s. Neither tries again.

What to do
    The address is open, the name seems not to be. Compare names, sizes and
    networks:
        curl -svm 15 -o /dev/null https://HOST/
        openssl s_client -connect ADDRESS:443 -servername example.com </dev/null
        GODEBUG=tlsmlkem=0 go mod download             # a small ClientHello
    Works with the small one: a box drops large ones. Otherwise another mirror
    (GOPROXY=https://goproxy.cn,direct) or HTTPS_PROXY.

Look-alikes
    tls/large-client-hello-dropped: a part of it is acknowledged or SACKed.
    tls/server-hello-missing: all of it is. tcp/mtu-black-hole: only full-size
    segments vanish, so that a short tail is SACKed. tcp/path-death: the whole
    path died just then; ping fails too.

Known false alarms
    A path that died right after TCP had connected looks the same, until ping
    says so. A server that froze does not: its kernel still acknowledges.

References
    RFC 6298 section 5; Linux TCP_RTO_MIN (200 ms); Go 1.27
    net/http/transport.go (TLSHandshakeTimeout); measured: ClientHello of 1538
    octets in Go 1.27, 312 with tlsmlkem=0.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, PAST_PROXY_ONCE, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.tls._advice import SMALL_HELLO
from netanalyze.findings import Alternative, Check, Finding, frames, repeats, segments
from netanalyze.flows.black_hole import size_check_at
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import HelloFacts, hello_facts, repeated_in_vain, sent_again, sni_shown
from netanalyze.paste import command, ping, place, small_hello
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tls/client-hello-dropped",
    meaning="Not one octet of the ClientHello was ever acknowledged.",
    headline="The ClientHello to {place} is swallowed on the way.",
    guarded_by="tls",
    owns_retries=True,
    fits=("tls-handshake-timeout", "git-tls-timeout", "client-timeout", "git-connect-timeout", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

ONE_SEGMENT = 1300
"""Octets of a ClientHello that go into one segment on any path; a larger one may be what is dropped."""

REPEATED = Proved(
    0.85, "the ClientHello was sent three times or more, and nothing of it is acknowledged", Basis.LAB,
    "TCP had connected; a path that died in the same second would look alike",
)  # fmt: skip
REPEATED_OFTEN = Proved(
    0.93, "it was sent five times or more (3 s)", Basis.LAB,
    "what is lost by chance comes through by then, and a path that died would do so at other moments, too",
)  # fmt: skip
MAY_BE_SACKED = Missing(
    "frames are cut, and an acknowledgment came after the ClientHello", Basis.FOREIGN,
    "its SACK option may lie beyond the cut: then a part of the ClientHello did arrive", at_most=0.6,
)  # fmt: skip
NOT_EVEN_THE_ACK = Missing(
    "the server repeats its SYN-ACK after the ClientHello was sent", Basis.FRAMES,
    "it has not taken the client's ACK either, which no filter by name drops: its queue of connections to accept is full "
    "(listen(2), tcp(7) tcp_abort_on_overflow), or all that follows the SYN is lost", at_most=0.5,
)  # fmt: skip
QUEUE_FULL = "the server goes on repeating its SYN-ACK: not even the ACK was taken (queue to accept full?)"
QUEUE_CHECK = Check("on the server: ss -ltn (Recv-Q above Send-Q), nstat -az TcpExtListenOverflows")


def check(case: Case) -> Iterator[Finding]:
    """A ClientHello sent again and again, with not one octet acknowledged or SACKed, though TCP had connected."""
    for flow in case.index.eventful:
        facts, client, server = hello_facts(flow), flow.client, flow.server
        if facts is None or facts.acked or facts.sacked or facts.answer_frame or not flow.established:
            continue
        end = case.until(flow)
        if server.rst_count or not flow.seen_from_start or not repeated_in_vain(flow, facts, end):
            continue
        untaken = server.syn_count > 1 and server.syn_last_ns > facts.start_ns
        passed = next((f for f in case.index.answered_from.get(server.address, ()) if f.id != flow.id), None)
        say = saying(
            host=flow.destination, address=server.address, port=server.port, octets=facts.octets,
            flow=passed.id if passed is not None else None, sni=sni_shown(flow, case.cut_at),
            time=duration(max(server.syn_ns - flow.last_syn_ns, 0)),
        )  # fmt: skip
        yield CAUSE.finding(
            case.far_host(flow),
            (facts.start_ns, end),
            message(
                "the ClientHello to {host} ({octets} octets) was sent {count} times; not one octet was acknowledged",
                host=flow.destination, octets=facts.octets, count=client.streak + 1,
            ),
            frames(
                (flow.established_frame, say("TCP connected in {time}: {address}:{port} is reachable")),
                *segments(facts.carriers, say("ClientHello, {octets} octets, SNI {sni}")),
                *repeats(client.streak_first_frame, "sent again: nothing is ACKed or SACKed", client.streak_last_frame,
                         message("sent {count} more times; not one octet ACKed or SACKed", count=client.streak),
                         sent_again(flow)),
            ),
            confidence(
                REPEATED, REPEATED_OFTEN.when(client.streak >= 4),
                MAY_BE_SACKED.when("truncated_frames" in case.diagnostics and server.last_frame > facts.frames[0]),
                NOT_EVEN_THE_ACK.when(untaken),
            ),
            flow,
            fatal=True,
            quantities={"octets": facts.octets, "segments": len(facts.segments), "repeats": client.streak,
                        "sni": flow.tls.sni},
            counter_evidence=(*(() if passed is None else (say("another connection to {address} worked (flow {flow})"),)),
                              *((QUEUE_FULL,) if untaken else ())),
            alternatives=(*((Alternative("tcp/path-death", QUEUE_FULL, QUEUE_CHECK),) if untaken else ()),
                          *_alternatives(case, flow, facts))[: 1 if untaken else None],
        )  # fmt: skip


def _alternatives(case: Case, flow: Flow, facts: HelloFacts) -> Iterator[Alternative]:
    if len(facts.segments) > 1 or facts.octets > ONE_SEGMENT:
        small = command(
            "openssl s_client -connect {url_place}:443 -groups X25519", url_place=place(flow.host, flow.server.address)
        )
        if case.client.name == "go":
            small = Check(command=f"GODEBUG=tlsmlkem=0 {case.client.again}")
        why = message("the ClientHello is large ({octets} octets)", octets=facts.octets)
        yield Alternative("tls/large-client-hello-dropped", why, small)
    ping = command("ping -c3 {address}", address=flow.server.address)
    yield Alternative("tcp/path-death", "the path may have died right after the handshake", ping)


def from_socket(socket: WaitingSocket) -> Finding | None:
    """Nothing of a ClientHello is acknowledged, though it is repeated."""
    if socket.shape is not Shape.HELLO_SILENT:
        return None
    history = socket.history
    part = "a socket does not show which octets of the hello are dropped"
    return socket.finding(
        CAUSE, socket.path, history.heard_ns,
        "the first {sent} octets to {far}, a ClientHello, were sent again and again for {seconds}, and none was acknowledged",
        "ESTABLISHED, {unacked} segments unacknowledged", REPEATED,
        alternatives=(
            Alternative("tls/large-client-hello-dropped", part, small_hello(socket.path.host, history.remote)),
            Alternative("tcp/path-death", "the path may have died after the connect", ping(history.remote)),
            Alternative("tcp/mtu-black-hole", "only large segments may be lost",
                        size_check_at(history.remote, history.remote_port, "up")),
        ),
    )  # fmt: skip


ADVICE = Page(
    where=offers("path (a filter by name?); not this machine; server not proven guilty"),
    fix=offers(PAST_PROXY_ONCE, ANOTHER_SOURCE, SMALL_HELLO, ANOTHER_WAY),
    verify=TLS_CHECK,
    no_use=VAIN,
)
