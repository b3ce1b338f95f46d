"""A GOAUTH or credential helper does not return.

What it finds
    A child of go that GOAUTH names, or a credential helper of git (git
    credential-NAME, git-credential-NAME, a shell that runs one), that has run
    for LATE (3 s) or longer without an end, and does not ask a person itself.
    From the process tree that "netanalyze live" records. Where a helper has become
    another program: what it was before, or how it was started, with pipes of its
    own by git, or by a go whose GOAUTH names a command.

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
from netanalyze.flows.askers import EITHER, HELPER, asked, looks_like_goauth
from netanalyze.processes import TERMINAL, Process, Processes
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

LATE = Threshold(
    3, "s",
    source="go help goauth and gitcredentials(7): a helper has no limit; the figure is chosen here",
    why="stores and keyrings answer in milliseconds, a token fetched anew in a second or two",
)  # fmt: skip

_SHELL_HELPER = re.compile(r".*\b(?:get|store|erase)$", re.DOTALL)
"""What git hands to a shell for a helper of the form "!command": it ends in the operation."""
_MOST_INTERPRETER = 2
"""Words before a script's path: its interpreter and one argument of that (execve(2))."""
_HELPER = re.compile(r"(?:.*/)?git-credential-(?!cache--daemon)[\w.-]+$|docker-credential-[\w.-]+$")


def check(seen: Observations) -> Iterator[Finding]:
    """Helpers that ran for long."""
    processes = seen.processes
    if processes is None:
        return
    configured = _configured(seen)
    asking = {wait.pid for wait in processes.waits_for(TERMINAL)}
    by_git = {one.program.pid: one.how for one in asked(processes, seen.end_ns) if one.how in (HELPER, EITHER)}
    for one in processes.processes:
        end = seen.end_ns if one.end_ns == NEVER_NS else min(one.end_ns, seen.end_ns)
        if not one.own or end - one.start_ns < LATE.ns or one.pid in asking:
            continue
        told = _told(processes, one, configured, by_git.get(one.pid, ""))
        if told and not asking & _below(processes, one):
            yield _finding(seen, processes, one, end, told, configured)


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


def _told(processes: Processes, one: Process, configured: list[list[str]], by_git: str) -> float:
    """How sure it is that a process is a helper, 0.0 not at all: by its command line, an earlier one, or its streams."""
    parent = processes.process(one.parent, one.start_ns)
    if parent is None or any(_named(line, configured) for line in parent.lines):
        return 0.0  # of a helper and its children the first
    if any(_serves(parent, line, configured) for line in one.lines):
        return 0.9
    if by_git:
        return 0.85 if by_git == HELPER else 0.55
    by_go = parent.name == "go" and bool(configured) and looks_like_goauth(one, parent)
    return 0.8 if by_go else 0.0


def _serves(parent: Process, line: tuple[str, ...], configured: list[list[str]]) -> bool:
    """Whether a command line is that of a helper that ``parent`` started."""
    shell = parent.name.startswith("git") and _name(line[:1]) in ("sh", "bash", "dash") and line[1:2] == ("-c",)
    by_git = shell and len(line) > 2 and bool(_SHELL_HELPER.match(line[2]))
    return (parent.name == "go" and any(_runs(line, words) for words in configured)) or by_git or _named(line, [])


def _runs(line: tuple[str, ...], words: list[str]) -> bool:
    """Whether a command line runs a command, or has an interpreter run it: the kernel puts that before the script's path."""
    for at in range(_MOST_INTERPRETER + 1):
        program, *rest = line[at : at + len(words)] or ("",)
        if (program == words[0] or _name((program,)) == words[0]) and rest == words[1:]:
            return True
    return False


def _name(words: tuple[str, ...]) -> str:
    return words[0].rpartition("/")[2] if words else ""


def _named(line: tuple[str, ...], configured: list[list[str]]) -> bool:
    return bool(line) and (
        any(_HELPER.match(word) for word in (line[0], *(w for w in line[1:2] if w.startswith("/"))))
        or (_name(line) == "git" and len(line) > 1 and line[1].startswith("credential-") and "daemon" not in line[1])
        or any(_runs(line, words) for words in configured)
    )


def _below(processes: Processes, one: Process) -> set[int]:
    found = {one.pid}
    for process in processes.processes:  # parents come before their children
        if process.parent in found:
            found.add(process.pid)
    return found


def _beside(processes: Processes, one: Process, configured: list[list[str]]) -> Iterator[Evidence]:
    """What shows that a program which bears another name is a helper."""
    if one.was:
        yield Evidence(f"{processes.named(one.pid)}: {' '.join(one.was[-1])[:160]}", "what it was before", "syscall")
    parent = processes.process(one.parent, one.start_ns)
    if configured and parent is not None and parent.name == "go":
        named = "; ".join(_name((words[0],)) for words in configured)
        yield Evidence(f"GOAUTH={named[:160]}", "who is asked for credentials", "syscall")


def _called(processes: Processes, one: Process, configured: list[list[str]]) -> str:
    """A helper as its user knows it: as GOAUTH names it, or as git was told to."""
    parent = processes.process(one.parent, one.start_ns)
    if parent is not None and parent.name == "go":
        matching = [words for words in configured if any(_runs(line, words) for line in one.lines)]
        if len(matching or configured) == 1:
            return (matching or configured)[0][0].rpartition("/")[2]
    for line in one.lines:
        if line[1:2] == ("-c",) and len(line) > 2:
            return line[2].rpartition(" ")[0].strip() or one.name
    return one.name


def _finding(
    seen: Observations, processes: Processes, one: Process, end: int, confidence: float, configured: list[list[str]]
) -> Finding:
    took = end - one.start_ns
    name = message("the helper {name}", name=_called(processes, one, configured)[:49])
    mine = _below(processes, one)
    waits = sorted((w for w in processes.waits if w.pid in mine), key=lambda w: -w.ns)
    return Finding(
        cause="local/auth-helper-blocked",
        culprit=Culprit("client-host"),
        start_ns=one.start_ns,
        end_ns=end,
        message=message(
            "{who} waits {time} for its helper {helper}",
            who=processes.named(one.parent),
            time=duration(took),
            helper=one.command[:80],
        ),
        evidence=(
            Evidence(
                f"{processes.named(one.pid)}: {one.command[:160]}",
                message("ran for {time}", time=duration(took)),
                "syscall",
            ),
            *(Evidence(processes.told(w), "what it did meanwhile", "syscall") for w in waits[:1]),
            *_beside(processes, one, configured),
        ),
        confidence=confidence,
        fatal=end >= seen.end_ns or one.exit_code not in (0, None),
        quantities={"seconds": round(seconds(took), 3)},
        attributes={"not_network": True, "helper": name, "command": one.command[:160]},
    )
