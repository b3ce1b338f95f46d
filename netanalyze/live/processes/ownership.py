"""Whose sockets are whose: each is listed while it lives, or told when it closes, and joined to the process behind it.

Three witnesses, the best that rights permit: the process that made the socket (socket_creators), the kernel's word of
sockets that close (sock_diag), and the descriptors of the command's processes (proc(5)), for which a socket must live
until the next look.
"""

import contextlib
import ipaddress
import time
from dataclasses import dataclass

from netanalyze.live.processes import proc
from netanalyze.live.processes.tree import ProcessTree
from netanalyze.live.sockets.creators import SocketCreators
from netanalyze.live.sockets.sock_diag import TCP, UDP, ClosedSockets, SockDiag, Socket
from netanalyze.numerals import integer
from netanalyze.processes import CERTAIN, INFERRED, OTHER, Process, SocketOwner
from netanalyze.units import NEVER_NS

MOST = 50_000
"""Sockets kept of one run."""
SEARCHES_NS = 200_000_000
"""How often all processes' descriptors are read for a socket of a helper: before what it sends would be left out of the recording
as somebody else's (netanalyze.live.capture.only_mine)."""

Key = tuple[int, str, int, str, int]


@dataclass
class _Record:
    key: Key
    first_ns: int
    last_ns: int
    pid: int = 0
    owned: str = ""
    inode: int = 0
    cookie: int = 0


