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

import re
from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import size
from netanalyze.wording import message

HUGE = Threshold(
    500, "MiB", source="golang.org/x/mod/zip: MaxZipFile is 500 << 20 octets",
    why="no module may be larger, so that more than this is not one version of one",
)  # fmt: skip
MEBIBYTE = 1 << 20
_EVERYTHING = re.compile(r"\bgit\b.*\bfetch\b.*(?:--unshallow|refs/heads/\*)")


def check(seen: Observations) -> Iterator[Finding]:
    """A fetch of everything, told by go or by its size."""
    for command in seen.trace.commands if seen.trace else ():
        if _EVERYTHING.search(command.text):
            yield Finding(
                cause="go/huge-history-fetch",
                culprit=Culprit("vcs-host", next((h for h in seen.hosts if seen.role(h) == "vcs-host"), None)),
                start_ns=seen.start_ns,
                end_ns=seen.end_ns,
                message=message(
                    "git fetches the whole history, not the one version ({seconds} s)"
                    if command.seconds
                    else "git fetches the whole history, not the one version",
                    seconds=f"{command.seconds or 0:.0f}",
                ),
                evidence=(Evidence(command.text[:200], "the command go runs", "trace"),),
                confidence=0.95,
            )
            return
    for flow in seen.flows:
        octets = flow.server.next - 1 if flow.server.next_known else flow.server.octets
        if octets >= HUGE.value * MEBIBYTE and seen.role(flow.host, flow.server.port) == "vcs-host":
            yield Finding(
                cause="go/huge-history-fetch",
                culprit=seen.server(flow),
                start_ns=flow.first_ns,
                end_ns=flow.last_ns,
                message=message(
                    "{octets} from {host}: more than any version of a module",
                    octets=size(octets),
                    host=flow.host or flow.server.address,
                ),
                evidence=frames((flow.first_frame, "the connection begins"), (flow.last_frame, "its last packet")),
                confidence=0.7,
                flow_id=flow.id,
                quantities={"octets": octets},
            )
