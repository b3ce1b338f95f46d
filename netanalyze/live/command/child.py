"""The command: found as its shell would, started so that it stays itself, watched until it ends."""

import errno
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from netanalyze import descriptors
from netanalyze.errors import CommandNotFound
from netanalyze.live import darwin
from netanalyze.live.processes.proc import descendants

STDERR = 2
STOPS_OF_THE_TERMINAL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class Ended(NamedTuple):
    """The command is over: ``status`` as a shell says it (128 + n: killed by signal n), and when, ns."""

    status: int
    killed_by: int | None
    time_ns: int


class Stopped(NamedTuple):
    """The command was stopped by a signal (Ctrl-Z, SIGSTOP)."""

    number: int


def find_command(name: str, environment: dict[str, str]) -> str:
    """The file that runs as ``name``, looked for on the PATH of ``environment`` as execvp(3) does.

    Raises:
        CommandNotFound: nothing of that name (status 127), or it is not executable (126).
    """
    if not name:
        raise CommandNotFound("''")
    if "/" in name:
        candidates = [name]
    else:
        candidates = [os.path.join(folder or ".", name) for folder in environment.get("PATH", os.defpath).split(":")]
    seen = False
    for path in candidates:
        try:
            regular = stat.S_ISREG(os.stat(path).st_mode)
        except OSError:
            continue
        if regular and os.access(path, os.X_OK):
            return path
        seen = seen or regular or "/" in name
    raise CommandNotFound(name, 126 if seen else 127)


class Child:
    """One command under way.

    Args:
        argv: its words; ``path`` is the file, from ``find_command``.
        tell: gets Stopped and Ended, from another thread.
        mask: the signals that are to be blocked in it: those that were before we blocked any.
        stderr: a descriptor for its standard error; None leaves it ours.
        output_to_stderr: its standard output is its standard error.
    """

    def __init__(
        self, argv: tuple[str, ...], path: str, environment: dict[str, str], tell: Callable[[Any], None],
        mask: set[Any], stderr: int | None = None, output_to_stderr: bool = False,
    ):  # fmt: skip
        self.argv, self.path, self._environment, self._tell = argv, path, environment, tell
        self._mask, self._stderr = mask, stderr
        self._stdout = None if not output_to_stderr else STDERR if stderr is None else stderr
        self._process: subprocess.Popen | None = None
        self.pid = 0
        self.start_ns = self._begun_ns = 0
        self._over = False

    def start(self) -> None:
        """Release the command.

        Raises:
            CommandNotFound: the system refuses to run it after all.
        """
        own = signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        self.start_ns, self._begun_ns = time.time_ns(), _elapsed_ns()
        try:
            self._process = self._spawned(self.argv, self.path)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise CommandNotFound(self.argv[0], 127 if error.errno == errno.ENOENT else 126) from error
            # a script without a #! line: as shells and execvp(3) do
            self._process = self._spawned(("/bin/sh", self.path, *self.argv[1:]), "/bin/sh")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, own)
        self.pid = self._process.pid
        threading.Thread(target=self._watch, name="child", daemon=True).start()

    def now_ns(self) -> int:
        """ns since the epoch, reckoned from the command's release: a clock that is set meanwhile makes no run shorter."""
        return self.start_ns + _elapsed_ns() - self._begun_ns

    def _spawned(self, argv: tuple[str, ...], path: str) -> subprocess.Popen:
        # Whatever descriptors we were given beyond the first three are the command's as well (make's job server, …).
        # With a cwd Python does not take posix_spawn, which would leave signals 32 and 33 ignored.
        return subprocess.Popen(
            argv, executable=path, env=self._environment, stdout=self._stdout, stderr=self._stderr,
            pass_fds=descriptors.for_the_command(), cwd=".",
        )  # fmt: skip

    def _watch(self) -> None:
        while True:
            try:
                _, state = os.waitpid(self.pid, os.WUNTRACED)
            except ChildProcessError:
                self._tell(Ended(125, None, self.now_ns()))
                return
            now = self.now_ns()
            if os.WIFSTOPPED(state):
                self._tell(Stopped(os.WSTOPSIG(state)))
                continue
            self._over = True
            code = os.waitstatus_to_exitcode(state)
            assert self._process is not None
            self._process.returncode = code  # it is collected; subprocess need not look for it
            self._tell(Ended(code if code >= 0 else 128 - code, None if code >= 0 else -code, now))
            return

    def stopped_now(self) -> bool:
        """Whether it is stopped at this moment."""
        try:
            if darwin.HERE:
                return any(row.pid == self.pid and row.state == "T" for row in darwin.all_processes())
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except (OSError, IndexError):
            return False

    def send(self, number: int, everyone: bool = False) -> None:
        """Send it a signal; ``everyone``: its descendants too, as Ctrl-C would."""
        if self._over or not self.pid:
            return
        for process in [self.pid, *(descendants(self.pid) if everyone else ())]:
            try:
                os.kill(process, number)
            except (ProcessLookupError, PermissionError):
                pass


def _elapsed_ns() -> int:
    """Of a clock that nobody sets and that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
