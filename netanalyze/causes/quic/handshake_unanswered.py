"""QUIC's first packets got no answer.

What it finds
    A QUIC Initial, and repeats of it (REPEATS, 1 or more), to which no datagram
    came back at all, for PATIENCE (0.9 s) or longer: until a TCP connection to
    the same host took over (quantity fallback), or to the end.

Why a program hangs
    A network that lets UDP to port 443 pass nowhere says so to nobody. The
    client repeats its Initial after 1, 2, 4 s; a browser, or curl --http3, goes
    to TCP after some seconds, and each new host costs them again. One that
    speaks QUIC alone (curl --http3-only, a QUIC tunnel, DNS over QUIC) hangs.

What to do
    Use TCP, or let UDP pass:
        curl --http2 URL                    # works: only UDP is blocked
        curl --http3-only -m 10 URL         # shows it
        nc -vzu -w 3 HOST 443
    In a browser switch QUIC off; on the firewall reject UDP to 443 instead of
    dropping it, so that clients go to TCP at once.

Look-alikes
    A race of QUIC and TCP that TCP wins within its first round trips: nothing
    was lost. tcp/syn-unanswered: TCP is dropped as well. dns/encrypted-blocked:
    the QUIC was a resolver's.

Known false alarms
    A server that announces HTTP/3 by an old Alt-Svc header and has none any
    more: it is not the path, and costs as much.

References
    RFC 9000 sections 8.1 and 17.2.2; RFC 9002 section 6.2.2 (333 ms of initial
    round trip: 1 s to the first repeat); RFC 9114 section 3.1.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_WAY, FASTER_LINE, RUN_AGAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.findings import Alternative, Culprit, Finding, Threshold, frames
from netanalyze.flows.answering import repeats_long_headers
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.encrypted_dns import encrypted_dns
from netanalyze.flows.screen import odd
from netanalyze.paste import command
from netanalyze.tracking.addresses import is_group
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "quic/handshake-unanswered",
    meaning="QUIC's first packets got no answer; attribute fallback: whether TCP took over.",
    headline="{place} answers no QUIC: UDP to it leads nowhere.",
    guarded_by="dial",
    silent=True,
    without_packets=True,
    fits=("dial-timeout", "client-timeout", "connect-failed"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    0.9, "s", source="RFC 9002 section 6.2.2: without a measured round trip the first repeat is due after 1 s",
    why="by then every path on earth has answered; a tenth is left to the clock",
)  # fmt: skip
REPEATS = Threshold(
    1, "repeat", source="RFC 9002 section 6.2.4: a probe is sent when the time-out has passed without an answer",
    why="a single Initial may be lost, or be the client's last before it ends",
)  # fmt: skip
OFTEN = Proved(
    0.93, "three Initials and more, and nothing came back", Basis.FRAMES,
    "three in a row are not lost by chance; whether the path or the server drops them, they do not say",
)  # fmt: skip
TWICE = Proved(
    0.85, "an Initial and its repeat, and nothing came back", Basis.FRAMES, "both may be lost by chance, which is rare"
)
ANSWERS_OTHERS = Missing(
    "the same address answers QUIC on another connection", Basis.FRAMES,
    "then UDP passes, and this connection alone was lost or refused", at_most=0.6,
)  # fmt: skip
UNREAD = Missing(
    "an Initial that could be decrypted: the snap length cut them, or their keys are not those of their version", Basis.FRAMES,
    "another protocol may begin a datagram with the same octets", at_most=0.75,
)  # fmt: skip
NO_TCP = Missing(
    "any TCP: there is none in the capture, to anybody", Basis.FRAMES,
    "clients that speak QUIC try TCP beside it or after it (RFC 9308 section 2): an extract without it does "
    "not show what became of it", at_most=0.75,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Initials that were repeated and never answered, until TCP took over or to the end."""
    flows = [f for f in odd(case.everything) if f.surely_quic is not None or repeats_long_headers(f)]
    answering = {f.server.address for f in flows if f.server.packets}
    made: dict[tuple[str, str | None], list[Flow]] | None = None
    for flow in flows:
        sent = flow.client.packets
        if flow.server.packets or sent <= REPEATS.value or is_group(flow.server.address) or encrypted_dns(flow):
            continue
        name = flow.host
        made = _made(case) if made is None else made
        instead = _instead(made, flow, name)
        end = instead.first_ns if instead is not None else max(case.end_ns, flow.last_ns)
        if end - flow.first_ns < PATIENCE.ns or flow.last_ns == flow.first_ns:
            continue
        say = saying(host=name or flow.server.address, count=sent, time=duration(end - flow.first_ns),
                     address=flow.server.address)  # fmt: skip
        reaches = command("nc -vz -w 5 {address} 443", address=flow.server.address)
        yield CAUSE.finding(
            Culprit("path", name, flow.server.address, flow.server.port),
            (flow.first_ns, end),
            say("{count} QUIC Initials to {host} in vain for {time}, then TCP took over")
            if instead is not None
            else say("{count} QUIC Initials to {host} in vain for {time}"),
            frames(
                (flow.first_frame, say("QUIC Initial to {address}")),
                (flow.last_frame, say("Initial number {count}: no answer of any kind")),
                (instead.first_frame if instead is not None else 0, "TCP instead"),
            ),
            confidence(
                TWICE,
                OFTEN.when(sent > REPEATS.value + 1),
                UNREAD.when(flow.surely_quic is None),
                ANSWERS_OTHERS.when(flow.server.address in answering),
                NO_TCP.when(not any(one.is_tcp for one in case.everything)),
            ),
            fatal=instead is None,
            quantities={"initials": sent} | ({"fallback": seconds(end - flow.first_ns)} if instead is not None else {}),
            attributes={"fallback": "tcp" if instead is not None else "none"},
            also_flows=(flow.id,),
            alternatives=()
            if instead is not None
            else (Alternative("tcp/syn-unanswered", "whether TCP passes was not tried", reaches),),
        )


