"""An HTTP proxy that only knows CONNECT (RFC 9110 section 9.3.6), and when told so, not even that."""

import contextlib
import socket
import threading
import time

from netanalyze.lab import http1
from netanalyze.lab.addresses import HOSTS

STATUS = {403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway", 503: "Service Unavailable"}


class ConnectProxy:
    """Listens at ``address``:``port``; ``conduct`` is ``ok``, ``silent``, ``close``, or a status to refuse with.

    Args:
        delay: seconds before the answer to CONNECT.
        mute: accept the tunnel, then carry nothing through it.
    """

    def __init__(self, addresses: list[str], port: int, conduct: str = "ok", delay: float = 0.0, mute: bool = False):
        self.addresses, self.port, self.conduct, self.delay, self.mute = addresses, port, conduct, delay, mute

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
        with contextlib.suppress(OSError, IndexError), sock:
            request = http1.head(sock)
            name, _, port = request.split(b" ")[1].decode().rpartition(":")
            if self.conduct == "silent":
                http1.rest()
            if self.conduct == "close":
                return
            time.sleep(self.delay)
            if self.conduct != "ok":
                code = int(self.conduct)
                challenge = 'Proxy-Authenticate: Basic realm="corp"\r\n' if code == 407 else ""
                sock.sendall(f"HTTP/1.1 {code} {STATUS[code]}\r\n{challenge}Content-Length: 0\r\n\r\n".encode())
                return
            if self.mute:
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                while sock.recv(65_536):
                    pass
                return
            with socket.create_connection((HOSTS[name].ipv4, int(port))) as onward:
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=carry, args=(onward, sock), daemon=True)
                back.start()
                carry(sock, onward)
                back.join()


def carry(source: socket.socket, target: socket.socket) -> None:
    """Copy octets one way until the source ends, then say so to the target."""
    with contextlib.suppress(OSError):
        while octets := source.recv(65_536):
            target.sendall(octets)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
