"""What is said on one TCP flow: put in order, recognised by content, and read."""

from dataclasses import dataclass
from typing import Any

from netanalyze.conversations.clear_http2 import ClearHttp2
from netanalyze.conversations.client_lines import ClientLines
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.ftp import FtpDialogue, begins
from netanalyze.conversations.greetings import in_turn
from netanalyze.conversations.http import HttpConversation
from netanalyze.conversations.reassembly import Room, Stream
from netanalyze.conversations.tls import TlsConnection
from netanalyze.errors import MessageError
from netanalyze.tracking.records import DNS_PORT, READ_MOST
from netanalyze.units import NEVER_NS
from netanalyze.urls import authority
from netanalyze.wire.message.http1 import HTTP2_PREFACE, starts_like_request, starts_like_response
from netanalyze.wire.message.socks import parse_client, parse_server

NO_METHOD = 0xFF
"""SOCKS5: none of the methods offered will do (RFC 1928 section 3)."""
OPENING_KEPT = 256
"""Octets kept of what each side said first."""
ENDS_KEPT = 32
"""Octets kept of the beginning and of the end of what a client said last: the type of its first message, and its last one."""
TLS_TYPES = range(20, 25)


def looks_like_tls(octets: bytes) -> bool:
    """Whether a record of SSL 3.0 to TLS 1.3, or an SSLv2-compatible ClientHello, begins here (as far as it goes)."""
    if octets[0] in TLS_TYPES:
        return (len(octets) < 2 or octets[1] == 3) and (len(octets) < 3 or octets[2] <= 4)
    return len(octets) >= 5 and octets[0] & 0x80 != 0 and octets[2] == 1 and octets[3] in (0, 3) and octets[4] <= 3


@dataclass
class SocksDialogue:
    """A SOCKS dialogue: the last thing the client asked, and the last thing the proxy said.

    ``reply`` is the proxy's final word (0 granted; 90 for SOCKS4), None while there is none.
    """

    request_frame: int
    request_ns: int
    target: str | None = None
    reply_frame: int = 0
    reply_ns: int = NEVER_NS
    reply: int | None = None
    reply_name: str | None = None

    @property
    def granted(self) -> bool:
        """Whether the proxy said yes."""
        return self.reply in (0, 90)


class Conversation:
    """The two half-flows of one TCP flow as their octets become readable.

    Attributes:
        opening: the first octets of either side, up to ``OPENING_KEPT``.
        tls, http, http2 (in clear), socks, ftp: what was recognised, or None. Behind a tunnel there may be both http and tls.
        lines: what the client says to a server that answers each line, None of any other.
        last: of a protocol that is none of these, where what the client said last begins in its stream, and its two ends.
    """

    def __init__(self, flow_id: int, ends: tuple, dns: DnsReader, room: Room | None = None):
        self.flow_id, self.ends, self._dns = flow_id, ends, dns
        self._streams = (Stream(room), Stream(room))
        self.opening = [b"", b""]
        self.opening_frame = [0, 0]
        self.tls: TlsConnection | None = None
        self.http: HttpConversation | None = None
        self.socks: SocksDialogue | None = None
        self.ftp: FtpDialogue | None = None
        self.lines: ClientLines | None = None
        self.http2: ClearHttp2 | None = None
        self.last = 0, b"", b""
        self.is_dns = DNS_PORT in (ends[1], ends[3])

    @property
    def is_http2_clear(self) -> bool:
        """Whether HTTP/2 is spoken in clear."""
        return self.http2 is not None

    def take(self, direction: int, offset: int, octets: bytes, frame: int, ns: int, whole: bool = True) -> None:
        """Take the octets of one segment; not ``whole``: the snap length cut it."""
        stream = self._streams[direction]
        if offset > stream.next and offset >= READ_MOST and (self.tls is None or self.tls.origins[direction] < 0):
            stream.resume(offset)
            if self.http:
                self.http.skip_to(direction, offset)
        for at, fresh in stream.push(offset, octets):
            self._read(direction, at, fresh, frame, ns)
        if not whole and self.ftp is not None:
            self.ftp.cut = True
        if not whole and self.http is not None and self.http.tunnel is None and self.tls is None:
            self.http.cut(direction, frame, ns)

    def _take_socks(self, direction: int, octets: bytes, frame: int, ns: int) -> bool:
        """Read a message of a SOCKS dialogue (RFC 1928), if there is one; says whether it was one."""
        if self.http is not None or (self.socks is None and (direction == 1 or octets[0] not in (4, 5))):
            return False
        try:
            so_far = self.opening[direction]
            said: Any = parse_client(so_far) if direction == 0 else parse_server(so_far)
        except MessageError:
            return False
        if self.socks is None:
            if not said.is_whole_greeting(len(so_far)):
                return False  # anything may begin with a 4 or a 5: DNP3 does
            self.socks = SocksDialogue(frame, ns)
        dialogue = self.socks
        if direction == 0:
            if said.command is not None:
                dialogue.target = authority(said.host, said.port)
            dialogue.request_frame, dialogue.request_ns = frame, ns
        else:
            dialogue.reply_frame, dialogue.reply_ns = frame, ns
            if said.reply is not None:
                dialogue.reply, dialogue.reply_name = said.reply, said.reply_name
            elif said.method == NO_METHOD:
                dialogue.reply, dialogue.reply_name = said.method, "no acceptable method"
        return True

    def missing(self, direction: int) -> bool:
        """Whether octets are held back because earlier ones never came."""
        return self._streams[direction].hole

    def _read(self, direction: int, offset: int, octets: bytes, frame: int, ns: int) -> None:
        if len(self.opening[direction]) < OPENING_KEPT:
            if not self.opening[direction]:
                self.opening_frame[direction] = frame
            self.opening[direction] += octets[: OPENING_KEPT - len(self.opening[direction])]
        if self.is_dns:
            self._dns.take_stream(self.flow_id, direction, octets, self.ends, frame, ns)
            return
        if self.tls is not None:
            self.tls.take(direction, offset, octets, frame, ns)
            return
        if self.http2 is not None:
            self.http2.take(direction, offset, octets, frame, ns)
            return
        if self.http is not None and self.http.tunnel is None:
            self.http.take(direction, offset, octets, frame, ns)
            return
        if direction == 0:
            self.last = offset, octets[:ENDS_KEPT], octets[-ENDS_KEPT:]
        if self.lines is None and direction == 1 and (protocol := in_turn(self.opening[1])) is not None:
            self.lines = ClientLines(protocol)
        if self.lines is not None:
            self.lines.take(direction, octets)
        if self.ftp is not None and not self.ftp.encrypted:
            self.ftp.take(direction, octets, frame, ns)
        elif self.ftp is None and direction == 0 and begins(self.opening[1], octets):
            self.ftp = FtpDialogue()
            self.ftp.take(direction, octets, frame, ns)
        elif looks_like_tls(octets):
            self.tls = TlsConnection(self.flow_id)
            self.tls.take(direction, offset, octets, frame, ns)
        elif self._take_socks(direction, octets, frame, ns):
            pass
        elif octets.startswith(HTTP2_PREFACE):
            self.http2 = ClearHttp2()
            self.http2.take(direction, offset, octets, frame, ns)
        elif self.http is None and (starts_like_request(octets) or starts_like_response(octets)):
            self.http = HttpConversation(self.flow_id)
            self.http.take(direction, offset, octets, frame, ns)
