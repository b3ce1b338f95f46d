"""The server's side of HTTP/1.1 on a connected socket (RFC 9112): keep-alive, misconduct included."""

import socket
import struct
import time

from netanalyze.lab.journal import note
from netanalyze.lab.servers.replies import Content, Reply, ServedRequest
from netanalyze.numerals import hexadecimal

CHUNK = 16_384
REASONS = {200: "OK", 302: "Found", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required"}
REASONS |= {410: "Gone", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Unavailable"}


def reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN: SO_LINGER with no time to linger (socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def rest() -> None:
    """Never come back, with the connection open."""
    while True:
        time.sleep(3600)


def head(sock: socket.socket, limit: int = 65_536) -> bytes:
    """A message head up to and with the empty line; empty when the peer closed before it was whole."""
    octets = b""
    while b"\r\n\r\n" not in octets and len(octets) < limit:
        if not (more := sock.recv(4096)):
            return b""
        octets += more
    return octets


def request(sock: socket.socket) -> ServedRequest | None:
    """The next request with its body (content-length or chunked), or None when the client has closed."""
    octets = b""
    while b"\r\n\r\n" not in octets:
        if not (more := sock.recv(65_536)):
            return None
        octets += more
    top, _, body = octets.partition(b"\r\n\r\n")
    lines = top.decode("latin-1").split("\r\n")
    method, target = lines[0].split(" ")[:2]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "100-continue" in headers.get("expect", ""):
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65_536)
    if headers.get("transfer-encoding") == "chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += sock.recv(65_536)
        body = unchunked(body)
    return ServedRequest(target, method, headers, body)


def unchunked(octets: bytes) -> bytes:
    """The content of a chunked body without trailers (RFC 9112 section 7.1)."""
    content, at = b"", 0
    while length := hexadecimal(octets[at : (end := octets.index(b"\r\n", at))]):
        content += octets[end + 2 : end + 2 + length]
        at = end + 2 + length + 2
    return content


def serve(sock: socket.socket, content: Content) -> None:
    """Answer requests until the client closes or a conduct ends the connection."""
    while (asked := request(sock)) and send(sock, content.reply(asked)):
        pass


def send(sock: socket.socket, reply: Reply) -> bool:
    """Send one response as its conduct says; False if the connection is over."""
    conduct = reply.conduct
    if conduct.silent:
        note("response", None)
        rest()
    note("response", conduct.delay)
    time.sleep(conduct.delay)
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    broken = conduct.breaks_after(len(reply.body))
    end = len(reply.body) if broken is None else broken
    at, rest_at, begun = 0, conduct.pause_after, time.time()
    while at < end:
        if rest_at is not None and at >= rest_at:
            note("body", conduct.pause)
            time.sleep(conduct.pause)
            rest_at = None
        chunk = reply.body[at : min(end, at + (min(CHUNK, max(conduct.rate // 10, 1)) if conduct.rate else CHUNK))]
        sock.sendall(chunk)
        at += len(chunk)
        if conduct.rate:
            time.sleep(len(chunk) / conduct.rate)
    if conduct.rate:
        note("body-rate", time.time() - begun, start=begun)
    if broken is None:
        return True
    if conduct.reset_after is not None:
        reset(sock)
    elif conduct.close_after is not None:
        sock.close()
    else:
        note("body", None)
        rest()
    return False
