"""Heads of HTTP/1 messages and where their bodies end (RFC 9112; names: RFC 9110)."""

from dataclasses import dataclass

from netanalyze.errors import MessageError
from netanalyze.numerals import hexadecimal, integer
from netanalyze.patterns import lazy_pattern

HEAD_LIMIT = 64 * 1024
LINE_LIMIT = 16 * 1024
LEADING_LIMIT = 16
"""Octets of empty lines that are passed over before a start line."""

HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What an HTTP/2 client says first (RFC 9113 section 3.4); it is no HTTP/1 head."""

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH", b"PROPFIND")
RESPONSE_START = b"HTTP/1."

INTERIM, SWITCHING_PROTOCOLS, NO_CONTENT, NOT_MODIFIED = 1, 101, 204, 304
"""100 to 199 are interim by their first digit; the others are statuses (RFC 9110 section 15)."""

_REQUEST_LINE = lazy_pattern(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([^\s\x00-\x1f\x7f]+) +HTTP/(1\.[0-9])[ \t]*")
_STATUS_LINE = lazy_pattern(rb"HTTP/(1\.[0-9]) +([1-9][0-9][0-9])(?: ([^\x00\r\n]*))?")
_FIELD_LINE = lazy_pattern(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:([^\x00\r\n]*)")
_START = lazy_pattern(rb"[!#$%&'*+.^_`|~0-9A-Za-z/-]*|[!#$%&'*+.^_`|~0-9A-Za-z/-]+ [^\x00-\x08\x0a-\x1f\x7f]*\r?")
_CHUNK_SIZE = lazy_pattern(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00]*)?")
_END = lazy_pattern(rb"\n\r?\n")
END_LONGEST = 3
"""Octets of the longest end of a head: the end of its last line, and an empty line."""


@dataclass(frozen=True)
class HttpHead:
    """The head of a request (``method``, ``target``) or a response (``status``, ``reason``); the others are None.

    Attributes:
        version: "1.0" or "1.1".
        headers: names in lower case, values without blanks around them, in their order.
        head_length: octets up to the first of the body, the blank line included.
        content_length: octets; None where none is given.
        chunked: the last transfer coding is chunked.
        close: the connection ends with this message.
    """

    method: str | None
    target: str | None
    status: int | None
    reason: str | None
    version: str
    headers: tuple[tuple[str, str], ...]
    head_length: int
    content_length: int | None
    chunked: bool
    close: bool

    @property
    def is_request(self) -> bool:
        """It is a request, no response."""
        return self.method is not None

    @property
    def is_interim(self) -> bool:
        """A response that another one follows (1xx, but not 101: there another protocol follows)."""
        return self.status is not None and self.status // 100 == INTERIM and self.status != SWITCHING_PROTOCOLS

    def header(self, name: str) -> str | None:
        """The value of ``name``, several joined by a comma; None where it is not there."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None


def starts_like_request(octets: bytes) -> bool:
    """A well-known method and a blank stand first, as far as ``octets`` go; cheap."""
    return any(_agree(octets, method + b" ") for method in METHODS)


def starts_like_response(octets: bytes) -> bool:
    """A status line of HTTP/1 stands first, as far as ``octets`` go; cheap."""
    return _agree(octets, RESPONSE_START)


def parse_head(octets: bytes) -> HttpHead | None:
    """The head that begins at the first octet; None where it is not yet complete.

    A line may end with LF alone, and empty lines before a request are passed over (RFC 9112 section 2.2).

    Raises:
        MessageError: these octets begin no HTTP/1 message, or its head exceeds 64 KiB.
    """
    begin = 0
    while octets[begin : begin + 1] in (b"\r", b"\n") and begin < LEADING_LIMIT:
        begin += 1
    found = _END.search(octets, begin, begin + HEAD_LIMIT)
    if found is None:
        _refuse_hopeless(octets, begin)
        return None
    lines = [line.removesuffix(b"\r") for line in octets[begin : found.start()].split(b"\n")]
    first = lines[0]
    request, status = _REQUEST_LINE.fullmatch(first), _STATUS_LINE.fullmatch(first)
    headers = _fields(lines[1:], begin)
    named = [(key, value) for key, value in headers if key in ("connection", "proxy-connection")]
    options = {option.strip().lower() for _, value in named for option in value.split(",")}
    codings = [
        part.strip().lower() for key, value in headers if key == "transfer-encoding" for part in value.split(",")
    ]
    if request:
        method, target, version = (part.decode("latin-1") for part in request.groups())
        code, reason = None, None
    elif status:
        method, target, code = None, None, integer(status[2])
        version, reason = status[1].decode("ascii"), (status[3] or b"").decode("latin-1").strip()
    else:
        raise MessageError("HTTP/1 head", begin)
    return HttpHead(
        method=method,
        target=target,
        status=code,
        reason=reason,
        version=version,
        headers=headers,
        head_length=found.end(),
        content_length=_content_length(headers, begin),
        chunked=bool(codings) and codings[-1] == "chunked",
        close="close" in options or (version == "1.0" and "keep-alive" not in options),
    )


def head_end(held: bytes | bytearray, octets: bytes, at: int) -> int | None:
    """Where in ``octets``, from ``at`` on, a head may end that began in ``held``; None where it goes on beyond them.

    >>> head_end(b"GET / HTTP/1.1\\r\\n\\r", b"\\nGET", 0), head_end(b"", b"GET / HTTP/1.1\\n\\nGET", 0), head_end(b"", b"GET", 0)
    (1, 16, None)
    """
    before = bytes(held[1 - END_LONGEST :])
    across = _END.search(before + octets[at : at + END_LONGEST - 1])
    if across is not None and across.end() > len(before):
        return at + across.end() - len(before)
    found = _END.search(octets, at)
    return None if found is None else found.end()


