"""A tool's work, done by a process of its own: what it may take of time and memory, and what is handed on, is bounded."""

import json
import os
import resource
import runpy
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from netanalyze.errors import NetanalyzeError

LONGEST_S = 60
"""An agent waits for its tools as a person does: a minute, within which some ten gigabytes are read."""
MEMORY_OCTETS = 4 << 30
ANSWER_OCTETS = 64 * 1024
COMPLAINT_OCTETS = 4096
"""Of the end of what it complains; its last line is told."""
PIECE = 64 * 1024
MOURNED_S = 5.0


class WorkFailed(NetanalyzeError):
    """The process ended without an answer; says why, in one line."""


def answer(words: Sequence[str], descriptors: Sequence[int] = (), longest_s: float = LONGEST_S) -> Any:
    """What ``python -m netanalyze…`` prints as JSON.

    Args:
        words: module and arguments.
        descriptors: open files that the process gets under the same numbers.

    Raises:
        WorkFailed: it took too long, printed too much, or failed.
    """
    argv = [sys.executable, "-P", "-m", "netanalyze.agents.work", *words]  # -P: nothing of the working directory is run
    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=descriptors
    )
    with child:
        try:
            printed, complaint = _heard(child, longest_s)
            child.wait(MOURNED_S)  # both streams have ended
        except subprocess.TimeoutExpired as late:
            raise WorkFailed(
                f"it took longer than {longest_s:g} s; a shorter capture, or one filtered by host"
            ) from late
        finally:
            child.kill()
    try:
        return json.loads(printed)
    except (ValueError, RecursionError):
        lines = complaint.decode(errors="replace").strip().splitlines()
        raise WorkFailed(lines[-1][:300] if lines else f"it ended with status {child.returncode}") from None


def _heard(child: subprocess.Popen[bytes], longest_s: float) -> tuple[bytes, bytes]:
    """What a process prints until both its streams end, and the end of what it complains; never held beyond the bounds.

    Raises:
        subprocess.TimeoutExpired: it prints still after ``longest_s``.
        WorkFailed: it prints more than an answer may have.
    """
    assert child.stdout is not None, "started with pipes"
    assert child.stderr is not None, "started with pipes"
    deadline = time.monotonic() + longest_s
    heard = {child.stdout: b"", child.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0.0))
            if not ready or time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(child.args, longest_s)
            for stream in (child.stdout, child.stderr):
                if not any(key.fileobj is stream for key, _ in ready):
                    continue
                octets = os.read(stream.fileno(), PIECE)
                if not octets:
                    selector.unregister(stream)
                heard[stream] += octets
            if len(heard[child.stdout]) > ANSWER_OCTETS:
                raise WorkFailed(f"the answer has more than {ANSWER_OCTETS // 1024} KiB; ask for fewer frames")
            heard[child.stderr] = heard[child.stderr][-COMPLAINT_OCTETS:]
    return heard[child.stdout], heard[child.stderr]


def _bounded(words: Sequence[str]) -> None:
    """Become a module with its arguments, with so much memory and no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_OCTETS, MEMORY_OCTETS))
    os.environ["LC_ALL"] = "C"  # what it complains of is read by a program
    sys.argv[:] = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _bounded(sys.argv[1:])
