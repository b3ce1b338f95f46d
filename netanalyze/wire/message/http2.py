"""Frames of HTTP/2 (RFC 9113 section 4.1): their heads, and what a GOAWAY and a RST_STREAM say."""

from typing import NamedTuple

HEAD = 9
DATA, HEADERS, RST_STREAM, GOAWAY = 0, 1, 3, 7
END_STREAM = 1
LONGEST = 1 << 14
"""Octets of payload that a frame may have unless its receiver said otherwise (RFC 9113 section 6.5.2)."""
NO_ERROR, REFUSED_STREAM, CANCEL = 0, 7, 8
CODES = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
"""RFC 9113 section 7."""


class FrameHead(NamedTuple):
    """The first octets of a frame: payload's length, type, flags, stream (0: the connection's)."""

    length: int
    kind: int
    flags: int
    stream: int


def frame_head(octets: bytes) -> FrameHead:
    """Read HEAD octets.

    >>> frame_head(bytes.fromhex("000008 07 00 00000000"))
    FrameHead(length=8, kind=7, flags=0, stream=0)
    """
    number = int.from_bytes(octets[5:HEAD]) & 0x7FFFFFFF
    return FrameHead(int.from_bytes(octets[:3]), octets[3], octets[4], number)


def code_name(code: int) -> str:
    """An error's name, or its number.

    >>> code_name(11), code_name(99)
    ('ENHANCE_YOUR_CALM', '99')
    """
    return CODES[code] if code < len(CODES) else str(code)
