"""Asking resolvers by themselves (RFC 1035, RFC 6891, RFC 7766, RFC 7858): one question, one way of asking at a time."""

import contextlib
import os
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netanalyze.errors import MessageError
from netanalyze.numerals import integer
from netanalyze.settle.connection import hear_icmp, icmp_notes, left_until
from netanalyze.settle.hello import OTHER_NAME

if TYPE_CHECKING:
    import ssl

PATIENCE_S = 2.0
"""Half of what libc waits (resolv.conf(5), timeout 5 s), and far more than a resolver that is well takes for a name it holds."""
A, AAAA, OPT, CLASS_IN, RECURSION_DESIRED = 1, 28, 41, 1, 0x0100
BUFFER = 1232
"""dnsflagday.net/2020."""
DNS_PORT, DOT_PORT, DOH_PORT = 53, 853, 443
PORTS = {"dot": DOT_PORT, "doh": DOH_PORT}
"""Of the encrypted ways; the others go to ``DNS_PORT``."""
DOH_PATH = "/dns-query"
"""The path of RFC 8484's own examples, which public resolvers serve."""
DNS_MESSAGE = "application/dns-message"
MOST = 65_535
"""Octets of an answer."""
RESOLVERS_ASKED = 3
"""resolv.conf(5), MAXNS."""


@dataclass(frozen=True)
class QueryForm:
    """How a question is put; the default is what resolvers of today get."""

    transport: str = "udp"
    edns: bool = True
    other_name: bool = False


PLAIN = QueryForm()
QUERY_FORMS = (PLAIN, QueryForm(edns=False), QueryForm(other_name=True), QueryForm("tcp"), QueryForm("dot"),
               QueryForm("doh"))  # fmt: skip
"""What is tried where the plain question gets no answer, each with one thing other."""


@dataclass(frozen=True)
class ResolverReply:
    """What came of one question: ``manner`` is ``answered``, ``silent``, ``refused`` or ``unreachable``."""

    manner: str
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    offender: str | None = None


@dataclass
class ResolverQuestion:
    """The outcomes of asking one resolver, and what follows."""

    resolver: str
    outcomes: list[tuple[QueryForm, ResolverReply]] = field(default_factory=list)

    def answered(self, form: QueryForm) -> bool | None:
        """Whether a way of asking was answered at least once; None where it was not tried."""
        tries = [reply.manner == "answered" for asked, reply in self.outcomes if asked == form]
        return any(tries) if tries else None

    def next_form(self) -> QueryForm | None:
        """The next way of asking; None where enough is known."""
        if self.answered(PLAIN):
            return None
        if sum(form == PLAIN for form, _ in self.outcomes) < 2:
            return PLAIN
        return next((form for form in QUERY_FORMS if self.answered(form) is None), None)

    def bit(self) -> str:
        """What makes questions to this resolver die; ``none`` where they do not, '' where too little was asked to know."""
        if self.answered(PLAIN):
            return "none"
        if self.next_form() is not None:
            return ""
        if self.answered(QueryForm(edns=False)):
            return "edns"
        if self.answered(QueryForm(other_name=True)):
            return "dns-name"
        if any(self.answered(QueryForm(transport)) for transport in ("tcp", *PORTS)):
            return "dns-udp"
        return "resolver"

    def control(self) -> QueryForm | None:
        """A question by UDP that is answered, for the hops."""
        return next(
            (form for form, reply in self.outcomes if reply.manner == "answered" and form.transport == "udp"), None
        )


def query(name: str, form: QueryForm, kind: int = A) -> bytes:
    """A question for an address."""
    asked = OTHER_NAME if form.other_name else name
    labels = b"".join(bytes([len(label)]) + label for label in asked.rstrip(".").encode("ascii").split(b".")) + b"\0"
    head = os.urandom(2) + struct.pack(">5H", RECURSION_DESIRED, 1, 0, 0, int(form.edns))
    option = b"\0" + struct.pack(">HHIH", OPT, BUFFER, 0, 0) if form.edns else b""
    return head + labels + struct.pack(">HH", kind, CLASS_IN) + option