def first_line(octets: bytes) -> HttpHead | None:
    """What the first line of a head that was cut says, as a head without fields; None where too little of it is there.

    >>> first_line(b"CONNECT proxy.example.org:443 HT").target
    'proxy.example.org:443'
    >>> first_line(b"HTTP/1.1 403 Forb").status
    403
    >>> first_line(b'CONNECT {"verbose": false, "na')  # NATS
    """
    words = octets.partition(b"\n")[0].removesuffix(b"\r").split(b" ")
    if len(words) < 3:
        return None
    line = b" ".join(words)
    if not starts_like_response(octets):
        if len(words) > 3 or not b"HTTP/1.".startswith(words[2][:7]):
            return None
        line = b" ".join([words[0], words[1], b"HTTP/1.1"])
    try:
        return parse_head(line + b"\r\n\r\n")
    except MessageError:
        return None


def body_rule(head: HttpHead, request_method: str | None = None) -> tuple[str, int]:
    """How the end of the body is found (RFC 9112 section 6.3).

    Args:
        request_method: of a response, the method of the request that it answers.

    Returns:
        ``("none", 0)``, ``("length", octets)``, ``("chunked", 0)`` or ``("until-close", 0)``.
    """
    if head.status is not None:
        tunnel = request_method == "CONNECT" and head.status // 100 == 2
        if request_method == "HEAD" or tunnel or head.status // 100 == 1 or head.status in (NO_CONTENT, NOT_MODIFIED):
            return "none", 0
    if head.chunked:
        return "chunked", 0
    if head.header("transfer-encoding") is not None:
        return "until-close", 0
    if head.content_length is not None:
        return ("length", head.content_length) if head.content_length else ("none", 0)
    return ("none", 0) if head.is_request else ("until-close", 0)


class ChunkedReader:
    """Follows a chunked body and says where it ends (RFC 9112 section 7.1).

    Attributes:
        complete: the last chunk and the trailers have been read.
        body_length: octets of content so far, without sizes and trailers.
    """

    def __init__(self) -> None:
        self.complete, self.body_length = False, 0
        self._line = bytearray()
        self._left = 0
        self._expects = "size"
        self._trailers = 0

    def feed(self, octets: bytes, begin: int = 0) -> int:
        """Reads on from ``begin``; the number of octets that belong to the body (fewer than given: it ended before).

        Raises:
            MessageError: a chunk's size is no number, or lines grow beyond all measure.
        """
        at = begin
        while at < len(octets) and not self.complete:
            if self._left:
                step = min(self._left, len(octets) - at)
                self._left -= step
                self.body_length += step
                at += step
                continue
            end = octets.find(b"\n", at)
            stop = len(octets) if end < 0 else end + 1
            self._line += octets[at : min(stop, at + LINE_LIMIT + 1)]
            if len(self._line) > LINE_LIMIT:
                raise MessageError("chunked body", at)
            at = stop
            if end >= 0:
                line = bytes(self._line).rstrip(b"\r\n")
                self._line.clear()
                self._take_line(line, at)
        return at - begin

    def _take_line(self, line: bytes, at: int) -> None:
        """A line outside of the chunks' content: a size, the end of a chunk, a trailer."""
        if self._expects == "end of chunk":
            if line:
                raise MessageError("chunked body", at)
            self._expects = "size"
        elif self._expects == "size":
            found = _CHUNK_SIZE.fullmatch(line)
            if found is None:
                raise MessageError("chunked body", at)
            self._left = hexadecimal(found[1]) or 0
            self._expects = "end of chunk" if self._left else "trailers"
        else:
            self._trailers += len(line)
            self.complete = not line
            if self._trailers > HEAD_LIMIT:
                raise MessageError("chunked body", at)


def _agree(octets: bytes, start: bytes) -> bool:
    """``octets`` begin with ``start``, or are, not empty, its beginning."""
    return bool(octets) and (octets.startswith(start) or start.startswith(octets))


def _refuse_hopeless(octets: bytes, begin: int) -> None:
    """Raises where an incomplete head can never become one."""
    if len(octets) - begin >= HEAD_LIMIT:
        raise MessageError("HTTP/1 head", HEAD_LIMIT)
    line, end, _ = octets[begin : begin + HEAD_LIMIT].partition(b"\n")
    if end:
        line = line.removesuffix(b"\r")
        good = _REQUEST_LINE.fullmatch(line) or _STATUS_LINE.fullmatch(line)
    else:
        good = _START.fullmatch(line)
    if not good:
        raise MessageError("HTTP/1 head", begin)


def _fields(lines: list[bytes], begin: int) -> tuple[tuple[str, str], ...]:
    """Header fields; a line that begins with a blank goes on with the one before (RFC 9112 section 5.2)."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = name, f"{value} {line.strip().decode('latin-1')}".strip()
            continue
        found = _FIELD_LINE.fullmatch(line)
        if found is None:
            raise MessageError("HTTP/1 header field", begin)
        fields.append((found[1].decode("ascii").lower(), found[2].decode("latin-1").strip()))
    return tuple(fields)


def _content_length(headers: tuple[tuple[str, str], ...], begin: int) -> int | None:
    """The length given; the same one several times is one (RFC 9112 section 6.3)."""
    values = {part.strip() for key, value in headers if key == "content-length" for part in value.split(",")}
    if not values:
        return None
    length = integer(values.pop())
    if values or length is None:
        raise MessageError("HTTP/1 Content-Length", begin)
    return length
