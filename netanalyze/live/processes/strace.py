"""What a command waits for, exactly, from strace(1): ``--syscalls``.

strace runs beside the command (-D: the command stays our child), follows its children, and stops them at a handful of
blocking calls alone (--seccomp-bpf); all others run at full speed.
"""

import os
import shutil
import tempfile
from dataclasses import replace

from netanalyze.errors import MissingProgram
from netanalyze.live.processes import proc
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import CHILD, DISK, LOCK, ProcessWait

KIND_OF = {"flock": LOCK, "fcntl": LOCK, "wait4": CHILD, "waitid": CHILD, "fsync": DISK, "fdatasync": DISK}
WORTH_NS = 20_000_000
"""A call that returns sooner is no wait worth a row: less than a look at the sockets apart (netanalyze.live.observer)."""
MOST = 20_000
READ_OCTETS = 1024 * 1024
_CALL = lazy_pattern(r"(\d+) +(\d+)\.(\d{6}) (\w+)\((.*)")
_RESUMED = lazy_pattern(r"(\d+) +(\d+)\.(\d{6}) <\.\.\. (\w+) resumed>")
_TOOK = lazy_pattern(r" <(\d+)\.(\d{6})>$")
_PATH = lazy_pattern(r"\d+<([^>]*)>")
UNFINISHED = "<unfinished ...>"


class Strace:
    """Traces one command.

    Raises:
        MissingProgram: strace is not installed.
    """

    def __init__(self) -> None:
        self._program = shutil.which("strace")
        if self._program is None:
            raise MissingProgram("--syscalls", "strace", "sudo apt-get install strace")
        self._descriptor, self._path = tempfile.mkstemp(prefix="netanalyze-", suffix=".strace")
        self._at, self._part = 0, b""
        self._open: dict[int, ProcessWait] = {}
        self._done: list[ProcessWait] = []
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
        while octets := os.pread(self._descriptor, READ_OCTETS, self._at):
            self._at += len(octets)
            *lines, self._part = (self._part + octets).split(b"\n")
            for line in lines:
                self._take(line.decode("utf-8", "replace"))

    def _take(self, line: str) -> None:
        resumed = _RESUMED.match(line)
        call = None if resumed else _CALL.match(line)
        if resumed:
            began = self._open.pop(integer(resumed[1]) or 0, None)
            if began is not None:
                self._add(replace(began, end_ns=_moment(resumed[2], resumed[3])))
        elif call and call[4] in KIND_OF:
            thread, start = integer(call[1]) or 0, _moment(call[2], call[3])
            path = _PATH.match(call[5])
            subject = path[1] if path and KIND_OF[call[4]] != CHILD else ""
            if call[4] == "fcntl" and "SETLKW" not in call[5]:
                return
            wait = ProcessWait(self._process(thread), KIND_OF[call[4]], start, start, subject)
            took = _TOOK.search(line)
            if line.endswith(UNFINISHED):
                self._open[thread] = wait
            elif took:
                self._add(replace(wait, end_ns=start + _moment(took[1], took[2])))

    def _process(self, thread: int) -> int:
        """The process of a thread, read while it lives."""
        if thread not in self._process_of:
            status = proc.read(f"/proc/{thread}/status", 1_024).split(b"\n")
            found = [integer(line[5:].strip()) for line in status if line.startswith(b"Tgid:")]
            self._process_of[thread] = (found[0] if found else None) or thread
        return self._process_of[thread]

    def _add(self, wait: ProcessWait) -> None:
        if wait.ns >= WORTH_NS and len(self._done) < MOST:
            self._done.append(wait)

    def joined(self, sampled: list[ProcessWait], now_ns: int) -> list[ProcessWait]:
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
        """Remove what strace wrote; harmless when done before."""
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        try:
            os.unlink(self._path)
        except OSError:
            pass


def _moment(whole: str, micros: str) -> int:
    return (integer(whole) or 0) * 1_000_000_000 + (integer(micros) or 0) * 1_000
