r"""The response began and stopped, though the path is alive.

What it finds
    On a connection that speaks HTTP, a wait for the rest of a body of PATIENCE
    (5 s) or longer with our window open, nothing missing and nothing repeated:
    to the end of the run, or in the middle, after which the server went on by
    itself. That the body is not whole is read from lengths, in the clear or
    from records. Confidence rises when a keep-alive is answered.

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

from netanalyze.clients.client import Client
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.black_hole import downward
from netanalyze.flows.death import proved_dead
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.later import body_had
from netanalyze.flows.observe import Flow
from netanalyze.flows.outages import interrupted
from netanalyze.flows.pushing import paced, played, speaks_in_messages
from netanalyze.flows.stalls import Stall, answers_owed
from netanalyze.rules import Observations
from netanalyze.rules.owing import dead_path, unproved, way, which_is_open
from netanalyze.units import duration, seconds
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s",
    source="chosen here as in http/response-missing; go, git and curl have no limit by default (http.lowSpeedTime)",
    why="longer than a disk or a cache makes a server pause",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A wait for the rest of a body of PATIENCE or longer, to the end, with our window open."""
    for flow in seen.flows:
        if not answers_owed(flow, seen.client.name):
            continue
        yield from _paused(seen, flow)
        stalls = [s for s in seen.stalls_of(flow) if s.waiting_for in ("body", "response", "ack", "window_update")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "body" or last.gap is None or last.ns < PATIENCE.ns:
            continue
        if last.gap.next_kind == KIND_DATA or proved_dead(flow) or flow.client.zero_since_ns > 0:
            continue
        if downward(flow, seen.end_ns) is not None:
            continue  # octets are missing: the path, not the server
        if last.gap.next_direction == 1 and last.gap.next_kind:
            continue  # the server itself ended it: tcp/reset, tcp/early-close
        why = seen.body_reason(flow)
        read = application(flow) if flow.tls is not None else None
        certain = read is None or read.ended is False
        if body_had(seen.client.name, last, seen.flows, seen.transactions):
            continue
        if not certain and seen.trace is not None and any(r.host == flow.host for r in seen.trace.open_requests):
            continue  # what is missing is a whole response: http/response-missing
        gap = last.gap
        start = min(flow.server.last_data_ns, last.start_ns)
        proved = gap.answers_0 > 0 or gap.keep_alives_1 > 0
        tail = gap.data_frame_1
        taken = flow.server.acked_frame
        taken = taken if tail < taken <= gap.last_frame else gap.last_frame
        octets = gap.sent_1 - (read.responses[0].stream_offset if read is not None and read.responses else 1)
        yield Finding(
            cause="http/body-stalled",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=last.end_ns,
            message=message(
                "{host} sent {number} octets of responses and stopped in the middle of one for {time}",
                host=flow.host or flow.server.address,
                number=f"{octets:,}",
                time=duration(last.end_ns - start),
            ),
            evidence=frames(
                (tail, message("the last octets of the body: {why}", why=why)),
                (taken if taken != tail else 0, "the client has taken everything, its window is open"),
                (gap.next_frame, "the client closes"),
            ),
            confidence=(0.92 if proved else 0.72) * (1 if certain else 0.75),
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": octets, "keep_alives_answered": gap.answers_0},
            attributes=way(flow, proved),
            counter_evidence=unproved(proved),
            alternatives=_others(flow, proved, certain, seen.client),
        )


def _others(flow: Flow, proved: bool, certain: bool, client: Client) -> tuple[Alternative, ...]:
    """What else it may be: a dead path until a keep-alive is answered, another response where this one may be whole."""
    read = application(flow) if flow.tls is not None else None
    if certain or read is None or not read.parallel:
        return dead_path(flow, proved)
    why = "requests ran side by side: this response may be whole, and another one not begun"
    return (Alternative("http/response-missing", why, which_is_open(client)), *dead_path(flow, proved))


def _paused(seen: Observations, flow: Flow) -> Iterator[Finding]:
    """Pauses of PATIENCE or longer in the middle of a body after which the server went on.

    Of a program that is not known, pauses of one length, and pauses between messages, are a stream's.
    """
    bodies = [s for s in seen.stalls_of(flow) if s.waiting_for == "body" and s.ns >= PATIENCE.ns]
    unknown = seen.client.name == "generic" and bool(bodies)
    if unknown and (played(flow) or speaks_in_messages(flow, _asked_ns(flow, bodies[0]), bodies[-1].end_ns)):
        return
    timed = paced(bodies) if unknown else set()
    for stall in seen.stalls_of(flow):
        gap = stall.gap
        if stall.waiting_for != "body" or gap is None or gap.next_kind != KIND_DATA or stall.ns < PATIENCE.ns:
            continue
        if gap.next_direction != 1 or interrupted(flow, gap) or id(stall) in timed or _held_open(seen, flow, stall):
            continue
        yield Finding(
            cause="http/body-stalled",
            culprit=seen.far_host(flow),
            start_ns=stall.start_ns,
            end_ns=stall.end_ns,
            message=message(
                "{host} stopped in the middle of a response for {time}, then went on",
                host=flow.host or flow.server.address,
                time=duration(stall.ns),
            ),
            evidence=frames(
                (gap.last_frame, "everything sent is acknowledged, our window is open"),
                (
                    gap.next_frame,
                    message(
                        "the server goes on {time} later, with nothing it had sent before", time=duration(stall.ns)
                    ),
                ),
            ),
            confidence=0.75,
            flow_id=flow.id,
            quantities={"pause": seconds(stall.ns)},
            attributes={"resumed": "yes"} | way(flow, True),
            alternatives=(
                Alternative(
                    "tcp/outage",
                    "a path that was gone for a while leaves the same silence",
                    f"ping -c3 {flow.server.address}",
                ),
            ),
        )


def _asked_ns(flow: Flow, stall: Stall) -> int:
    """When the client last spoke before a wait."""
    return max((r.time_ns for r in flow.application_records(0) if r.time_ns <= stall.start_ns), default=flow.first_ns)


def _held_open(seen: Observations, flow: Flow, stall: Stall) -> bool:
    """Whether a response without a length in clear is one that its server keeps open for events (a long poll), as far as
    one can tell: of a command that is not known, which went on meanwhile on other connections."""
    if seen.client.name != "generic" or flow.http is None or flow.tls is not None:
        return False
    asked = [e for e in flow.http.exchanges if e.response_frame and e.response_frame <= stall.last_frame]
    if not asked or asked[-1].body_kind == "length":
        return False
    return any(
        f.id != flow.id and f.client.sent_data and stall.start_ns < f.client.last_data_ns
        and f.client.first_data_ns < stall.end_ns
        for f in seen.flows
    )  # fmt: skip
