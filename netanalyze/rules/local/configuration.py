"""The command cannot start with this configuration; no packet is at fault.

What it finds
    The command's last error is of this kind: modules or proxy switched off, a
    GOPROXY list that is empty or no URL, a program that is not installed, a
    toolchain that may not be fetched. Attributes name the setting where the
    text does.

Why a program hangs
    It does not: it ends within a tenth of a second, mostly without any packet.
    In a script that tries again it may seem to hang.

What to do
    See what is set, and where it comes from (the environment wins over the file
    of "go env -w", that over $GOROOT/go.env):
        go env -changed; env | grep -E '^GO'
        go env -u GOPROXY GO111MODULE GOFLAGS
        GOPROXY=https://proxy.golang.org,direct go mod download
    "executable file not found": install git (or hg), or leave "direct" out of
    GOPROXY. Toolchain: GOTOOLCHAIN=local, and a go line in go.mod that the
    installed Go satisfies.

Look-alikes
    local/cache-lock-held and local/auth-helper-blocked are as silent on the
    network, but do not end. http/error-status: somebody answered. tcp/no-route:
    the kernel refuses, not the command.

Known false alarms
    The error names the last thing that failed: with "direct" as the last entry
    a missing git may hide that a proxy before it did not answer.

References
    go help environment; Go 1.27 cmd/go/internal/modfetch/proxy.go (the GOPROXY
    list), cmd/go/internal/modload/init.go, $GOROOT/go.env.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations
from netanalyze.wording import message

SAID = ("configuration",)


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in SAID:
        return
    yield Finding(
        cause="local/configuration",
        culprit=Culprit("client"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=message("the command refuses: {error}", error=error.text.splitlines()[0][-100:]),
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.9,
        fatal=True,
        attributes={
            key: value for key, value in error.facts.items() if key in ("setting", "program", "path") and value
        },
    )
