"""A live connection's path died and did not come back.

What it finds
    An established connection, after the ClientHello was answered, whose
    client's repeats (REPEATS, 3 or more) or keep-alives stayed unanswered to
    the end. It begins with the last packet heard; where nothing was owed then,
    with the first segment never answered: a pause before it (told from PAUSE, 1
    s) is nobody's fault. From FORGETS (10 s) on, tcp/idle-connection-dropped is
    a rival; from IDLE (20 s), if no keep-alive failed, it is that, if the
    connection outlived no such pause before. Or the server repeated its octets
    for 1.4 s or longer, heard nothing, and reset. One keep-alive on which the
    capture ends counts from ANSWERED (1 s) on.

Why a program hangs
    TCP does not notice an absent peer by itself. With nothing of ours
    outstanding, go's keep-alives find out after 30 + 9 x 15 = 165 s ("read:
    connection timed out"); with a request outstanding the kernel repeats it
    until tcp_retries2, about 15 minutes; a router's ICMP, which is cited, does
    not end that (RFC 1122 section 4.2.3.9).

What to do
    Is the path still gone, or only this connection?
        ping -c 3 ADDRESS; mtr -rwc 20 ADDRESS; ip neigh show
        until timeout 180 go mod download; do sleep 5; done
    Wi-Fi, VPN, NAT, a changed address: start anew; others tell path from server.

Look-alikes
    http/response-missing and http/body-stalled: keep-alives are answered;
    before the first one (30 s) they look the same. tcp/outage: it came back.
    tcp/mtu-black-hole: small segments still pass; where nothing but large
    segments is repeated, and none so large ever arrived, nobody can tell the
    two apart (confidence 0.7). tls/client-hello-dropped: it never worked.

Known false alarms
    A firewall of this machine that was switched on in between; a capture that
    ends in an outage, before TCP gives up (GIVES_UP, 100 s: confidence 0.78);
    one that lacks what was said first (joined late, or cut by the snap length):
    nobody can tell that the connection ever worked (confidence 0.6).

References
    RFC 9293 section 3.8.4; RFC 6298 section 5; tcp(7), tcp_retries2; Go 1.27
    net/dial.go (15 s, 9 probes), net/http/transport.go (30 s); measured: 167 s.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, LIMIT_TIME, PATH_CHECK, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.findings import Alternative, Check, Finding, Threshold, frames, way
from netanalyze.flows.black_hole import only_large_repeated, size_check, size_check_at, upward
from netanalyze.flows.death import Silence, rejecting, repeated_until_reset, silence
from netanalyze.flows.endings import unread
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.network.vantage import vantage
from netanalyze.paste import command, ping
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import Message, Text, counted, message, saying

CAUSE = Cause(
    "tcp/path-death",
    meaning="The path of an open connection died, and did not come back.",
    headline="The path to {place} died during the connection.",
    guarded_by="keepalive",
    silent=True,
    own_time="request",
    owns_retries=True,
    told_by_keep_alive=True,
    fits=("tls-handshake-timeout", "client-timeout", "too-slow", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

REPEATS = Threshold(
    3, "repeats",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: three repeats in vain are 1.4 s or more",
    why="one or two may be lost by chance; if one in 33 is lost, three in a row are one in 37,000",
)  # fmt: skip
IDLE = Threshold(
    20, "s",
    source="Go net/http/transport.go: keep-alives after 30 s; RFC 5382 section 5: 2 h 4 min; chosen here",
    why="after so long a pause something between may have forgotten the connection",
)  # fmt: skip
ANSWERED = Threshold(
    1, "s", source="RFC 6298 section 2.1: who has no better estimate waits 1 s before it repeats",
    why="one keep-alive on which the capture ends may still be answered",
)  # fmt: skip
PAUSE = Threshold(
    1, "s",
    source="Nielsen, Usability Engineering 1993, section 5.5: after 1 s the flow of thought is interrupted",
    why="a shorter pause is part of the exchange, a longer one is worth telling apart from what was lost",
)  # fmt: skip
FORGETS = Threshold(
    10, "s",
    source="Linux nf_conntrack_proto_tcp.c: the shortest timer of a connection that was open (CLOSE) is 10 s",
    why="a shorter pause no table forgets; between that and IDLE it is a rival, not the likelier one",
)  # fmt: skip


IN_VAIN = Proved(
    0.85, "three repeats, or a keep-alive, stay unanswered to the end on a connection that worked", Basis.FRAMES,
    "a short outage begins so; a box that forgot the connection looks the same",
)  # fmt: skip
OFTEN_IN_VAIN = Proved(
    0.93, "four repeats, or two keep-alives", Basis.FRAMES, "no chance loses so many; where the path is cut, is open"
)
GAVE_UP = Proved(
    0.75, "the server repeats its octets for 1.4 s or longer, hears nothing, and resets", Basis.FRAMES,
    "it may be this machine that does not take what arrives",
)  # fmt: skip
ALL_LARGE = Missing(
    "a repeat small enough for any path", Basis.LAB, "large segments alone may be what is lost (MTU)", at_most=0.7
)  # fmt: skip
BEGINNING_UNREAD = Missing(
    "what was said first is not in the capture", Basis.FOREIGN, "perhaps nothing ever arrived", at_most=0.6
)
LAST_HEARD = "{host} was last heard from {time} before the end; {what} stayed unanswered"
DEAF = "nothing sent to {host} arrives for {time}: {what} stayed unanswered, and it repeats what was acknowledged"
AFTER_PAUSE = "after a pause of {pause} what was sent to {host} stayed unanswered for {time}: {what}"

GIVES_UP = Threshold(
    100, "s", source="RFC 9293 section 3.8.3 (MUST-20), RFC 1122 section 4.2.3.5: R2 is 100 s at the least",
    why="so long TCP itself reckons with the path's return, and tries on",
)  # fmt: skip
STILL_TRIES = Missing(
    "the end of the trying: the capture ends sooner than TCP gives up, and the client has not", Basis.FRAMES,
    "an outage that the path comes back from begins with the same frames (tcp/outage)", at_most=0.78,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """An established flow whose client's segments, or keep-alives, stay unanswered to the end."""
    for flow in case.index.eventful:
        again, end = repeated_until_reset(flow), silence(flow)
        if again and vantage([flow]) not in ("client", None):
            yield _given_up(case, flow, again)
        elif end is not None and _in_vain(case, end) and upward(flow, case.end_ns) is None:
            yield _dead(case, flow, end)  # else tcp/mtu-black-hole: small segments behind the large ones arrived


