"""The first module proxy is dead, and go pays its time-out again for every file.

What it finds
    Two or more dials of go to one host that did not connect, while another host
    answered, and was heard AFTER (1 s) or more behind the first of them. It
    stands beside the cause of those dials.

Why a program hangs
    With | in GOPROXY any error leads on to the next entry, but nothing is
    remembered: every .info, .mod and .zip tries the dead one first. At 30 s a
    dial three files take 90 s, and it goes on as long as there are files.

What to do
    Put the proxy that works first, or take the dead one out:
        go env GOPROXY
        GOPROXY=https://proxy.golang.org,direct go mod download
        go env -u GOPROXY                              # back to the default

Look-alikes
    tcp/syn-unanswered, tls/client-hello-dropped and their like: the single
    wait, which this one multiplies. dns/first-resolver-dead: the same habit in
    DNS. go/no-fallback: a comma, so that the second one is never asked.

Known false alarms
    A host that is tried twice for two reasons (a vanity host by https and again
    after git failed) while a proxy works.

References
    Go 1.27 cmd/go/internal/modfetch/proxy.go (TryProxies keeps no memory); go
    help goproxy; measured: three files, 90.27 s.
"""

from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import message

CAUSE = Cause(
    "go/dead-proxy-paid-per-file",
    meaning="A dead first entry of GOPROXY is waited for anew with every file.",
    never_root=True,
)

AFTER = Threshold(
    1, "s",
    source="Go net/dial.go: families of one dial begin 300 ms apart; the limit is chosen here",
    why="what another host sends later than that shows that go went on after the dead one",
)  # fmt: skip
DIALLED_ANEW = Proved(
    0.9, "a module proxy was dialled again and again in vain, and another host sent data after each", Basis.FRAMES,
    "that GOPROXY lists both is inferred",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Two or more failed dials to one host, each followed by a success at another."""
    by_host: dict[str, list] = {}
    for dial in odd(case.dials):
        if dial.host and dial.connected is None:
            by_host.setdefault(dial.host, []).append(dial)
    for host, failed in by_host.items():
        first, last, others = failed[0], failed[-1], case.index.spoken.but(host)
        if len(failed) < 2 or others <= first.start_ns + AFTER.ns or case.client.name != "go":
            continue
        if case.role(host, first.attempts[0].server.port) != "module-proxy":
            continue  # a redirect's target, or the checksum database: GOPROXY has nothing to do with it
        given_up = case.given_up_ns(first, max(f.client.syn_last_ns for f in first.attempts))
        if last.start_ns < given_up or others <= given_up:
            continue  # side by side: paid for once; or nothing went on after it
        end = case.given_up_ns(last, max(f.client.syn_last_ns for f in last.attempts))
        yield CAUSE.finding(
            case.server(first.attempts[0]),
            (first.start_ns, end),
            message(
                "{host} was tried {number} times in vain, {time} in all: GOPROXY lists it before a proxy that works",
                host=host, number=len(failed), time=duration(end - first.start_ns),
            ),
            frames(*((d.attempts[0].first_frame, message("dial to {host}", host=host)) for d in failed[:3])),
            confidence(DIALLED_ANEW),
            first.attempts[0],
            quantities={"dials": len(failed)},
        )  # fmt: skip
