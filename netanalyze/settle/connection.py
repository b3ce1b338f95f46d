"""One connection of a probe: dialled, a hello sent, and what came, with what the kernel says of it; plain sockets, no rights."""

import errno
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass
from types import TracebackType

from netanalyze.findings import Threshold
from netanalyze.settle.hello import HelloForm, hello_pieces

PATIENCE = Threshold(
    3.0, "seconds", "Linux: RTO_MIN 200 ms, doubled each time (RFC 6298)",
    "a segment was sent four times by then: loss alone, at one in ten, takes all four once in 10,000 times",
)  # fmt: skip
PATIENCE_OF_SYN = Threshold(
    3.5, "seconds", "Linux: a SYN is sent again after 1 s and 3 s (RFC 6298, 2)", "three SYNs were sent by then",
)  # fmt: skip
ROUND_TRIPS = 6
"""Round trips added to the patience with a hello: of a long path the first RTO is three of them."""
IP_RECVERR, IPV6_RECVERR = 11, 25
"""linux/in.h, linux/in6.h; Python has no names for them."""
ERROR_FORM = struct.Struct("=IBBBBII")
"""struct sock_extended_err (linux/errqueue.h): errno, origin, type, code, pad, info, data."""
FROM_ICMP = (2, 3)
TIME_EXCEEDED = {(2, 11), (3, 3)}
"""(origin, type): ICMP time exceeded, ICMPv6 time exceeded."""
HANDSHAKE, ALERT = 0x16, 0x15
PATH_ERRORS = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOPROTOOPT, errno.EACCES, errno.EPERM)
"""What an ICMP message of the path makes of a socket."""


@dataclass(frozen=True)
class Came:
    """What came of one connection.

    Attributes:
        manner: ``server-hello``, ``alert``, ``other``, ``partial`` (a record that breaks off), ``silent``, ``reset``, ``closed``;
            before a hello: ``no-syn-ack``,
            ``refused``, ``unreachable``, ``connected`` (nothing was to be sent).
        detail: the alert's number, or the name of the error.
        octets: of the hello; ``acked``: of these acknowledged, -1 where the kernel does not tell.
        mss: octets of a full segment here; 0 before a connection stood.
        seconds: from the dial to the answer, or to the end of the patience.
        round_trip: of the connection's first octets, seconds.
        offender: who said by ICMP that it goes no further.
    """

    manner: str
    detail: str = ""
    octets: int = 0
    acked: int = -1
    mss: int = 0
    seconds: float = 0.0
    round_trip: float = 0.0
    offender: str | None = None


class Dialled:
    """A TCP connection that is being made; leaving it closes it, by RST where a hello is left half said."""

    def __init__(self, address: str, port: int, mss: int = 0, ttl: int = 0):
        self.begun = time.monotonic()
        self.ipv6 = ":" in address
        self.sock = socket.socket(socket.AF_INET6 if self.ipv6 else socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.round_trip = 0.0
        hear_icmp(self.sock, self.ipv6)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if mss:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
        if ttl:
            self.hops(ttl)
        self.failure = self.sock.connect_ex((address, port))
        self.syn_at = time.monotonic()

    def __enter__(self) -> "Dialled":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.hops(64)  # so that the RST of the closing arrives
        finally:
            self.sock.close()

    def hops(self, ttl: int) -> None:
        """Let what is sent from now on go so many hops."""
        limit_hops(self.sock, self.ipv6, ttl)

    def connected(self, patience: float) -> Came | None:
        """Wait for the connection to stand; None once it does, else what came instead."""
        failure = self.failure
        if failure == errno.EINPROGRESS:
            poll = select.poll()
            poll.register(self.sock, select.POLLOUT | select.POLLERR)
            if not poll.poll(patience * 1000):
                return Came("no-syn-ack", seconds=self.elapsed)
            failure = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.round_trip = time.monotonic() - self.syn_at
        if not failure:
            return None
        offender = icmp_offender(self.sock)
        detail = errno.errorcode.get(failure, str(failure))
        if failure == errno.ETIMEDOUT:
            return Came("no-syn-ack", seconds=self.elapsed)
        manner = "refused" if failure == errno.ECONNREFUSED and offender is None else "unreachable"
        return Came(manner, detail, seconds=self.elapsed, offender=offender)

    @property
    def elapsed(self) -> float:
        """Seconds since the dial."""
        return time.monotonic() - self.begun

    @property
    def mss(self) -> int:
        """Octets of a full segment of this connection."""
        return self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)

    def acked(self) -> int:
        """Octets acknowledged, the SYN not counted; -1 where the kernel does not tell."""
        try:
            from netanalyze.live.sockets.tcp_info import sample

            info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
        except (AttributeError, OSError):
            return -1
        return max(sample(info, 1, 0).acked - 1, 0)

    def say(self, pieces: list[bytes], pause: float = 0.03) -> None:
        """Send the pieces, each in a segment of its own where it fits one."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(pause)
            self.sock.send(piece)

    def answer(self, patience: float) -> tuple[str, str]:
        """Wait for the server to speak: the manner, and its detail."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN | select.POLLERR)
        until = time.monotonic() + patience
        had, broken = b"", ""
        while (left := until - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                break
            try:
                octets = self.sock.recv(16_384)
            except ConnectionResetError:
                return broken or "reset", ""
            except OSError as error:
                if error.errno not in PATH_ERRORS:  # a message of the path does not end a connection that stands
                    return "closed", errno.errorcode.get(error.errno or 0, "")
                continue
            had += octets
            if not octets:
                return broken or "closed", ""
            if len(had) >= 6:
                if is_whole(had):
                    return spoken(had)
                broken = "partial"
        return broken or "silent", ""


def spoken(octets: bytes) -> tuple[str, str]:
    """What the first octets of a server are.

    >>> spoken(bytes.fromhex("16030300700200")), spoken(bytes.fromhex("15030300020228"))
    (('server-hello', ''), ('alert', '40'))
    """
    if octets[0] == HANDSHAKE and octets[5] == 2:
        return "server-hello", ""
    if octets[0] == ALERT and len(octets) >= 7:
        return "alert", str(octets[6])
    return "other", octets[:8].hex(" ")


def is_whole(octets: bytes) -> bool:
    """Whether what a server said ends with a record, or is none of TLS.

    >>> [is_whole(bytes.fromhex(text)) for text in ("16030300017015030300", "160303000170", "160303000570", "485454502f31")]
    [False, True, False, True]
    """
    if octets[0] not in (HANDSHAKE, ALERT):
        return True
    at = 0
    while at + 5 <= len(octets):
        at += 5 + int.from_bytes(octets[at + 3 : at + 5], "big")
    return at == len(octets)


def hear_icmp(sock: socket.socket, ipv6: bool) -> None:
    """Let the kernel tell this socket of ICMP messages about what it sent, which is Linux's; elsewhere it goes without."""
    if sys.platform != "linux":
        return
    try:
        sock.setsockopt(*((socket.IPPROTO_IPV6, IPV6_RECVERR) if ipv6 else (socket.IPPROTO_IP, IP_RECVERR)), 1)
    except OSError:
        pass


def limit_hops(sock: socket.socket, ipv6: bool, ttl: int) -> None:
    """Set the TTL, or hop limit, of what a socket sends."""
    if ipv6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)


