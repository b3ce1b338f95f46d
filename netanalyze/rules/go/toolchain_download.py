"""go downloads another Go toolchain before it does what was asked.

What it finds
    go printed "go: downloading go1.X (os/arch)": the go or toolchain line of
    go.mod (or of a dependency) wants a newer Go than is installed, and
    GOTOOLCHAIN lets it fetch one. It stands beside a cause, if there is one.

Why a program hangs
    A toolchain has 60 to 130 MB, comes through the module proxy before any
    other work, before flags are read, so that -x shows nothing of it. On a slow
    or stalled path this is the hang: minutes with one line of output.

What to do
    See who asks for it, and decide:
        grep -E '^(go|toolchain) ' go.mod; go env GOTOOLCHAIN; go version
        GOTOOLCHAIN=local go mod download              # use what is installed
    Install that version by other means, or lower the go line. Write "go 1.22.0"
    rather than "go 1.22", which names no toolchain.

Look-alikes
    tcp/throttled, http/body-slow and http/body-stalled on that first flow.
    http/error-status: the toolchain does not exist for this system.
    local/configuration: fetching it is forbidden.

Known false alarms
    None known: the line is go's own.

References
    Go 1.27 cmd/go/internal/toolchain/select.go (Exec),
    cmd/go/internal/modfetch/fetch.go; https://go.dev/doc/toolchain.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """go says that it downloads a toolchain."""
    if seen.trace is None:
        return
    for download in seen.trace.downloading:
        if not download.toolchain:
            continue
        yield Finding(
            cause="go/toolchain-download",
            culprit=Culprit("client"),
            start_ns=seen.start_ns,
            end_ns=seen.end_ns,
            message="go fetches another toolchain first (60 to 130 MB): the go line of go.mod asks for it",
            evidence=(Evidence(download.text[:200], "printed by go", "trace"),),
            confidence=0.95,
        )
        return
