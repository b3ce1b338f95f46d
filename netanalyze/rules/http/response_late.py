r"""The response came, late.

What it finds
    On a connection that speaks HTTP, a wait of PATIENCE (2 s) or longer that
    the first octets of the response ended, with fewer than two repeats of the
    request in it.

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

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.outages import never_came
from netanalyze.flows.pushing import polls
from netanalyze.flows.stalls import answers_owed
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s",
    source="web.dev, Time to First Byte: more than 1.8 s is poor; rounded up",
    why="slower than that a person notices who waits for one request",
)  # fmt: skip
HELD = Threshold(
    15, "s",
    source="RFC 6202 section 5.5: a long poll is held for 30 s as a rule; half of it",
    why="shorter waits of one length are a slow server's time-outs, at its own resolver for one, more likely than a poll",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A wait for a response of PATIENCE or longer that the response ended, without loss in it."""
    for flow in seen.flows:
        if not answers_owed(flow, seen.client.name):
            continue
        waits = [s for s in seen.stalls_of(flow) if s.waiting_for in ("response", "connect_reply")]
        held = polls(flow, waits, HELD.ns) if seen.client.name == "generic" else set()
        for stall in waits:
            gap = stall.gap
            if id(stall) in held or gap is None or stall.ns < PATIENCE.ns:
                continue
            if gap.next_kind != KIND_DATA or gap.next_direction != 1 or gap.resent_0 >= 2:
                continue
            if never_came(flow, gap) >= 2:
                continue  # it was sent, and lost: tcp/outage
            request = seen.request_of(flow, gap)
            tunnel = stall.waiting_for == "connect_reply"
            culprit = seen.http_proxy(flow) if tunnel else seen.far_host(flow)
            yield Finding(
                cause="http/response-late",
                culprit=culprit,
                start_ns=stall.start_ns,
                end_ns=stall.end_ns,
                message=message("{host} took {time} to answer", host=culprit.name, time=duration(stall.ns)),
                evidence=frames(
                    (request[0] if request else gap.last_frame, "the request"),
                    (
                        gap.next_frame,
                        message("the first octets of the response, {time} later", time=duration(stall.ns)),
                    ),
                ),
                confidence=0.85 if gap.id_step == 1 else 0.78,
                flow_id=flow.id,
                quantities={"took": seconds(stall.ns)},
                alternatives=()
                if gap.id_step == 1
                else (
                    Alternative(
                        "tcp/outage",
                        "a response whose copies are all lost for a while comes late as well; nothing here counts them",
                        f"ping -D -i 0.2 {flow.server.address}",
                    ),
                ),
            )
