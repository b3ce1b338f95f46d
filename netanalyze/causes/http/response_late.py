r"""The response came, late.

What it finds
    On a connection that speaks HTTP, a wait of PATIENCE (2 s) or longer that
    the first octets of the response ended, with fewer than two repeats of the
    request in it. A greeting as late, of a server that is to speak first (SSH,
    SMTP, FTP, POP3, IMAP, MySQL). In protocols of lines, of MySQL and
    PostgreSQL, and where a client was answered at once whenever it said the
    like, an answer that took SLOW_QUERY (10 s) or longer.

Why a program hangs
    go has no limit for the time to the first octet, so lateness costs exactly
    itself, once for each request; in the serial phase (.info, one after the
    other) it adds up.

What to do
    Measure time to the first octet, here and elsewhere:
        curl -so /dev/null -w '%{time_pretransfer} %{time_starttransfer}\n' URL
    A proxy that fetches a module for the first time is slow once: run it again.
    Late always: another mirror, and GOMAXPROCS=16 go mod download all.

Look-alikes
    http/response-missing: it never came. tcp/loss and tcp/outage: repeats fill
    the wait. tls/server-hello-late: the wait is in the handshake.
    tcp/high-latency: every answer is late by the round trip. A response that
    was sent in time and lost again and again: the server's IP ids count the
    copies, where it has any (confidence 0.78 where it has none).

Known false alarms
    Requests that are meant to wait (long polling; of a program that is not
    known, one request asked again and again and held for HELD, 15 s, or longer,
    equally long each time, is one); with HTTP/2 and several
    requests at once the one that was late may not be the one that is shown.

References
    RFC 9110 section 3.4; Go 1.27 net/http/transport.go (ResponseHeaderTimeout
    0); web.dev, Time to First Byte.
"""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, FASTER_LINE, RUN_AGAIN, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.http._advice import PAST_PROXY, PROXY_CHECK, RATE
from netanalyze.causes.response_owed import greeting_came
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.pushing import polls
from netanalyze.flows.stalls import answers_owed
from netanalyze.flows.transfers.outages import never_came
from netanalyze.flows.turns import answered_late
from netanalyze.paste import command
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "http/response-late",
    meaning="The response came, but late.",
    headline="{place} answers late.",
    guarded_by="response",
    fits=("client-timeout",),
    undermined_by=("capture_lossy", "kernel_drops"),
    misses=(0, 1),
)

PATIENCE = Threshold(
    2, "s",
    source="web.dev, Time to First Byte: more than 1.8 s is poor; rounded up",
    why="slower than that a person notices who waits for one request",
)  # fmt: skip
SLOW_QUERY = Threshold(
    10, "s",
    source="MySQL 8.4, long_query_time: 10 s by default",
    why="what a server does for its client takes as long as the work does; from then on the server itself calls it slow",
)  # fmt: skip
HELD = Threshold(
    15, "s",
    source="RFC 6202 section 5.5: a long poll is held for 30 s as a rule; half of it",
    why="shorter waits of one length are a slow server's time-outs, at its own resolver for one, more likely than a poll",
)  # fmt: skip
CAME_LATE = Proved(
    0.78, "the response came 2 s or more after the request, and nothing was sent twice", Basis.FOREIGN,
    "one whose first copies were all lost on the way comes late as well",
)  # fmt: skip
NONE_BETWEEN = Proved(
    0.85, "the server's IP identifications count on by one across the wait", Basis.FOREIGN,
    "it sent no packet in between that could have been lost; a path that holds packets back is left",
)  # fmt: skip

