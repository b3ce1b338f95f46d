"""A TLS server (RFC 8446, RFC 5246) that can fail at every step of the handshake, and serves HTTP when it does not.

Conduct before the handshake, ``tls``: ``answer``; ``silent`` (the ClientHello is read, nothing is sent); ``late``
(``tls_delay`` seconds first); ``reset``; ``close``; ``alert`` (named by ``alert``); ``http`` (a plain HTTP answer);
``garbage``; ``banner`` (an SSH banner before anything was said); ``partial`` (the first ``partial_octets`` of
the server's flight, then nothing); ``after-flight`` (RST once the client has finished); ``frozen`` (a process that
accepts and never reads, with a receive buffer smaller than a ClientHello).
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from netanalyze.lab.journal import note
from netanalyze.lab.servers import http1, http2
from netanalyze.lab.servers.replies import Conduct, Content

HANDSHAKE = 22
FROZEN_BUFFER = 1  # octets asked for; the kernel gives its least, about a kilobyte of window
Handler = Callable[[socket.socket], None]
ALERTS = {
    "handshake_failure": 40,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "unrecognized_name": 112,
}


@dataclass
class Site:
    """One host of the laboratory as its server is to behave."""

    name: str
    serves: str
    chain: str
    addresses: list[str]
    tls: str = "answer"
    tls_delay: float = 0.0
    alert: str = "handshake_failure"
    maximum: str = "1.3"
    protocols: list[str] = field(default_factory=lambda: ["h2", "http/1.1"])
    partial_octets: int = 1000
    only_first: int | None = None  # the misconduct is for so many connections only
    plain: bool = False  # port 80 answers too, in the clear
    port: int = 443
    folder: str = ""  # where a forge makes its repositories
    conducts: list[Conduct] = field(default_factory=list)

    def content(self) -> Content:
        """What the site serves."""
        return Content(self.serves, self.name, self.conducts, self.folder)


def context(site: Site) -> ssl.SSLContext:
    """The TLS settings of a site."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(site.chain)
    settings.set_alpn_protocols(site.protocols)
    if site.maximum == "1.2":
        settings.maximum_version = ssl.TLSVersion.TLSv1_2
    return settings


def hello(sock: socket.socket) -> bool:
    """Wait, without taking it from the socket, until the whole first record is here; False if the client left."""
    while True:
        octets = sock.recv(65_536, socket.MSG_PEEK)
        if not octets:
            return False
        if len(octets) >= 5 and len(octets) >= 5 + int.from_bytes(octets[3:5], "big"):
            return True
        if octets[0] != HANDSHAKE:
            return True
        time.sleep(0.002)


class Server:
    """Listens on every address of a site and serves each connection in a thread."""

    def __init__(self, site: Site):
        self.site, self.context, self.content = site, context(site), site.content()
        self.accepted = 0

    def start(self) -> None:
        """Open the listeners, then serve them in threads."""
        for address in self.site.addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            ports = [(self.site.port, self.encrypted)] + ([(80, self.clear)] if self.site.plain else [])
            for port, handler in ports:
                listener = socket.socket(family)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if self.site.tls == "frozen":
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, FROZEN_BUFFER)
                listener.bind((address, port))
                listener.listen(128)
                threading.Thread(target=self._accept, args=(listener, handler), daemon=True).start()

    def _accept(self, listener: socket.socket, handler: Handler) -> None:
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._guarded, args=(handler, sock), daemon=True).start()

    def _guarded(self, handler: Handler, sock: socket.socket) -> None:
        """A client may break off at any moment: that ends its thread and nothing else."""
        with contextlib.suppress(OSError, ssl.SSLError, ValueError):
            handler(sock)
        with contextlib.suppress(OSError):
            sock.close()

    def clear(self, sock: socket.socket) -> None:
        """HTTP without TLS."""
        http1.serve(sock, self.content)

    def encrypted(self, sock: socket.socket) -> None:
        """Misbehave as the site says, or shake hands and serve."""
        site = self.site
        self.accepted += 1
        conduct = site.tls
        if site.only_first is not None and self.accepted > site.only_first:
            conduct = "answer"
        if conduct == "frozen":
            http1.rest()
        if conduct == "banner":
            sock.sendall(b"SSH-2.0-laboratory\r\n")
        if not hello(sock):
            return
        match conduct:
            case "silent":
                sock.recv(65_536)
                note("server-hello", None, site.name)
                http1.rest()
            case "reset":
                sock.recv(65_536)
                return http1.reset(sock)
            case "close":
                sock.recv(65_536)
                return sock.close()
            case "alert":
                sock.recv(65_536)
                sock.sendall(bytes([21, 3, 3, 0, 2, 2, ALERTS[site.alert]]))
                return sock.close()
            case "http":
                sock.recv(65_536)
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return sock.close()
            case "garbage" | "banner":
                sock.recv(65_536)
                if conduct == "garbage":
                    sock.sendall(bytes(range(64, 128)))
                time.sleep(1)
                return sock.close()
            case "late":
                note("server-hello", site.tls_delay, site.name)
                time.sleep(site.tls_delay)
            case "partial":
                return self._partial(sock)
        if conduct == "after-flight":
            with self.context.wrap_socket(sock, server_side=True) as tls:
                return http1.reset(tls)
        with self.context.wrap_socket(sock, server_side=True) as tls:
            if tls.selected_alpn_protocol() == "h2":
                http2.serve(tls, self.content)
            else:
                http1.serve(tls, self.content)

    def _partial(self, sock: socket.socket) -> None:
        """Send the beginning of a real first flight, and nothing after it."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        machine = self.context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(sock.recv(65_536))
        with contextlib.suppress(ssl.SSLWantReadError):
            machine.do_handshake()
        sock.sendall(outgoing.read()[: self.site.partial_octets])
        http1.rest()
