"""A shell beside a capture program: it has the right to end it when we have not, and does so when we are gone.

A capture that root began cannot be ended by the user that we have become since; and whoever is killed (SIGKILL) can end
nothing. The shell reads signals' names from a pipe that nobody but us holds; when the pipe closes, it kills. It knows one
process and does nothing else. (PR_SET_PDEATHSIG of prctl(2) is no way: the kernel clears it where a program gains
capabilities, as dumpcap does, or changes its user, as tcpdump does.)
"""

import contextlib
import subprocess

PROGRAM = """
while read -r word; do
    case $word in INT | KILL) kill -s "$word" "$1" ;; *) exit ;; esac
done
kill -s KILL "$1"
"""
OVER = "OVER"
END_S = 2.0


class Guard:
    """Watches over one child of ours from here on, with the rights that we have now.

    Args:
        pid: the child. It must not be buried before ``dismiss``: its number would be given again.
    """

    def __init__(self, pid: int):
        # a session of its own: what the terminal sends is not for it
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", PROGRAM, "sh", str(pid)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd="/", env={}, bufsize=0,
        )  # fmt: skip

    def send(self, name: str) -> bool:
        """Have a signal sent, INT or KILL; whether there was anybody to do it."""
        try:
            assert self._shell.stdin, "started with a pipe"
            self._shell.stdin.write(name.encode() + b"\n")
            return True
        except (OSError, ValueError):  # it was killed, or dismissed
            return False

    def dismiss(self) -> None:
        """The child has ended: watch no more. Harmless when done before."""
        self.send(OVER)
        if self._shell.stdin is not None and not self._shell.stdin.closed:
            with contextlib.suppress(OSError):
                self._shell.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._shell.wait(END_S)
