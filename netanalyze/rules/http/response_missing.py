r"""The request was acknowledged, and no response came.

What it finds
    An HTTP request, acknowledged, to which nothing came for PATIENCE (5 s) or
    longer, to the end, on a path that does not show itself dead. With requests
    side by side, packets alone cannot tell which one is open: then go's lines
    decide, where there are some, or silence of LONG (15 s), to AT_END (2 s)
    before the end. Control frames of HTTP/2 do not count as an answer.

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

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.death import silence
from netanalyze.flows.gaps import KIND_DATA, KIND_FIN, KIND_NONE, KIND_RST
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.observe import Flow
from netanalyze.flows.stalls import answers_owed
from netanalyze.rules import Observations
from netanalyze.rules.owing import acknowledged, dead_path, elsewhere, unproved, way
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s",
    source="chosen here: half of Go's TLS timer; for a response go has none (net/http/transport.go)",
    why="slower than nearly any answer that comes; whoever must know sooner sees the stall table",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A request to which nothing came back for PATIENCE or longer, to the end, while the path is alive."""
    for flow in seen.flows:
        if not answers_owed(flow, seen.client.name):
            continue
        stalls = [s for s in seen.stalls_of(flow) if s.waiting_for in ("response", "ack")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "response" or last.gap is None or silence(flow) is not None:
            yield from _unaccounted(seen, flow)
            continue
        gap = last.gap
        if gap.next_kind not in (KIND_NONE, KIND_FIN, KIND_RST) or (
            gap.next_kind != KIND_NONE and gap.next_direction == 1
        ):
            continue
        if last.ns < PATIENCE.ns or (seen.used_later(flow) and last.ns < PATIENCE.ns):
            continue
        request = seen.request_of(flow, gap)
        proved = gap.answers_0 > 0 or gap.keep_alives_1 > 0
        start = request[1] if request else last.start_ns
        yield Finding(
            cause="http/response-missing",
            culprit=seen.far_host(flow),
            start_ns=min(start, last.start_ns),
            end_ns=last.end_ns,
            message=message(
                "{proxy} took the request for {host}, and nothing came back for {time}"
                if flow.tunnelled
                else "{host} acknowledged the request and did not answer for {time}",
                host=flow.host or flow.server.address,
                proxy=seen.http_proxy(flow).name,
                time=duration(last.end_ns - min(start, last.start_ns)),
            ),
            evidence=frames(
                (
                    request[0] if request else gap.last_frame,
                    message("the request: {request}", request=request[2]) if request and request[2] else "the request",
                ),
                *acknowledged(flow, gap, request[0] if request else gap.last_frame),
                (gap.next_frame, "the client closes"),
            ),
            confidence=0.93 if proved else 0.75,
            fatal=True,
            flow_id=flow.id,
            quantities={"keep_alives_answered": gap.answers_0, "server_keep_alives": gap.keep_alives_1},
            attributes=way(flow, proved),
            counter_evidence=unproved(proved),
            alternatives=dead_path(flow, proved),
        )


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


def _unaccounted(seen: Observations, flow: Flow) -> Iterator[Finding]:
    """Requests that ran side by side, and an end in silence: the packets cannot tell whether one is still open.

    What the command printed can: a request without a status is open, and if none is, nothing is missing.
    """
    idle = [s for s in seen.stalls_of(flow) if s.waiting_for in ("request", "body")]
    last = idle[-1] if idle else None
    read = application(flow) if flow.tls is not None else None
    if (
        last is None
        or read is None
        or last.gap is None
        or last.ns < PATIENCE.ns
        or not read.requests
        or silence(flow) is not None
    ):
        return
    if last.gap.next_kind == KIND_DATA or last.end_ns < seen.end_ns - AT_END.ns or seen.used_later(flow):
        return
    open_here = [r for r in seen.trace.open_requests if r.host == flow.host] if seen.trace else []
    if (seen.trace is not None and not open_here) or (last.ns < LONG.ns and (not open_here or _dialing(seen, flow))):
        return
    if last.waiting_for == "body" and (read.ended is False or not open_here):
        return
    if seen.trace is None and (not read.parallel or read.ended is True):
        return
    proved = last.gap.answers_0 > 0 or last.gap.keep_alives_1 > 0
    yield Finding(
        cause="http/response-missing",
        culprit=seen.far_host(flow),
        start_ns=last.start_ns,
        end_ns=last.end_ns,
        message=message(
            "{host} has owed a response for {time}: {url} has no answer"
            if open_here else "{host} seems to have owed a response for {time}",
            host=flow.host or flow.server.address, time=duration(last.ns), url=open_here[0].url if open_here else "",
        ),
        evidence=frames(
            (
                read.requests[-1].frame_number,
                message("the last of {number} requests, some sent side by side", number=len(read.requests)),
            ),
            (last.last_frame, "the last progress"),
            (last.next_frame, "the client closes"),
        ),
        confidence=(0.85 if proved or last.ns >= LONG.ns else 0.75) if open_here else 0.5,
        fatal=True,
        flow_id=flow.id,
        quantities={"requests": len(read.requests), "proved": proved},
        attributes=way(flow, proved) | ({} if open_here else {"sure": "no"}),
        counter_evidence=() if open_here else ("everything that was asked for may have come",),
        alternatives=dead_path(flow, proved) if open_here else (elsewhere(seen.client),),
    )  # fmt: skip


def _dialing(seen: Observations, flow: Flow) -> bool:
    """Whether the request may wait for a connection of its own that is not there yet."""
    return any(
        f.id != flow.id and f.ended() is None and not handshake_complete(f) and (f.host or flow.host) == flow.host
        for f in seen.flows
    ) or any(x.name == flow.host and x.unanswered and not x.decided_by for x in seen.lookups)