def _made(case: Case) -> dict[tuple[str, str | None], list[Flow]]:
    """The TCP connections that were made, the first first, by their client and each address and name of their host."""
    found: dict[tuple[str, str | None], list[Flow]] = defaultdict(list)
    for flow in sorted(case.everything, key=lambda one: one.first_ns):
        if flow.is_tcp and flow.established:
            for place in {flow.server.address, flow.host, *flow.names} - {None}:
                found[flow.client.address, place].append(flow)
    return found


def _instead(made: Mapping[tuple[str, str | None], Sequence[Flow]], flow: Flow, name: str | None) -> Flow | None:
    """The first TCP connection to the same host that began after the first Initial."""
    later: list[Flow] = []
    for place in (flow.server.address, name):
        there = made.get((flow.client.address, place), ())
        later += there[bisect_right(there, flow.first_ns, key=lambda one: one.first_ns) :][:1]
    return min(later, key=lambda one: (one.first_ns, one.id), default=None)


ADVICE = Page(
    where=offers(
        Offer("path: it drops UDP to port 443, TCP passes", None, "fallback=tcp"),
        "path or server: UDP to port 443 is answered by nothing",
    ),
    fix=offers(
        Offer("Over TCP, this run", "curl --http2 https://{origin}/", "curl host-known"),
        "Use HTTP/2 (TCP): switch QUIC or HTTP/3 off in the program",
        "On the firewall: reject UDP to 443 (ICMP), do not drop it",
        ANOTHER_WAY,
        RUN_AGAIN,
    ),
    verify=commands("curl --http3-only -m 10 -o /dev/null https://{origin}/", "nc -vzu -w 3 {address} 443", "ss -unp"),
    no_use=offers(FASTER_LINE),
)
