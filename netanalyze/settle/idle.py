"""A connection that says nothing for a time, and then asks again: what firewalls forget, and servers do not, dies then.

Two connections are left idle at once, beside one whose second request follows the first at once.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from netanalyze.settle.connection import PATIENCE, PATIENCE_OF_SYN
from netanalyze.version import __version__

TRIES = 2
"""Connections that are left idle: a lost packet is no filter."""
ANSWERED, SILENT, RESET, CLOSED = "answered", "silent", "reset", "closed"
FIRST = "first request"
READ = 65_536


@dataclass(frozen=True)
class IdleOutcome:
    """What came of a second request.

    Attributes:
        manner: ``answered``; ``silent`` or ``reset`` where it died; ``closed`` where the server had ended the connection while it
            was idle; ``failed`` where not even the first request was answered.
        seconds: from the dial to the end.
    """

    manner: str
    detail: str = ""
    seconds: float = 0.0


def ask_twice(address: str, port: int, name: str, pause: float, secure: bool) -> IdleOutcome:
    """Connect, ask for a head, say nothing for ``pause`` seconds, ask again. Never raises.

    Args:
        name: in the ClientHello and in Host.
        secure: within TLS; the certificate is not looked at, for nothing that is said there is believed.
    """
    begun = time.monotonic()
    manner, detail = "failed", ""
    try:
        with _connected(address, port, name, secure) as sock:
            status = _ask(sock, name)
            if status is None:
                return IdleOutcome("failed", FIRST, time.monotonic() - begun)
            manner, detail = _second(sock, name, pause)
    except OSError as error:
        detail = type(error).__name__
    return IdleOutcome(manner, detail, time.monotonic() - begun)


def _second(sock: socket.socket, name: str, pause: float) -> tuple[str, str]:
    if _ends_within(sock, pause):
        return CLOSED, ""
    try:
        status = _ask(sock, name)
    except ConnectionResetError:
        return RESET, ""
    except TimeoutError:
        return SILENT, ""
    except OSError as error:
        return CLOSED, type(error).__name__
    return (ANSWERED, status) if status is not None else (CLOSED, "")


def _connected(address: str, port: int, name: str, secure: bool) -> socket.socket:
    sock = socket.create_connection((address, port), timeout=PATIENCE_OF_SYN.value)
    try:
        sock.settimeout(PATIENCE.value)
        if not secure:
            return sock
        settings = ssl.create_default_context()
        settings.check_hostname = False
        settings.verify_mode = ssl.CERT_NONE
        settings.set_alpn_protocols(["http/1.1"])
        return settings.wrap_socket(sock, server_hostname=name)
    except BaseException:
        sock.close()
        raise


def _ask(sock: socket.socket, name: str) -> str | None:
    """Ask for a head and wait for it: the status; None where the connection ends instead.

    Raises:
        OSError: it broke, or nothing came.
    """
    words = [f"HEAD / HTTP/1.1\r\nHost: {name}\r\n", f"User-Agent: netanalyze/{__version__} settle\r\n\r\n"]
    sock.settimeout(PATIENCE.value)
    sock.sendall("".join(words).encode("ascii"))
    had = b""
    while b"\r\n\r\n" not in had and len(had) < READ:
        octets = sock.recv(READ)
        if not octets:
            return None
        had += octets
    parts = had.split(b" ", 2)
    return parts[1].decode("ascii", "replace")[:3] if len(parts) > 1 else ""


def _ends_within(sock: socket.socket, pause: float) -> bool:
    """Whether the server ends the connection within so many seconds; what else it says meanwhile is read."""
    until = time.monotonic() + pause
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        if not poll.poll(min(left, 60.0) * 1000):
            continue
        sock.settimeout(PATIENCE.value)
        with contextlib.suppress(ssl.SSLWantReadError):
            if not sock.recv(READ):
                return True
    return False


def idle_outcomes(address: str, port: int, name: str, pause: float, secure: bool) -> list[IdleOutcome]:
    """What came of the connections that were left idle, all at once."""
    found: list[IdleOutcome] = []
    asking = [
        threading.Thread(target=lambda: found.append(ask_twice(address, port, name, pause, secure)), daemon=True)
        for _ in range(TRIES)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(pause + 4 * PATIENCE.value + PATIENCE_OF_SYN.value)
    return list(found)


def idle_bit(control: IdleOutcome, idle: list[IdleOutcome]) -> str:
    """``idle`` where every connection that was idle died and the one beside them lived; ``none`` where one lives, or the server
    had ended it; '' where it is not known."""
    if any(one.manner in (ANSWERED, CLOSED) for one in idle):
        return "none"
    dead = [one for one in idle if one.manner in (SILENT, RESET)]
    return "idle" if control.manner == ANSWERED and len(dead) == TRIES else ""
