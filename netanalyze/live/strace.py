"""What a command waits for, exactly, from strace(1): ``--syscalls``.

strace runs beside the command (-D: the command stays our child), follows its children, and stops them at a handful of
blocking calls alone (--seccomp-bpf); all others run at full speed.
"""

import os
import re
import shutil
import tempfile
from dataclasses import replace

from netanalyze.errors import MissingProgram
from netanalyze.live import proc
from netanalyze.live.caller import Caller
from netanalyze.processes import CHILD, DISK, LOCK, Wait

KIND_OF = {"flock": LOCK, "fcntl": LOCK, "wait4": CHILD, "waitid": CHILD, "fsync": DISK, "fdatasync": DISK}
WORTH_NS = 20_000_000
"""A call that returns sooner is no wait worth a row: less than a look at the sockets apart (netanalyze.live.observer)."""
MOST = 20_000
_CALL = re.compile(r"(\d+) +(\d+)\.(\d{6}) (\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +(\d+)\.(\d{6}) <\.\.\. (\w+) resumed>")
_TOOK = re.compile(r" <(\d+)\.(\d{6})>$")
_PATH = re.compile(r"\d+<([^>]*)>")
UNFINISHED = "<unfinished ...>"


class Strace:
    """Traces one command.

    Args:
        caller: whose strace it will be, where that is not us.

    Raises:
        MissingProgram: strace is not installed.
    """

    def __init__(self, caller: Caller | None = None) -> None:
        self._program = shutil.which("strace")
        if self._program is None:
            raise MissingProgram("--syscalls", "strace", "sudo apt-get install strace")
        descriptor, self._path = tempfile.mkstemp(prefix="netanalyze-", suffix=".strace")
        os.close(descriptor)
        if caller is not None:
            os.chown(self._path, caller.uid, caller.gid)
        self._at, self._part = 0, ""
        self._open: dict[int, Wait] = {}
        self._done: list[Wait] = []
        self._process_of: dict[int, int] = {}

    def around(self, path: str, argv: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The file and the words that run a command under strace."""
        calls = ",".join(KIND_OF)
        words = (
            "strace", "-D", "-f", "-qq", "-y", "-ttt", "-T", "--seccomp-bpf", "-e", f"trace={calls}", "-e", "signal=none",
            "-o", self._path, "--", os.path.abspath(path), *argv[1:],
        )  # fmt: skip
        return self._program or "", words

    def look(self) -> None:
        """Read what strace has written since."""
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                file.seek(self._at)
                text = self._part + file.read()
                self._at = file.tell()
        except OSError:
            return
        *lines, self._part = text.split("\n")
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        resumed = _RESUMED.match(line)
        call = None if resumed else _CALL.match(line)
        if resumed:
            began = self._open.pop(int(resumed[1]), None)
            if began is not None:
                self._add(replace(began, end_ns=_moment(resumed[2], resumed[3])))
        elif call and call[4] in KIND_OF:
            start = _moment(call[2], call[3])
            path = _PATH.match(call[5])
            subject = path[1] if path and KIND_OF[call[4]] != CHILD else ""
            if call[4] == "fcntl" and "SETLKW" not in call[5]:
                return
            wait = Wait(self._process(int(call[1])), KIND_OF[call[4]], start, start, subject)
            took = _TOOK.search(line)
            if line.endswith(UNFINISHED):
                self._open[int(call[1])] = wait
            elif took:
                self._add(replace(wait, end_ns=start + _moment(took[1], took[2])))

    def _process(self, thread: int) -> int:
        """The process of a thread, read while it lives."""
        if thread not in self._process_of:
            status = proc.read(f"/proc/{thread}/status", 1_024).split(b"\n")
            found = [int(line.split()[1]) for line in status if line.startswith(b"Tgid:")]
            self._process_of[thread] = found[0] if found else thread
        return self._process_of[thread]

    def _add(self, wait: Wait) -> None:
        if wait.ns >= WORTH_NS and len(self._done) < MOST:
            self._done.append(wait)

    def joined(self, sampled: list[Wait], now_ns: int) -> list[Wait]:
        """Sampled waits with their true beginnings and ends, and what was too short for any look."""
        exact = [*self._done, *(replace(wait, end_ns=now_ns) for wait in self._open.values() if now_ns > wait.start_ns)]
        rows = list(sampled)
        for wait in exact:
            same = [
                at for at, one in enumerate(rows)
                if (one.pid, one.kind) == (wait.pid, wait.kind) and one.start_ns <= wait.end_ns and wait.start_ns <= one.end_ns
            ]  # fmt: skip
            for at in same:
                rows[at] = replace(rows[at], start_ns=wait.start_ns, end_ns=max(wait.end_ns, wait.start_ns))
            if not same and wait.ns >= WORTH_NS:
                rows.append(wait)
        return rows

    def close(self) -> None:
        """Remove what strace wrote."""
        try:
            os.unlink(self._path)
        except OSError:
            pass


def _moment(whole: str, micros: str) -> int:
    return int(whole) * 1_000_000_000 + int(micros) * 1_000
