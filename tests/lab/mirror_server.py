"""Mirrors that serve one small package, and misbehave: a process of its own, in the servers' namespace.

    python tests/lab/mirror_server.py PLAN.json       [{"host", "address", "conduct", "chain"}, …]; prints ``ready``

Conducts: ``good``, ``slow`` (each answer late), ``no-zip`` (404), ``login`` (a page for everything), ``stalls`` (the zip ends in
silence), ``silent`` (no answer to the ClientHello), ``reset``, ``redirects`` (the zip is elsewhere).
"""

import json
import socket
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

DATABASE = b"1\nrsc.io/quote v1.5.2 h1:AAAA=\n"
PAGES = {
    "/list": b"v1.5.1\nv1.5.2\n",
    ".info": b'{"Version":"v1.5.2"}',
    ".mod": b'module "rsc.io/quote"\n',
    ".zip": b"PK\x03\x04" + bytes(60_000),
    "@v1.5.2": DATABASE,
    "/six/": b'<a href="six-1.0.tar.gz">six</a>',
    "/is-number": b'{"versions":{}}',
    "/config.json": b'{"dl":"https://x.test"}',
    "/it/oa/itoa": b'{"name":"itoa","vers":"1.0.0"}\n',
}
LOGIN = b"<!DOCTYPE html><html><body>Please log in: rsc.io/quote v1.5.2</body></html>"
DELAY_S = 0.15


def handler(conduct, target):
    """A class that answers as ``conduct`` says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = next((page for end, page in PAGES.items() if self.path.endswith(end)), b"")
            status = 200 if body else 404
            if conduct == "slow":
                time.sleep(DELAY_S)
            if conduct == "login":
                status, body = 200, LOGIN
            if conduct == "no-zip" and self.path.endswith(".zip"):
                status, body = 404, b"not found"
            moved = conduct == "redirects" and self.path.endswith(".zip")
            self.send_response(302 if moved else status)
            if moved:
                self.send_header("Location", f"https://{target}{self.path}")
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if conduct == "stalls" and self.path.endswith(".zip"):
                self.wfile.write(body[:20_000])
                self.wfile.flush()
                time.sleep(60)
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    return Handler


def converse(sock, place, conduct, chain, target):
    """One connection."""
    try:
        if conduct in ("silent", "reset"):
            sock.recv(65_536)
            if conduct == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
            else:
                time.sleep(60)
            return
        settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        settings.load_cert_chain(chain)
        with settings.wrap_socket(sock, server_side=True) as secured:
            handler(conduct, target)(secured, place, None)
    except OSError:
        sock.close()


def serve(one):
    """Listen for one mirror."""
    listener = socket.create_server((one["address"], 443), backlog=64)
    while True:
        sock, place = listener.accept()
        words = (sock, place, one["conduct"], one["chain"], one.get("target", ""))
        threading.Thread(target=converse, args=words, daemon=True).start()


def relay():
    """A proxy that takes CONNECT to ``good.test`` and refuses every other host."""
    listener = socket.create_server(("192.0.2.254", 3128), backlog=64)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_relayed, args=(sock,), daemon=True).start()


def _relayed(sock):
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(4096)
    good = next((one for one in plan if one["conduct"] == "good"), None)
    if not head.startswith(b"CONNECT good.test:443 "):
        sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        return sock.close()
    onward = socket.create_connection((good["address"], 443))
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for here, there in ((sock, onward), (onward, sock)):
        threading.Thread(target=_pumped, args=(here, there), daemon=True).start()


def _pumped(here, there):
    try:
        while octets := here.recv(65_536):
            there.sendall(octets)
        there.shutdown(socket.SHUT_WR)
    except OSError:
        pass


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    for row in plan:
        threading.Thread(target=serve, args=(row,), daemon=True).start()
    threading.Thread(target=relay, daemon=True).start()
    time.sleep(0.3)
    print("ready", flush=True)
    threading.Event().wait()
