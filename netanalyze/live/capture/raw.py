"""Capture by packet sockets (packet(7)): needs nothing but the right to open them, and the kernel's word that they run.

A socket is bound with filter, time stamps and buffer in place, so that nothing before the bind and everything after
it is captured.
"""

import ctypes
import errno
import os
import select
import socket
import struct
import time

from netanalyze.errors import LiveError, NotPermitted
from netanalyze.live.capture import bpf
from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.links import ANY, LINK_COOKED, LINK_ETHERNET, Link, index_of, link_type, losses
from netanalyze.live.capture.rights import remedy
from netanalyze.paste import quoted
from netanalyze.wording import Text, message

EVERY_PROTOCOL = 0x0003  # ETH_P_ALL
SOL_PACKET, STATISTICS, AUXILIARY = 263, 6, 8
TIMESTAMP_NS, RECEIVE_BUFFER_FORCE = 35, 33  # SO_TIMESTAMPNS, SO_RCVBUFFORCE
BUFFER_OCTETS = 32 * 1024 * 1024
OUTGOING, LOOPBACK = 4, 772  # PACKET_OUTGOING, ARPHRD_LOOPBACK
VLAN_VALID, VLAN_PROTOCOL_VALID, VLAN = 1 << 4, 1 << 6, 0x8100
AT_ONCE = 4_096
"""Frames read in one go, so that other work is not kept waiting."""

_AUXILIARY = struct.Struct("IIIHHHH")
_TIME = struct.Struct("qq")
_COOKED = struct.Struct("!HHIHBB8s")
_ANCILLARY = 256


