"""Which process made a socket and where a TCP socket connects to, for every socket, however short its life.

Two BPF programs of some twenty instructions. One the kernel runs at each socket(2) of this machine: it notes the socket's
cookie and the process. The other before each first SYN: it notes the cookie and the addresses, which a connection that
is refused at once shows nowhere else. They change nothing, and go when we do.
"""

import os
import socket
import struct

from netanalyze.live.sockets import ebpf
from netanalyze.live.sockets.ebpf import Bpf, instruction
from netanalyze.live.sockets.sock_diag import TCP, Socket, address

CGROUP_SOCK, INET_SOCK_CREATE = 9, 2
SOCK_OPS, CGROUP_SOCK_OPS, TCP_CONNECT_CB = 13, 3, 3
SOCKETS = 16_384
"""Sockets remembered; the oldest give way. A look every 0.1 s finds them in time even at 100,000 new sockets a second."""
AT_ONCE = 4_096
SO_COOKIE = 57
FAMILY, ADDRESSES, PORTS = 20, 24, 64
"""Where struct bpf_sock_ops has them: family; four IPv4 and IPv6 addresses (remote before local); both ports."""
WORDS = 13
"""Words of 4 octets from the family to the ports."""
VALUE = 4 * WORDS + 4


def note_process(map_descriptor: int) -> bytes:
    """``map[cookie of the socket] = process``, at socket(2)."""
    return b"".join(
        (
            instruction(ebpf.CALL, value=ebpf.GET_SOCKET_COOKIE),  # r1 is the socket still
            instruction(ebpf.STORE_8, 10, 0, -8),
            instruction(ebpf.CALL, value=ebpf.GET_CURRENT_PID_TGID),
            instruction(ebpf.STORE_8, 10, 0, -16),
            ebpf.update(map_descriptor, -8, -16),
            ebpf.allow(),
        )
    )


def note_addresses(map_descriptor: int) -> bytes:
    """``map[cookie of the socket] = family, addresses, ports``, before the first SYN; otherwise nothing."""
    copied = b"".join(
        instruction(ebpf.LOAD_4, 2, 6, FAMILY + 4 * n) + instruction(ebpf.STORE_4, 10, 2, -8 - VALUE + 4 * n)
        for n in range(WORDS)
    )
    body = b"".join(
        (
            instruction(ebpf.CALL, value=ebpf.GET_SOCKET_COOKIE),
            instruction(ebpf.STORE_8, 10, 0, -8),
            instruction(ebpf.CONSTANT, 2),
            instruction(ebpf.STORE_4, 10, 2, -12),
            copied,
            ebpf.update(map_descriptor, -8, -8 - VALUE),
        )
    )
    head = instruction(ebpf.MOVE, 6, 1) + instruction(ebpf.LOAD_4, 2, 1)  # the event is the first word
    skip = instruction(ebpf.JUMP_UNEQUAL, 2, 0, len(body) // 8, TCP_CONNECT_CB)
    return head + skip + body + ebpf.allow()


class SocketCreators:
    """Watches from the moment it is made.

    Raises:
        OSError: not permitted, or this kernel cannot do it.
    """

    def __init__(self) -> None:
        self._bpf = Bpf()
        self._taken: dict[int, int] = {}
        try:
            self._processes = self._bpf.hash_map(8, 8, SOCKETS)
            self._connects = self._bpf.hash_map(8, VALUE, SOCKETS)
            self._bpf.attach(note_process(self._processes), CGROUP_SOCK, INET_SOCK_CREATE)
            self._bpf.attach(note_addresses(self._connects), SOCK_OPS, CGROUP_SOCK_OPS)
            self._prove()
        except OSError:
            self.close()
            raise

    def _prove(self) -> None:
        """A socket of our own must be found as ours: in another PID namespace the kernel's numbers are not ours.

        Raises:
            OSError: it is not.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            cookie = int.from_bytes(own.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), "little")
            if self.process(cookie) != os.getpid():
                raise OSError("the kernel numbers processes otherwise here")

    def process(self, cookie: int) -> int:
        """Who made the socket with this cookie; 0 unknown.

        Raises:
            PermissionError: rights were given up, and this kernel wants them for a look as well.
        """
        if cookie in self._taken:
            return self._taken[cookie]
        found = self._bpf.value(self._processes, struct.pack("=Q", cookie), 8)
        return 0 if found is None else struct.unpack("=Q", found)[0] >> 32  # the process; below it the thread

    def makers(self) -> set[int] | None:
        """All processes that made a socket of IP since this began, of whatever kind; None where some may be forgotten.

        Raises:
            OSError: as for ``process``.
        """
        while len(more := self._bpf.take(self._processes, 8, 8, AT_ONCE)) == AT_ONCE:
            self._take(more)
        self._take(more)
        return set(self._taken.values()) if len(self._taken) < SOCKETS else None

    def _take(self, entries: list[tuple[bytes, bytes]]) -> None:
        for cookie, process in entries:
            self._taken[struct.unpack("=Q", cookie)[0]] = struct.unpack("=Q", process)[0] >> 32

    def connects(self) -> list[Socket]:
        """TCP sockets that have sent their first SYN since the last time.

        Raises:
            OSError: as for ``process``.
        """
        taken: list[tuple[bytes, bytes]] = []
        while len(more := self._bpf.take(self._connects, 8, VALUE, AT_ONCE)) == AT_ONCE:
            taken += more
        return [_connect(key, value) for key, value in taken + more]

    def close(self) -> None:
        """Detach."""
        self._bpf.close()


def _connect(key: bytes, value: bytes) -> Socket:
    (family,) = struct.unpack_from("=I", value)
    at = ADDRESSES - FAMILY
    if family == socket.AF_INET:
        remote, local = value[at : at + 4], value[at + 4 : at + 8]
    else:
        remote, local = value[at + 8 : at + 24], value[at + 24 : at + 40]
    ports = PORTS - FAMILY
    remote_port = int.from_bytes(value[ports : ports + 4], "big") & 0xFFFF or int.from_bytes(
        value[ports : ports + 2], "big"
    )
    (local_port,) = struct.unpack_from("=I", value, ports + 4)
    cookie = struct.unpack("=Q", key)[0]
    return Socket(TCP, address(local, family), local_port, address(remote, family), remote_port, cookie, 0, 0, 2)
