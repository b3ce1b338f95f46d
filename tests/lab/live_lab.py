"""What the tests of ``netanalyze live`` share: a terminal to sit at, and readers of a recording."""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import sys
import time

import pytest

from netanalyze.api import analyze
from netanalyze.capture.recording import read_run
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine

NEEDS_A_NAMESPACE = [
    pytest.mark.lab,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="packet sockets are Linux's"),
    pytest.mark.skipif(
        hasattr(os, "geteuid") and os.geteuid() != 0, reason="making a network namespace needs root: sudo pytest -m lab"
    ),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
]
LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live"]
DEAD, OURS = "192.0.2.1", "192.0.2.10"


class Terminal:
    """A process at a terminal of its own."""

    def __init__(self, argv, folder, environment):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, environment | {"TERM": "xterm"})
        self.text = ""

    def until(self, pattern, seconds=20.0):
        """Read until ``pattern`` has been shown; the text so far."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            left = deadline - time.monotonic()
            assert left > 0, f"{pattern!r} was not shown within {seconds} s: {self.text!r}"
            if select.select([self.descriptor], [], [], left)[0]:
                try:
                    self.text += os.read(self.descriptor, 65_536).decode("utf-8", "replace")
                except OSError:
                    assert re.search(pattern, self.text), f"ended before {pattern!r}: {self.text!r}"
        return self.text

    def send(self, octets):
        os.write(self.descriptor, octets)

    def end(self, seconds=20.0):
        """Wait for the end; the exit status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if select.select([self.descriptor], [], [], 0.05)[0]:
                    self.text += os.read(self.descriptor, 65_536).decode("utf-8", "replace")
            pid, state = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.descriptor)
                return os.waitstatus_to_exitcode(state)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"did not end: {self.text!r}")


def frames(path):
    """Source ports of the SYNs in a capture, the number of frames, the interfaces and the run."""
    with open_source([path], Diagnostics(), Engine(mode="plain")) as source:
        ports, count = [], 0
        for batch in source.batches():
            count += len(batch)
            for start, length, *_ in batch.frames.tolist():
                octets = batch.buffer[start : start + length].tobytes()
                if octets[12:14] == b"\x08\x00" and octets[23] == 6 and octets[47] == 2:
                    ports.append(int.from_bytes(octets[34:36], "big"))
        return ports, count, source.interfaces.rows, read_run(source.comments)


def judged_again(path):
    """The result of analysing a recording, with what travels inside it."""
    return analyze([path], kernels="plain").to_json()
