"""A connection that says nothing for a time, and then asks again: what firewalls forget, and servers do not, dies then.

Two connections are left idle at once, beside one whose second request follows the first at once.
"""

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from netanalyze.settle.connection import PATIENCE, PATIENCE_OF_SYN, left_until
from netanalyze.version import __version__

TRIES = 2
"""Connections that are left idle: a lost packet is no filter."""
ANSWERED, SILENT, RESET, CLOSED = "answered", "silent", "reset", "closed"
FIRST, TIME_UP = "first request", "time is up"
READ = 65_536
EXCHANGE_S = PATIENCE_OF_SYN.value + 3 * PATIENCE.value
"""The most that a connection takes beside its pause: to be dialled, TLS, two requests."""
SLACK_S = 0.5
"""For a thread to end after its last deadline."""


@dataclass(frozen=True)
class IdleOutcome:
    """What came of a second request.

    Attributes:
        manner: ``answered``; ``silent`` or ``reset`` where it died; ``closed`` where the server had ended the connection while it
            was idle; ``failed`` where not even the first request was answered, or no time was left to wait for the second.
        seconds: from the dial to the end.
    """

    manner: str
    detail: str = ""
    seconds: float = 0.0


def ask_twice(address: str, port: int, name: str, pause: float, secure: bool, most: float = EXCHANGE_S) -> IdleOutcome:
    """Connect, ask for a head, say nothing for ``pause`` seconds, ask again. Never raises.

    Args:
        name: in the ClientHello and in Host.
        secure: within TLS; the certificate is not looked at, for nothing that is said there is believed.
        most: seconds that it may take beside the pause.
    """
    begun = time.monotonic()
    manner, detail = "failed", ""
    try:
        with _connected(address, port, name, secure, begun + most) as sock:
            status = _ask(sock, name, begun + most)
            if status is None:
                return IdleOutcome("failed", FIRST, time.monotonic() - begun)
            manner, detail = _second(sock, name, pause, begun + pause + most)
    except OSError as error:
        detail = type(error).__name__
    return IdleOutcome(manner, detail, time.monotonic() - begun)


def _second(sock: socket.socket, name: str, pause: float, until: float) -> tuple[str, str]:
    try:
        if _ends_within(sock, pause):
            return CLOSED, ""
        if time.monotonic() + PATIENCE.value > until:  # what is given less than its time is not silent
            return "failed", TIME_UP
        status = _ask(sock, name, until)
    except ConnectionResetError:
        return RESET, ""
    except TimeoutError:
        return SILENT, ""
    except OSError as error:
        return CLOSED, type(error).__name__
    return (ANSWERED, status) if status is not None else (CLOSED, "")


def _connected(address: str, port: int, name: str, secure: bool, until: float) -> socket.socket:
    sock = socket.create_connection((address, port), timeout=min(PATIENCE_OF_SYN.value, left_until(until)))
    try:
        sock.settimeout(min(PATIENCE.value, left_until(until)))
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


def _ask(sock: socket.socket, name: str, until: float) -> str | None:
    """Ask for a head and wait for it: the status; None where the connection ends instead.

    Raises:
        OSError: it broke, or the head did not come within the patience, however much of it did.
    """
    until = min(until, time.monotonic() + PATIENCE.value)
    words = [f"HEAD / HTTP/1.1\r\nHost: {name}\r\n", f"User-Agent: netanalyze/{__version__} settle\r\n\r\n"]
    sock.settimeout(left_until(until))
    sock.sendall("".join(words).encode("ascii"))
    had = b""
    while b"\r\n\r\n" not in had and len(had) < READ:
        sock.settimeout(left_until(until))
        octets = sock.recv(READ)
        if not octets:
            return None
        had += octets
    parts = had.split(b" ", 2)
    return parts[1].decode("ascii", "replace")[:3] if len(parts) > 1 else ""


def _ends_within(sock: socket.socket, pause: float) -> bool:
    """Whether the server ends the connection within so many seconds; what else it says meanwhile is read."""
    until = time.monotonic() + pause
    with contextlib.suppress(TimeoutError):  # TLS may have something to read and nothing to say: a ticket
        while True:
            sock.settimeout(left_until(until))
            if not sock.recv(READ):
                return True
    return False


def idle_outcomes(
    address: str, port: int, name: str, pause: float, secure: bool, most: float = EXCHANGE_S
) -> list[IdleOutcome]:
    """What came of the connections that were left idle, all at once; ``most`` as in ``ask_twice``."""
    found: list[IdleOutcome] = []
    until = time.monotonic() + pause + most + SLACK_S
    asking = [
        threading.Thread(target=lambda: found.append(ask_twice(address, port, name, pause, secure, most)), daemon=True)
        for _ in range(TRIES)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(max(until - time.monotonic(), 0))
    return list(found)


def idle_bit(control: IdleOutcome, idle: list[IdleOutcome]) -> str:
    """``idle`` where every connection that was idle died and the one beside them lived; ``none`` where one lives, or the server
    had ended it; '' where it is not known."""
    if any(one.manner in (ANSWERED, CLOSED) for one in idle):
        return "none"
    dead = [one for one in idle if one.manner in (SILENT, RESET)]
    return "idle" if control.manner == ANSWERED and len(dead) == TRIES else ""
