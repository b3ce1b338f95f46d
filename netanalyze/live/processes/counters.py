"""The counters of the command's sockets, and the files it writes what comes through them to, a few times a second.

What is left to judge by without packets.
"""

import contextlib

from netanalyze.live.processes import proc
from netanalyze.live.processes.ownership import Ownership
from netanalyze.live.processes.tree import ProcessTree
from netanalyze.live.sockets.tcp_info import TcpInfo, key_of
from netanalyze.processes import OTHER, OpenFile
from netanalyze.sockets import SocketHistories, SocketHistory

MOST_PROCESSES, MOST_FILES = 50, 500
"""Processes whose files are looked at, the oldest, and files kept of them."""


class SocketWatch:
    """Gathers the histories of sockets that are the command's, as ``ownership`` tells.

    Where this kernel has no sock_diag it sees no sockets.
    """

    def __init__(self, tree: ProcessTree, ownership: Ownership):
        self._tree, self._ownership = tree, ownership
        self._files: list[OpenFile] = []
        self._info: TcpInfo | None = None
        with contextlib.suppress(OSError):
            self._info = TcpInfo()
        self._histories = SocketHistories()

    def look(self) -> None:
        """Take one look at all of them."""
        files = [OpenFile(p, *f) for p in self._tree.alive()[:MOST_PROCESSES] for f in proc.written_files(p)]
        if files or self._tree.alive():
            self._files = files[:MOST_FILES]
        if self._info is None:
            return
        rows = []
        for one, sample in self._info.look():
            owner = self._ownership.owner(key_of(one))
            if owner is not None and owner.owned != OTHER:
                rows.append((key_of(one), one.cookie, owner.pid, sample))
        self._histories.look(rows)

    def histories(self) -> tuple[SocketHistory, ...]:
        """What was seen so far, the eldest first."""
        return tuple(self._histories)

    def files(self) -> list[OpenFile]:
        """The files that were open for writing at the last look at which the command still ran."""
        return self._files

    def close(self) -> None:
        """Stop looking."""
        if self._info is not None:
            self._info.close()
            self._info = None
