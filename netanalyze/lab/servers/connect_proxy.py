"""A proxy that only knows CONNECT (RFC 9110 section 9.3.6) or SOCKS5 (RFC 1928), and when told so, not even that."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass

from netanalyze.lab.addresses import HOSTS
from netanalyze.lab.journal import note
from netanalyze.lab.servers import http1

STATUS = {403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway", 503: "Service Unavailable"}
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
SOCKS_VERSION, SOCKS_NAME, SOCKS_FINE, SOCKS_FORBIDDEN = 5, 3, 0, 2


@dataclass
class Proxy:
    """Listens at ``port`` of every address.

    Args:
        conduct: ``ok``; ``silent`` (takes the request, says nothing); ``close``; or a status to refuse with (SOCKS: any).
        kind: ``http`` or ``socks``.
        delay: seconds before the answer.
        mute: accept the tunnel, then carry nothing through it.
        looks_up: find the target by DNS and connect before answering CONNECT, as a proxy does that is not of this laboratory.
    """

    addresses: list[str]
    port: int
    conduct: str = "ok"
    kind: str = "http"
    delay: float = 0.0
    mute: bool = False
    looks_up: bool = False

    def start(self) -> None:
        """Open the listeners, then serve them in threads."""
        for address in self.addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            listener = socket.create_server((address, self.port), family=family, backlog=64)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, IndexError, ValueError), sock:
            target = self._http(sock) if self.kind == "http" else self._socks(sock)
            if target is None:
                return
            if self.mute:
                while sock.recv(65_536):
                    pass
                return
            with socket.create_connection(target) as onward:
                if self.looks_up:
                    sock.sendall(ESTABLISHED)
                back = threading.Thread(target=carry, args=(onward, sock), daemon=True)
                back.start()
                carry(sock, onward)
                back.join()

    def _http(self, sock: socket.socket) -> tuple[str, int] | None:
        """Read CONNECT and answer it; where to go on to, None if nowhere."""
        words = http1.head(sock).split(b" ")
        name, _, port = words[1].decode().rpartition(":")
        if self.conduct == "silent":
            note("connect-reply", None)
            http1.rest()
        if self.conduct == "close":
            return None
        note("connect-reply", self.delay)
        time.sleep(self.delay)
        if self.conduct != "ok":
            code = int(self.conduct)
            challenge = 'Proxy-Authenticate: Basic realm="corp"\r\n' if code == 407 else ""
            sock.sendall(f"HTTP/1.1 {code} {STATUS[code]}\r\n{challenge}Content-Length: 0\r\n\r\n".encode())
            return None
        if self.looks_up:
            return name, int(port)
        sock.sendall(ESTABLISHED)
        return HOSTS[name].ipv4, int(port)

    def _socks(self, sock: socket.socket) -> tuple[str, int] | None:
        """Read greeting and request and answer them; ``silent`` is silence after the request."""
        greeting = sock.recv(2, socket.MSG_WAITALL)
        sock.recv(greeting[1], socket.MSG_WAITALL)
        sock.sendall(bytes([SOCKS_VERSION, 0]))
        kind = sock.recv(4, socket.MSG_WAITALL)[3]
        octets = sock.recv(1, socket.MSG_WAITALL)[0] if kind == SOCKS_NAME else 4
        where = sock.recv(octets, socket.MSG_WAITALL)
        port = int.from_bytes(sock.recv(2, socket.MSG_WAITALL), "big")
        if self.conduct == "silent":
            note("connect-reply", None)
            http1.rest()
        note("connect-reply", self.delay)
        time.sleep(self.delay)
        code = SOCKS_FINE if self.conduct == "ok" else SOCKS_FORBIDDEN
        sock.sendall(bytes([SOCKS_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]))
        if code:
            return None
        return HOSTS[where.decode()].ipv4 if kind == SOCKS_NAME else socket.inet_ntoa(where), port


def carry(source: socket.socket, target: socket.socket) -> None:
    """Copy octets one way until the source ends, then say so to the target."""
    with contextlib.suppress(OSError):
        while octets := source.recv(65_536):
            target.sendall(octets)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
