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

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding

CAUSE = Cause(
    "go/toolchain-download",
    meaning="go first downloads another Go toolchain, silently and before anything else.",
    never_root=True,
)


GO_SAYS_SO = Proved(0.95, "go prints that it downloads a toolchain", Basis.COMMAND, "its own word")
ANOTHER = "go fetches another toolchain first (60 to 130 MB): the go line of go.mod asks for it"


def check(case: Case) -> Iterator[Finding]:
    """go says that it downloads a toolchain."""
    downloads = case.trace.downloading if case.trace is not None else ()
    for download in [download for download in downloads if download.toolchain][:1]:
        shown = (printed(download.text, "printed by go"),)
        yield CAUSE.finding(Culprit("client"), (case.start_ns, case.end_ns), ANOTHER, shown, confidence(GO_SAYS_SO))
