"""Follows one direction of a TLS connection, record by record (RFC 8446 sections 4 and 5; RFC 5246 section 6)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from netanalyze.errors import MessageError
from netanalyze.wire.message import tls
from netanalyze.wire.message.certificates import parse_certificates
from netanalyze.wire.message.tls_names import CERTIFICATE

RECORD_HEADER, MESSAGE_HEADER, ALERT_LENGTH = 5, 4, 2
RECORD_LIMIT = 2**14 + 2048
"""The longest record body there may be: TLS 1.2 ciphertext (RFC 5246 section 6.2.3)."""

PLAIN_LIMIT = 2**14
MESSAGE_LIMIT = 64 * 1024
"""Longer handshake messages are passed over, not kept."""

SSLV2_HEADER, SSLV2_LONG, SSLV2_LEAST, SSLV2_MAJOR, SSLV2_MINOR, TLS_MINOR_MOST = 5, 0x80, 9, 0, 2, 4
SSLV2_KINDS = {tls.CLIENT_HELLO: "client_hello", tls.SSLV2_SERVER_HELLO: "server_hello"}
TLS_MAJOR = 3
HELLO_START = 6
"""Octets that tell a hello from ciphertext: type, length and version."""

HELLO_LEAST = 38
HELLOS = {tls.CLIENT_HELLO, tls.SERVER_HELLO}

PARSERS = {
    tls.CLIENT_HELLO: tls.parse_client_hello,
    tls.SERVER_HELLO: tls.parse_server_hello,
    tls.HELLO_RETRY_REQUEST: tls.parse_draft_hello_retry_request,
    CERTIFICATE: parse_certificates,
}
ENCRYPTED_KINDS = {**tls.CONTENT_TYPE_NAMES, tls.HANDSHAKE: "finished_or_encrypted"}


class HandshakeEvent(NamedTuple):
    """One thing that was said, whole.

    Attributes:
        kind: name of the handshake message (``tls.HANDSHAKE_TYPE_NAMES``) while they are in clear, else
            "finished_or_encrypted", "change_cipher_spec", "alert", "application_data", "heartbeat";
            "malformed" for a message that contradicts its format, "not_tls" (the last event) for octets
            that are no record.
        start: stream offset of the first octet of the first record that carries it.
        end: stream offset one past its last octet.
        message: ``ClientHello``, ``ServerHello``, tuple of DER certificates, an alert as (level, description)
            or ("encrypted", octets); else None. A "client_hello", "server_hello" or "hello_retry_request"
            always has one; a chain of certificates beyond 64 KiB has none.
    """

    kind: str
    start: int
    end: int
    message: Any = None


@dataclass(frozen=True)
class Pending:
    """What has begun to arrive and is not whole.

    Attributes:
        kind: as of the event it would become; "handshake" or "record" where that much is not known yet.
        start: stream offset of the first octet of its first record.
        total: octets it says it takes, headers of records included, as far as they can be known.
        had: octets of these that have arrived.
    """

    kind: str
    start: int
    total: int
    had: int


class HandshakeReader:
    """Reads one half-flow of a TLS connection and says what has become whole.

    Give it the octets in their order, in pieces of any size; the events do not depend on the pieces.
    It never raises, and holds at most 64 KiB.

    Attributes:
        encrypted: from here on records are ciphertext (after ChangeCipherSpec or application data). A hello
            in clear takes that back: TLS 1.3 sends a ChangeCipherSpec of no meaning before a second hello.
        not_tls: octets came that are no TLS record; nothing more is read.
        lost: octets are missing from inside something that had to be read; nothing more is read.
    """

    def __init__(self) -> None:
        self.encrypted, self.not_tls, self.lost = False, False, False
        self._origin: int | None = None
        self._at = 0
        self._header = bytearray()
        self._record_start, self._content_type, self._left = 0, 0, 0
        self._in_record, self._opaque, self._sslv2 = False, False, False
        self._length = 0
        self._message, self._message_start = bytearray(), 0
        self._skip, self._skipped_type = 0, 0
        self._alert, self._alert_start = bytearray(), 0
        self._events: list[HandshakeEvent] = []

    def feed(self, octets: bytes, at: int) -> list[HandshakeEvent]:
        """Reads on.

        Args:
            octets: the next octets of this direction; those read before are passed over.
            at: stream offset of the first of them. After a hole the reader goes on if only octets
                that nobody needs to read are missing (ciphertext of one record), else it is ``lost``.

        Returns:
            What became whole with these octets, in order.
        """
        if self.not_tls or self.lost:
            return []
        if self._origin is None:
            self._origin = self._at = at
        begin = self._at - at
        if begin < 0 and octets and not self._jump(-begin):
            return []
        begin = max(begin, 0)
        while begin < len(octets) and not self.not_tls and not self.lost:
            begin += self._body(octets, begin) if self._in_record else self._heads(octets, begin)
        events, self._events = self._events, []
        return events

    @property
    def pending(self) -> Pending | None:
        """What has begun and is not whole; None between two messages, and where nothing more is read."""
        if self.not_tls or self.lost:
            return None
        if self._skip:
            kind = tls.HANDSHAKE_TYPE_NAMES.get(self._skipped_type, "malformed")
            return self._unfinished(kind, self._message_start, self._skip)
        if self._message:
            kind, missing = self._guess()
            return self._unfinished(kind, self._message_start, missing)
        if self._in_record:
            if self._sslv2:
                kind = SSLV2_KINDS[self._header[2]]
            elif self._content_type == tls.HANDSHAKE and not self._opaque:
                kind = "handshake"
            else:
                kind = ENCRYPTED_KINDS[self._content_type]
            return Pending(kind, self._record_start, self._at - self._record_start + self._left, self._had())
        if self._header:
            return Pending("record", self._record_start, RECORD_HEADER, len(self._header))
        return None

    def _had(self) -> int:
        """Octets of the record at hand that have been read."""
        return self._at - self._record_start

    def _guess(self) -> tuple[str, int]:
        """Kind of the message at hand, and the octets it lacks (those of its record, where its length is unknown)."""
        kind = tls.HANDSHAKE_TYPE_NAMES.get(self._message[0], "malformed")
        if len(self._message) < MESSAGE_HEADER:
            return kind, max(self._left, MESSAGE_HEADER - len(self._message))
        return kind, self._needed() - len(self._message)

    def _unfinished(self, kind: str, start: int, missing: int) -> Pending:
        """A handshake message that lacks ``missing`` octets, headers of the records to come added."""
        beyond = max(missing - self._left, 0)
        headers = -(-beyond // PLAIN_LIMIT) * RECORD_HEADER - (0 if self._in_record else len(self._header))
        had = self._at - start
        return Pending(kind, start, had + missing + headers, had)

    def _jump(self, hole: int) -> bool:
        """Passes over ``hole`` octets that are missing, if they belong to what need not be read."""
        if self._in_record and self._opaque and hole <= self._left:
            self._pass(hole)
            if not self._left:
                self._close()
            return True
        self.lost = True
        self._drop()
        return False

    def _drop(self) -> None:
        """Forgets what was being put together."""
        self._message.clear()
        self._alert.clear()
        self._header.clear()

    def _emit(self, kind: str, start: int, message: Any = None) -> None:
        """One event that ends where the reader stands."""
        self._events.append(HandshakeEvent(kind, start, self._at, message))

    def _refuse(self) -> None:
        """These octets are no TLS."""
        self._emit("not_tls", self._record_start)
        self.not_tls = True
        self._drop()

    def _heads(self, octets: bytes, begin: int) -> int:
        """A record's header, whole where it lies there whole and is in order, else one octet of it; octets taken."""
        if not self._header and len(octets) - begin >= RECORD_HEADER:
            kind, major, _, high, low = octets[begin : begin + RECORD_HEADER]
            if kind in tls.CONTENT_TYPE_NAMES and major == TLS_MAJOR and (length := high << 8 | low) <= RECORD_LIMIT:
                self._record_start = self._at
                self._at += RECORD_HEADER
                self._open(kind, length)
                return RECORD_HEADER
        return self._head(octets[begin])

    def _head(self, octet: int) -> int:
        """One octet of a record's header."""
        header = self._header
        if not header:
            self._record_start = self._at
        header.append(octet)
        self._at += 1
        if header[0] & SSLV2_LONG and self._record_start == self._origin:
            self._sslv2_head()
        elif header[0] not in tls.CONTENT_TYPE_NAMES or (len(header) == 2 and octet != TLS_MAJOR):
            self._refuse()
        elif len(header) == RECORD_HEADER:
            length = header[3] << 8 | header[4]
            if length > RECORD_LIMIT:
                self._refuse()
            else:
                self._open(header[0], length)
        return 1

    def _sslv2_head(self) -> None:
        """The same for a hello in the form of SSLv2, which is told by its first five octets."""
        header = self._header
        wrong = len(header) == 3 and header[2] not in SSLV2_KINDS
        if len(header) == 4:
            wrong |= header[3] not in ((0, 1) if header[2] == tls.SSLV2_SERVER_HELLO else (SSLV2_MAJOR, TLS_MAJOR))
        if len(header) == SSLV2_HEADER and header[2] == tls.CLIENT_HELLO:
            wrong |= header[4] != SSLV2_MINOR if header[3] == SSLV2_MAJOR else header[4] > TLS_MINOR_MOST
        if wrong:
            self._refuse()
        elif len(header) == SSLV2_HEADER:
            length = (header[0] & ~SSLV2_LONG) << 8 | header[1]
            if length < SSLV2_LEAST:
                self._refuse()
                return
            self._sslv2, self._in_record, self._opaque = True, True, False
            self._left = length + 2 - SSLV2_HEADER

    def _open(self, content_type: int, length: int) -> None:
        """A record begins, its header is read."""
        self._header.clear()
        self._content_type, self._length, self._left = content_type, length, length
        self._in_record = True
        if content_type == tls.APPLICATION_DATA:
            self.encrypted = True
        if self._message or self._skip:
            if content_type != tls.HANDSHAKE:
                self._break_off()
        if content_type != tls.ALERT:
            self._alert.clear()
        plain = not self.encrypted and content_type == tls.HANDSHAKE
        plain |= content_type == tls.ALERT and length <= ALERT_LENGTH
        self._opaque = not plain
        if not length:
            self._close()

    def _break_off(self) -> None:
        """Another content type came before the message was whole, which RFC 8446 section 5.1 forbids."""
        self._events.append(HandshakeEvent("malformed", self._message_start, self._record_start))
        self._message.clear()
        self._skip = 0

    def _body(self, octets: bytes, begin: int) -> int:
        """What of ``octets`` belongs to the record at hand; the number of octets taken."""
        step = min(self._left, len(octets) - begin)
        if self._sslv2:
            self._header += octets[begin : begin + step]
            self._pass(step)
            if not self._left:
                self._finish_sslv2()
            return step
        if not self._opaque and self._content_type == tls.ALERT:
            self._alerts(octets[begin : begin + step])
        elif not self._opaque:
            self._messages(octets[begin : begin + step])
        else:
            step = self._ciphertext(octets, begin, step)
        if not self._left and self._in_record:
            self._close()
        return step

    def _pass(self, count: int) -> None:
        """Moves on inside the record."""
        self._at += count
        self._left -= count

    def _ciphertext(self, octets: bytes, begin: int, step: int) -> int:
        """Passes over octets nobody can read, unless a hello begins here; the number of octets taken."""
        taken = self._length - self._left
        if self._content_type != tls.HANDSHAKE or taken >= HELLO_START or self._length < HELLO_LEAST + MESSAGE_HEADER:
            self._pass(step)
            return step
        step = min(step, HELLO_START - taken)
        self._header += octets[begin : begin + step]
        self._pass(step)
        if taken + step == HELLO_START:
            first = bytes(self._header)
            self._header.clear()
            if len(first) < HELLO_START:  # a hole went through it
                return step
            if first[0] in HELLOS and first[4] == TLS_MAJOR and self._fits(int.from_bytes(first[1:4], "big")):
                self._at, self._left = self._at - HELLO_START, self._left + HELLO_START
                self.encrypted = self._opaque = False
                self._messages(first)
        return step

    def _fits(self, length: int) -> bool:
        """A hello of ``length`` octets fills this record, or goes on in the next."""
        whole = length + MESSAGE_HEADER
        return whole == self._length or self._length < whole <= MESSAGE_LIMIT

    def _alerts(self, piece: bytes) -> None:
        """Alerts in clear: two octets, which old stacks send in two records."""
        for octet in piece:
            if not self._alert:
                self._alert_start = self._record_start
            self._alert.append(octet)
            self._pass(1)
            if len(self._alert) == ALERT_LENGTH:
                self._emit("alert", self._alert_start, (self._alert[0], self._alert[1]))
                self._alert.clear()

    def _needed(self) -> int:
        """Octets of the message at hand, its header included."""
        return MESSAGE_HEADER + int.from_bytes(self._message[1:MESSAGE_HEADER], "big")

    def _messages(self, piece: bytes) -> None:
        """Handshake messages in clear, several in a record or one in several."""
        at = 0
        while at < len(piece):
            if self._skip:
                step = min(self._skip, len(piece) - at)
                self._skip -= step
                self._pass(step)
                at += step
                if not self._skip:
                    self._emit(self._kind_of_skipped(), self._message_start)
                continue
            if not self._message:
                self._message_start = self._record_start
            short = len(self._message) < MESSAGE_HEADER
            step = min((MESSAGE_HEADER if short else self._needed()) - len(self._message), len(piece) - at)
            self._message += piece[at : at + step]
            self._pass(step)
            at += step
            if len(self._message) < MESSAGE_HEADER:
                continue
            needed = self._needed()
            if needed > MESSAGE_LIMIT:
                self._skip, self._skipped_type = needed - len(self._message), self._message[0]
                self._message.clear()
            elif len(self._message) == needed:
                self._finish_message()

    def _kind_of_skipped(self) -> str:
        """A long message keeps its name unless readers count on what is in it."""
        if self._skipped_type in PARSERS and self._skipped_type != CERTIFICATE:
            return "malformed"
        return tls.HANDSHAKE_TYPE_NAMES.get(self._skipped_type, "malformed")

    def _finish_message(self) -> None:
        """A handshake message is whole."""
        number, body = self._message[0], bytes(self._message[MESSAGE_HEADER:])
        self._message.clear()
        kind, message = tls.HANDSHAKE_TYPE_NAMES.get(number, "malformed"), None
        if number in PARSERS:
            try:
                message = PARSERS[number](body)
            except MessageError:
                kind = "malformed"
            if isinstance(message, tls.ServerHello) and message.is_hello_retry_request:
                kind = "hello_retry_request"
        self._emit(kind, self._message_start, message)

    def _finish_sslv2(self) -> None:
        """The hello in the form of SSLv2 is whole; what follows a server's is SSL 2.0, and is not read."""
        self._in_record = self._sslv2 = False
        record = bytes(self._header)
        self._header.clear()
        try:
            if record[2] == tls.CLIENT_HELLO:
                self._emit("client_hello", self._record_start, tls.parse_sslv2_client_hello(record))
            else:
                self.lost = True
                self._emit("server_hello", self._record_start, tls.parse_sslv2_server_hello(record))
        except MessageError:
            self._emit("malformed", self._record_start)

    def _close(self) -> None:
        """A record is whole."""
        self._in_record = False
        self._header.clear()
        if not self._opaque:
            return
        kind = ENCRYPTED_KINDS[self._content_type]
        self._emit(kind, self._record_start, ("encrypted", self._length) if kind == "alert" else None)
        if self._content_type == tls.CHANGE_CIPHER_SPEC:
            self.encrypted = True
