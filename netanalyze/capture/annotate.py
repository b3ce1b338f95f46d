"""Comments put on frames of a pcapng file that was already written (draft-ietf-opsawg-pcapng section 3.5.1).

What a frame proves is known only at the end. The file is copied with the longer blocks in their places; whoever calls this
lets the copy take its place (netanalyze.output_files). Comments that stand there already can be told anew on the way.
"""

import contextlib
import os
import shutil
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from netanalyze.capture import blocks

PIECE = 4 * 1024 * 1024
COMMENT_MOST = 60_000
"""Octets of one comment; an option holds 65,535."""
_HEAD = struct.Struct("<II")
SECTION = 0x0A0D0D0A
_OPTIONS = {
    SECTION: blocks.SECTION_OPTIONS,
    blocks.INTERFACE_DESCRIPTION: blocks.INTERFACE_OPTIONS,
    blocks.STATISTICS: blocks.STATISTICS_OPTIONS,
}
"""Where options begin in blocks whose fixed part has one length."""


Retell = Callable[[list[str]], Sequence[str]]
"""What becomes of the comments of a block."""


def annotate(
    old: BinaryIO, new: BinaryIO, positions: Mapping[int, int], comments: Mapping[int, Sequence[str]],
    retell: Retell | None = None,
) -> None:  # fmt: skip
    """Copy a little-endian pcapng file, and give frames their comments.

    Args:
        positions: frame number -> octet at which its block begins in ``old``.
        comments: frame number -> texts; frames without a position are left out.
        retell: given the comments that a section, interface, statistics or packet block has, says which it is to have; None:
            they stay, and only the blocks at positions are looked at.

    Raises:
        OSError: there is no room for the copy.
        ValueError: no packet block begins at a position, or, with ``retell``, what stands there is no block.
    """
    chosen = sorted((positions[number], texts) for number, texts in comments.items() if number in positions and texts)
    for at, texts in chosen:
        _copy(old, new, at - old.tell(), retell)
        new.write(_with_comments(old, at, texts, retell))
    if retell is None:
        shutil.copyfileobj(old, new, PIECE)
    else:
        with contextlib.suppress(ValueError):  # a block that was cut off is left out: nobody reads it
            _copy(old, new, _left(old), retell)


def _left(stream: BinaryIO) -> int:
    """Octets from here to the end."""
    at = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(at)
    return end - at


def _copy(old: BinaryIO, new: BinaryIO, count: int, retell: Retell | None) -> None:
    end = old.tell() + count
    while retell is not None and old.tell() < end:
        new.write(_retold(_block(old, end), retell))
    while (left := end - old.tell()) > 0:
        octets = old.read(min(PIECE, left))
        if not octets:
            raise ValueError("the file ends before a frame that is to be commented")
        new.write(octets)


def _block(old: BinaryIO, end: int) -> bytes:
    """The next block, whole."""
    at = old.tell()
    head = old.read(_HEAD.size)
    total = _HEAD.unpack(head)[1] if len(head) == _HEAD.size else 0
    if total < 12 or total % 4 or at + total > end:
        raise ValueError(f"octet {at}: no whole block begins here")
    return head + old.read(total - _HEAD.size)


def _retold(block: bytes, retell: Retell) -> bytes:
    """A block with what is to stand for its comments."""
    kind, total = _HEAD.unpack_from(block)
    begin = _OPTIONS.get(kind, total)
    if kind == blocks.ENHANCED_PACKET and total >= 32:
        begin = _packet_options(block)
    if begin + 8 > total:
        return block
    found = list(blocks.options(block[begin:-4], little=True))
    told = [blocks.text(value) for code, value in found if code == blocks.OPTION_COMMENT]
    made = list(retell(told))
    if made == told:
        return block
    others = b"".join(_plain(code, value) for code, value in found if code != blocks.OPTION_COMMENT)
    return _closed(kind, block[_HEAD.size : begin] + b"".join(map(_option, made)) + others + bytes(4))


def _packet_options(block: bytes) -> int:
    captured: int = struct.unpack_from("<I", block, 20)[0]
    return 28 + captured + -captured % 4


def _closed(kind: int, body: bytes) -> bytes:
    total = len(body) + 12
    return _HEAD.pack(kind, total) + body + struct.pack("<I", total)


def _with_comments(old: BinaryIO, at: int, texts: Sequence[str], retell: Retell | None) -> bytes:
    """The packet block at which ``old`` stands, with comments before its other options."""
    block = _block(old, at + _left(old))
    kind, total = _HEAD.unpack_from(block)
    if kind != blocks.ENHANCED_PACKET or total < 32:
        raise ValueError(f"octet {at}: no packet block begins here")
    if retell is not None:
        block = _retold(block, retell)
    begin = _packet_options(block)
    rest = block[begin:-4] or bytes(4)
    return _closed(kind, block[_HEAD.size : begin] + b"".join(map(_option, texts)) + rest)


def _plain(code: int, octets: bytes) -> bytes:
    return struct.pack("<HH", code, len(octets)) + octets + bytes(-len(octets) % 4)


def _option(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")[:COMMENT_MOST].decode("utf-8", "ignore").encode()
    return _plain(blocks.OPTION_COMMENT, octets)
