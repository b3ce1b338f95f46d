"""Clear-text HTTP/1 exchanges, CONNECT among them (RFC 9112, RFC 9110 section 9.3.6)."""

from dataclasses import dataclass

from netanalyze.columns import TEXT, Column, Table, time_column
from netanalyze.errors import MessageError
from netanalyze.redaction import redacted_value
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.http1 import (
    ChunkedReader,
    HttpHead,
    body_rule,
    first_line,
    head_end,
    parse_head,
    starts_like_response,
)

HEAD_MOST, LOOKED_AT_LEAST = 65536, 1024
"""Octets of a head that are held, and up to which an unfinished one is looked at with each segment."""
LAST_CHUNK = b"\r\n0\r\n\r\n"
"""The end of a chunked body without trailers, behind the end of the chunk before it (RFC 9112 section 7.1)."""
EXCHANGES_MOST = 10_000
FRAMES, TRACE = "frames", "trace"
"""Where a row of HttpTable is from."""


class HttpTable(Table):
    """One row per request and its response: read in clear, or told by the command and laid on the flow it went over."""

    schema = (
        Column("flow_id", "i4", "1", "flow that carries it", "netanalyze"),
        Column("method", TEXT, "", "request method", "http.request.method"),
        Column("target", TEXT, "", "request target", "http.request.uri"),
        Column("host", TEXT, "", "Host header, or authority of CONNECT", "http.host"),
        Column("request_frame", "i8", "1", "frame in which the request head became whole, 0 none", "frame.number", 0),
        time_column("request_ns", "when the request head became whole"),
        Column("status", "i4", "1", "status of the response, -1 none", "http.response.code", -1),
        Column("reason", TEXT, "", "reason phrase", "http.response.phrase"),
        Column("response_frame", "i8", "1", "frame in which the response head became whole, 0 none", "frame.number", 0),
        time_column("response_ns", "when the response head became whole"),
        Column("content_length", "i8", "octets", "announced length of the body, -1 unknown", "http.content_length", -1),
        Column("body_start", "i8", "octets", "stream offset of the response body, -1 none", "netanalyze", -1),
        Column(
            "body_octets",
            "i8",
            "octets",
            "of the response body that came, framing and all; encrypted: of its records, about; -1 not known",
            "netanalyze",
            -1,
        ),
        time_column("body_over_ns", "when the last of them came"),
        Column("location", TEXT, "", "where a redirect points", "http.location"),
        Column(
            "source", TEXT, "", "frames: read in clear; trace: the command said so, its frames inferred", "netanalyze"
        ),
    )


@dataclass
class Exchange:
    """A request and its response, as they grow; ``request_end``: the stream offset where the request's body ends,
    and ``leave_at``: where its client waits for 100 Continue (RFC 9110 section 10.1.1), -1 each where it is not known."""

    flow_id: int
    method: str | None = None
    target: str | None = None
    host: str | None = None
    request_frame: int = 0
    request_ns: int = NEVER_NS
    status: int = -1
    reason: str | None = None
    response_frame: int = 0
    response_ns: int = NEVER_NS
    content_length: int = -1
    body_start: int = -1
    body_kind: str = "none"
    body_over: bool = False
    body_over_ns: int = NEVER_NS
    body_octets: int = -1
    followed: bool = True
    asked_by: int = 0
    request_end: int = -1
    leave_at: int = -1
    location: str | None = None
    user_agent: str | None = None
    content_type: str | None = None
    source: str = FRAMES

    def row(self) -> dict:
        """As a row of HttpTable, without secrets."""
        return redacted_value({column.name: getattr(self, column.name) for column in HttpTable.schema})


