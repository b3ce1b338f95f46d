"""git fetches the whole history of a repository.

What it finds
    A "git fetch" of go for all branches and tags (refs/heads/*) or with
    --unshallow. Without go's lines: HUGE (500 MiB) or more from a code host
    on one connection. It stands beside a cause and is none itself.

Why a program hangs
    go first asks git for the one commit (--depth=1). Where the server does not
    give single commits, or an abbreviated revision must be found, it fetches
    everything: minutes for an old repository, in which -x shows one line and
    nothing after it.

What to do
    Through a proxy, which has only the version that was asked for:
        GOPROXY=https://proxy.golang.org,direct go mod download
    Name a tag or a full commit in go.mod, not an abbreviated one; go 1.17 or
    newer in go.mod asks for fewer modules:
        go mod tidy -go=1.17

Look-alikes
    http/body-stalled: nothing comes any more. tcp/throttled, http/body-slow: it
    comes slower than it could. go/refetched: the same again and again.

Known false alarms
    Without go's lines: a clone that was wanted.

References
    Go 1.27 cmd/go/internal/modfetch/codehost/git.go (fetchRefsLocked);
    golang.org/x/mod/zip MaxZipFile: no module is larger than 500 MiB.
"""

from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.screen import odd
from netanalyze.patterns import lazy_pattern
from netanalyze.units import size
from netanalyze.wording import message

CAUSE = Cause("go/huge-history-fetch", meaning="git fetches the whole history of a repository.", never_root=True)

HUGE = Threshold(
    500, "MiB", source="golang.org/x/mod/zip: MaxZipFile is 500 << 20 octets",
    why="no module may be larger, so that more than this is not one version of one",
)  # fmt: skip
MEBIBYTE = 1 << 20
_EVERYTHING = lazy_pattern(r"\bgit\b.*\bfetch\b.*(?:--unshallow|refs/heads/\*)")
HISTORY = "git fetches the whole history, not the one version"
HISTORY_TOOK = "git fetches the whole history, not the one version ({seconds} s)"
ASKS_FOR_ALL = Proved(
    0.95, "the git command that go runs asks for everything", Basis.COMMAND, "how much that is, the repository decides"
)
TOO_LARGE = Proved(
    0.7,
    "a code host sends more than any version of a module may have",
    Basis.FRAMES,
    "several versions may come one by one",
)


def check(case: Case) -> Iterator[Finding]:
    """A fetch of everything, told by go or by its size."""
    for command in case.trace.commands if case.trace else ():
        if _EVERYTHING.search(command.text):
            yield CAUSE.finding(
                Culprit("vcs-host", next((h for h in case.hosts if case.role(h) == "vcs-host"), None)),
                (case.start_ns, case.end_ns),
                message(HISTORY_TOOK if command.seconds else HISTORY, seconds=f"{command.seconds or 0:.0f}"),
                (printed(command.text, "the command go runs"),),
                confidence(ASKS_FOR_ALL),
            )
            return
    for flow in odd(case.flows):
        octets = flow.server.next - 1 if flow.server.next_known else flow.server.octets
        if octets >= HUGE.value * MEBIBYTE and case.role(flow.host, flow.server.port) == "vcs-host":
            yield CAUSE.finding(
                case.server(flow),
                (flow.first_ns, flow.last_ns),
                message(
                    "{octets} from {host}: more than any version of a module",
                    octets=size(octets),
                    host=flow.destination,
                ),
                frames((flow.first_frame, "the connection begins"), (flow.last_frame, "its last packet")),
                confidence(TOO_LARGE),
                flow,
                quantities={"octets": octets},
            )
