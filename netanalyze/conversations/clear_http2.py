"""HTTP/2 in clear: which requests were answered to their end, and how the server sent the client away."""

from dataclasses import dataclass

from netanalyze.units import NEVER_NS
from netanalyze.wire.message.http1 import HTTP2_PREFACE
from netanalyze.wire.message.http2 import (
    DATA,
    END_STREAM,
    GOAWAY,
    HEAD,
    HEADERS,
    LONGEST,
    NO_ERROR,
    RST_STREAM,
    code_name,
    frame_head,
)

STREAMS_MOST = 4096
"""Streams kept of a connection; of later ones nothing is told."""
SAID_MOST = 8 + 120
"""Octets kept of a GOAWAY: its last stream, its code, and what it says beside them."""


@dataclass
class Http2Stream:
    """One request: where it began, whether its response came to its end, and the server's RST_STREAM."""

    request_frame: int
    request_ns: int
    answered_frame: int = 0
    over: bool = False
    reset_frame: int = 0
    reset_ns: int = NEVER_NS
    reset_code: str = ""


@dataclass
class Goaway:
    """The server's last GOAWAY: the last stream it takes up, its code and what it says."""

    frame: int
    ns: int
    last_stream: int
    code: str
    says: str


class ClearHttp2:
    """Frames of both directions, read in order.

    Attributes:
        streams: by number, those that the client began.
        goaway: the server's, None: none came.
        goaway_frames: of all that it sent; who ends gracefully sends two (RFC 9113 section 6.8).
    """

    def __init__(self) -> None:
        self.streams: dict[int, Http2Stream] = {}
        self.goaway: Goaway | None = None
        self.goaway_frames: set[int] = set()
        self._next = [-1, -1]
        self._rest = [b"", b""]
        self._skip = [0, 0]
        self._lost = False

    @property
    def whole(self) -> bool:
        """Whether all that was said could be followed."""
        return not self._lost

    def reached(self, direction: int) -> int:
        """The stream offset up to which one side was read, -1 nothing was."""
        return self._next[direction]

    @property
    def unanswered(self) -> list[tuple[int, Http2Stream]]:
        """Number and request of each stream whose response did not come to its end, and that nobody reset."""
        return [(number, one) for number, one in self.streams.items() if not (one.over or one.reset_frame)]

    def repeatable(self, number: int) -> bool:
        """Whether the server's GOAWAY, without an error, leaves a stream out: it is safe to repeat (RFC 9113 section 6.8)."""
        away = self.goaway
        return away is not None and away.code == code_name(NO_ERROR) and number > away.last_stream

    def take(self, direction: int, offset: int, octets: bytes, frame: int, ns: int) -> None:
        """Take what one side said next."""
        if self._next[direction] not in (-1, offset):
            self._lost = True  # octets are missing: where the next frame begins is not known
        if self._lost:
            return
        self._next[direction] = offset + len(octets)
        if self._skip[direction]:
            passed = min(self._skip[direction], len(octets))
            self._skip[direction] -= passed
            octets = octets[passed:]
        rest = self._rest[direction] + octets
        if direction == 0 and rest[: len(HTTP2_PREFACE)] == HTTP2_PREFACE:
            rest = rest[len(HTTP2_PREFACE) :]
        while len(rest) >= HEAD and not self._lost:
            head = frame_head(rest)
            if head.length > LONGEST:
                self._lost = True
                return
            needed = min(head.length, SAID_MOST) if head.kind in (RST_STREAM, GOAWAY) else 0
            if len(rest) < HEAD + needed:
                break
            self._frame(direction, head.kind, head.flags, head.stream, rest[HEAD : HEAD + needed], frame, ns)
            self._skip[direction] = max(HEAD + head.length - len(rest), 0)
            rest = rest[HEAD + head.length :]
        self._rest[direction] = rest

    def _frame(self, direction: int, kind: int, flags: int, stream: int, payload: bytes, frame: int, ns: int) -> None:
        one = self.streams.get(stream)
        if direction == 0:
            if kind == HEADERS and one is None and len(self.streams) < STREAMS_MOST:
                self.streams[stream] = Http2Stream(frame, ns)
            elif kind == RST_STREAM and one is not None:
                one.over = True  # the client wants no more of it
        elif kind == GOAWAY and len(payload) >= 8:
            words = "".join(c if c.isprintable() else "\ufffd" for c in payload[8:].decode("utf-8", "replace"))
            last = int.from_bytes(payload[:4]) & 0x7FFFFFFF
            self.goaway_frames.add(frame)
            self.goaway = Goaway(frame, ns, last, code_name(int.from_bytes(payload[4:8])), words)
        elif one is not None and kind in (HEADERS, DATA):
            one.answered_frame = one.answered_frame or frame
            one.over = one.over or bool(flags & END_STREAM)
        elif one is not None and kind == RST_STREAM and len(payload) >= 4 and not one.over:
            one.reset_frame, one.reset_ns, one.reset_code = frame, ns, code_name(int.from_bytes(payload[:4]))
