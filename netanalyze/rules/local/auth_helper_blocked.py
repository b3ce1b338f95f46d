"""A GOAUTH or credential helper does not return.

What it finds
    A child of go that GOAUTH names, or a credential helper of git (git
    credential-NAME, git-credential-NAME, a shell that runs one), that has run
    for LATE (3 s) or longer without an end, and does not ask a person itself.
    From the process tree that "netanalyze live" records.

Why a program hangs
    go asks the helper before it asks the server, and git when the server wants
    credentials; both wait for it without a limit. A helper that waits for a
    keyring, a token server or a smart card holds the command up, and nothing of
    that is in the command's own packets.

What to do
    Run the helper by hand and see where it stops; do without it meanwhile:
        go env GOAUTH; git config --get-all credential.helper
        GOAUTH=off go mod download
        printf 'protocol=https\\nhost=HOST\\n' | git credential-NAME get </dev/stdin

Look-alikes
    local/credential-prompt: the helper, or git, waits for a person.
    http/response-missing: the server is asked and does not answer.

Known false alarms
    A helper that opens a browser and waits for a person there.

References
    Go 1.27 cmd/go/internal/auth/auth.go and userauth.go, "go help goauth";
    gitcredentials(7), git-credential(1).
"""

import re
import shlex
from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.processes import TERMINAL, Process, Processes
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds

LATE = Threshold(
    3, "s",
    source="go help goauth and gitcredentials(7): a helper has no limit; the figure is chosen here",
    why="stores and keyrings answer in milliseconds, a token fetched anew in a second or two",
)  # fmt: skip

_SHELL_HELPER = re.compile(r".*\b(?:get|store|erase)$", re.DOTALL)
"""What git hands to a shell for a helper of the form "!command": it ends in the operation."""
_HELPER = re.compile(r"(?:.*/)?git-credential-(?!cache--daemon)[\w.-]+$|docker-credential-[\w.-]+$")


def check(seen: Observations) -> Iterator[Finding]:
    """Helpers that ran for long."""
    processes = seen.processes
    if processes is None:
        return
    configured = _configured(seen)
    asking = {wait.pid for wait in processes.waits_for(TERMINAL)}
    for one in processes.processes:
        end = seen.end_ns if one.end_ns == NEVER_NS else min(one.end_ns, seen.end_ns)
        if not one.own or end - one.start_ns < LATE.ns or one.pid in asking:
            continue
        if _serves(processes, one, configured) and not asking & _below(processes, one):
            yield _finding(seen, processes, one, end)


def _configured(seen: Observations) -> list[list[str]]:
    """The commands that GOAUTH names, in words."""
    settings = ((seen.run.environment if seen.run is not None else None) or {}).get("go_env") or {}
    found = []
    for entry in str(settings.get("GOAUTH") or "").split(";"):
        try:
            words = shlex.split(entry)
        except ValueError:
            continue
        if words and words[0] not in ("off", "netrc", "git"):
            found.append(words)
    return found


def _serves(processes: Processes, one: Process, configured: list[list[str]]) -> bool:
    parent = processes.process(one.parent, one.start_ns)
    if parent is None or _named(parent, configured):  # of a helper and its own children the first
        return False
    by_go = any(list(one.argv[-len(words) :]) == words or list(one.argv[: len(words)]) == words for words in configured)
    shell = parent.name.startswith("git") and one.name in ("sh", "bash", "dash") and one.argv[1:2] == ("-c",)
    by_git = shell and len(one.argv) > 2 and bool(_SHELL_HELPER.match(one.argv[2]))
    return (parent.name == "go" and by_go) or by_git or _named(one, [])


def _named(one: Process, configured: list[list[str]]) -> bool:
    words = one.argv
    return bool(words) and (
        bool(_HELPER.match(words[0]))
        or (one.name == "git" and len(words) > 1 and words[1].startswith("credential-") and "daemon" not in words[1])
        or any(list(words[: len(c)]) == c for c in configured)
    )


def _below(processes: Processes, one: Process) -> set[int]:
    found = {one.pid}
    for process in processes.processes:  # parents come before their children
        if process.parent in found:
            found.add(process.pid)
    return found


def _finding(seen: Observations, processes: Processes, one: Process, end: int) -> Finding:
    took = end - one.start_ns
    words = one.argv[2].rpartition(" ")[0] if one.argv[1:2] == ("-c",) else one.name
    name = f"the helper {words.strip() or one.name}"[:60]
    mine = _below(processes, one)
    waits = sorted((w for w in processes.waits if w.pid in mine), key=lambda w: -w.ns)
    return Finding(
        cause="local/auth-helper-blocked",
        culprit=Culprit("client-host"),
        start_ns=one.start_ns,
        end_ns=end,
        message=f"{processes.named(one.parent)} waits {duration(took)} for its helper {one.command[:80]}",
        evidence=(
            Evidence(f"{processes.named(one.pid)}: {one.command[:160]}", f"ran for {duration(took)}", "syscall"),
            *(Evidence(processes.told(w), "what it did meanwhile", "syscall") for w in waits[:1]),
        ),
        confidence=0.9,
        fatal=end >= seen.end_ns or one.exit_code not in (0, None),
        quantities={"seconds": round(seconds(took), 3)},
        attributes={"not_network": True, "helper": name, "command": one.command[:160]},
    )
