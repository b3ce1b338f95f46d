"""Each attempt to connect is given up before the answer that this path brings can come.

What it finds
    Attempts at one port (TRIES, 2 or more, within BESIDE, 3 s of each other),
    of which none was ever established: a SYN-ACK came, for one of them at
    least, later than the next attempt had begun, and the client's kernel
    answered it with RST, for the socket was closed. The time it had is
    reckoned from the next attempt at another address, or at the same.

Why a program hangs
    It fails at once, or tries for ever: its time for one address is shorter
    than the round trip. Node.js 20 gives each address of a name 250 ms
    (autoSelectFamilyAttemptTimeout), so that over a longer way no connection is
    ever made, though nothing is wrong with network or server: ETIMEDOUT, "fetch
    failed". wget and curl work beside it.

What to do
    Give each address more time, or try them one by one:
        NODE_OPTIONS=--network-family-autoselection-attempt-timeout=2000 npm ci
        NODE_OPTIONS=--no-network-family-autoselection npm ci
        ping -c 5 ADDRESS                      # how long is the round trip?

Look-alikes
    tcp/syn-unanswered: no SYN-ACK comes at all. tcp/ipv6-fallback,
    tcp/one-address-dead: one of the attempts works. local/ingress-dropped: the
    SYN is repeated though it was answered, and no RST goes out.

Known false alarms
    A half-open scan resets what it asked for, too; it tries each port once.

References
    Node.js 20 net.setDefaultAutoSelectFamilyAttemptTimeout; RFC 8305 section 5
    (2 s at the most, and no attempt is ended by the next one); RFC 9293
    section 3.10.7.1.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, FASTER_LINE, PORT_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tcp/dial-abandoned",
    meaning="Every attempt to connect was given up before the answer that this path brings could come.",
    headline="Each attempt to reach {place} is given up before the answer can come.",
    guarded_by="dial",
    fits=("dial-timeout", "client-timeout", "git-connect-timeout"),
    undermined_by=("one_way_capture", "capture_lossy"),
)

TRIES = Threshold(
    2, "attempts",
    source="nmap(1), -sS: a half-open scan asks each port once; chosen here",
    why="who tries again wants the connection; one answer reset may be a scan, or a program that ended",
)  # fmt: skip
BESIDE = Threshold(
    3, "s",
    source="RFC 8305 section 5: the delay between two attempts is 2 s at the most; Linux repeats a SYN after 1 and 3 s",
    why="what begins later is another run of the same program",
)  # fmt: skip


ONE_TOO_LATE = Proved(
    0.8, "a SYN-ACK comes after the next attempt has begun, and is answered with RST", Basis.FRAMES,
    "a program that ended, or a scan, resets a late answer, too",
)  # fmt: skip
AGAIN_TOO_LATE = Proved(
    0.9, "it goes so with two of them, or there are three attempts or more", Basis.LAB,
    "the same limit ends each; which program sets it, packets do not tell",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Attempts at one port that the client all gave up, and a SYN-ACK for one of them that came too late."""
    if not any(map(_too_late, odd(case.flows))):
        return
    for tries in _rows(case.flows):
        late = [f for f in tries if _too_late(f)]
        if len(tries) < TRIES.value or not late or any(_made(f) for f in tries):
            continue
        first, last = late[0], max(tries, key=lambda f: f.last_ns)
        client, server = first.client, first.server
        after = next((f for f in tries if first.first_ns < f.first_ns < server.syn_ns), None)
        if after is None:
            continue
        had, took = after.first_ns - first.first_ns, server.syn_ns - client.syn_last_ns
        say = saying(
            count=len(tries), host=first.destination, had=duration(had), took=duration(took), address=server.address
        )
        yield CAUSE.finding(
            Culprit("client", first.host, server.address, server.port),
            (tries[0].first_ns, last.last_ns),
            say("{count} attempts to connect to {host}, each given up after {had} or so; the answer takes {took}"),
            frames(
                (first.first_frame, say("SYN to {address}")),
                (after.first_frame, message("the next attempt begins, {time} later", time=duration(had))),
                (server.syn_frame, message("the SYN-ACK of the first comes after {time}", time=duration(took))),
                (client.rst_frame, "and is answered with RST: the socket is closed"),
                (last.first_frame if last not in (first, after) else 0, say("attempt number {count}")),
            ),
            confidence(ONE_TOO_LATE, AGAIN_TOO_LATE.when(len(late) > 1 or len(tries) > TRIES.value)),
            first,
            fatal=True,
            also_flows=tuple(f.id for f in tries if f is not first),
            quantities={"attempts": len(tries), "late": len(late), "had": seconds(had), "took": seconds(took)},
        )


def _rows(flows: Sequence[Flow]) -> list[list[Flow]]:
    """Attempts at one port, each begun within BESIDE of the one before, in their order."""
    by_port: dict[tuple[int, str | None], list[list[Flow]]] = defaultdict(list)
    for flow in sorted((f for f in flows if f.seen_from_start), key=lambda f: f.first_ns):
        rows = by_port[flow.server.port, flow.names[0] if flow.names else None]
        if rows and flow.first_ns - rows[-1][-1].first_ns <= BESIDE.ns:
            rows[-1].append(flow)
        else:
            rows.append([flow])
    return [row for rows in by_port.values() for row in rows]


def _made(flow: Flow) -> bool:
    """Whether a connection was made, or may still be: its SYN-ACK was not turned down."""
    return flow.established_ns != NEVER_NS or (flow.server.syn_count > 0 and not flow.client.rst_count)


def _too_late(flow: Flow) -> bool:
    """Whether the SYN-ACK found no socket any more."""
    client, server = flow.client, flow.server
    mute = not client.sent_data and client.next <= 1  # by the number of its RST, too
    refused = client.rst_count > 0 and client.rst_frame > server.syn_frame and mute
    return flow.established_ns == NEVER_NS and server.syn_count > 0 and refused


ADVICE = Page(
    where=offers("the program: its time for one address is shorter than the round trip"),
    fix=offers(
        Offer(
            "Node.js: more time for each attempt, this run",
            "NODE_OPTIONS=--network-family-autoselection-attempt-timeout=2000 {again}",
            "node|npm",
        ),
        Offer(
            "Node.js: more time for each attempt, in this shell",
            "export NODE_OPTIONS=--network-family-autoselection-attempt-timeout=2000",
            "!again node|npm",
        ),
        Offer(
            "Let it try the addresses one by one",
            "export NODE_OPTIONS=--no-network-family-autoselection",
            "node|npm",
            otherwise=True,
        ),
        Offer("Raise the program's own time-out for connecting", None, "!node !npm"),
        ANOTHER_SOURCE,
    ),
    verify=commands(Offer("", "ping -c 5 {address}"), *PORT_CHECK),
    no_use=offers(FASTER_LINE, Offer("another server on the same path")),
)
