"""Comments put on frames of a pcapng file that was already written (draft-ietf-opsawg-pcapng section 3.5.1).

What a frame proves is known only at the end. The file is copied with the longer blocks in their places; whoever calls this
lets the copy take its place (netanalyze.output_files).
"""

import shutil
import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from netanalyze.capture import blocks

PIECE = 4 * 1024 * 1024
COMMENT_MOST = 60_000
"""Octets of one comment; an option holds 65,535."""
_HEAD = struct.Struct("<II")


def annotate(old: BinaryIO, new: BinaryIO, positions: Mapping[int, int], comments: Mapping[int, Sequence[str]]) -> None:
    """Copy a little-endian pcapng file, and give frames their comments.

    Args:
        positions: frame number -> octet at which its block begins in ``old``.
        comments: frame number -> texts; frames without a position are left out.

    Raises:
        OSError: there is no room for the copy.
        ValueError: no packet block begins at a position.
    """
    chosen = sorted((positions[number], texts) for number, texts in comments.items() if number in positions and texts)
    for at, texts in chosen:
        _copy(old, new, at - old.tell())
        new.write(_with_comments(old, at, texts))
    shutil.copyfileobj(old, new, PIECE)


def _copy(old, new, count: int) -> None:
    while count > 0:
        octets = old.read(min(PIECE, count))
        if not octets:
            raise ValueError("the file ends before a frame that is to be commented")
        new.write(octets)
        count -= len(octets)


def _with_comments(old, at: int, texts: Sequence[str]) -> bytes:
    """The packet block at which ``old`` stands, with comments before its other options."""
    kind, total = _HEAD.unpack(old.read(_HEAD.size))
    if kind != blocks.ENHANCED_PACKET or total < 32 or total % 4:
        raise ValueError(f"octet {at}: no packet block begins here")
    body = old.read(total - 12)
    old.read(4)  # the length once more
    captured = struct.unpack_from("<I", body, 12)[0]
    options = 20 + captured + -captured % 4
    rest = body[options:] or bytes(4)
    made = b"".join(_option(text) for text in texts)
    total += len(made) + len(rest) - (len(body) - options)
    return _HEAD.pack(kind, total) + body[:options] + made + rest + struct.pack("<I", total)


def _option(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")[:COMMENT_MOST].decode("utf-8", "ignore").encode()
    return struct.pack("<HH", blocks.OPTION_COMMENT, len(octets)) + octets + bytes(-len(octets) % 4)
