"""Asking one mirror: names, connections, handshakes and requests, each timed, all within bounds; nothing is kept."""

import base64
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin

from netanalyze.doctor.places import DEFAULT_PORTS
from netanalyze.doctor.probe.mirrors import HTML, JSON, ZIP, Errand, Mirror
from netanalyze.doctor.probe.refused import Refused
from netanalyze.doctor.probe.socks import SOCKS_SCHEMES, socks_tunnel
from netanalyze.findings import Threshold
from netanalyze.report.facts import endpoint
from netanalyze.urls import Url, split
from netanalyze.version import __version__

STEP = Threshold(5, "s", source="resolv.conf(5), timeout: a resolver is given 5 s",
                 why="what takes longer at one step is no mirror to prefer")  # fmt: skip
MOST_OCTETS = 2_000_000
"""Of one answer; pages of a package have some kilobytes."""
REDIRECTS = 2
CONNECTIONS_MOST = 6
"""Of one mirror by one way: one for the work, two for redirects, one for a large hello, one for the other family, one spare."""
USUAL_PORTS = {"http": 80, **dict.fromkeys(SOCKS_SCHEMES, 1080)}
FILLERS = tuple(f"x-{number}-" + "x" * 240 for number in range(6))
"""Names of protocols that no server has: 1.5 kB more in the ClientHello, which is two segments then."""


@dataclass
class Answer:
    """What came of one errand: ``fault`` is empty where it came as it should, else a key of ranking.FAULTS."""

    name: str
    fault: str = ""
    detail: str = ""
    status: int = 0
    first_byte_s: float = 0.0
    whole_s: float = 0.0
    octets: int = 0
    optional: bool = False


@dataclass
class Visited:
    """What came of one mirror by one way.

    Attributes:
        way: ``direct`` or ``proxy``.
        address: that was tried last.
        fault, detail: what hindered every errand, before the first request.
        families: IPv4 and IPv6: seconds of connecting, or why not.
        large_hello: empty where a handshake with a large ClientHello was answered; else why not.
    """

    client: str
    url: str
    way: str
    fault: str = ""
    detail: str = ""
    address: str = ""
    dns_s: float = 0.0
    connect_s: float = 0.0
    tls_s: float = 0.0
    families: dict[str, str] = field(default_factory=dict)
    large_hello: str = "not tried"
    answers: list[Answer] = field(default_factory=list)
    connections: int = 0

    def to_json(self) -> dict[str, Any]:
        """Members as they are."""
        return asdict(self)


