"""A tool's work, done by a process of its own: what it may take of time and memory, and what is handed on, is bounded."""

import json
import resource
import runpy
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from netanalyze.errors import NetanalyzeError

LONGEST_S = 60
"""An agent waits for its tools as a person does: a minute, within which some ten gigabytes are read."""
MEMORY_OCTETS = 4 << 30
ANSWER_OCTETS = 64 * 1024


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
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=longest_s, pass_fds=descriptors
        )
    except subprocess.TimeoutExpired as late:
        raise WorkFailed(f"it took longer than {longest_s:g} s; a shorter capture, or one filtered by host") from late
    if len(done.stdout) > ANSWER_OCTETS:
        raise WorkFailed(f"the answer has more than {ANSWER_OCTETS // 1024} KiB; ask for fewer frames")
    try:
        return json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise WorkFailed(lines[-1][:300] if lines else f"it ended with status {done.returncode}") from None


def _bounded(words: Sequence[str]) -> None:
    """Become a module with its arguments, with so much memory and no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_OCTETS, MEMORY_OCTETS))
    sys.argv[:] = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _bounded(sys.argv[1:])
