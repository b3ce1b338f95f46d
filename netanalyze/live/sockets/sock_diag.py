"""Sockets as the kernel lists them: sock_diag(7) over netlink, and its word of every socket that closes.

Listing needs no rights. The word of closed sockets (the groups of linux/sock_diag.h) may, and is left out then.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

NETLINK_SOCK_DIAG, SOL_NETLINK, ADD_MEMBERSHIP = 4, 270, 1
BY_FAMILY, BOTH_FAMILIES, DONE, ERROR = 20, 18, 3, 2  # SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK, NLMSG_DONE, NLMSG_ERROR
REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
DESTROYED_GROUPS = (1, 2, 3, 4)  # SKNLGRP_INET_TCP_DESTROY and so on
TIME_WAIT, LISTEN = 6, 10
EVERY_STATE = 0xFFFF_FFFF
CONNECTED = EVERY_STATE & ~(1 << TIME_WAIT) & ~(1 << LISTEN)
TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
BUFFER_OCTETS = 1024 * 1024
PROTOCOL_ATTRIBUTE = 10  # INET_DIAG_PROTOCOL

_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_REQUEST = struct.Struct("=BBBBI48s")  # inet_diag_req_v2
_OLD_REQUEST = struct.Struct("=BBBB48sII")  # inet_diag_req
_HEAD = struct.Struct("=BBBB")
_PORTS = struct.Struct("!HH")
_REST = struct.Struct("=IIIII")  # expires, rqueue, wqueue, uid, inode of inet_diag_msg
ID = _HEADER.size + _HEAD.size
"""Where inet_diag_sockid begins: ports, both addresses of 16 octets, interface, cookie."""
SOURCE, DESTINATION, COOKIE, REST = ID + 4, ID + 20, ID + 40, ID + 48
LENGTH = REST + _REST.size


class Socket(NamedTuple):
    """One socket; an empty address is any, inode 0 means that no process has it open any more."""

    transport: int
    local: str
    local_port: int
    remote: str
    remote_port: int
    cookie: int
    inode: int
    uid: int
    state: int


def address(octets: bytes, family: int) -> str:
    """An address as text; empty for any address. IPv4 in IPv6's form is IPv4.

    >>> address(bytes(10) + b"\\xff\\xff" + bytes([192, 0, 2, 1]), socket.AF_INET6)
    '192.0.2.1'
    """
    if family == socket.AF_INET:
        return socket.inet_ntop(family, octets[:4]) if octets[:4] != bytes(4) else ""
    if octets == bytes(16):
        return ""
    if octets[:12] == bytes(10) + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, octets[12:]) if octets[12:] != bytes(4) else ""
    return socket.inet_ntop(family, octets)


def _socket(message: bytes, transport: int) -> Socket | None:
    """One inet_diag_msg, with its header before it."""
    if len(message) < LENGTH:
        return None
    family, state, _, _ = _HEAD.unpack_from(message, _HEADER.size)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    local_port, remote_port = _PORTS.unpack_from(message, ID)
    _, _, _, uid, inode = _REST.unpack_from(message, REST)
    return Socket(
        transport, address(message[SOURCE : SOURCE + 16], family), local_port,
        address(message[DESTINATION : DESTINATION + 16], family), remote_port,
        int.from_bytes(message[COOKIE : COOKIE + 8], "little"), inode, uid, state,
    )  # fmt: skip


def messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The netlink messages of one datagram: their types and octets."""
    at = 0
    while at + _HEADER.size <= len(octets):
        length, kind, _, _, _ = _HEADER.unpack_from(octets, at)
        if length < _HEADER.size:
            return
        yield kind, octets[at : at + length]
        at += (length + 3) & ~3


class SockDiag:
    """Lists sockets.

    Raises:
        OSError: this kernel has no sock_diag.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        self._socket.bind((0, 0))
        self._socket.settimeout(1.0)

    def sockets(self, transport: int) -> list[Socket]:
        """The TCP sockets that are neither listening nor in TIME-WAIT, or all UDP sockets; both families."""
        found: list[Socket] = []
        if transport == TCP:  # the older request walks the kernel's large table once for both families
            requests = [(BOTH_FAMILIES, _OLD_REQUEST.pack(0, 0, 0, 0, bytes(48), CONNECTED, 0))]
        else:
            families = (socket.AF_INET, socket.AF_INET6)
            requests = [(BY_FAMILY, _REQUEST.pack(f, transport, 0, 0, EVERY_STATE, bytes(48))) for f in families]
        for kind, body in requests:
            self._socket.send(_HEADER.pack(_HEADER.size + len(body), kind, REQUEST_DUMP, 1, 0) + body)
            while self._take(transport, found):
                pass
        return found

    def _take(self, transport: int, sockets: list[Socket]) -> bool:
        """Read one datagram; whether more will come."""
        for kind, message in messages(self._socket.recv(262_144)):
            if kind in (DONE, ERROR):
                return False
            if kind in (BY_FAMILY, BOTH_FAMILIES) and (one := _socket(message, transport)) is not None:
                sockets.append(one)
        return True

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class ClosedSockets:
    """The kernel's word of every TCP and UDP socket that closes, from the moment this is made.

    It comes with the cookie, and without inode or process.

    Raises:
        OSError: not permitted.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        try:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, 33, BUFFER_OCTETS)  # SO_RCVBUFFORCE
            self._socket.bind((0, 0))
            for group in DESTROYED_GROUPS:
                self._socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def read(self) -> list[Socket]:
        """Those that closed since."""
        found: list[Socket] = []
        while True:
            try:
                octets = self._socket.recv(65_536)
            except BlockingIOError:
                return found
            except OSError:  # ENOBUFS: some were lost
                continue
            for kind, message in messages(octets):
                one = _socket(message, _protocol(message)) if kind == BY_FAMILY else None
                if one is not None:
                    found.append(one)

    def close(self) -> None:
        """Unsubscribe."""
        self._socket.close()


def _protocol(message: bytes) -> int:
    """The IP protocol that a message's attributes name, 0 none."""
    at = (LENGTH + 3) & ~3
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if kind == PROTOCOL_ATTRIBUTE and length >= 5:
            return message[at + 4]
        at += max((length + 3) & ~3, 4)
    return 0
