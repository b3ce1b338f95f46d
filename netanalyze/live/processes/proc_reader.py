"""Reads of proc(5) what root alone may, for a process that has given up root: ``--pid`` on another user's process.

It runs beside us with root's rights and does nothing but answer: which descriptors a process has and where they lead, what a
thread waits in, which of two variables name a program that asks for credentials. No environment, no memory beyond what a
poll or select under way points at, no file outside of /proc goes through. It ends when the socket to it closes.
"""

import os
import socket
import stat
import subprocess
import sys
import threading

from netanalyze.live.processes import proc, syscalls
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern

READABLE = lazy_pattern(
    r"/proc/[0-9]+/(?:fdinfo/[0-9]+|task/[0-9]+/(?:syscall|schedstat|stat)|wchan|io|cmdline|stat|status)"
)
LINKS = lazy_pattern(r"/proc/[0-9]+/fd/[0-9]+")
NUMBER, POINTER = lazy_pattern("[0-9]{1,10}"), lazy_pattern("([0-9]{1,10}) ([0-9]{1,20}) ([0-9]{1,4})")
POINTING = ("poll", "ppoll", "select", "pselect6")
MOST = 65_536
LARGEST_MEMORY = 1_024
NOTHING = b"-"
FOUND = b"+"


def answer(request: bytes) -> bytes | None:
    """What is asked for, None where it is not to be had or not to be given."""
    what, _, rest = os.fsdecode(request).partition(" ")
    try:
        if what == "read" and READABLE.fullmatch(rest):
            return proc.read(rest, MOST)
        if what == "links" and NUMBER.fullmatch(rest):
            return "\0".join(f"{number}\0{target}" for number, target in proc.descriptors(integer(rest) or 0)).encode(
                errors="surrogateescape"
            )
        if what == "link" and LINKS.fullmatch(rest):
            return os.fsencode(os.readlink(rest))
        if what in ("lstat", "stat") and LINKS.fullmatch(rest):
            seen = os.lstat(rest) if what == "lstat" else os.stat(rest)
            regular = what == "lstat" or stat.S_ISREG(seen.st_mode)
            return proc.SEEN.pack(seen.st_mode, seen.st_size, seen.st_mtime_ns) if regular else None
        if what == "askpass" and NUMBER.fullmatch(rest):
            return "\0".join(proc.askpass(integer(rest) or 0)).encode()
        if what == "memory" and (numbers := POINTER.fullmatch(rest)):
            return _memory(*map(int, numbers.groups()))
    except (OSError, ValueError):
        pass
    return None


def _memory(pid: int, address: int, length: int) -> bytes | None:
    """What a poll or select of a process points at, at this moment."""
    calls = (syscalls.call(pid, thread) for thread in proc.threads(pid))
    pointed = any(one is not None and one.name in POINTING and address in one.arguments for one in calls)
    return syscalls.memory(pid, address, length) if pointed and length <= LARGEST_MEMORY else None


def main() -> int:
    """Answer until nobody asks any more."""
    with socket.socket(fileno=os.dup(0)) as channel:
        channel.sendall(FOUND)
        while request := channel.recv(4_096):
            found = answer(request)
            channel.sendall(NOTHING if found is None else FOUND + found[:MOST])
    return 0


class ProcReader:
    """The other end: asks, from any thread. It must be made while there are rights to give away.

    Raises:
        OSError: it did not begin.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__], stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
            )  # fmt: skip
        if self._channel.recv(16) != FOUND:
            raise OSError("the reader of /proc did not begin")

    def ask(self, what: str, rest: str) -> bytes | None:
        """The answer; None where there is none."""
        with self._lock:
            try:
                self._channel.sendall(f"{what} {rest}".encode())
                answer = self._channel.recv(MOST + 1)
            except OSError:
                return None
        return answer[1:] if answer[:1] == FOUND else None

    def close(self) -> None:
        """Let it end."""
        self._channel.close()
        self._process.wait()


if __name__ == "__main__":
    sys.exit(main())