def fault_of(error: BaseException, at: str) -> Refused:
    """What an error says of the step ``at`` which it happened (dns, connect, tls, answer)."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused("certificate", error.verify_message)
    if isinstance(error, TimeoutError):
        return Refused(f"{at}-timeout")
    if isinstance(error, ConnectionRefusedError):
        return Refused("refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError | http.client.RemoteDisconnected | ssl.SSLEOFError):
        return Refused(f"{at}-reset" if at != "connect" else "refused")
    if isinstance(error, ssl.SSLError):
        return Refused("tls-alert", error.reason or "")
    if isinstance(error, http.client.HTTPException):
        return Refused("answer-broken", type(error).__name__)
    return Refused("unreachable", getattr(error, "strerror", "") or type(error).__name__)


class Visitor:
    """Asks one mirror by one way.

    Args:
        proxy: an HTTP proxy that is asked to CONNECT; None: past any.
        until: a moment of time.monotonic, after which nothing more is asked.
    """

    def __init__(self, mirror: Mirror, proxy: Url | None, until: float):
        self.mirror, self.proxy, self.until = mirror, proxy, until
        self.made = Visited(mirror.client, mirror.url, "proxy" if proxy else "direct")

    def visit(self) -> Visited:
        """Do the client's work; then a large hello and the other family. Never raises."""
        url = split(self.mirror.base)
        assert url is not None
        try:
            places = self._places(url)
            self._work(url, places)
        except Exception as error:
            refused = fault_of(error, "answer")
            self.made.fault, self.made.detail = refused.fault, refused.detail
            return self.made
        if url.scheme == "https":
            self.made.large_hello = self._large_hello(url, places)
        if self.proxy is None:
            self._other_family(url, places)
        return self.made

    def _left(self) -> float:
        """Seconds that the next step may take."""
        left = min(self.until - time.monotonic(), STEP.value)
        if left <= 0:
            raise Refused("time-up")
        return left

    def _places(self, url: Url) -> list[tuple[int, Any]]:
        """Family and address of whom is to be connected to, in libc's order."""
        whom = self.proxy or url
        host, port = whom.host or "", whom.port or USUAL_PORTS.get(whom.scheme, 443)
        begun = time.monotonic()
        rows = _within(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), self._left())
        self.made.dns_s = time.monotonic() - begun
        for row in rows:
            self.made.families.setdefault(_family(row[0]), "not tried")
        return [(row[0], row[4]) for row in rows]

    def _connect(self, family: int, address: Any) -> socket.socket:
        self.made.connections += 1
        if self.made.connections > CONNECTIONS_MOST:
            raise Refused("too-many")
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(self._left())
            sock.connect(address)
        except OSError as error:
            sock.close()
            raise fault_of(error, "connect") from error
        return sock

    def _secured(self, sock: socket.socket, url: Url, protocols: tuple[str, ...] = ()) -> socket.socket:
        """The socket behind the proxy and within TLS, as the URL wants it."""
        try:
            if self.proxy is not None:
                sock.settimeout(self._left())
                self._tunnel(sock, url)
            if url.scheme != "https":
                return sock
            settings = ssl.create_default_context()
            settings.set_alpn_protocols(["http/1.1", *protocols])
            sock.settimeout(self._left())
            return settings.wrap_socket(sock, server_hostname=url.host)
        except OSError as error:
            sock.close()
            raise fault_of(error, "tls") from error
        except BaseException:
            sock.close()
            raise

    def _tunnel(self, sock: socket.socket, url: Url) -> None:
        """CONNECT (RFC 9110 section 9.3.6), or what SOCKS has in its place."""
        assert self.proxy is not None
        if self.proxy.scheme in SOCKS_SCHEMES:
            socks_tunnel(sock, self.proxy, url)
            return
        place = endpoint(url.host or "", url.port or DEFAULT_PORTS[url.scheme])
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if self.proxy.userinfo:
            word = base64.b64encode(unquote(self.proxy.userinfo).encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {word}")
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 65_536:
            piece = sock.recv(1)  # not an octet of what comes after
            if not piece:
                raise Refused("proxy-closed")
            head += piece
        words = head.split(b" ", 2)
        if len(words) < 2 or not words[1].startswith(b"2"):
            raise Refused("proxy-refuses", words[1].decode("ascii", "replace")[:3] if len(words) > 1 else "")

    def _open(self, url: Url, places: list[tuple[int, Any]], measured: bool) -> http.client.HTTPConnection:
        """A connection to the first address that answers."""
        refused = Refused("unreachable")
        for family, address in places[:2]:
            begun = time.monotonic()
            if measured:
                self.made.address = address[0]
            try:
                sock = self._connect(family, address)
            except Refused as error:
                refused = error
                if measured:
                    self.made.families[_family(family)] = error.fault
                continue
            connected = time.monotonic()
            secured = self._secured(sock, url)
            if measured:
                self.made.families[_family(family)] = ""
                self.made.connect_s, self.made.tls_s = connected - begun, time.monotonic() - connected
            connection = http.client.HTTPConnection(url.host or "", url.port or 80)  # 80 stays unsaid in Host
            connection.sock = secured
            return connection
        raise refused

    def _work(self, url: Url, places: list[tuple[int, Any]]) -> None:
        connection: http.client.HTTPConnection | None = self._open(url, places, measured=True)
        for errand in self.mirror.errands():
            answer = Answer(errand.name, optional=errand.optional)
            self.made.answers.append(answer)
            try:
                if connection is None:
                    connection = self._open(url, places, measured=False)
                if not self._ask(connection, errand, errand.url, answer, REDIRECTS):
                    connection = None
            except Exception as error:
                refused = fault_of(error, "answer")
                answer.fault, answer.detail = refused.fault, refused.detail
                if connection is not None:
                    connection.close()
                connection = None
                if refused.fault.endswith(("-timeout", "time-up")):
                    break
        if connection is not None:
            connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, errand: Errand, target: str, answer: Answer, hops: int
    ) -> bool:
        """Ask and judge the answer; whether the connection can be used again."""
        url = split(target)
        assert url is not None
        begun = time.monotonic()
        connection.sock.settimeout(self._left())
        headers = {"User-Agent": f"netanalyze/{__version__} doctor", "Accept-Encoding": "identity"}
        if url.userinfo:
            headers["Authorization"] = "Basic " + base64.b64encode(unquote(url.userinfo).encode()).decode()
        connection.request("GET", url.target or "/", headers=headers)
        response = connection.getresponse()
        answer.status = response.status
        answer.first_byte_s = answer.first_byte_s or time.monotonic() - begun
        body = b"".join(self._pieces(response, connection))
        answer.whole_s += time.monotonic() - begun
        answer.octets = len(body)
        response.close()  # of Python 3.11 it is not by itself where the length was read to its end
        again = not response.will_close and len(body) < MOST_OCTETS
        where = response.headers.get("Location")
        if response.status in (301, 302, 303, 307, 308) and where and hops:
            self._follow(urljoin(target, where), errand, answer, hops - 1)
        elif response.status not in errand.statuses:
            answer.fault, answer.detail = "status", str(response.status)
        elif not _fits(body, errand):
            answer.fault = "not-asked-for"
        return again

    def _follow(self, target: str, errand: Errand, answer: Answer, hops: int) -> None:
        url = split(target)
        if url is None or url.scheme not in ("http", "https") or not url.host:
            raise Refused("redirect")
        other = Visitor(self.mirror, self.proxy, self.until)
        try:
            connection = other._open(url, other._places(url), measured=False)
        finally:
            self.made.connections += other.made.connections
        try:
            other._ask(connection, errand, target, answer, hops)
        finally:
            connection.close()

    def _pieces(self, response: http.client.HTTPResponse, connection: http.client.HTTPConnection) -> Iterator[bytes]:
        octets = 0
        while octets < MOST_OCTETS:
            if connection.sock is not None:
                connection.sock.settimeout(self._left())
            piece = response.read1(65_536)
            if not piece:
                return
            octets += len(piece)
            yield piece

    def _large_hello(self, url: Url, places: list[tuple[int, Any]]) -> str:
        """Why a handshake with a ClientHello of two segments fails; empty where it does not."""
        try:
            family, address = next(place for place in places if place[1][0] == self.made.address)
            self._secured(self._connect(family, address), url, FILLERS).close()
        except Exception as error:
            return fault_of(error, "tls").fault
        return ""

    def _other_family(self, url: Url, places: list[tuple[int, Any]]) -> None:
        """Connect and shake hands with the first address of each family that was not tried."""
        for family, address in places:
            name = _family(family)
            if self.made.families.get(name) != "not tried":
                continue
            try:
                self._secured(self._connect(family, address), url).close()
                self.made.families[name] = ""
            except Exception as error:
                self.made.families[name] = fault_of(error, "tls").fault


def _family(family: int) -> str:
    return "IPv6" if family == socket.AF_INET6 else "IPv4"


def _within(lookup: Any, seconds: float) -> Any:
    """The answer of a lookup, which libc lets nobody bound, if it comes in time."""
    came: list[Any] = []

    def ask() -> None:
        try:
            came.append(lookup())
        except OSError as error:
            came.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not came:
        raise Refused("dns-timeout")
    if isinstance(came[0], OSError):
        raise Refused("dns", came[0].strerror or "")
    return came[0]


def _fits(body: bytes, errand: Errand) -> bool:
    """Whether an answer is what was asked for, and no page of somebody in between."""
    start = body[:64].lstrip().lower()
    if errand.form == ZIP:
        return body.startswith(b"PK")
    if errand.form != HTML and start.startswith((b"<!doctype", b"<html")):
        return False
    if errand.form == JSON and not start.startswith(b"{"):
        return False
    return errand.word.encode() in body