class Ownership:
    """Watches from the moment it is made.

    Args:
        tree: the command's processes.

    Attributes:
        means: which witnesses there are, for people.
    """

    def __init__(self, tree: ProcessTree):
        self._tree = tree
        self._listing: SockDiag | None = None
        self._closing: ClosedSockets | None = None
        self._creators: SocketCreators | None = None
        with contextlib.suppress(OSError):
            self._listing = SockDiag()
        with contextlib.suppress(OSError):
            self._closing = ClosedSockets()
        with contextlib.suppress(OSError):
            self._creators = SocketCreators()
        self._records: dict[tuple[int, Key], _Record] = {}
        self._by_key: dict[Key, _Record] = {}
        self._agents: dict[int, Process] = {}
        self._searched_ns = 0
        self._searched: set[int] = set()
        self._here: set[int] = set()
        """Cookies that this network namespace has shown: BPF tells of sockets in all of them."""

    @property
    def exact(self) -> bool:
        """Whether every socket is found, however short its life."""
        return self._creators is not None and self._closing is not None

    @property
    def means(self) -> str:
        """The witnesses in use."""
        found = {"sock_diag": self._listing, "closed sockets": self._closing, "bpf": self._creators}
        return ", ".join(name for name, one in found.items() if one is not None) or "none"

    def look(self) -> None:
        """Take in what has changed since; processes are as of the tree's last update or later."""
        listed = self._listed()
        closed = self._closing.read() if self._closing else []
        now = time.time_ns()
        self._here.update(one.cookie for one in (*listed, *closed))
        self._tree.update()  # after the list: whoever made a socket in it is known by now
        fresh = [r for s in (*listed, *closed, *self._connects()) if (r := self._record(s, now)) is not None]
        self._attribute(fresh)
        self._find_agents(listed, now)

    def _listed(self) -> list[Socket]:
        if self._listing is None:
            return []
        try:
            return self._listing.sockets(TCP) + self._listing.sockets(UDP)
        except OSError:
            return []

    def _record(self, socket: Socket, now: int) -> _Record | None:
        """Note a socket; its record if nobody is known for it yet."""
        if not socket.local_port or (socket.transport == TCP and not socket.remote_port):
            return None
        key = (socket.transport, socket.local, socket.local_port, socket.remote, socket.remote_port)
        record = self._records.get((socket.cookie, key))
        if record is None:
            if len(self._records) >= MOST:
                return None
            record = self._records[socket.cookie, key] = _Record(key, now, now, cookie=socket.cookie)
            self._by_key[key] = record
        record.last_ns, record.inode = now, socket.inode or record.inode
        return None if record.owned else record

    def _attribute(self, fresh: list[_Record]) -> None:
        wanted: list[_Record] = []
        for record in fresh:
            maker = self._maker(record.cookie)
            if maker:
                own, agent = self._tree.has_had(maker), maker in self._agents
                if own or agent or self._tree.complete or proc.stat(maker) is not None:
                    record.pid, record.owned = maker, CERTAIN if own else INFERRED if agent else OTHER
            elif record.inode:
                wanted.append(record)
        if not wanted:
            return
        places = self._own_inodes()
        missing = []
        for record in wanted:
            pid = places.get(record.inode, 0)
            if pid:
                record.pid, record.owned = pid, CERTAIN
            else:
                missing.append(record)
        if missing and all(map(proc.can_look, self._tree.alive())):
            still = {one.inode for one in self._listed()}  # one that closed meanwhile may have been the command's
            for record in missing:
                if record.inode in still:
                    record.owned = OTHER

    def _maker(self, cookie: int) -> int:
        if self._creators is None:
            return 0
        try:
            return self._creators.process(cookie)
        except OSError:  # rights were given up
            self._creators = None
            return 0

    def made_no_socket(self) -> bool:
        """Whether it is certain that no process of the tree made a socket of IP, and that none is left that still may."""
        if self._creators is None:
            return False
        self._tree.update()
        if any(map(proc.is_running, self._tree.alive())):
            return False
        with contextlib.suppress(OSError):
            makers = self._creators.makers()
            return makers is not None and self._tree.complete and not any(map(self._tree.has_had, makers))
        return False

    def _connects(self) -> list[Socket]:
        if self._creators is None:
            return []
        try:
            return self._creators.connects()
        except OSError:
            self._creators = None
            return []

    def _own_inodes(self) -> dict[int, int]:
        """By a socket's inode, the process of the command's that has it."""
        return {
            inode: pid
            for pid in self._tree.alive()
            for _, target in proc.descriptors(pid)
            if target.startswith("socket:[") and (inode := integer(target[8:-1])) is not None
        }

    def _find_agents(self, listed: list[Socket], now: int) -> None:
        """Programs on this machine that the command talks to act for it: resolvers, proxies."""
        if now - self._searched_ns < SEARCHES_NS:
            return
        ends: dict[tuple[int, str, int], set[int]] = {}
        for one in listed:
            if one.inode:
                ends.setdefault((one.transport, one.local, one.local_port), set()).add(one.inode)
        inodes: set[int] = set()
        for record in self._records.values():
            transport, _, _, remote, port = record.key
            if record.owned == CERTAIN and remote:
                inodes |= ends.get((transport, remote, port), set())
                if transport == UDP and ipaddress.ip_address(remote).is_loopback:
                    inodes |= ends.get((transport, "", port), set())
        inodes -= self._searched
        if not inodes:
            return
        self._searched_ns = now
        self._searched |= inodes
        for pid in proc.all_pids():
            if pid in self._agents or self._tree.contains(pid):
                continue
            if any(t.startswith("socket:[") and integer(t[8:-1]) in inodes for _, t in proc.descriptors(pid)):
                stat = proc.stat(pid)
                parent = stat.parent if stat else 0
                self._agents[pid] = Process(pid, parent, now, NEVER_NS, proc.command_line(pid), None, own=False)
        for record in self._records.values():
            if record.owned == OTHER and record.pid in self._agents:
                record.owned = INFERRED

    def owner(self, key: Key) -> SocketOwner | None:
        """Who has this five-tuple by now: (transport, local address, port, remote address, port)."""
        record = self._by_key.get(key)
        return _row(record) if record is not None and record.owned else None

    def rows(self) -> list[SocketOwner]:
        """All that is known, by the first look at it; of strangers' sockets too."""
        return [
            _row(record)
            for record in self._records.values()
            if record.owned and (record.owned != OTHER or record.cookie in self._here)
        ]

    def agents(self) -> list[Process]:
        """The programs that act for the command."""
        return list(self._agents.values())

    def close(self) -> None:
        """Stop watching."""
        for one in (self._listing, self._closing, self._creators):
            if one is not None:
                one.close()
        self._listing = self._closing = self._creators = None


def _row(record: _Record) -> SocketOwner:
    transport, local, local_port, remote, remote_port = record.key
    return SocketOwner(
        transport, local, local_port, remote, remote_port, record.first_ns, record.last_ns, record.pid, record.owned
    )
