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

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.processes import FullDisk
from netanalyze.rules import Observations
from netanalyze.wording import message

SAID = ("no-space",)


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so; or it failed, says nothing, and a disk was full meanwhile."""
    error = seen.trace.final_error if seen.trace else None
    disks = seen.processes.full_disks if seen.processes is not None else ()
    failed = seen.run is not None and seen.run.exit_code not in (0, None)
    if error is not None and error.kind in SAID:
        proof = [Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"), *map(_evidence, disks)]
        facts = {key: value for key, value in error.facts.items() if key in ("setting", "program", "path") and value}
        where, sure = error.facts.get("path") or "the module cache", 0.9 + 0.05 * bool(disks)
    elif disks and failed and (error is None or error.kind == "unknown"):
        proof, facts, sure, where = [_evidence(d) for d in disks], {"path": disks[0].path}, 0.75, disks[0].path
    else:
        return
    yield Finding(
        cause="local/disk-full",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=message("no space left for {where}; the transfer itself was healthy", where=where),
        evidence=tuple(proof),
        confidence=sure,
        fatal=True,
        attributes=facts,
    )


def _evidence(disk: FullDisk) -> Evidence:
    return Evidence(
        message("{path}: no {what} left", path=disk.path, what=disk.what),
        "as statvfs(3) said while the command ran",
        "syscall",
    )