@dataclass(frozen=True)
class IcmpNote:
    """An ICMP message about what a socket sent: who sent it, and whether it says that the TTL ran out."""

    offender: str | None
    expired: bool


def icmp_notes(sock: socket.socket) -> list[IcmpNote]:
    """The ICMP messages that wait in a socket's error queue (ip(7), IP_RECVERR)."""
    notes: list[IcmpNote] = []
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(2048, 1024, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except (OSError, AttributeError):
            return notes
        for level, kind, octets in ancillary:
            if (level, kind) not in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)):
                continue
            _, origin, icmp, _, _, _, _ = ERROR_FORM.unpack_from(octets)
            if origin in FROM_ICMP:
                notes.append(IcmpNote(_address(octets[ERROR_FORM.size :]), (origin, icmp) in TIME_EXCEEDED))


def _address(octets: bytes) -> str | None:
    """The address in a struct sockaddr_in or sockaddr_in6."""
    family = int.from_bytes(octets[:2], "little" if struct.pack("=H", 1)[0] else "big")
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, octets[4:8])
    return socket.inet_ntop(socket.AF_INET6, octets[8:24]) if family == socket.AF_INET6 else None


def icmp_offender(sock: socket.socket) -> str | None:
    """Who refused by ICMP what a socket sent; None where nobody did, or the kernel keeps it to itself."""
    return next((note.offender for note in icmp_notes(sock) if note.offender), None)


def left_until(moment: float) -> float:
    """Seconds until a moment of ``time.monotonic()``: what a socket may still take, where a whole exchange has one deadline.

    Raises:
        TimeoutError: it is past.
    """
    left = moment - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def send_hello(address: str, port: int, form: HelloForm, sni: str | None, most: float) -> Came:
    """Dial, send a hello of this form, and tell what came, within ``most`` seconds."""
    with Dialled(address, port, form.mss) as dialled:
        failed = dialled.connected(min(PATIENCE_OF_SYN.value, most))
        if failed is not None:
            return failed
        mss = dialled.mss
        pieces = hello_pieces(form, sni, mss)
        try:
            dialled.say(pieces)
        except OSError as error:
            return Came("reset", errno.errorcode.get(error.errno or 0, ""), mss=mss, seconds=dialled.elapsed)
        patience = PATIENCE.value + ROUND_TRIPS * dialled.round_trip
        manner, detail = dialled.answer(max(min(patience, most - dialled.elapsed), 0.1))
        octets = sum(map(len, pieces))
        acked = min(dialled.acked(), octets)
        return Came(manner, detail, octets, acked, mss, dialled.elapsed, dialled.round_trip)


def has_route(address: str) -> bool:
    """Whether this machine knows a way to an address: a datagram's socket is connected, which sends nothing."""
    return own_address(address) is not None


def own_address(address: str) -> str | None:
    """The address that this machine has towards another; None without a route."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, 443))
            return str(sock.getsockname()[0])
        except OSError:
            return None


def dial(address: str, port: int, most: float) -> Came:
    """Dial, send nothing, and tell what came."""
    with Dialled(address, port) as dialled:
        failed = dialled.connected(min(PATIENCE_OF_SYN.value, most))
        return failed or Came("connected", mss=dialled.mss, seconds=dialled.elapsed, round_trip=dialled.round_trip)
