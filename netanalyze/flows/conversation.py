"""What is said on one TCP flow: put in order, recognised by content, and read."""

from netanalyze.flows.dns import DnsReader
from netanalyze.flows.http import HttpConversation
from netanalyze.flows.reassembly import Stream
from netanalyze.flows.records import DNS_PORT, READ_MOST
from netanalyze.flows.tls import TlsConnection
from netanalyze.wire.message.http1 import HTTP2_PREFACE, starts_like_request, starts_like_response

OPENING_KEPT = 256
"""Octets kept of what each side said first."""
TLS_TYPES = range(20, 25)


def looks_like_tls(octets: bytes) -> bool:
    """Whether a record of SSL 3.0 to TLS 1.3, or an SSLv2-compatible ClientHello, begins here (as far as it goes)."""
    if octets[0] in TLS_TYPES:
        return (len(octets) < 2 or octets[1] == 3) and (len(octets) < 3 or octets[2] <= 4)
    return len(octets) >= 5 and octets[0] & 0x80 != 0 and octets[2] == 1 and octets[3] in (0, 3) and octets[4] <= 3


class Conversation:
    """The two half-flows of one TCP flow as their octets become readable.

    Attributes:
        opening: the first octets of either side, up to ``OPENING_KEPT``.
        tls, http, socks: what was recognised, or None. Behind a tunnel there may be both http and tls.
    """

    def __init__(self, flow_id: int, ends: tuple, dns: DnsReader):
        self.flow_id, self.ends, self._dns = flow_id, ends, dns
        self._streams = (Stream(), Stream())
        self.opening = [b"", b""]
        self.opening_frame = [0, 0]
        self.tls: TlsConnection | None = None
        self.http: HttpConversation | None = None
        self.is_http2_clear = False
        self.is_dns = DNS_PORT in (ends[1], ends[3])

    def take(self, direction: int, offset: int, octets: bytes, frame: int, ns: int) -> None:
        """Take the octets of one segment."""
        stream = self._streams[direction]
        if offset > stream.next and offset >= READ_MOST and self.tls is None:
            stream.resume(offset)
            if self.http:
                self.http.skip_to(direction, offset)
        for at, fresh in stream.push(offset, octets):
            self._read(direction, at, fresh, frame, ns)

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
        if self.http is not None and self.http.tunnel is None:
            self.http.take(direction, offset, octets, frame, ns)
            return
        if looks_like_tls(octets):
            self.tls = TlsConnection(self.flow_id)
            self.tls.take(direction, offset, octets, frame, ns)
        elif octets.startswith(HTTP2_PREFACE):
            self.is_http2_clear = True
        elif self.http is None and (starts_like_request(octets) or starts_like_response(octets)):
            self.http = HttpConversation(self.flow_id)
            self.http.take(direction, offset, octets, frame, ns)