class Half:
    """One direction: heads, and bodies passed over by their announced length."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.held_offset = 0
        self.left = 0  # octets of a body still to pass over; -1 up to the end of the connection
        self.chunks: ChunkedReader | None = None
        self.in_chunks = False  # octets of a chunked body were passed over: where a chunk begins is not known
        self.broken = False
        self.cut = False  # the snap length hides a part of what was said
        self.judged = 0  # octets held when their beginning was last looked at

    def read_head(self, octets: bytes, at: int) -> tuple[HttpHead | None, int]:
        """Take the octets from ``at`` on for a head, up to its end if that is there: the head, and where to read on.

        Only what is new is searched for the end. What cannot become a head is told from its beginning, which is looked at
        again as it has doubled.

        Raises:
            MessageError: these octets begin no head.
        """
        while (end := head_end(self.held, octets, at)) is not None:
            self.held += octets[at:end]
            at = end
            head = parse_head(bytes(self.held))
            if head is not None:
                self.held, self.judged = bytearray(), 0
                return head, at
        self.held += octets[at:]
        if len(self.held) <= LOOKED_AT_LEAST or len(self.held) >= 2 * self.judged:
            self.judged = len(self.held)
            parse_head(bytes(self.held))
        self.broken = len(self.held) > HEAD_MOST
        return None, len(octets)


class HttpConversation:
    """The clear-text HTTP of one flow.

    ``tunnel`` is (client's, server's) stream offset from which the flow carries something else: after a
    CONNECT that was granted, or 101.
    """

    def __init__(self, flow_id: int) -> None:
        self.flow_id = flow_id
        self.exchanges: list[Exchange] = []
        self._answered = 0  # the first so many exchanges have their responses
        self.halves = (Half(), Half())
        self.tunnel: tuple[int, int] | None = None
        self.connect: Exchange | None = None

    @property
    def is_other(self) -> bool:
        """Whether one side, which began like HTTP, turned out to say nothing of the kind: RTSP, SIP, a radio's ICY."""
        asked, told = (any(getattr(e, f"{side}_frame") for e in self.exchanges) for side in ("request", "response"))
        return (self.halves[0].broken and not asked) or (self.halves[1].broken and not told)

    def asks_on(self, asked: Exchange, sent: int) -> bool | None:
        """Whether the body of a request was under way when its client had sent up to offset ``sent``; None where its end is
        hidden: a snap length cut its head, or a chunk of it."""
        half = self.halves[asked.asked_by]
        if asked.request_end >= 0:
            unread = half.cut and sent > asked.request_end
            return None if unread else sent < asked.request_end and sent != asked.leave_at
        under_way = (half.chunks is not None or half.in_chunks) and sent != asked.leave_at
        return None if half.cut or half.broken or asked is not self.exchanges[-1] else under_way

    def skip_to(self, direction: int, offset: int) -> None:
        """Octets up to ``offset`` were not read; they are taken for a body."""
        half = self.halves[direction]
        half.in_chunks = half.in_chunks or half.chunks is not None
        half.held, half.left, half.chunks, half.broken, half.judged = bytearray(), 0, None, False, 0

    def _lose_track(self) -> None:
        """Octets of the response under way are not in the file: whether it is whole, nobody can tell."""
        for exchange in reversed(self.exchanges):
            if exchange.response_frame:
                exchange.followed = exchange.followed and exchange.body_over
                return

    def take(self, direction: int, offset: int, octets: bytes, frame: int, ns: int) -> None:
        """Take octets of one side, in order."""
        half, at = self.halves[direction], 0
        if half.in_chunks and not starts_like_response(octets):
            half.in_chunks = not (octets.endswith(LAST_CHUNK) or LAST_CHUNK.endswith(octets))
            if not half.in_chunks:
                self._body_over(direction, offset + len(octets), ns)
            return
        half.in_chunks = False
        while at < len(octets) and not half.broken and self.tunnel is None:
            if half.chunks is not None:
                try:
                    used = half.chunks.feed(octets, at)
                except MessageError:  # no chunk begins here: how long the body is cannot be known
                    half.broken = True
                    return
                at += used
                if half.chunks.complete:
                    half.chunks = None
                    self._body_over(direction, offset + at, ns)
                elif not used:
                    return
            elif half.left < 0:
                return
            elif half.left and self._answers_head(direction, offset + at, octets[at:]):
                half.left = 0
                self._body_over(direction, offset + at, ns)
            elif half.left:
                used = min(half.left, len(octets) - at)
                half.left -= used
                at += used
                if half.left == 0:
                    self._body_over(direction, offset + at, ns)
            else:
                if not half.held:
                    half.held_offset = offset + at
                try:
                    head, at = half.read_head(octets, at)
                except MessageError:
                    half.broken = True
                    return
                if head is None:
                    return
                end = half.held_offset + head.head_length
                self._head(direction, head, end, frame, ns)

    def cut(self, direction: int, frame: int, ns: int) -> None:
        """The rest of a segment is not in the file: of a head that was under way, the first line may be enough."""
        half = self.halves[direction]
        half.cut = True
        if direction == 1 and half.chunks is not None:
            self._lose_track()
        head = first_line(bytes(half.held)) if half.held else None
        if head is not None:
            start, half.held, half.broken = half.held_offset, bytearray(), True
            self._head(direction, head, start + head.head_length, frame, ns)
            if head.is_request:
                self.exchanges[-1].request_end = -1

    def _head(self, direction: int, head: HttpHead, offset: int, frame: int, ns: int) -> None:
        half = self.halves[direction]
        if head.is_request:
            if len(self.exchanges) >= EXCHANGES_MOST:
                half.broken = True
                return
            host = head.target if head.method == "CONNECT" else head.header("host")
            made = Exchange(self.flow_id, head.method, head.target, host, frame, ns)
            made.asked_by = direction
            made.user_agent = head.header("user-agent")
            self.exchanges.append(made)
            if head.method == "CONNECT":
                self.connect = made  # asked again with what a 407 wants, it is the last that counts
            kind, length = body_rule(head, None)
            made.request_end = -1 if kind == "chunked" else offset + length
            made.leave_at = offset if head.header("expect") is not None else -1
        else:
            if head.is_interim:
                if self._answered < len(self.exchanges):
                    self.exchanges[self._answered].leave_at = -1
                return
            if self._answered == len(self.exchanges):
                self.exchanges.append(Exchange(self.flow_id))
            found = self.exchanges[self._answered]
            self._answered += 1
            found.status, found.reason, found.location = head.status or -1, head.reason, head.header("location")
            found.response_frame, found.response_ns, found.body_start = frame, ns, offset
            found.content_type = (head.header("content-type") or "").partition(";")[0].strip().lower() or None
            kind, length = body_rule(head, found.method)
            found.body_kind, found.content_length = kind, length if kind == "length" else -1
            if head.status == 101 or (found.method == "CONNECT" and head.status and head.status // 100 == 2):
                client = self.halves[0]
                self.tunnel = (client.held_offset if client.held else -1, offset)
                found.body_over = True
                return
            if kind == "none" or (kind == "length" and length == 0):
                found.body_over, found.body_over_ns, found.body_octets = True, ns, 0
        if kind == "length":
            half.left = length
        elif kind == "chunked":
            half.chunks = ChunkedReader()
        elif kind == "until-close":
            half.left = -1

    def _answers_head(self, direction: int, offset: int, octets: bytes) -> bool:
        """Whether another response begins where the body of one should, whose request is not in the file: that was a HEAD."""
        if direction == 0 or not self._answered:
            return False
        told = self.exchanges[self._answered - 1]
        return not told.request_frame and told.body_start == offset and starts_like_response(octets)

    def _body_over(self, direction: int, end: int, ns: int) -> None:
        if direction == 1 and self._answered:
            exchange = self.exchanges[self._answered - 1]
            exchange.body_over, exchange.body_over_ns = True, ns
            exchange.body_octets = end - exchange.body_start
        elif direction == 0 and self.exchanges:
            self.exchanges[-1].request_end = end
