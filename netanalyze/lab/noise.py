"""Other programs on the client, whose traffic is in the capture and is none of the command's business.

    python -m netanalyze.lab.noise KIND

Kinds: ``working`` (HTTPS to www.example.org, DNS, NTP-like datagrams, all answered or harmless), ``failing`` (a program
whose SYNs vanish, whose names do not exist, whose connections are refused), ``dns`` (lookups without EDNS).
"""

import contextlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

from netanalyze.lab.addresses import HOSTS, RESOLVERS

PAUSE_S = 0.4
NOWHERE = "203.0.113.9"  # the router has no route there that answers


def ask(name: str, kind: int = 1, patience: float = 1.0) -> None:
    """One DNS query without EDNS; the answer is read and forgotten."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = (
        struct.pack("!6H", int.from_bytes(os.urandom(2), "big"), 0x0100, 1, 0, 0, 0)
        + labels
        + b"\0"
        + struct.pack("!HH", kind, 1)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.settimeout(patience)
        sock.sendto(query, (RESOLVERS[0], 53))
        sock.recv(2048)


def fetch(name: str) -> None:
    """One HTTPS request without looking at the certificate."""
    settings = ssl.create_default_context()
    settings.check_hostname, settings.verify_mode = False, ssl.CERT_NONE
    with (
        contextlib.suppress(OSError),
        socket.create_connection((HOSTS[name].ipv4, 443), timeout=3) as sock,
        settings.wrap_socket(sock, server_hostname=name) as tls,
    ):
        tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        while tls.recv(65_536):
            pass


def knock(address: str, port: int, patience: float) -> None:
    """Try a TCP connection and give up after ``patience`` seconds."""
    with contextlib.suppress(OSError):
        socket.create_connection((address, port), timeout=patience).close()


def datagram(address: str, port: int) -> None:
    """One datagram that nobody answers, as time and discovery protocols send them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.sendto(b"\x23" + bytes(47), (address, port))


WORK = {
    "working": [
        lambda: fetch("www.example.org"),
        lambda: ask("www.example.org"),
        lambda: datagram("198.51.100.1", 123),
    ],
    "failing": [
        lambda: knock(NOWHERE, 443, 6.0),
        lambda: ask("telemetry.invalid"),
        lambda: knock(HOSTS["www.example.org"].ipv4, 8443, 2.0),
        lambda: ask("missing.example.org", 28),
    ],
    "dns": [lambda: ask("www.example.org"), lambda: ask("github.com")],
}


def repeat(act) -> None:
    """Do ``act`` again and again with a pause between."""
    while True:
        act()
        time.sleep(PAUSE_S)


def main(kind: str) -> None:
    """Make noise of one kind until killed."""
    for act in WORK[kind]:
        threading.Thread(target=repeat, args=(act,), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