def _in_vain(case: Case, end: Silence) -> bool:
    """Whether so much was tried in vain that nobody is there any more, and no pause was why."""
    if end.repeats < REPEATS.value:
        if not end.keep_alives or (end.keep_alives == 1 and case.end_ns - end.last_try_ns < ANSWERED.ns):
            return False  # the capture ends on it: nobody can tell that it stayed unanswered
    return not (end.forgotten(IDLE.ns) and end.repeats and not end.keep_alives)  # tcp/idle-connection-dropped


def _dead(case: Case, flow: Flow, end: Silence) -> Finding:
    """What was tried from the last packet heard to the end, and never answered."""
    sizes = bool(end.repeats) and not end.keep_alives and only_large_repeated(flow)
    until = end.until_ns(flow, case.end_ns)
    paused = end.own_pause and end.idle_before_ns >= PAUSE.ns
    say = saying(
        host=case.path(flow).name,
        time=duration(until - end.start_ns),
        what=_tries(end),
        pause=duration(end.idle_before_ns),
    )
    error = rejecting(flow, end.last_heard_frame)
    ended = case.run is not None and case.run.end_ns != NEVER_NS
    trying = not (ended or error or flow.ended()) and until - end.start_ns < GIVES_UP.ns
    source, meaning = (error.source, error.meaning) if error is not None else ("", "")
    quotes = message("ICMP {meaning} from {source}, quoting it", meaning=meaning, source=source)
    hears = "the last that shows that the other side hears this one"
    return CAUSE.finding(
        case.path(flow),
        (end.start_ns, until),
        say(DEAF if end.one_way else AFTER_PAUSE if paused else LAST_HEARD),
        frames(
            (end.last_heard_frame, hears if end.one_way else "the last packet from the other side"),
            (
                end.unanswered_frame if paused else 0,
                message("sent {time} later, and never answered", time=duration(end.idle_before_ns)),
            ),
            (error.frame if error is not None and error.frame < end.first_try_frame else 0, quotes),
            (end.first_try_frame, "first repeat or keep-alive after it"),
            (error.frame if error is not None and error.frame > end.first_try_frame else 0, quotes),
            (end.last_try_frame, say("the last of them: {what}, no answer")),
        ),
        confidence(
            IN_VAIN, OFTEN_IN_VAIN.when(end.repeats >= 4 or end.keep_alives >= 2),
            ALL_LARGE.when(sizes), BEGINNING_UNREAD.when(unread(flow)), STILL_TRIES.when(trying),
        ),
        flow,
        fatal=True,
        quantities={"repeats": end.repeats, "keep_alives": end.keep_alives}
        | ({"idle": seconds(end.idle_before_ns)} if paused else {}),
        attributes=(way(0) if end.one_way else {}) | ({"icmp": meaning} if error is not None else {}),
        alternatives=tuple(_alternatives(flow, end, sizes, trying)),
    )  # fmt: skip


