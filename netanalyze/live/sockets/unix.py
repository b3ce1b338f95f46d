"""Which program's door a local socket leads to: sock_diag(7) of AF_UNIX, as ``ss -xp`` reads it."""

import contextlib
import os
import socket
import struct
import sys
import time

from netanalyze.live.sockets.sock_diag import BY_FAMILY, DONE, ERROR, NETLINK_SOCK_DIAG, REQUEST_DUMP, messages

SHOW_NAME, SHOW_PEER, SHOW_PENDING = 0x1, 0x4, 0x8  # UDIAG_SHOW_NAME, _PEER, _ICONS
NAME, PEER, PENDING = 0, 2, 3  # UNIX_DIAG_NAME, _PEER, _ICONS
EVERY_STATE = 0xFFFF_FFFF
FRESH_S = 5.0
"""So long a socket is taken for one of another family without asking again; its number may be given anew."""
MOST = 10_000
"""Sockets remembered; a desktop has some thousands."""

_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_REQUEST = struct.Struct("=BBHIIIQ")  # unix_diag_req
_MESSAGE = struct.Struct("=BBBBIQ")  # unix_diag_msg
_ATTRIBUTE = struct.Struct("=HH")


class UnixSockets:
    """Names the far ends of this machine's local sockets; asks the kernel only for what it does not know yet."""

    def __init__(self) -> None:
        self._doors: dict[int, str] = {}
        self._others: dict[int, float] = {}

    def door(self, inode: int) -> str | None:
        """The path (or ``@name``) that a socket is connected to, empty where that has no name; None for another family."""
        now = time.monotonic()
        if inode not in self._doors and self._others.get(inode, 0.0) <= now:
            if len(self._doors) > MOST:
                self._doors.clear()
            self._doors.update(_listed())
            self._others = {} if inode in self._doors else {**self._others, inode: now + FRESH_S}
        return self._doors.get(inode)


def _listed() -> dict[int, str]:
    """By inode: where each local socket of this network namespace leads."""
    names: dict[int, str] = {}
    peers: dict[int, int] = {}
    waiting: dict[int, str] = {}
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asking:
        asking.bind((0, 0))
        asking.settimeout(1.0)
        show = SHOW_NAME | SHOW_PEER | SHOW_PENDING
        body = _REQUEST.pack(socket.AF_UNIX, 0, 0, EVERY_STATE, 0, show, 2**64 - 1)
        asking.send(_HEADER.pack(_HEADER.size + len(body), BY_FAMILY, REQUEST_DUMP, 1, 0) + body)
        while True:
            for kind, message in messages(asking.recv(262_144)):
                if kind in (DONE, ERROR):
                    return {
                        inode: waiting.get(inode) or names.get(peers.get(inode, 0), "")
                        for inode in names.keys() | peers
                    }
                if kind == BY_FAMILY and len(message) >= _HEADER.size + _MESSAGE.size:
                    _note(message, names, peers, waiting)
    return {}


def _note(message: bytes, names: dict[int, str], peers: dict[int, int], waiting: dict[int, str]) -> None:
    inode = _MESSAGE.unpack_from(message, _HEADER.size)[4]
    name, pending, at = "", b"", _HEADER.size + _MESSAGE.size
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        value = message[at + _ATTRIBUTE.size : at + length]
        if kind == NAME:
            name = "@" + _text(value[1:]) if value[:1] == b"\0" else _text(value)
        elif kind == PEER and len(value) >= 4:
            peers[inode] = int.from_bytes(value[:4], sys.byteorder)
        elif kind == PENDING:
            pending = value
        at += max((length + 3) & ~3, _ATTRIBUTE.size)
    names[inode] = name
    for (one,) in struct.iter_unpack("=I", pending[: len(pending) // 4 * 4]):  # connected, and nobody has accepted it
        waiting[one] = name


def _text(octets: bytes) -> str:
    return os.fsdecode(octets.rstrip(b"\0")).encode("utf-8", "replace").decode()
