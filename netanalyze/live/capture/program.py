"""A capture program of the system that writes its frames to a pipe: begun, listened to, ended."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import Protocol

from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.guard import Guard
from netanalyze.live.signals import put_off

ARMED_LIMIT_S, END_LIMIT_S = 10.0, 3.0
READ_OCTETS = 1024 * 1024
POLL_S = 0.005
_DENIED = ("permission", "not permitted", "cap_net_raw")


class PacketStream(Protocol):
    """What makes frames of the octets that the program writes, in any pieces."""

    def push(self, octets: bytes) -> list[CapturedFrame]:
        """The frames that ``octets`` make whole."""
        ...


class CaptureProgram:
    """One such program; it runs from here on, until ``kill``.

    Raises:
        PermissionError: this user may not run it.
    """

    def __init__(self, argv: Sequence[str], stream: PacketStream):
        self._stream = stream
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill
        try:
            with put_off():
                # a session of its own: what the terminal sends to the command is not for the capture
                self._process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._said,
                    start_new_session=True, bufsize=0,
                )  # fmt: skip
                self._guard = _guarded(self._process)
        except BaseException:
            self._said.close()
            raise
        os.set_blocking(self.fileno(), False)

    def fileno(self) -> int:
        """The pipe; readable for ever once the program has ended."""
        assert self._process.stdout, "started without a pipe"
        return self._process.stdout.fileno()

    def has_ended(self) -> bool:
        """Whether it runs no more; what it wrote may still stand in the pipe."""
        if self._process.poll() is None:
            return False
        self._guard.dismiss()
        return True

    def words(self) -> str:
        """What it has said on standard error, in one line."""
        return " ".join(os.pread(self._said.fileno(), 65_536, 0).decode("utf-8", "replace").split())

    def is_denied(self) -> bool:
        """Whether it says that it lacks a right."""
        said = self.words().lower()
        return any(word in said for word in _DENIED)

    def take(self) -> list[CapturedFrame]:
        """The frames its pipe holds."""
        frames: list[CapturedFrame] = []
        for _ in range(4):
            try:
                octets = os.read(self.fileno(), READ_OCTETS)
            except BlockingIOError:
                break
            if not octets:
                break
            frames += self._stream.push(octets)
        return frames

    def interrupt(self) -> None:
        """Ask it to end: it writes what it still holds, and its counters."""
        if not self.has_ended():
            self._send(signal.SIGINT)

    def _send(self, number: signal.Signals) -> None:
        if not self._guard.send(number.name.removeprefix("SIG")):
            with contextlib.suppress(PermissionError):
                self._process.send_signal(number)

    def kill(self) -> None:
        """End it, whatever it does."""
        if not self.has_ended():
            self._send(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):  # else it ends at the closed pipe
            self._process.wait(END_LIMIT_S)
        self._guard.dismiss()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._said.close()


def _guarded(process: subprocess.Popen) -> Guard:
    try:
        return Guard(process.pid)
    except BaseException:
        process.kill()
        process.wait()
        raise


def wind_up(programs: Sequence[CaptureProgram]) -> list[CapturedFrame]:
    """Ask all to end, and take what they still write; after END_LIMIT_S no longer."""
    frames: list[CapturedFrame] = []
    for program in programs:
        program.interrupt()
    deadline = time.monotonic() + END_LIMIT_S
    while time.monotonic() < deadline:
        ended = all(program.has_ended() for program in programs)
        for program in programs:
            frames += program.take()
        if ended:
            break
        time.sleep(POLL_S)
    for program in programs:
        frames += program.take()
    return frames
