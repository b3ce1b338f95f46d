r"""The response began and stopped, though the path is alive.

What it finds
    On a connection that speaks HTTP, a wait for the rest of a body of PATIENCE
    (5 s) or longer with our window open, nothing missing and nothing repeated:
    to the end of the run, or in the middle, after which the server went on by
    itself; in a download also shorter ones that made it longer by 2 s and half
    of what it would have taken. That the body is not whole is read from
    lengths, in the clear or from records. An answered keep-alive proves it.

Why a program hangs
    No timer of go, git or curl limits the wait for the next octet of a body.
    While the peer's kernel answers keep-alives (go: after 30 s, then each 15 s)
    it lasts for ever. go's line "200 OK" is no end: it is printed with the
    headers.

What to do
    Run it with an end; finished modules stay in the cache:
        until timeout 120 go mod download; do sleep 5; done
        GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 go mod download
        GODEBUG=http2client=0 go mod download          # over HTTP/1.1
    See where it stands with Ctrl-\ (SIGQUIT): http2 pipe.Read. Else another
    mirror.

Look-alikes
    tcp/path-death: repeats or keep-alives stay unanswered; before the first one
    both look the same. http/response-missing: no response had begun.
    tcp/receiver-window-closed: we do not read. tcp/mtu-black-hole: a hole.
    tcp/outage: the path was gone, and repeats follow.

Known false alarms
    The end of a body is inferred from record sizes, so a whole response with an
    odd last record may be taken for a cut one (its confidence is lowered).

References
    Go 1.27 cmd/go/internal/modfetch/proxy.go (Zip: no deadline),
    net/http/transport.go; RFC 9113 section 8.1 (END_STREAM); git-config(1),
    http.lowSpeedTime.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, FASTER_LINE, LIMIT_TIME, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.http._advice import HTTP1, HTTP1_GIT, PROXY_OR_SERVER, RATE, WAITING_ON
from netanalyze.causes.pacing import PAUSE_LEAST_NS, pauses_that_cost
from netanalyze.causes.patience import least, patience
from netanalyze.causes.response_owed import dead_path, heard_since, unproved, way, which_is_open
from netanalyze.clients.client import Client
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.black_hole import downward
from netanalyze.flows.death import proved_dead
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.later import body_had
from netanalyze.flows.pushing import paced, played, speaks_in_messages
from netanalyze.flows.stalls import Stall, answers_owed
from netanalyze.flows.transfers.outages import interrupted
from netanalyze.flows.within import last_answered
from netanalyze.paste import command
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.units import duration, seconds
from netanalyze.waiting import Waiting
from netanalyze.wording import saying

CAUSE = Cause(
    "http/body-stalled",
    meaning="The response began and then stopped, on a path that is alive.",
    headline="{place} stops in the middle of a response.",
    variants={
        When.BEHIND_PROXY: "A response of {place} stops in its middle, on its way through the HTTP proxy.",
        When.SOCKET_FELL_SILENT: "{place} has gone silent; octets that had come from it before: {octets}.",
    },
    guarded_by="body",
    waiting=Waiting.BODY,
    fits=("client-timeout", "too-slow", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
    misses=(1,),
)

PATIENCE = Threshold(
    5, "s",
    source="chosen here as in http/response-missing; go, git and curl have no limit by default (http.lowSpeedTime)",
    why="longer than a disk or a cache makes a server pause",
)  # fmt: skip
RECEIVED_LAST = Proved(
    0.65, "a socket received last, and every request that is known had its head", Basis.LAB,
    "another may have been asked",
)  # fmt: skip
IN_A_BODY = Proved(
    0.75, "what came last was written to a file, or no file of the command's speaks against it", Basis.LAB,
    "a socket does not show whether it was all",
)  # fmt: skip
STOPPED = Proved(
    0.72, "the response stopped before its end, all that came is acknowledged, the window is open", Basis.LAB,
    "until a keep-alive is answered, a dead path looks the same",
)  # fmt: skip
PATH_ALIVE = Proved(
    0.92, "a keep-alive was answered, or the server sent one, since it stopped", Basis.LAB,
    "the path and the server's kernel live: who is silent is the program",
)  # fmt: skip
MAY_BE_WHOLE = Missing(
    "that the response is not whole", Basis.FOREIGN,
    "it is encrypted: its end is inferred from sizes of records, and an odd last one may be taken for a cut one",
    share=0.75,
)  # fmt: skip
WENT_ON = Proved(
    0.75, "the server paused in the middle, nothing was sent twice, and it went on", Basis.LAB,
    "a path that was gone for a while, and lost nothing, looks the same",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A wait for the rest of a body of PATIENCE or longer, to the end, with our window open."""
    for flow in case.index.eventful:
        if flow.longest_gap_ns < min(least(case, PATIENCE), PAUSE_LEAST_NS):
            continue  # neither waited for so long, nor paused as long as a pause that costs
        if not answers_owed(flow, case.client.name):
            continue
        yield from _paused(case, flow)
        stalls = [s for s in case.stalls_of(flow) if s.waiting_for in ("body", "response", "ack", "window_update")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "body" or last.gap is None:
            continue
        if last.ns < patience(case, PATIENCE, "body", flow.names, (last.start_ns, last.end_ns)):
            continue
        if last.gap.next_kind == KIND_DATA or proved_dead(flow) or flow.client.zero_since_ns > 0:
            continue
        if downward(flow, case.end_ns) is not None:
            continue  # octets are missing: the path, not the server
        if interrupted(flow, last.gap):
            continue  # the server had sent more: tcp/outage
        if last.gap.next_direction == 1 and last.gap.next_kind:
            continue  # the server itself ended it: tcp/reset, tcp/early-close
        if body_had(case.client.name, last, case.index.begun):
            continue
        read = application(flow) if flow.tls is not None else None
        certain = read is None or read.ended is False
        if not certain and case.trace is not None and any(r.host == flow.host for r in case.trace.open_requests):
            continue  # what is missing is a whole response: http/response-missing
        yield _stopped(case, flow, last, last.gap, certain)


def _stopped(case: Case, flow: Flow, last: Stall, gap: Gap, certain: bool) -> Finding:
    """The finding of a response that stopped for good."""
    read = application(flow) if flow.tls is not None else None
    start = min(flow.server.last_data_ns, last.start_ns)
    proved, tail = heard_since(gap), gap.data_frame_1
    taken = flow.server.acked_frame if tail < flow.server.acked_frame <= gap.last_frame else gap.last_frame
    octets = gap.sent_1 - (read.responses[0].stream_offset if read is not None and read.responses else 1)
    say = saying(
        host=flow.destination, number=f"{octets:,}", time=duration(last.end_ns - start), why=case.body_reason(flow)
    )
    return CAUSE.finding(
        case.far_host(flow), (start, last.end_ns),
        say("{host} sent {number} octets of responses and stopped in the middle of one for {time}"),
        frames(
            (tail, say("the last octets of the body: {why}")),
            (taken if taken != tail else 0, "the client has taken everything, its window is open"),
            (gap.next_frame, "the client closes"),
        ),
        confidence(STOPPED, PATH_ALIVE.when(proved), MAY_BE_WHOLE.when(not certain)), flow, fatal=True,
        quantities={"octets": octets, "keep_alives_answered": gap.answers_0},
        attributes=way(flow, proved), counter_evidence=unproved(proved),
        alternatives=_others(flow, proved, certain, case.client),
    )  # fmt: skip


def _others(flow: Flow, proved: bool, certain: bool, client: Client) -> tuple[Alternative, ...]:
    """What else it may be: a dead path until a keep-alive is answered, another response where this one may be whole."""
    read = application(flow) if flow.tls is not None else None
    if certain or read is None or not read.parallel:
        return dead_path(flow, proved)
    why = "requests ran side by side: this response may be whole, and another one not begun"
    return (Alternative("http/response-missing", why, which_is_open(client)), *dead_path(flow, proved))


def _paused(case: Case, flow: Flow) -> Iterator[Finding]:
    """Pauses of PATIENCE or longer in the middle of a body after which the server went on.

    Of a program that is not known, pauses of one length, and pauses between messages, are a stream's.
    """
    shorter = pauses_that_cost(case, flow)
    bodies = [s for s in case.stalls_of(flow) if s.waiting_for == "body" and (
        s.ns >= PATIENCE.ns or any(cost.start_ns < s.end_ns and s.start_ns < cost.end_ns for cost in shorter))]  # fmt: skip
    unknown = case.client.name == "generic" and bool(bodies)
    if unknown and (played(flow) or speaks_in_messages(flow, _asked_ns(flow, bodies[0]), bodies[-1].end_ns)):
        return
    timed = paced(bodies) if unknown else set()
    for stall in bodies:
        gap = stall.gap
        if gap is None or gap.next_kind != KIND_DATA or gap.next_direction != 1:
            continue
        if interrupted(flow, gap) or id(stall) in timed or _held_open(case, flow, stall):
            continue
        say = saying(host=flow.destination, time=duration(stall.ns))
        ping = command("ping -c3 {address}", address=flow.server.address)
        gone = Alternative("tcp/outage", "a path that was gone for a while leaves the same silence", ping)
        yield CAUSE.finding(
            case.far_host(flow), (stall.start_ns, stall.end_ns),
            say("{host} stopped in the middle of a response for {time}, then went on"),
            frames(
                (gap.last_frame, "everything sent is acknowledged, our window is open"),
                (gap.next_frame, say("the server goes on {time} later, with nothing it had sent before")),
            ),
            confidence(WENT_ON), flow, quantities={"pause": seconds(stall.ns)},
            attributes={"resumed": "yes"} | way(flow, True), alternatives=(gone,),
        )  # fmt: skip


def _asked_ns(flow: Flow, stall: Stall) -> int:
    """When the client last spoke before a wait."""
    return max((r.time_ns for r in flow.application_records(0) if r.time_ns <= stall.start_ns), default=flow.first_ns)


def _held_open(case: Case, flow: Flow, stall: Stall) -> bool:
    """Whether a response without a length in clear is one that its server keeps open for events (a long poll), as far as
    one can tell: of a command that is not known, which went on meanwhile on other connections."""
    if case.client.name != "generic" or flow.clear is None:
        return False
    asked = last_answered(flow, stall.last_frame)
    if asked is None or asked.body_kind == "length":
        return False
    return case.index.sending.beside(flow.id, stall.end_ns - 1, stall.start_ns + 1)


def from_socket(socket: WaitingSocket) -> Finding | None:
    """An answer had begun, by its size, a file that was written or the command's own lines, and nothing came since."""
    if socket.shape is not Shape.BODY_STOPPED:
        return None
    return socket.finding(
        CAUSE, socket.server, socket.history.received_ns,
        "{far} sent {received} octets, and none for {seconds}", "ESTABLISHED, all acknowledged, received last",
        RECEIVED_LAST, IN_A_BODY.when(socket.written is not False),
        alternatives=(socket.or_else("http/response-missing"), socket.lost_on_the_way),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        PROXY_OR_SERVER,
        Offer("server: it stopped in the midst of the response; path alive", None, "path=alive"),
        "server: it stopped in the midst of the response; or the path died",
    ),
    fix=offers(LIMIT_TIME, ANOTHER_SOURCE, HTTP1, HTTP1_GIT),
    verify=RATE,
    no_use=offers(WAITING_ON, CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
)
