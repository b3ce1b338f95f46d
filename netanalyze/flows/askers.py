"""Programs that git, ssh and go ask for credentials, told by how they were started, where their command line is gone.

A script that execs its last command has that one's command line. What stays is what it was given: git's and ssh's
askpass has the standard input of the program that asks, and a pipe to write its answer to (git's prompt.c, OpenSSH's
readpass.c); git's credential helper has a pipe of its own at its input, too (credential.c); go's GOAUTH command has two
pipes at output and error, and no input or a pipe (cmd/go/internal/auth/userauth.go).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netanalyze.patterns import lazy_pattern
from netanalyze.processes import CHILD, PIPE, Process, Processes

ASKPASS, HELPER, EITHER = "askpass", "helper", "either"
"""What a program was asked as; ``EITHER`` where its standard input tells no more: it has another one by now."""

_GIT_ASKS = lazy_pattern(r"(?:git-)?(?:remote-(?:https?|ftps?)|credential|http-(?:fetch|push)|imap-send)$")
"""Those of git's programs that want credentials, alone or as a word behind ``git``."""
_GITS_OWN = lazy_pattern(r"(?:git(?!.*ask)(?:-.*)?|scalar)$")
"""Not git-gui--askpass."""
_TOOLS = lazy_pattern(r"(?:git.*|hg|svn|bzr|fossil|ssh|go)$|(?:.*/)?pkg/tool/.*")
"""What go starts of itself: version control (golang.org/ref/mod#vcs-find) and its own tools."""
MOST_BETWEEN = 16


@dataclass(frozen=True)
class Asked:
    """One program that was asked: by whom, as what, and from when to when the asker was seen to wait for it."""

    program: Process
    asker: Process
    how: str
    start_ns: int
    end_ns: int


def asked(processes: Processes, end_ns: int) -> Iterator[Asked]:
    """Programs that git or ssh wait for, and which are none of git's own; each once, by its longest wait."""
    told: set[int] = set()
    for wait in processes.waits_for(PIPE, CHILD, end_ns=end_ns):
        asker = processes.process(wait.pid, wait.start_ns)
        program = None if asker is None else _child_towards(processes, asker, wait.holder, wait.start_ns)
        if asker is None or program is None or program.pid in told or _is(program, _GITS_OWN):
            continue
        how = _how(asker, program, wait.subject if wait.kind == PIPE else "")
        if how:
            told.add(program.pid)
            yield Asked(program, asker, how, wait.start_ns, wait.end_ns)


def _how(asker: Process, program: Process, pipe: str) -> str:
    """As what a program was asked; empty where it was started for something else."""
    git = asks_for_git(asker)
    if not git and asker.name != "ssh":
        return ""
    if not program.streams or not asker.streams:
        return EITHER if git and pipe else ""
    given, output, _ = program.streams
    if pipe and output != pipe:  # what the asker reads is not what this one was given to write to
        return ""
    if given == asker.streams[0] and (git or given != "/dev/null"):  # ssh gives that to its KnownHostsCommand
        return ASKPASS if pipe else ""
    if not git:  # ssh's ProxyCommand has pipes of its own
        return ""
    return HELPER if given.startswith("pipe:") else EITHER if pipe else ""


def asks_for_git(process: Process) -> bool:
    """Whether it is one of git's programs that want credentials."""
    words = process.argv
    return bool(_GIT_ASKS.match(process.name)) or (
        process.name == "git" and len(words) > 1 and bool(_GIT_ASKS.match(words[1]))
    )


def looks_like_goauth(process: Process, go: Process) -> bool:
    """Whether a child of go's has the streams of a GOAUTH command, and is none of the programs go starts of itself."""
    if not process.streams or _is(process, _TOOLS):
        return False
    given, output, error = process.streams
    return (
        (given == "/dev/null" or given.startswith("pipe:"))
        and output.startswith("pipe:")
        and error.startswith("pipe:")
        and output != error  # a compiler's, a test's and pkg-config's are one
        and not {output, error} & set(go.streams)  # what "go run" starts has go's own
    )


def _is(process: Process, names: re.Pattern[str]) -> bool:
    """Whether a program is, or was, one of these; behind an interpreter stands the script's path."""
    programs = [word for line in process.lines for at, word in enumerate(line[:3]) if at == 0 or word.startswith("/")]
    return any(names.match(word) or names.match(word.rpartition("/")[2]) for word in programs)


BELOW_MOST = 1000
"""Descendants of one program that are looked at: more than it starts to ask for credentials."""


def descendants(processes: Processes, pid: int) -> set[int]:
    """A process, and those that descend from it, by their numbers; of very many the nearest."""
    found, waiting = {pid}, deque([pid])
    while waiting and len(found) < BELOW_MOST:
        fresh = {one.pid for one in processes.forked(waiting.popleft())} - found
        found |= fresh
        waiting.extend(sorted(fresh))
    return found


def ancestors(processes: Processes, pids: Iterable[int]) -> set[int]:
    """Processes, and those from which any of them descends, by their numbers."""
    found = set(pids)
    for process in reversed(processes.processes):  # parents come before their children
        if process.pid in found:
            found.add(process.parent)
    return found


def _child_towards(processes: Processes, ancestor: Process, pid: int, ns: int) -> Process | None:
    """The child of ``ancestor`` from which ``pid`` descends, or which it is; None if it does not."""
    at = processes.process(pid, ns) if pid else None
    for _ in range(MOST_BETWEEN):
        if at is None or at.parent == ancestor.pid:
            break
        at = processes.process(at.parent, ns)
    return at if at is not None and at.parent == ancestor.pid and at.own else None