def _bind(sock: socket.socket, index: int) -> None:
    """Let the socket run: from now on it takes the frames of interface ``index``, 0 for all of them.

    Python's own bind needs an interface's name, and all of them together have none.
    """
    address = struct.pack("HHiHBB8s", socket.AF_PACKET, socket.htons(EVERY_PROTOCOL), index, 0, 0, 0, b"")
    if ctypes.CDLL(None, use_errno=True).bind(sock.fileno(), address, len(address)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class RawSniffer:
    """Frames by one packet socket for each interface, or one cooked socket for all of them."""

    backend = "raw"
    latency_ns = 20_000_000

    def __init__(self, names: list[str], expression: str = "", snap_length: int = 262_144):
        self.links: list[Link] = [Link(name, link_type(name)) for name in names]
        self._filter, self._snap = expression, snap_length
        self._sockets: list[socket.socket] = []
        self._ready: select.epoll | None = None
        self._counted = [[0, 0] for _ in names]
        self._buffer = bytearray(snap_length)
        self._indices: dict[str, int] = {}
        self._bound = {name: index_of(name) for name in names}
        self.losses: list[Text] = []

    def arm(self) -> None:
        """Open, prepare, then bind.

        Raises:
            NotPermitted: packet sockets are not for this user.
            LiveError: the interface is down, or another refusal of the kernel.
        """
        self._ready = select.epoll()
        try:
            for link in self.links:
                self._sockets.append(self._open(link))
                self._ready.register(self._sockets[-1], select.EPOLLIN)
        except BaseException:
            self._close()
            raise

    def adopt(self, sockets: list[socket.socket]) -> None:
        """Run on sockets that another process armed, one for each interface."""
        self._ready, self._sockets = select.epoll(), list(sockets)
        for sock in self._sockets:
            sock.setblocking(False)
            self._ready.register(sock, select.EPOLLIN)

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """The packet sockets, in the order of the links; to be handed to another process."""
        return tuple(self._sockets)

    def _open(self, link: Link) -> socket.socket:
        cooked = link.link_type == LINK_COOKED
        try:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM if cooked else socket.SOCK_RAW, 0)
        except PermissionError as error:
            raise NotPermitted(
                message("capture on {interfaces}", interfaces=link.name),
                remedy("CAP_NET_RAW", "sudo netanalyze live …"),
            ) from error
        try:
            sock.setblocking(False)
            try:
                sock.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, BUFFER_OCTETS)
            except PermissionError:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_OCTETS)
            sock.setsockopt(socket.SOL_SOCKET, TIMESTAMP_NS, 1)
            sock.setsockopt(SOL_PACKET, AUXILIARY, 1)
            bpf.attach(sock, self._filter, link.link_type, self._snap)
            _bind(sock, 0 if link.name == ANY else socket.if_nametoindex(link.name))
        except OSError as error:
            sock.close()
            why = error.strerror or str(error)
            raise LiveError(message("cannot capture on {interface}: {why}", interface=link.name, why=why)) from error
        except BaseException:
            sock.close()
            raise
        trouble = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if trouble == errno.ENETDOWN:
            sock.close()
            said = "interface {interface} is down; bring it up: sudo ip link set {name} up"
            raise LiveError(message(said, interface=link.name, name=quoted(link.name) or "DEV"))
        return sock

    def fileno(self) -> int:
        """Readable when a frame waits."""
        assert self._ready is not None, "not armed"
        return self._ready.fileno()

    def read(self) -> list[CapturedFrame]:
        """What waits in the sockets' buffers; of several interfaces by time."""
        frames: list[CapturedFrame] = []
        for number, sock in enumerate(self._sockets):
            if self._drain(number, sock, frames):
                self.losses = losses(self._bound)
        if len(self._sockets) > 1:
            frames.sort(key=lambda frame: frame.time_ns)
        return frames

    def _drain(self, number: int, sock: socket.socket, frames: list[CapturedFrame]) -> bool:
        """Read frames; whether the kernel tells of trouble with the interface."""
        link, buffer, room = self.links[number], self._buffer, len(self._buffer)
        view, kind = memoryview(buffer), link.link_type
        trouble = False
        for _ in range(AT_ONCE):
            try:
                length, ancillary, _, source = sock.recvmsg_into([buffer], _ANCILLARY, socket.MSG_TRUNC)
            except BlockingIOError:
                break
            except OSError:  # the interface went down; it may come back, unless it was deleted
                trouble = True
                continue
            if source[2] == OUTGOING and source[3] == LOOPBACK:
                continue  # the loopback shows every packet twice; what came before the filter was in place
            time_ns, tag, tag_protocol = 0, -1, VLAN
            for level, what, value in ancillary:
                if level == SOL_PACKET and what == AUXILIARY and len(value) >= _AUXILIARY.size:
                    status, length, _, _, _, tci, protocol = _AUXILIARY.unpack_from(value)
                    if status & VLAN_VALID:
                        tag, tag_protocol = tci, protocol if status & VLAN_PROTOCOL_VALID else VLAN
                elif level == socket.SOL_SOCKET and what == TIMESTAMP_NS and len(value) >= _TIME.size:
                    whole, rest = _TIME.unpack_from(value)
                    time_ns = whole * 1_000_000_000 + rest
            octets = bytes(view[: min(length, room)])
            if kind == LINK_COOKED:
                octets, length = self._cooked(octets, source, tag, tag_protocol), length + _COOKED.size
            elif tag >= 0 and kind == LINK_ETHERNET:
                octets = octets[:12] + struct.pack("!HH", tag_protocol, tag) + octets[12:]
            if tag >= 0 and kind in (LINK_ETHERNET, LINK_COOKED):
                length += 4
            frames.append(CapturedFrame(number, time_ns or time.time_ns(), octets, length))
        return trouble

    def _cooked(self, octets: bytes, source: tuple, tag: int, tag_protocol: int) -> bytes:
        """A packet under the header LINKTYPE_LINUX_SLL2 prescribes; a VLAN tag stands between them."""
        name, protocol, kind, hardware, address = source
        if name not in self._indices:
            try:
                self._indices[name] = socket.if_nametoindex(name)
            except OSError:
                return self._header(protocol, 0, hardware, kind, address) + octets
        if tag >= 0:
            octets, protocol = struct.pack("!HH", tag, protocol) + octets, tag_protocol
        return self._header(protocol, self._indices[name], hardware, kind, address) + octets

    def _header(self, protocol: int, index: int, hardware: int, kind: int, address: bytes) -> bytes:
        return _COOKED.pack(protocol, 0, index, hardware, kind, len(address), address[:8])

    def statistics(self) -> list[Counted]:
        """Frames the kernel saw for these sockets, and those it had no room for."""
        for counted, sock in zip(self._counted, self._sockets):
            try:
                seen, dropped = struct.unpack("II", sock.getsockopt(SOL_PACKET, STATISTICS, 8))
            except OSError:
                continue
            counted[0] += seen  # the kernel's counters begin anew each time they are read
            counted[1] += dropped
        return [Counted(*counted) for counted in self._counted]

    def stop(self, at_once: bool = False) -> list[CapturedFrame]:
        """Take what is left, and close."""
        frames: list[CapturedFrame] = []
        while self._sockets and (more := self.read()):
            frames += more
            if len(frames) > 64 * AT_ONCE:  # a flood would keep us for ever
                break
        self.statistics()
        self._close()
        return frames

    def _close(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets = []
        if self._ready is not None:
            self._ready.close()
            self._ready = None
