"""The command that somebody waits for: of a user's processes the youngest that has a connection or a lookup open."""

import os

from netanalyze.clients import client_of
from netanalyze.errors import LiveError
from netanalyze.live.command.caller import sudo_caller
from netanalyze.live.processes import proc
from netanalyze.live.sockets.sock_diag import TCP, UDP, SockDiag
from netanalyze.wording import message

MOST_ABOVE = 16
"""Processes above one that are looked at: more than a package manager puts between itself and a helper."""


def youngest(words: str = "") -> int:
    """The number of the process to look at.

    Of the caller's own processes (who called sudo, where that was) those count that have a TCP connection or a UDP socket
    with a far end; what stands above one is taken in its stead where it is a client that is known: ``go`` for the ``git``
    that it runs.

    Args:
        words: only processes whose command line has them, as it was typed.

    Raises:
        LiveError: there is none; says what was looked for.
    """
    open_ = _open_sockets()
    mine, above = _user(), _above(os.getpid())
    found = []
    for pid in proc.all_pids():
        if pid in above or not _is_of(pid, mine):
            continue
        stat = proc.stat(pid)
        if stat is None or stat.state in "ZX" or not any(target in open_ for _, target in proc.descriptors(pid)):
            continue
        whole = _known_above(pid, above)
        if words in " ".join(proc.command_line(whole)) or words in " ".join(proc.command_line(pid)):
            found.append((stat.start, pid, whole))
    if not found:
        said = "none of your processes has a connection or a lookup open; name one by its number (ps -ef)"
        if words:
            said = (
                "none of your processes with {words} in its command line has a connection or a lookup open; name one by its "
                "number (ps -ef)"
            )
        raise LiveError(message(said, words=repr(words)))
    return max(found)[2]


def _open_sockets() -> set[str]:
    """Sockets with a far end, as descriptors lead to them."""
    try:
        kernel = SockDiag()
    except OSError as error:
        said = "the kernel does not list sockets ({why}); name a process by its number"
        raise LiveError(message(said, why=error.strerror or str(error))) from error
    try:
        return {f"socket:[{s.inode}]" for kind in (TCP, UDP) for s in kernel.sockets(kind) if s.inode and s.remote_port}
    finally:
        kernel.close()


def _user() -> int:
    caller = sudo_caller()
    return caller.uid if caller is not None else os.getuid()


def _is_of(pid: int, user: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}").st_uid == user
    except OSError:
        return False


def _above(pid: int) -> set[int]:
    """A process and all that it descends from: us, the shell, and the agent that called us."""
    found: set[int] = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        stat = proc.stat(pid)
        pid = stat.parent if stat is not None else 0
    return found


def _known_above(pid: int, above: set[int]) -> int:
    """The highest process above one that is a client which is known; itself where there is none."""
    best = at = pid
    for _ in range(MOST_ABOVE):
        stat = proc.stat(at)
        if stat is None or stat.parent <= 1 or stat.parent in above:
            break
        at = stat.parent
        if client_of(proc.command_line(at)).name != "generic":
            best = at
    return best
