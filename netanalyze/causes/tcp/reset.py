"""A RST breaks a connection in the middle of a transfer.

What it finds
    The server's RST on an established connection while the client had not
    closed and a response was owed or under way (read from lengths, with TLS
    from records). Attribute origin: injected, peer or unknown, by TTL, IP id,
    number of RSTs, and what comes after it. Attribute own-kernel: the client's
    address had sent RSTs before, and gone on acknowledging after them; they are
    another stack's, the host's, to which a container's segments came by mistake.
    Also a RST before the SYN-ACK, and one after IDLE (10 s) of silence on an
    open connection of a protocol that is neither HTTP nor hidden by TLS, or
    to what is said first after it, where the beginning was not captured:
    servers may end those when they are idle.

Why a program hangs
    It ends at once: "read: connection reset by peer". go fetches nothing again,
    so one reset ends the run; in a loop of CI retries it looks like a hang.

What to do
    Run it again (finished modules are kept), and see whether it comes at the
    same place:
        until go mod download; do sleep 5; done
        curl -vm 300 -o /dev/null https://HOST/PATH
    Injected: a filter or quota on the way, use another mirror or network. The
    server's own: rate limit, restart, load balancer's idle time.

Look-alikes
    tcp/early-close: FIN. tls/reset-after-client-hello: in the handshake.
    http/filtered: right after one request in the clear.
    tcp/idle-connection-dropped: forgotten in silence. http/stream-reset: one
    HTTP/2 stream only.

Known false alarms
    A server that answers data it no longer wants with RST after its last
    response; such an end is judged by the size and the time of the last octets.

References
    RFC 9293 sections 3.5.2 and 3.10.7; RFC 3360; RFC 5961 section 3 (which RSTs
    are accepted); Go 1.27 net/http/transport.go (retries only reused
    connections).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, PORT_CHECK, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.findings import Alternative, Culprit, Finding, Threshold, frames
from netanalyze.flows.death import repeated_until_reset
from netanalyze.flows.endings import (
    UNREAD,
    UNREAD_CHECK,
    acknowledges,
    broken_off,
    last_words,
    perhaps_reset,
    unread,
    what_was_owed,
)
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.inbound_loss import repeats_given_up
from netanalyze.flows.resets import provenance
from netanalyze.units import NEVER_NS, duration
from netanalyze.wire.layers import RST
from netanalyze.wording import Text, joined, message, saying

CAUSE = Cause(
    "tcp/reset",
    meaning="The connection was reset in the midst of a transfer.",
    headline="The connection to {place} is reset in the middle.",
    variants={
        When.NOT_ANSWERED: "The connection to {place} is reset in the place of an answer.",
        When.NOT_GREETED: "The connection to {place} is reset before the server has greeted.",
    },
    answered=True,
    fits=("reset", "tls-reset", "unexpected-eof", "checksum-mismatch"),
    undermined_by=("capture_lossy", "acked_unseen"),
)


IDLE = Threshold(
    10, "s", source="Linux nf_conntrack_proto_tcp.c: the shortest timer of a connection that was open (CLOSE) is 10 s",
    why="a RST sooner behind the last word may be the end of what was said",
)  # fmt: skip
RESET_AMID = Proved(
    0.9, "the server's RST comes while a response is owed or under way, or before its own SYN-ACK", Basis.FRAMES,
    "with TLS that is read from record lengths; who sent it, `origin` says",
)  # fmt: skip
SECOND_STACK = Proved(
    0.85, "the client's address had sent RSTs, and went on acknowledging after them", Basis.LAB,
    "no single stack does both; why the other one answered at all is inferred",
)  # fmt: skip
BEGINNING_UNREAD = Missing(
    "what was said first is not in the capture", Basis.FOREIGN, "the handshake may have been what it broke off", at_most=0.6
)  # fmt: skip
NOTHING_OWED = Missing(
    "nothing is known to have been owed when it came", Basis.FOREIGN, "servers may end a connection that is idle", at_most=0.6
)  # fmt: skip
LIKE_THE_OTHERS = "like the server's other packets"
TWO_STACKS = (
    "two stacks answer at {address}: one reset {count} times what the other had not closed, "
    "and then {host} reset the connection {why}"
)


def check(case: Case) -> Iterator[Finding]:
    """The server's RST, while the client had not closed and a response was owed or under way."""
    for flow in case.index.eventful:
        if not _breaks_off(flow) or ("acked_unseen" in case.diagnostics and _of_a_socket_gone(flow)):
            continue
        why = broken_off(flow)
        if why is None and case.final_error is not None and case.final_error.kind == "reset" and perhaps_reset(flow):
            why = "behind octets of a response, which the command says is not whole"
        unasked = _unasked(flow) if why is None else None
        if (why := why or unasked) is not None:
            yield _two_stacks(flow, why) if flow.two_stacks else _finding(case, flow, why, unasked is not None)


def _breaks_off(flow: Flow) -> bool:
    """Whether the server's RST is the first end of the flow."""
    server, client = flow.server, flow.client
    if not server.rst_count or not flow.established:
        return False
    closed = [client.fin_frame, server.fin_frame, 0 if flow.two_stacks else client.rst_frame]
    if any(0 < frame < server.rst_frame for frame in closed):
        return False  # answers the client's own close, or what the client sent after the server's FIN
    # where the server gave its repeats up: that nobody acknowledged them is what went wrong
    return not (repeats_given_up(flow) or repeated_until_reset(flow))


def _of_a_socket_gone(flow: Flow) -> bool:
    """Whether the server's RST answers a segment that found no connection any more: it has no ACK (RFC 9293 section 3.10.7.1).
    The server had ended it before; where the capture lacks frames, that end may be among them."""
    return not acknowledges(flow, flow.server.rst_frame)