def ask(resolver: str, name: str, form: QueryForm, most: float, kind: int = A) -> ResolverReply:
    """Put one question to one resolver, and wait for its answer."""
    begun, octets = time.monotonic(), query(name, form, kind)
    patience = min(PATIENCE_S, most)
    try:
        if form.transport == "udp":
            heard, offender = _by_udp(resolver, octets, patience)
        elif form.transport == "doh":
            heard, offender = _by_https(resolver, octets, patience), None
        else:
            heard, offender = _by_stream(resolver, octets, form.transport == "dot", patience), None
    except ConnectionRefusedError:
        return ResolverReply("refused", seconds=time.monotonic() - begun)
    except TimeoutError:
        return ResolverReply("silent", seconds=time.monotonic() - begun)
    except OSError:
        return ResolverReply("unreachable", seconds=time.monotonic() - begun)
    taken = time.monotonic() - begun
    if heard is None:
        return ResolverReply("unreachable" if offender else "silent", seconds=taken, offender=offender)
    rcode, addresses = _read(heard)
    return ResolverReply("answered", rcode, addresses, taken)


def _by_udp(resolver: str, octets: bytes, patience: float) -> tuple[bytes | None, str | None]:
    """The response by UDP, or who said by ICMP that there is none."""
    ipv6 = ":" in resolver
    with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        hear_icmp(sock, ipv6)
        sock.connect((resolver, DNS_PORT))
        sock.send(octets)
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLERR)
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0 and poll.poll(left * 1000):
            notes = icmp_notes(sock)
            if notes:
                return None, notes[0].offender
            heard = sock.recv(65_535)
            if heard[:2] == octets[:2]:
                return heard, None
    return None, None


def _by_https(resolver: str, octets: bytes, patience: float) -> bytes:
    """The response by HTTPS (RFC 8484), whose certificate is not asked for either; HTTP/1.1, for which no more is needed."""
    until = time.monotonic() + patience
    with contextlib.ExitStack() as stack:
        bare = stack.enter_context(socket.create_connection((resolver, DOH_PORT), patience))
        sock = stack.enter_context(_secured(bare, until))
        host = f"[{resolver}]" if ":" in resolver else resolver
        head = [f"POST {DOH_PATH} HTTP/1.1", f"Host: {host}", f"Content-Type: {DNS_MESSAGE}", f"Accept: {DNS_MESSAGE}",
                f"Content-Length: {len(octets)}", "Connection: close"]  # fmt: skip
        sock.settimeout(left_until(until))
        sock.sendall("\r\n".join([*head, "", ""]).encode("ascii") + octets)
        had = b""
        while len(had) < MOST and not _is_whole(had):
            sock.settimeout(left_until(until))
            more = sock.recv(MOST)
            if not more:
                break
            had += more
        front, _, body = had.partition(b"\r\n\r\n")
        if not body or b" 200" not in front[:16] or DNS_MESSAGE.encode() not in front.lower():
            raise OSError("no answer of DNS over HTTPS")
        return body


def _is_whole(octets: bytes) -> bool:
    """Whether a response is there to the end that its head names; one whose head names none ends with the connection."""
    front, end, body = octets.partition(b"\r\n\r\n")
    fields = [line.partition(b":") for line in front.split(b"\r\n")] if end else []
    lengths = [integer(value.strip()) for name, _, value in fields if name.lower() == b"content-length"]
    return any(length is not None and len(body) >= length for length in lengths)


def _secured(sock: socket.socket, until: float) -> socket.socket:
    """TLS on a connection, within the time that is left."""
    sock.settimeout(left_until(until))
    return _unchecked().wrap_socket(sock)


def _unchecked() -> "ssl.SSLContext":
    import ssl

    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname, settings.verify_mode = False, ssl.CERT_NONE
    return settings


def _by_stream(resolver: str, octets: bytes, encrypted: bool, patience: float) -> bytes:
    """The response by TCP or TLS, whose certificate is not asked for: whether it answers is the question."""
    until = time.monotonic() + patience
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.create_connection((resolver, DOT_PORT if encrypted else DNS_PORT), patience))
        if encrypted:
            sock = stack.enter_context(_secured(sock, until))
        sock.settimeout(left_until(until))
        sock.sendall(struct.pack(">H", len(octets)) + octets)
        had = b""
        while len(had) < 2 or len(had) < 2 + int.from_bytes(had[:2], "big"):
            sock.settimeout(left_until(until))
            more = sock.recv(MOST)
            if not more:
                raise TimeoutError
            had += more
        return had[2:]


def _read(octets: bytes) -> tuple[str, tuple[str, ...]]:
    """The response code and the addresses of a response; what is no message has neither."""
    from netanalyze.wire.message.dns import parse, rcode_name

    try:
        found = parse(octets)
    except MessageError:
        return "malformed", ()
    return rcode_name(found.rcode), found.addresses