def _given_up(case: Case, flow: Flow, again: list[KeptPacket]) -> Finding:
    """The server repeated its last octets, heard nothing any more, and reset the connection; what arrives beside the client,
    and is not heard, local/ingress-dropped tells."""
    client, server = flow.client, flow.server
    say = saying(host=case.path(flow).name, count=len(again), time=duration(server.rst_ns - client.last_ns))
    asleep = Alternative(
        "local/ingress-dropped", "this machine may drop, or sleep through, what still arrives here",
        Check(command="journalctl -k | grep -i suspend; sudo nft list ruleset"),
    )  # fmt: skip
    return CAUSE.finding(
        case.path(flow),
        (client.last_ns, max(server.rst_ns, client.last_ns)),
        say("{host} repeated what it had sent {count} times in {time}, heard nothing, and reset the connection"),
        frames(
            (client.last_frame, "the last packet of this side's"),
            (again[0].frame_number, "the other side repeats what nobody acknowledged"),
            (again[-1].frame_number, say("repeat number {count}, still the same")),
            (server.rst_frame, "it gives up: RST"),
        ),
        confidence(GAVE_UP),
        flow,
        fatal=True,
        quantities={"repeats": len(again), "keep_alives": 0},
        attributes=way(1),
        alternatives=(asleep,),
    )


def _tries(end: Silence) -> Message:
    """What was tried in vain, in words."""
    probes = counted(end.keep_alives, "{number} keep-alive", "{number} keep-alives")
    repeats = counted(end.repeats, "{number} retransmission", "{number} retransmissions")
    if end.keep_alives and end.repeats:
        return message("{first} and {then}", first=probes, then=repeats)
    return probes if end.keep_alives else repeats


def _alternatives(flow: Flow, end: Silence, sizes: bool, trying: bool) -> Iterator[Alternative]:
    address = flow.server.address
    why: Text
    if sizes:
        why = "all that is repeated is large, and nothing so large ever arrived: it may be too big for the path (MTU)"
        yield Alternative("tcp/mtu-black-hole", why, size_check(flow, "up"))
    if unread(flow):
        why = "what the client said first is not in the capture: perhaps nothing of it ever arrived"
        hello = command("curl -svm 10 -o /dev/null https://{url_place}/", url_place=address)
        yield Alternative("tls/client-hello-dropped", why, hello)
    if end.own_pause and end.forgotten(FORGETS.ns):
        why = message("nothing was sent for {time}: a box between may forget", time=duration(end.idle_before_ns))
        yield Alternative("tcp/idle-connection-dropped", why, ping(address))
    if end.repeats + end.keep_alives < 4:
        yield Alternative(
            "local/egress-dropped", "packets of this machine may be dropped behind the capture", ping(address)
        )
    if trying:
        yield Alternative("tcp/outage", "the capture ends while it still tries: the path may come back", ping(address))


def from_socket(socket: WaitingSocket) -> Finding | None:
    """Nothing sent is acknowledged, though it is repeated."""
    if socket.shape is not Shape.PATH_SILENT:
        return None
    history = socket.history
    check = size_check_at(history.remote, history.remote_port, "up")
    return socket.finding(
        CAUSE, socket.path, history.heard_ns,
        "nothing sent to {far} was acknowledged for {seconds}, though it was repeated", "ESTABLISHED, backing off", IN_VAIN,
        alternatives=(Alternative("tcp/mtu-black-hole", "only large segments may be lost", check),),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("a filter before or at the server, whose host is up", None, "link=host-alive"),
        Offer("path beyond {neighbour}, which is up, or server gone", None, "link=hop-alive"),
        "path (NAT, VPN, Wi-Fi?) or server gone; connecting had worked",
    ),
    fix=offers(RUN_AGAIN, LIMIT_TIME, "Behind VPN or NAT: see whether it came up again", ANOTHER_SOURCE, ANOTHER_WAY),
    verify=PATH_CHECK,
    no_use=VAIN,
)
