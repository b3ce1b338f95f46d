"""TLS and HTTP/2 inside a conversation, in the sizes a go command and a Go server really send."""

from captures.recipes import tls
from captures.recipes.amounts import octets
from captures.recipes.hello import client_hello

FRAME_HEADER = 9
PREFACE, SERVER_SETTINGS, SERVER_WINDOW, SETTINGS_ACK = 70, 45, 22, 9
"""Contents of the records that open HTTP/2: the client's preface, SETTINGS and WINDOW_UPDATE; the server's SETTINGS;
its acknowledgment with a WINDOW_UPDATE; the client's acknowledgment."""

REQUEST, RESPONSE_HEAD, WINDOW_UPDATES = 84, 88, 26
DATA_FRAME = 4096
FINISHED = 36
CLOSE_NOTIFY = 2


class Secure:
    """What a conversation can do once TCP stands."""

    def __init__(self):
        self.version = "1.3"
        self.record_overhead = 0
        self._records = 0
        self._hello = b""

    def client_hello(self, sni="proxy.golang.org", go="1.27", lost=False, acknowledged=True, **fields):
        """The client's first flight: 1538 octets in two segments for go 1.27.

        Args:
            lost: as in ``sends``.
            acknowledged: whether the server's kernel acknowledges each segment.

        Returns:
            the segments' offsets.
        """
        self.passes("400 us")
        self._hello = client_hello(sni, go, self.client.seed, **fields)
        cuts = self.client.sends(self._hello, lost=lost)
        if acknowledged:
            for _, end in cuts:
                self.server.acknowledges(upto=end)
        return cuts

    def server_hello_octets(self):
        """The ServerHello that answers the hello sent before."""
        session = self._hello[44 : 44 + tls.SESSION_OCTETS]
        share = tls.KEM_SHARE if len(self._hello) > 1000 else tls.CURVE_SHARE
        return tls.server_hello(session, self.server.seed, share)

    def server_hello(self):
        """The ServerHello alone."""
        self.passes("600 us")
        self.server.sends(self.server_hello_octets())
        self.client.acknowledges()
        return self

    def server_flight(self, certificate=446, chain=None, lost=()):
        """The server's first flight; TLS 1.2, in the clear, where a ``chain`` of certificates is given."""
        self.passes("600 us")
        self.record_overhead = tls.OVERHEAD["1.2" if chain else "1.3"]
        if chain:
            self.version = "1.2"
            flight = tls.server_flight_12(chain, self.server.seed)
        else:
            flight = self.server_hello_octets() + tls.server_rest(certificate, self.server.seed)
        return self.streams(flight, every=1, lost=lost)

    def client_finished(self, preface=True):
        """The client accepts: Change Cipher Spec, Finished, and HTTP/2's preface."""
        self.passes("2500 us")
        if self.version == "1.2":
            seed = self.client.seed
            self.client.sends(tls.client_key_exchange(seed) + tls.CHANGE + tls.sealed(tls.HANDSHAKE, 16, seed))
            self.server.sends(tls.CHANGE + tls.sealed(tls.HANDSHAKE, 16, self.server.seed))
        else:
            self.client.sends(tls.CHANGE + self.record(FINISHED))
        if preface:
            self.client.sends(self.record(PREFACE))
        return self

    def settings(self):
        """HTTP/2's SETTINGS from the server, and the acknowledgments."""
        self.server.sends(self.record(SERVER_SETTINGS))
        self.server.sends(self.record(SERVER_WINDOW))
        self.client.acknowledges()
        self.client.sends(self.record(SETTINGS_ACK))
        return self

    def opens(self, sni="proxy.golang.org", go="1.27", certificate=446, chain=None, request=REQUEST, settled=True):
        """TLS and HTTP/2 from the ClientHello to the first request, which go sends with its preface.

        ``settled`` waits for the server to acknowledge all of it.
        """
        self.client_hello(sni, go)
        self.server_flight(certificate, chain)
        self.client_finished()
        self.request(request, acknowledged=False)
        self.settings()
        if settled:
            self.server.acknowledges()
        return self

    def record(self, content):
        """An application data record; each is different."""
        self._records += 1
        return tls.encrypted(content, self.version, (self.client.seed, self._records))

    def close_notify(self):
        """The server's encrypted close_notify."""
        if self.version == "1.2":
            return tls.sealed(tls.ALERT, CLOSE_NOTIFY, self.server.seed)
        return self.record(CLOSE_NOTIFY)

    def request(self, size=REQUEST, acknowledged=True):
        """One HEADERS frame with END_STREAM; ``size`` is the frame's."""
        self.passes("300 us")
        self.client.sends(self.record(size))
        if acknowledged:
            self.server.acknowledges()
        return self

    def response(self, body="1200 B", head=RESPONSE_HEAD, after="1 ms", ends=True, updates=True, **how):
        """A response: HEADERS, DATA frames of 4 KiB, END_STREAM.

        Args:
            body: octets of it.
            after: the server's own time, beside the round trip.
            ends: whether END_STREAM comes: on the only DATA frame, or in an empty one of its own after several.
            updates: whether the client's reader sends WINDOW_UPDATEs.
            how: as in ``streams``.
        """
        self.passes(after)
        length = octets(body)
        self.server.sends(self.record(head))
        cuts = self.streams(self.body(length, ends), **how)
        if updates:
            self.consumes(length)
        return cuts

    def body(self, size, ends=True):
        """The records of a body: DATA frames of 4 KiB and END_STREAM."""
        length = octets(size)
        frames = [min(DATA_FRAME, length - at) for at in range(0, length, DATA_FRAME)]
        records = [self.record(FRAME_HEADER + size) for size in frames]
        if ends and len(frames) != 1:
            records.append(self.record(FRAME_HEADER))
        return b"".join(records)

    def consumes(self, size):
        """The client's reader takes the body up: a WINDOW_UPDATE pair for each 4 KiB."""
        for _ in range(octets(size) // DATA_FRAME):
            self.client.sends(self.record(WINDOW_UPDATES))
        if octets(size) >= DATA_FRAME:
            self.server.acknowledges()
        return self

    def connect_request(self, target="proxy.golang.org:443"):
        """Go's CONNECT to an HTTP proxy, in the clear."""
        self.passes("60 us")
        lines = f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: Go-http-client/1.1", "", ""
        self.client.sends("\r\n".join(lines).encode())
        self.server.acknowledges()
        return self

    def get(self, path, host, agent="GoCommand/1 (+https://go.dev/cmd/go)"):
        """A GET of HTTP/1.1 in the clear."""
        self.passes("100 us")
        lines = f"GET {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {agent}", "Accept-Encoding: gzip", "", ""
        self.client.sends("\r\n".join(lines).encode())
        self.server.acknowledges()
        return self

    def replies(self, status, body=b"", after="2 ms", **fields):
        """A whole response of HTTP/1.1 in the clear, acknowledged. Field names are written with underscores."""
        self.passes(after)
        lines = [f"HTTP/1.1 {status}", "Date: Mon, 01 Jan 2024 00:00:00 GMT", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
        self.streams("\r\n".join([*lines, "", ""]).encode() + body)
        return self

    def fetches(self, *bodies):
        """Healthy business: a response to the open request, then request and response for each further body."""
        first, *rest = bodies or ("1200 B",)
        self.response(first)
        for body in rest:
            self.request(46)
            self.response(body)
        return self
