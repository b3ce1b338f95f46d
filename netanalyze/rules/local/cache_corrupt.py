"""What arrived, or lay in the cache, fails its checksum.

What it finds
    The command's last error says so: a checksum mismatch, or an archive that is
    none. No packet shows it; a transfer broken by the network ends in another
    error.

Why a program hangs
    It does not hang, it ends: go compares every zip with go.sum and stops at a
    difference. Before that a damaged or half-unpacked cache can cost a long
    time of hashing and unpacking, with nothing on the network.

What to do
    Find what is damaged, then remove only that:
        go mod verify
        GOMODCACHE=$(mktemp -d) go mod download        # anew, elsewhere
        rm $(go env GOMODCACHE)/cache/download/MODULE/@v/VERSION.*
    If a fresh cache fails as well, what is served differs from what go.sum
    promises: ask another proxy, and find out why. GOSUMDB=off or deleting
    go.sum would be a weaker check: it hides a changed module.

Look-alikes
    tcp/early-close and http/body-stalled leave a body that is not whole, and
    another error. local/disk-full ends in "no space left". http/error-status: a
    page of HTML instead of a zip.

Known false alarms
    A version that its author has tagged anew: nothing is corrupt, but the
    content is no longer what was recorded.

References
    Go 1.27 cmd/go/internal/modfetch/fetch.go (checkModSum); go help mod verify;
    Go modules reference, "Module authentication".
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

SAID = ("checksum-mismatch", "bad-archive")


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in SAID:
        return
    yield Finding(
        cause="local/cache-corrupt",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message="what lies in the cache, or came, fails its checksum",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
        attributes={
            key: value for key, value in error.facts.items() if key in ("setting", "program", "path") and value
        },
    )
