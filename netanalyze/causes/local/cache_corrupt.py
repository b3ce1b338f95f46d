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

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import by_its_word
from netanalyze.causes.confidence import Basis, Proved
from netanalyze.findings import Finding

CAUSE = Cause(
    "local/cache-corrupt",
    meaning="What was downloaded, or lay in the cache, does not have the checksum it must have.",
    headline="What came, or lay in the cache, fails its checksum.",
    fits=("checksum-mismatch", "bad-archive"),
)

SAYS_SO = ("checksum-mismatch", "bad-archive")
BY_ITS_WORD = Proved(
    0.85, "the command itself says that a checksum does not fit", Basis.COMMAND,
    "whether the copy here or the source is another, it does not tell",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so."""
    yield from by_its_word(
        case, CAUSE, SAYS_SO, "client-host", "what lies in the cache, or came, fails its checksum", BY_ITS_WORD
    )


ADVICE = Page(
    where=offers("what arrived or lay in the cache; the transfer itself was whole"),
    fix=offers(
        Offer("See what in the cache is damaged", "go mod verify", "go"),
        Offer("Fetch it again into a cache of its own, this run", "GOMODCACHE=$(mktemp -d) {again}", "go", scope=RUN),
        Offer("If that works: empty the cache", "go clean -modcache", "go"),
        Offer("If not: another proxy may have the true copy", "GOPROXY={mirror},direct {again}", "go"),
        Offer("See what is damaged", "git fsck", "git"),
        Offer("Empty the cache: all is fetched anew", "pip cache purge", "pip"),
        Offer("See what in the cache is damaged", "npm cache verify", "npm"),
        Offer("Delete the damaged copy, and fetch it again", None, "!go"),
    ),
    verify=commands(Offer("", "go mod verify", "go"), Offer("", "git fsck", "git"), "sha256sum -c SHA256SUMS"),
    no_use=offers(
        Offer("GOSUMDB=off (it hides a changed module)", None, "go"),
        Offer("deleting go.sum", None, "go"),
        Offer("waiting", None, "!go"),
    ),
)
