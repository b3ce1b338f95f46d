r"""The request was acknowledged, and no response came.

What it finds
    An HTTP request, acknowledged, to which nothing came for PATIENCE (5 s) or
    longer (one in clear that the client gives up: for GIVEN_UP, 1 s), to the
    end, on a path that does not show itself dead. What the timer of the
    command's own line ended counts however short it was. With requests
    side by side, packets alone cannot tell which one is open: then go's lines
    decide, where there are some, or silence of LONG (15 s), to AT_END (2 s)
    before the end. Control frames of HTTP/2 are none. SSH's first line is owed, too.

Why a program hangs
    The go command has no time limit for a response, nor has git. As long as the
    server's kernel answers keep-alives (after 30 s, then each 15 s) it hangs
    for ever; the last line is "# get URL".

What to do
    See that it is the server, then run it with an end:
        curl -sSm 30 -o /dev/null -w '%{http_code} %{time_starttransfer}\n' URL
        until timeout 120 go mod download; do sleep 5; done
        GODEBUG=http2debug=1 go mod download           # which stream is open
    A proxy may be fetching the module from its origin: again in a minute, or
    another mirror. Ctrl-\ shows http2 roundTrip.

Look-alikes
    tcp/path-death: keep-alives stay unanswered; before the first one nobody can
    tell. http/body-stalled: the response had begun. local/cache-lock-held:
    nothing is open. http/response-late: it comes. tls/server-hello-missing:
    still in the handshake.

Known false alarms
    Long polling and idle HTTP/2 connections of other programs (of a program
    that is not known, TLS captured midway and who speaks on unanswered are left
    out, and what ALPN or the port says is no HTTP always); with two
    requests at once, silence after all answers (confidence 0.5 without go's
    lines).

References
    Go 1.27 net/http/transport.go (no ResponseHeaderTimeout in
    DefaultTransport), cmd/go/internal/web/http.go,
    net/http/internal/http2/config.go (no pings by default); RFC 9113 section
    5.1.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import (
    ANOTHER_SOURCE,
    CLEAN_CACHE,
    FASTER_LINE,
    LIMIT_TIME,
    PAST_PROXY_ONCE,
    SUMDB_OFF,
    WAITING_FOR_EVER,
)
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.http._advice import ANSWER_CHECK, PROXY_OR_SERVER
from netanalyze.causes.patience import least, patience
from netanalyze.causes.response_owed import (
    acknowledged,
    dead_path,
    greeting_owed,
    heard_since,
    local_wait,
    lost_on_the_way,
    unproved,
    way,
)
from netanalyze.findings import Alternative, Check, Finding, Threshold, frames
from netanalyze.flows.application import Application, application
from netanalyze.flows.death import silence
from netanalyze.flows.flow import Flow
from netanalyze.flows.next_move import asks_on
from netanalyze.flows.stalls import Stall, answers_owed
from netanalyze.tracking.gaps import KIND_DATA, KIND_FIN, KIND_NONE, KIND_RST
from netanalyze.units import duration
from netanalyze.waiting import Waiting
from netanalyze.wording import saying

CAUSE = Cause(
    "http/response-missing",
    meaning="The request arrived, and no response came.",
    headline="{place} takes the request and never answers.",
    variants={
        When.BEHIND_PROXY: "No answer to the request for {place} comes back through the HTTP proxy.",
        When.ONLY_LIKELY: "{place} seems to owe a response: packets cannot tell whether one is due.",
        When.SOCKET_FELL_SILENT: "{place} has gone silent; octets that had come from it before: {octets}.",
    },
    guarded_by="response",
    waiting=Waiting.RESPONSE,
    own_time="request",
    fits=("client-timeout", "too-slow", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
    misses=(1,),
)

PATIENCE = Threshold(
    5, "s",
    source="chosen here: half of Go's TLS timer; for a response go has none (net/http/transport.go)",
    why="slower than nearly any answer that comes; whoever must know sooner sees the stall table",
)  # fmt: skip
GIVEN_UP = Threshold(
    1, "s",
    source="Nielsen, Usability Engineering 1993, section 5.5: after 1 s the flow of thought is interrupted",
    why="a request in clear that its client itself gives up then was to be answered, and was not",
)  # fmt: skip
NOTHING_CAME = Proved(
    0.9, "a socket acknowledged all that was sent, and nothing came", Basis.LAB,
    "its answer may be lost on its way back",
)  # fmt: skip
SENT_LAST = Proved(
    0.75, "a socket sent last, all is acknowledged, and nothing came since", Basis.LAB,
    "what was sent may be no request",
)  # fmt: skip
HEAD_WAITED_FOR = Proved(
    0.85, "the command has told of a request whose answer has not begun", Basis.COMMAND,
    "which socket it went over is inferred",
)  # fmt: skip
RECEIVED_LAST = Proved(
    0.65, "a socket received last, and less than an answer has", Basis.LAB,
    "whether it began an answer, no socket shows",
)  # fmt: skip
LONG = Threshold(
    15, "s",
    source="chosen here: half of the 30 s after which Go's keep-alives begin (net/http/transport.go)",
    why="a command that has all its answers ends, or asks on",
)  # fmt: skip
AT_END = Threshold(
    2, "s",
    source="tcpdump(1), --immediate-mode: libpcap hands packets over up to a second late; twice that",
    why="a wait that ends so close to the end of the run lasted to it",
)  # fmt: skip

ACKNOWLEDGED = Proved(
    0.75, "the request is acknowledged, and nothing came back to the end", Basis.LAB,
    "until a keep-alive is answered, a dead path looks the same",
)  # fmt: skip
PATH_ALIVE = Proved(
    0.93, "a keep-alive was answered, or the server sent one, since the request", Basis.LAB,
    "the path and the server's kernel live: who is silent is the program",
)  # fmt: skip
SIDE_BY_SIDE = Proved(
    0.5, "requests ran side by side, and it fell silent", Basis.FOREIGN, "every one of them may have had its answer",
)  # fmt: skip
PERHAPS_MORE = Proved(
    0.5, "the end of the request is hidden, or its last record is a full one", Basis.FOREIGN,
    "its client may mean to say more",
)  # fmt: skip
PRINTED_OPEN = Proved(
    0.75, "the command printed a request to that host and no status for it", Basis.COMMAND,
    "it may still wait for a connection, or for itself",
)  # fmt: skip
PRINTED_LONG = Proved(
    0.85, "so it did, and the silence lasted 15 s, or a keep-alive was answered in it", Basis.LAB,
    "a command that has its answer goes on sooner",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A request to which nothing came back for PATIENCE or longer, to the end, while the path is alive."""
    for flow in case.index.stalled(least(case, GIVEN_UP)):
        if not answers_owed(flow, case.client.name):
            silent = greeting_owed(flow, case.end_ns)
            if silent and silent[1] - silent[0] >= patience(case, PATIENCE, "response", flow.names, silent[:2]):
                yield _not_greeted(case, flow, *silent)
            continue
        stalls = [s for s in case.stalls_of(flow) if s.waiting_for in ("response", "ack")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "response" or last.gap is None or silence(flow) is not None:
            yield from _unaccounted(case, flow)
            continue
        gap = last.gap
        closed = gap.next_kind != KIND_NONE
        if closed and (gap.next_kind not in (KIND_FIN, KIND_RST) or gap.next_direction == 1):
            continue
        borne = GIVEN_UP if closed and flow.clear is not None else PATIENCE
        if last.ns < patience(case, borne, "response", flow.names, (last.start_ns, last.end_ns)):
            continue
        frame, asked_ns, text = case.request_of(flow, gap) or (gap.last_frame, last.start_ns, "")
        start, proved, whole = min(asked_ns, last.start_ns), heard_since(gap), asks_on(flow, gap) is False
        say = saying(
            host=flow.destination, proxy=case.http_proxy(flow).name, time=duration(last.end_ns - start), request=text
        )
        yield CAUSE.finding(
            case.far_host(flow), (start, last.end_ns),
            say(
                "{proxy} took the request for {host}, and nothing came back for {time}"
                if flow.tunnelled
                else "{host} acknowledged the request and did not answer for {time}"
            ),
            frames(
                (frame, say("the request: {request}") if text else "the request"),
                *acknowledged(flow, gap, frame),
                (gap.next_frame, "the client closes"),
            ),
            confidence(ACKNOWLEDGED, PATH_ALIVE.when(proved)) if whole else confidence(PERHAPS_MORE), flow, fatal=True,
            quantities={"keep_alives_answered": gap.answers_0, "server_keep_alives": gap.keep_alives_1},
            attributes=way(flow, proved) | ({} if whole else {"sure": "no"}),
            counter_evidence=(*unproved(proved), *(() if whole else ("the client may be in the midst of its request",))),
            alternatives=(*lost_on_the_way(flow), *dead_path(flow, proved)),
        )  # fmt: skip


def _not_greeted(case: Case, flow: Flow, last_ns: int, until_ns: int, closes: int) -> Finding:
    """The client of SSH has said its line; the server's never came."""
    say, line = saying(host=flow.destination, time=duration(until_ns - last_ns)), flow.client.last_data_frame
    return CAUSE.finding(
        case.far_host(flow), (last_ns, until_ns),
        say("{host} took the connection and never sent its first line: {time} of silence"),
        frames((line, "SSH's client says its line; the server owes its own"), (closes, "the client closes")),
        confidence(ACKNOWLEDGED), flow, fatal=True, attributes={**way(flow, False), "greeting": "missing"},
        counter_evidence=unproved(False), alternatives=dead_path(flow, False),
    )  # fmt: skip


def _unaccounted(case: Case, flow: Flow) -> Iterator[Finding]:
    """Requests that ran side by side, and an end in silence: the packets cannot tell whether one is still open.

    What the command printed can: a request without a status is open, and if none is, nothing is missing.
    """
    idle = [s for s in case.stalls_of(flow) if s.waiting_for in ("request", "body")]
    last = idle[-1] if idle else None
    read = application(flow) if flow.tls is not None else None
    if last is None or read is None or last.gap is None or not read.requests or last.ns < PATIENCE.ns:
        return
    if last.gap.next_kind == KIND_DATA or last.end_ns < case.end_ns - AT_END.ns or case.used_later(flow):
        return
    open_here = [r for r in case.trace.open_requests if r.host == flow.host] if case.trace else []
    if silence(flow) is not None or not _may_be_open(case, flow, last, read, bool(open_here)):
        return
    proved = heard_since(last.gap)
    url = open_here[0].url if open_here else ""
    say = saying(host=flow.destination, time=duration(last.ns), url=url, number=len(read.requests))
    yield CAUSE.finding(
        case.far_host(flow), (last.start_ns, last.end_ns),
        say("{host} has owed a response for {time}: {url} has none" if open_here
            else "{host} seems to have owed a response for {time}"),
        frames(
            (read.requests[-1].frame_number, say("the last of {number} requests, some sent side by side")),
            (last.last_frame, "the last progress"),
            (last.next_frame, "the client closes"),
        ),
        confidence(
            SIDE_BY_SIDE, PRINTED_OPEN.when(open_here),
            PRINTED_LONG.when(open_here and (proved or last.ns >= LONG.ns)),
        ),
        flow, fatal=True, quantities={"requests": len(read.requests), "proved": proved},
        attributes=way(flow, proved) | ({} if open_here else {"sure": "no"}),
        counter_evidence=() if open_here else ("everything that was asked for may have come",),
        alternatives=dead_path(flow, proved) if open_here else (local_wait(case.client),),
    )  # fmt: skip


def _may_be_open(case: Case, flow: Flow, last: Stall, read: Application, open_here: bool) -> bool:
    """Whether one of several requests may have no answer: by what the command printed, else by what the records tell."""
    if case.trace is not None and not open_here:
        return False
    if last.ns < LONG.ns and (not open_here or _dialing(case, flow)):
        return False
    if last.waiting_for == "body" and (read.ended is False or not open_here):
        return False
    return case.trace is not None or (read.parallel and read.ended is not True)


def _dialing(case: Case, flow: Flow) -> bool:
    """Whether the request may wait for a connection of its own that is not there yet."""
    opening = (case.index.opening.get(host, set()) for host in {None, "", flow.host})
    return any(ids - {flow.id} for ids in opening) or any(
        x.unanswered and not x.decided_by for x in case.index.named.get(flow.host or "", ())
    )


def from_socket(socket: WaitingSocket) -> Finding | None:
    """All that was asked is acknowledged, and no answer came, or none to what was asked last."""
    history, lost = socket.history, socket.lost_on_the_way
    if socket.shape is Shape.REQUEST_UNANSWERED:
        return socket.finding(
            CAUSE, socket.server, history.sent_ns,
            "{far} acknowledged the {what} and said nothing for {seconds}", "ESTABLISHED, all acknowledged, nothing received",
            NOTHING_CAME, alternatives=(lost,), what="request",
        )  # fmt: skip
    if socket.shape is Shape.NEXT_UNANSWERED:
        late = Alternative("http/response-late", "an answer may still come", Check("wait, or ask the server's log"))
        return socket.finding(
            CAUSE, socket.server, history.sent_ns,
            "{far} acknowledged what was asked last and said nothing for {seconds}",
            "ESTABLISHED, all acknowledged, silent since",
            SENT_LAST, HEAD_WAITED_FOR.when(socket.waits_for_head), alternatives=(lost, late),
        )  # fmt: skip
    if socket.shape is not Shape.LAST_WORD:
        return None
    return socket.finding(
        CAUSE, socket.server, history.received_ns,
        "{far} sent {received} octets, and none for {seconds}", "ESTABLISHED, all acknowledged, received last",
        RECEIVED_LAST, alternatives=(socket.or_else("http/body-stalled"), lost),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        PROXY_OR_SERVER,
        Offer("the server, or this machine: whether a response is missing is not proven", None, "sure=no"),
        Offer("server: it took the request and does not answer; path alive", None, "path=alive"),
        "server: it took the request and does not answer; or the path died",
    ),
    fix=offers(
        PAST_PROXY_ONCE,
        ANOTHER_SOURCE,
        Offer("Is sshd there full or stuck? (MaxStartups, its DNS)", None, "greeting=missing"),
        LIMIT_TIME,
        Offer("It may be building the module: again in a minute", None, "go to=module-proxy"),
    ),
    verify=commands(Offer("", "nc -w 10 {target} {port}", "greeting=missing"), ANSWER_CHECK),
    no_use=offers(WAITING_FOR_EVER, CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
)
