"""A connection left idle was forgotten by something on the way.

What it finds
    Nothing was sent for IDLE (20 s, of tcp/path-death) or longer, and longer
    than the connection outlived before; then the client sent, and REPEATS (3)
    or more of its repeats stayed unanswered, to the end. Had keep-alives failed,
    it would be tcp/path-death.

Why a program hangs
    NAT boxes, firewalls and load balancers keep a table, and drop what is old
    without telling anybody. The request is repeated with growing gaps: up to
    tcp_retries2 (15, about 15 minutes) if the program has no timer of its own.

What to do
    Run it again: a new connection has a new entry. Then keep it alive:
        ss -tno dst ADDRESS                            # timer:(on,...): repeats
        GIT_SSH_COMMAND='ssh -o ServerAliveInterval=30' go mod download
        sudo sysctl -w net.ipv4.tcp_keepalive_time=60  # where keep-alive is on
    Raise the box's idle time: RFC 5382 asks for 2 h 4 min. go probes after 30 s
    by itself.

Look-alikes
    tcp/path-death: no pause before it, or the whole path is gone (ping fails).
    tcp/reset: a box that answers forgotten connections with RST.
    http/response-missing: the request is acknowledged.

Known false alarms
    A path that happened to die during the pause; a laptop that slept through
    it.

References
    RFC 5382 section 5 (REQ-5); RFC 9293 section 3.8.4 (keep-alives); tcp(7),
    tcp_keepalive_time, tcp_retries2.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, RUN_AGAIN, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tcp.path_death import IDLE, REPEATS
from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.death import silence
from netanalyze.paste import ping
from netanalyze.units import duration, seconds
from netanalyze.wording import counted, message

CAUSE = Cause(
    "tcp/idle-connection-dropped",
    meaning="Something on the way forgot a connection that had been idle.",
    headline="The idle connection to {place} was forgotten on the way.",
    guarded_by="keepalive",
    own_time="request",
    fits=("read-timeout",),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

SILENT_AFTER_IDLE = Proved(
    0.75, "after 20 s or more in which nothing was said, what is sent is repeated three times and never answered", Basis.FRAMES,
    "a path that died by chance in that pause leaves the same frames, and is less likely",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Silence that begins with the first segment after an idle time of IDLE or longer."""
    for flow in case.index.eventful:
        end = silence(flow)
        if end is None or end.repeats < REPEATS.value or not end.forgotten(IDLE.ns) or end.keep_alives:
            continue
        until = end.until_ns(flow, case.end_ns)
        start = end.last_heard_ns + end.idle_before_ns
        yield CAUSE.finding(
            case.path(flow),
            (start, until),
            message(
                "after {time} of silence the connection was dead: {what} unanswered",
                time=duration(end.idle_before_ns),
                what=counted(end.repeats, "{number} retransmission", "{number} retransmissions"),
            ),
            frames(
                (end.last_heard_frame, "the last packet from the other side, before the pause"),
                (end.first_try_frame, "first repeat of what was sent after the pause"),
                (end.last_try_frame, "last repeat: no answer"),
            ),
            confidence(SILENT_AFTER_IDLE),
            flow,
            fatal=True,
            quantities={"idle": seconds(end.idle_before_ns), "repeats": end.repeats},
            alternatives=(
                Alternative(
                    "tcp/path-death", "the path may have died by chance during the pause", ping(flow.server.address)
                ),
            ),
        )


ADVICE = Page(
    where=offers("path: NAT or firewall forgot the idle connection"),
    fix=offers(
        RUN_AGAIN,
        Offer(
            "Keep-alives sooner (ssh): ServerAliveInterval 30",
            "GIT_SSH_COMMAND='ssh -o ServerAliveInterval=30' {again}",
            "to=vcs-host go|git",
        ),
        "Raise the idle time of the NAT or firewall",
        Offer("Keep-alives sooner (until it restarts)", "sudo sysctl -w net.ipv4.tcp_keepalive_time=60", "!go"),
    ),
    verify=commands(Offer("", "ss -tno dst {address}"), "ss -tno state established"),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)
