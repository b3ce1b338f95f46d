"""What the processes of test_workers.py do: a module that they import."""

import os
import signal


def squared(task):
    """The square, and which process found it; None is its end."""
    if task is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task, os.getpid()


def deadly(task):
    """Ends its process."""
    os.kill(os.getpid(), signal.SIGKILL)


def unused(task):
    """Never comes to it."""
    return task


if os.environ.get("NO_START"):
    raise SystemExit(7)
