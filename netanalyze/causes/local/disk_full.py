"""The client broke off a healthy transfer: no space, or quota.

What it finds
    The command's last error says that a write failed for want of space. In the
    packets the client itself ends a transfer that went well: its window open,
    nothing lost, its own RST or FIN first. "netanalyze live" also looks whether
    there was room where the command writes: a command that failed without a word
    of its own while a disk was full.

Why a program hangs
    It ends at once. But go prints it as a failed read of a URL, so that people
    look for the fault in the network; and a script that runs it again downloads
    the same again.

What to do
    See what is full, room or inodes, there and in TMPDIR:
        df -h "$(go env GOMODCACHE)" "${TMPDIR:-/tmp}"
        df -i "$(go env GOMODCACHE)" "${TMPDIR:-/tmp}"
        GOMODCACHE=/var/tmp/modcache go mod download
        go clean -cache                                # the build cache first
    "go clean -modcache" frees most, and all modules are fetched anew.

Look-alikes
    tcp/reset and tcp/early-close: the far side ends it.
    tcp/receiver-window-closed: this machine stops reading and does not end.
    local/cache-corrupt: what is left of a broken write, the next time.

Known false alarms
    A quota or an image's size limit leaves df looking well: see quota(1),
    docker system df.

References
    write(2), ENOSPC and EDQUOT; Go 1.27 cmd/go/internal/modfetch/fetch.go (the
    zip is written to a temporary file first); measured: the error begins with
    read "https://...".
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import particulars, printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.processes import FullDisk
from netanalyze.wording import message

CAUSE = Cause(
    "local/disk-full",
    meaning="A healthy transfer was broken off by this machine, which had no room (or quota) to write it.",
    headline="There is no space left on this machine; the transfer itself was healthy.",
    fits=("no-space",),
)

NO_SPACE = ("no-space",)
SAYS_SO = Proved(0.9, "the command itself says that no space is left", Basis.COMMAND, "its own word on its own write")
BOTH_SAY_SO = Proved(
    0.95, "the disk was seen full meanwhile, too", Basis.COMMAND, "two witnesses; whose files fill it, neither says"
)
DISK_WAS_FULL = Proved(
    0.75, "a disk that the command writes to was full, and the command failed without a word", Basis.COMMAND,
    "it may have failed for another reason",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so; or it failed, says nothing, and a disk was full meanwhile."""
    error = case.final_error
    disks = case.processes.full_disks if case.processes is not None else ()
    failed = case.exit_code not in (0, None)
    if error is not None and error.kind in NO_SPACE:
        proof, attributes = (printed(error.text), *map(_evidence, disks)), particulars(error)
        where, ground = error.facts.get("path") or "the module cache", BOTH_SAY_SO if disks else SAYS_SO
    elif disks and failed and (error is None or error.kind == "unknown"):
        proof, attributes = tuple(map(_evidence, disks)), {"path": disks[0].path}
        where, ground = disks[0].path, DISK_WAS_FULL
    else:
        return
    yield CAUSE.finding(
        Culprit("client-host"),
        (case.end_ns, case.end_ns),
        message("no space left for {where}; the transfer itself was healthy", where=where),
        proof,
        confidence(ground),
        fatal=True,
        attributes=attributes,
    )


def _evidence(disk: FullDisk) -> Evidence:
    left = message("{path}: no {what} left", path=disk.path, what=disk.what)
    return Evidence(left, "as statvfs(3) said while the command ran", "syscall")


ADVICE = Page(
    where=offers("this machine: no room to write; network and server are fine"),
    fix=offers(
        Offer("See what is full, room or inodes", 'df -h "$(go env GOMODCACHE)"; df -i "$(go env GOMODCACHE)"', "go"),
        Offer("See what is full, room or inodes", "df -h . ; df -i .", "!go"),
        Offer("A cache on another disk, for this run", "GOMODCACHE=/var/tmp/modcache {again}", "go", scope=RUN),
        Offer("Empty the build cache first", "go clean -cache", "go"),
        Offer("Then the module cache: all is fetched anew", "go clean -modcache", "go"),
        Offer("Empty the cache: all is fetched anew", "pip cache purge", "pip"),
        Offer("Empty the cache: all is fetched anew", "npm cache clean --force", "npm"),
        Offer("Free some room, or raise the quota", None, "!go"),
    ),
    verify=commands(Offer("", 'df -h "$(go env GOMODCACHE)" "${{TMPDIR:-/tmp}}"', "go"), 'df -h . "${{TMPDIR:-/tmp}}"'),
    no_use=offers(Offer("another GOPROXY", None, "go"), "running it again as it is"),
)
