"""The command under which a capture was made, and what its processes waited for, as a live recording carries it.

The form is that of ``netanalyze-run`` and ``netanalyze-processes`` comments (netanalyze/capture/recording.py); written
here by hand, so that recipes do not depend on the writer they are to test.
"""

import json

from captures.recipes.amounts import instant, nanoseconds
from captures.recipes.script import START

WITNESSES = "events; sock_diag, closed sockets, bpf"
TCP = 6


class Run:
    """A command and its processes.

    Args:
        argv: the command's words.
        start: moment of its start, RFC 3339.
        pid: its process.
        client: name and version, as a recording has them.
        environment: ``{"go_env": …}`` and so on.
    """

    def __init__(self, *argv, start=START, pid=4711, client=None, environment=None):
        self.argv, self.start_ns, self.pid, self.client = list(argv), instant(start), pid, client
        self.environment = environment
        self.end_ns, self.exit_code, self.trace = None, None, ""
        self.beside = {}
        self._processes, self._waits, self._sockets, self._full = [], [], [], []
        self.forks(pid, *argv, parent=1)

    def _at(self, span):
        return self.start_ns + nanoseconds(span)

    def forks(self, pid, *argv, parent=None, at="0 s", ends=None, exit_code=None, own=True, **beside):
        """One more process, of the command's unless ``own`` says otherwise; it runs on unless it ``ends``.

        Beside: ``was`` (earlier command lines), ``streams`` (input, output, error), ``askpass`` (variables).
        """
        end = None if ends is None else self._at(ends)
        row = [pid, parent or self.pid, self._at(at), end, list(argv), exit_code, own]
        self._processes.append([*row, beside] if beside else row)
        return self

    def waits(self, kind, since, until, subject="", pid=None, holder=0, state="", share=0.0):
        """A process waited from ``since`` to ``until``, both after the start."""
        row = [pid or self.pid, kind, self._at(since), self._at(until), subject, holder, state, share]
        self._waits.append(row)
        return self

    def has(self, talk, pid=None, owned="certain"):
        """A conversation's socket was a process'."""
        client, server = (talk.client.address, talk.client.port), (talk.server.address, talk.server.port)
        times = [at for at, _ in talk.frames]
        self._sockets.append([TCP, *client, *server, min(times), max(times), pid or self.pid, owned])
        return self

    def finds_full(self, path, since, until, what="room"):
        """A disk that the command writes to was full."""
        self._full.append([path, what, self._at(since), self._at(until)])
        return self

    def prints(self, at, line):
        """A line on standard error."""
        seconds, rest = divmod(self._at(at), 1_000_000_000)
        self.trace += f"{seconds}.{rest:09} {line}\n"
        return self

    def says(self, line):
        """What it wrote last on standard error; '' nothing."""
        self.beside["last_line"] = line
        return self

    def is_killed(self, after, name, status):
        """A signal ended it."""
        self.beside["killed_by"] = name
        return self.ends(after, status)

    def ends(self, after, exit_code=None):
        """It ended; an exit code of None: somebody ended it."""
        self.end_ns, self.exit_code = self._at(after), exit_code
        self._processes[0][3], self._processes[0][5] = self.end_ns, -2 if exit_code is None else exit_code
        return self

    def comments(self):
        """The comments of the section."""
        run = {
            "version": 1, "argv": self.argv, "exit_code": self.exit_code, "start_ns": self.start_ns,
            "end_ns": self.end_ns, "client": self.client, "environment": self.environment, **self.beside,
        }  # fmt: skip
        processes = {
            "version": 1, "root": self.pid, "means": WITNESSES, "processes": self._processes,
            "sockets": self._sockets, "waits": self._waits, "full_disks": self._full,
        }  # fmt: skip
        found = ["netanalyze-run: " + json.dumps(run)]
        if self.trace:
            found.append("netanalyze-trace: " + self.trace)
        return [*found, "netanalyze-processes: " + json.dumps(processes)]