BY_TURNS = Missing(
    "it is no HTTP, and that an answer was owed is told by the turns that both took", Basis.FOREIGN,
    "a query may be meant to wait for something", at_most=0.7,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A wait for a response of PATIENCE or longer that the response ended, without loss in it."""
    for flow in case.index.stalled(PATIENCE.ns):
        if (greeted := greeting_came(flow)) is not None:
            yield from _greeted_late(case, flow, *greeted)
        owed = answers_owed(flow, case.client.name)
        other = {} if owed else answered_late(flow)
        if not owed and not other:
            continue
        waits = [s for s in case.stalls_of(flow) if s.waiting_for in ("response", "connect_reply")]
        held = polls(flow, waits, HELD.ns) if case.client.name == "generic" else set()
        for stall in waits:
            gap = stall.gap
            if id(stall) in held or gap is None or stall.ns < (PATIENCE if owed else SLOW_QUERY).ns:
                continue
            if not (owed or gap.next_frame in other):
                continue
            if gap.next_kind != KIND_DATA or gap.next_direction != 1 or gap.resent_0 >= 2:
                continue
            if _is_farewell(flow, gap.next_frame):
                continue  # it said to go away
            if never_came(flow, gap) >= 2:
                continue  # it was sent, and lost: tcp/outage
            request = case.request_of(flow, gap)
            culprit = case.http_proxy(flow) if stall.waiting_for == "connect_reply" else case.far_host(flow)
            say, counted_on = saying(host=culprit.name, time=duration(stall.ns)), gap.id_step == 1
            yield CAUSE.finding(
                culprit, (stall.start_ns, stall.end_ns),
                say("{host} took {time} to answer"),
                frames(
                    (request[0] if request else other.get(gap.next_frame, gap.last_frame), "the request"),
                    (gap.next_frame, say("the first octets of the response, {time} later")),
                ),
                confidence(CAME_LATE, NONE_BETWEEN.when(counted_on), BY_TURNS.when(not owed)), flow,
                quantities={"took": seconds(stall.ns)}, attributes={} if owed else {"http": "no"},
                alternatives=() if counted_on else (_outage(flow),),
            )  # fmt: skip


def _is_farewell(flow: Flow, frame: int) -> bool:
    """Whether what the server said in clear in ``frame`` is HTTP/2's GOAWAY, and no answer: not even that it never took up a
    request that had waited for it."""
    talk = flow.conversation.http2 if flow.conversation is not None else None
    if talk is None or frame not in talk.goaway_frames:
        return False
    return not any(talk.repeatable(number) and one.request_frame < frame for number, one in talk.unanswered)


def _greeted_late(case: Case, flow: Flow, came_ns: int, frame: int, protocol: str) -> Iterator[Finding]:
    """A server that is to speak first, and took its time: it looks the client's name up, or makes strangers wait."""
    begun = flow.established_ns
    if came_ns - begun < PATIENCE.ns:
        return
    say = saying(host=flow.destination, time=duration(came_ns - begun), protocol=protocol)
    yield CAUSE.finding(
        case.far_host(flow), (begun, came_ns),
        say("{host} took {time} to greet, as {protocol}'s server must before anything is asked"),
        frames(
            (flow.established_frame, "the connection stands: the server is to speak first"),
            (frame, say("the server's first octets, {time} later")),
        ),
        confidence(CAME_LATE), flow, quantities={"took": seconds(came_ns - begun)}, attributes={"greeting": "late"},
    )  # fmt: skip


def _outage(flow: Flow) -> Alternative:
    why = "a response whose copies are all lost for a while comes late as well; nothing here counts them"
    return Alternative("tcp/outage", why, command("ping -D -i 0.2 {address}", address=flow.server.address))


ADVICE = Page(
    where=offers(
        Offer("the HTTP proxy: it answers CONNECT late; the path to it is fine", None, "role=http-proxy"),
        Offer("server: it answers late; the path is fine"),
    ),
    fix=offers(
        tuple(replace(o, when=f"{o.when} role=http-proxy") for o in PAST_PROXY),
        tuple(replace(o, when=f"{o.when} !role=http-proxy !http=no") for o in ANOTHER_SOURCE),
        Offer("See what the server is busy with: its log, its load, a lock in its database", None, "http=no"),
        Offer("Does it look this machine's name up before it greets?", None, "greeting=late"),
        RUN_AGAIN,
    ),
    verify=commands(
        Offer("", "time nc -w 15 {host} {port} </dev/null", "greeting=late"),
        *(replace(o, when="role=http-proxy") for o in PROXY_CHECK),
        Offer("", "ss -tino dst {address}", "http=no"),
        *(replace(o, when=f"{o.when} !http=no !greeting=late".strip()) for o in RATE),
    ),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
)
