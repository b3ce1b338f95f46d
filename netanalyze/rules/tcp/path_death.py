"""A live connection's path died and did not come back.

What it finds
    An established connection, after the ClientHello was answered, whose
    client's repeats (REPEATS, 3 or more) or keep-alives stayed unanswered to
    the end. It begins with the last packet heard; where nothing was owed then,
    with the first segment never answered: a pause before it (told from PAUSE, 1
    s) is nobody's fault. From FORGETS (10 s) on, tcp/idle-connection-dropped is
    a rival; from IDLE (20 s), if no keep-alive failed, it is that.

Why a program hangs
    TCP does not notice an absent peer by itself. With nothing of ours
    outstanding, go's keep-alives find out after 30 + 9 x 15 = 165 s ("read:
    connection timed out"); with a request outstanding the kernel repeats it
    until tcp_retries2, about 15 minutes.

What to do
    Is the path still gone, or only this connection?
        ping -c 3 ADDRESS; mtr -rwc 20 ADDRESS; ip neigh show
        until timeout 180 go mod download; do sleep 5; done
    Wi-Fi, VPN, NAT, a changed address: start anew. Reaching others from here
    tells path from server.

Look-alikes
    http/response-missing and http/body-stalled: keep-alives are answered;
    before the first one (30 s) they look the same. tcp/outage: it came back.
    tcp/mtu-black-hole: small segments still pass. tls/client-hello-dropped: it
    never worked.

Known false alarms
    A firewall of this machine that was switched on in between; a capture that
    ends in the midst of an outage; one that lacks what was said first (joined
    late, or cut by the snap length), so that nobody can tell that the
    connection ever worked (confidence 0.6).

References
    RFC 9293 section 3.8.4; RFC 6298 section 5; tcp(7), tcp_retries2; Go 1.27
    net/dial.go (15 s, 9 probes), net/http/transport.go (30 s); measured: 167.0
    s.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.death import Silence, silence
from netanalyze.flows.endings import unread
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds
from netanalyze.wording import Message, counted, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
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


def check(seen: Observations) -> Iterator[Finding]:
    """An established flow whose client's segments, or keep-alives, stay unanswered to the end."""
    for flow in seen.flows:
        end = silence(flow)
        if end is None or (end.repeats < REPEATS.value and not end.keep_alives):
            continue
        if end.idle_before_ns >= IDLE.ns and end.repeats and not end.keep_alives:
            continue  # tcp/idle-connection-dropped
        until = flow.client.rst_ns if flow.client.rst_ns > end.last_heard_ns else seen.end_ns
        until = max(until, end.last_try_ns)
        what = _tries(end)
        paused = end.own_pause and end.idle_before_ns >= PAUSE.ns
        yield Finding(
            cause="tcp/path-death",
            culprit=seen.path(flow),
            start_ns=end.start_ns,
            end_ns=until,
            message=message(
                DEAF
                if end.one_way
                else AFTER_PAUSE
                if paused
                else "{host} was last heard from {time} before the end; {what} stayed unanswered",
                host=seen.path(flow).name,
                time=duration(until - end.start_ns),
                what=what,
                **({"pause": duration(end.idle_before_ns)} if paused else {}),
            ),
            evidence=frames(
                (
                    end.last_heard_frame,
                    "the last that shows that the other side hears this one"
                    if end.one_way
                    else "the last packet from the other side",
                ),
                (
                    end.unanswered_frame if paused else 0,
                    message("sent {time} later, and never answered", time=duration(end.idle_before_ns)),
                ),
                (end.first_try_frame, "first repeat or keep-alive after it"),
                (end.last_try_frame, message("the last of them: {what}, no answer", what=what)),
            ),
            confidence=0.6 if unread(flow) else 0.93 if end.repeats >= 4 or end.keep_alives >= 2 else 0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"repeats": end.repeats, "keep_alives": end.keep_alives}
            | ({"idle": seconds(end.idle_before_ns)} if paused else {}),
            attributes={"direction": "up"} if end.one_way else {},
            alternatives=_alternatives(flow, end),
        )


DEAF = "nothing sent to {host} arrives for {time}: {what} stayed unanswered, and it repeats what was acknowledged"
AFTER_PAUSE = "after a pause of {pause} what was sent to {host} stayed unanswered for {time}: {what}"


def _tries(end: Silence) -> Message:
    """What was tried in vain, in words."""
    probes = counted(end.keep_alives, "{number} keep-alive", "{number} keep-alives")
    repeats = counted(end.repeats, "{number} retransmission", "{number} retransmissions")
    if end.keep_alives and end.repeats:
        return message("{first} and {then}", first=probes, then=repeats)
    return probes if end.keep_alives else repeats


def _alternatives(flow: Flow, end: Silence) -> tuple[Alternative, ...]:
    found = []
    if unread(flow):
        why = "what the client said first is not in the capture: perhaps nothing of it ever arrived"
        found.append(
            Alternative("tls/client-hello-dropped", why, f"curl -svm 10 -o /dev/null https://{flow.server.address}/")
        )
    check = f"ping -c3 {flow.server.address}"
    if end.own_pause and end.idle_before_ns >= FORGETS.ns:
        why = message("nothing was sent for {time}: a box between may forget", time=duration(end.idle_before_ns))
        found.append(Alternative("tcp/idle-connection-dropped", why, check))
    if end.repeats + end.keep_alives < 4:
        why = "packets of this machine may be dropped behind the capture"
        found.append(Alternative("local/egress-dropped", why, check))
    return tuple(found)
