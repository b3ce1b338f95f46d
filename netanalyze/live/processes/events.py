"""The kernel's word of every fork, exec and exit: the proc connector (linux/cn_proc.h), where rights permit.

It speaks in the first network namespace only; root in another one may enter that for a moment to subscribe. Before Linux
6.6 it wants CAP_NET_ADMIN as it is opened, and nothing afterwards.
"""

import contextlib
import ctypes
import os
import socket
import struct
import threading
import time
from typing import NamedTuple

from netanalyze.live.processes import proc

NETLINK_CONNECTOR, PROC_INDEX, PROC_VALUE = 11, 1, 1
LISTEN = 1
CLONE_NEWNET = 0x40000000
GENERATIONS = 16
FORK, EXEC, EXIT = 0x1, 0x2, 0x80000000
BUFFER_OCTETS = 4 * 1024 * 1024
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_CONNECTOR = struct.Struct("=IIIIHH")  # cn_msg
_EVENT = struct.Struct("=IIQ")  # what, cpu, timestamp_ns of proc_event
_FOUR = struct.Struct("=IIII")
BODY = _HEADER.size + _CONNECTOR.size
DETAIL = BODY + _EVENT.size


class ProcEvent(NamedTuple):
    """One of FORK (``parent`` made ``pid``), EXEC, EXIT (``code`` as of wait(2)); ns since the epoch."""

    what: int
    time_ns: int
    pid: int
    parent: int
    code: int


def _connector(namespace: str) -> socket.socket:
    """A connector socket in a network namespace, given as a file of proc.

    Raises:
        OSError: the kernel has no connector, or it may not be entered.
    """
    found: list[socket.socket | OSError] = []

    def make() -> None:  # a thread may enter another namespace by itself; it ends with this
        try:
            place = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
            library = ctypes.CDLL(None, use_errno=True)
            if library.setns(place, CLONE_NEWNET):
                found.append(OSError(ctypes.get_errno(), f"{namespace} may not be entered"))
            os.close(place)
            found.append(socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=make, name="subscribe")
    thread.start()
    thread.join()
    if isinstance(found[0], OSError):
        for one in found[1:]:
            if isinstance(one, socket.socket):
                one.close()
        raise found[0]
    return found[0]


def _namespaces() -> list[str]:
    """Network namespaces that may be the first: ours (the empty name), and other ones of process 1 and our ancestors."""
    ours = os.stat("/proc/self/ns/net").st_ino
    found: dict[int, str] = {ours: ""}
    pid = os.getppid()
    for _ in range(GENERATIONS):
        with contextlib.suppress(OSError):
            found.setdefault(os.stat(f"/proc/{pid}/ns/net").st_ino, f"/proc/{pid}/ns/net")
        stat = proc.stat(pid)
        if pid == 1 or stat is None:
            break
        pid = stat.parent
    return list(found.values())


class ProcEvents:
    """Subscribed from the moment it is made.

    Attributes:
        lost: events were lost for want of room since the last look.

    Raises:
        OSError: not permitted, or the kernel has no such thing.
    """

    def __init__(self) -> None:
        self.lost = False
        self._offset = time.time_ns() - time.monotonic_ns()
        refusal = OSError("the kernel has no connector")
        for namespace in _namespaces():
            try:
                self._socket = (
                    _connector(namespace)
                    if namespace
                    else socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
                )
                self._subscribe()
                return
            except OSError as error:
                refusal = error
        raise refusal

    def _subscribe(self) -> None:
        """Ask for the events.

        Raises:
            OSError: refused.
        """
        try:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, 33, BUFFER_OCTETS)  # SO_RCVBUFFORCE
            self._socket.bind((0, PROC_INDEX))
            self._socket.setblocking(False)
            body = _CONNECTOR.pack(PROC_INDEX, PROC_VALUE, 0, 0, 4, 0) + struct.pack("=I", LISTEN)
            self._socket.send(_HEADER.pack(_HEADER.size + len(body), 3, 0, 0, os.getpid()) + body)
            self._acknowledged()
        except OSError:
            self._socket.close()
            raise

    def _acknowledged(self) -> None:
        """Wait for the kernel's word: it says nothing to those it does not serve.

        Raises:
            OSError: it refused, or was silent.
        """
        self._socket.settimeout(0.2)
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            message = self._socket.recv(4_096)
            if len(message) >= DETAIL + 4 and _EVENT.unpack_from(message, BODY)[0] == 0:
                refused = struct.unpack_from("=I", message, DETAIL)[0]
                if refused:
                    raise OSError(refused, os.strerror(refused))
                self._socket.setblocking(False)
                return
        raise TimeoutError("the kernel does not acknowledge")

    def fileno(self) -> int:
        """Readable when something happened."""
        return self._socket.fileno()

    def read(self) -> list[ProcEvent]:
        """What has happened since, in order; threads are left out."""
        found: list[ProcEvent] = []
        while True:
            try:
                message = self._socket.recv(4_096)
            except BlockingIOError:
                return found
            except OSError:  # ENOBUFS
                self.lost = True
                continue
            if len(message) < DETAIL + _FOUR.size:
                continue
            what, _, stamp = _EVENT.unpack_from(message, BODY)
            one, two, three, four = _FOUR.unpack_from(message, DETAIL)
            if what == FORK and three == four:
                found.append(ProcEvent(FORK, stamp + self._offset, four, two, 0))
            elif what == EXEC:
                found.append(ProcEvent(EXEC, stamp + self._offset, two, 0, 0))
            elif what == EXIT and one == two:
                found.append(ProcEvent(EXIT, stamp + self._offset, two, 0, three))

    def close(self) -> None:
        """Unsubscribe."""
        self._socket.close()