def _finding(case: Case, flow: Flow, why: Text, unasked: bool) -> Finding:
    server, client = flow.server, flow.client
    origin, signs = provenance(flow)
    start = max(server.last_data_ns, client.last_data_ns)
    return CAUSE.finding(
        case.path(flow) if origin == "injected" else case.far_host(flow),
        (min(start, server.rst_ns) if start != NEVER_NS else server.rst_ns, server.rst_ns),
        message("the connection to {host} was reset {why}", host=flow.destination, why=why),
        frames(
            *last_words(flow, server.rst_frame),
            (server.rst_frame, message("RST ({signs})", signs=joined(signs) or LIKE_THE_OTHERS)),
            (server.syn_frame if server.rst_frame < server.syn_frame else 0, "the server's SYN-ACK still comes"),
        ),
        confidence(
            RESET_AMID,
            BEGINNING_UNREAD.when(unread(flow)),
            NOTHING_OWED.when(unasked and server.rst_frame > server.syn_frame),
        ),
        flow,
        fatal=True,
        alternatives=(Alternative("tls/reset-after-client-hello", UNREAD, UNREAD_CHECK),) if unread(flow) else (),
        quantities={"octets": server.octets, "resets": server.rst_count},
        attributes={"origin": origin} | what_was_owed(why),
    )


def _two_stacks(flow: Flow, why: Text) -> Finding:
    """The server's RST after RSTs that a second stack at the client's address sent, while the client's own went on."""
    server, client = flow.server, flow.client
    resets = [p for p in flow.packets if p.direction == 0 and p.flags & RST]
    sent = (p for p in reversed(flow.data_packets[1]) if p.frame_number < client.rst_frame)
    late = next(sent, None)
    say = saying(address=client.address, count=client.rst_count, host=flow.destination, why=why)
    return CAUSE.finding(
        Culprit("client-host"),
        (min(client.rst_ns, server.rst_ns), server.rst_ns),
        say(TWO_STACKS),
        frames(
            (late.frame_number if late else 0, "a segment that the client had acknowledged before comes again"),
            (client.rst_frame, "RST from the client's address, though its connection goes on"),
            (server.acked_frame, "the client acknowledges new octets after it"),
            (resets[-1].frame_number if len(resets) > 1 else 0, say("RST number {count} of these")),
            (server.rst_frame, "the server resets"),
        ),
        confidence(SECOND_STACK),
        flow,
        fatal=True,
        quantities={"octets": server.octets, "resets": server.rst_count, "own_resets": client.rst_count},
        attributes={"origin": "own-kernel"},
    )


def _unasked(flow: Flow) -> Text | None:
    """How a RST broke a connection off on which nothing was known to be owed: before its SYN-ACK, or while it lay open and
    idle. Of HTTP, and of what TLS hides, a server may end an idle connection as it likes (RFC 9112 section 9.8)."""
    client, server = flow.client, flow.server
    if flow.seen_from_start and 0 < server.rst_frame < server.syn_frame:
        return None if server.sent_data else "though its SYN-ACK still came"
    if flow.tls is not None or flow.http is not None or flow.speaks_http:
        return None
    if not (client.sent_data and server.sent_data):
        return None
    if client.acked < client.next:
        return _forgotten(flow) or _in_its_name(flow)
    if server.fin_frame or flow.data_direction != 1:
        return None
    idle = server.rst_ns - max(client.last_ns, server.last_data_ns)
    return message("after {time} in which nothing was said", time=duration(idle)) if idle >= IDLE.ns else None


def _forgotten(flow: Flow) -> Text | None:
    """How a RST answered what was said first after a pause, on a flow whose beginning nobody saw: whoever sent it knows of no
    such connection (RFC 9293 section 3.10.7.1), whichever side it was that asked."""
    spoke = flow.client.last_data_frame
    pause = next((gap for gap in flow.gaps if gap.next_frame == spoke and gap.end_ns - gap.start_ns >= IDLE.ns), None)
    if pause is None or not _of_a_socket_gone(flow):
        return None
    return message("as something was said after {time} of silence", time=duration(pause.end_ns - pause.start_ns))


def _in_its_name(flow: Flow) -> Text | None:
    """How a RST that is none of the server's answered what was said last, on a connection that stood open: a server's own may
    be its way to end one."""
    return "in answer to what was said last" if provenance(flow)[0] == "injected" else None


ADVICE = Page(
    where=offers(
        Offer("path: somebody on the way sent the reset; server not guilty", None, "origin=injected"),
        Offer("this host's kernel resets what it takes for INVALID (conntrack)", None, "origin=own-kernel"),
        Offer("server: the reset is its own", None, "origin=peer"),
        Offer("server or path: who sent the reset is not proven"),
    ),
    fix=offers(
        Offer(
            "Drop what conntrack calls INVALID (until the host restarts)",
            "sudo iptables -I INPUT -m conntrack --ctstate INVALID -j DROP",
            "origin=own-kernel",
        ),
        Offer(
            "Let conntrack take late segments for valid",
            "sudo sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1",
            "origin=own-kernel",
            otherwise=True,
        ),
        RUN_AGAIN,
        Offer("Until it is through", "until {again}; do sleep 5; done", "go"),
        ANOTHER_SOURCE,
        ANOTHER_WAY,
    ),
    verify=commands(
        Offer("", "sudo conntrack -S | grep -o 'invalid=[0-9]*'", "origin=own-kernel"),
        Offer("", "curl -v --max-time 60 {fetch} -o /dev/null", "through-proxy !role=http-proxy"),
        Offer("", "curl -v --max-time 60 {scheme}://{origin}/ -o /dev/null", "!port=22"),
        *PORT_CHECK,
    ),
    no_use=VAIN,
)
