"""The pcapng blocks that are read one at a time: sections, interfaces, statistics, options.

draft-ietf-opsawg-pcapng sections 4.1 (Section Header), 4.2 (Interface Description), 4.6
(Interface Statistics), 3.5 (options). Everything here takes the octets of one whole block.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

BLOCK_HEADER, BLOCK_TRAILER = 8, 4
INTERFACE_DESCRIPTION, OBSOLETE_PACKET, SIMPLE_PACKET, NAME_RESOLUTION = 1, 2, 3, 4
STATISTICS, ENHANCED_PACKET, SECRETS = 5, 6, 10
CUSTOM, CUSTOM_NOT_COPIED = 0x00000BAD, 0x40000BAD
"""Block types."""

BYTE_ORDER_MAGIC = 0x1A2B3C4D
SECTION_OPTIONS, INTERFACE_OPTIONS, STATISTICS_OPTIONS = 24, 16, 20
"""Offsets of the options from the beginning of their blocks."""
OPTION_END, OPTION_COMMENT = 0, 1
IF_NAME, IF_TIME_RESOLUTION, IF_TIME_OFFSET = 2, 9, 14
ISB_RECEIVED, ISB_INTERFACE_DROPPED, ISB_SYSTEM_DROPPED = 4, 5, 7
"""Option codes."""


def options(octets: bytes, little: bool) -> Iterator[tuple[int, bytes]]:
    """``(code, value)`` of each option in ``octets``; ends at the end option or where one is not whole."""
    form = "<HH" if little else ">HH"
    at = 0
    while at + 4 <= len(octets):
        code, length = struct.unpack_from(form, octets, at)
        if code == OPTION_END or at + 4 + length > len(octets):
            return
        yield code, octets[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def text(value: bytes) -> str:
    """An option's text: UTF-8, without the zero octets some writers put at its end."""
    return value.decode("utf-8", "replace").rstrip("\0")


def comments(octets: bytes, little: bool) -> list[str]:
    """The comments among the options ``octets``."""
    return [text(value) for code, value in options(octets, little) if code == OPTION_COMMENT]


class Description(NamedTuple):
    """An Interface Description Block, as it stands there."""

    link_type: int
    snap_length: int
    name: str
    resolution: int
    offset_seconds: int


def description(block: bytes, little: bool) -> Description | None:
    """An Interface Description Block; None where it is too short for its fixed part."""
    if len(block) < INTERFACE_OPTIONS + BLOCK_TRAILER:
        return None
    order = "<" if little else ">"
    link, _, snap_length = struct.unpack_from(order + "HHI", block, BLOCK_HEADER)
    name, resolution, offset = "", 6, 0
    for code, value in options(block[INTERFACE_OPTIONS:-BLOCK_TRAILER], little):
        if code == IF_NAME:
            name = text(value)
        elif code == IF_TIME_RESOLUTION and len(value) >= 1:
            resolution = value[0]
        elif code == IF_TIME_OFFSET and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
    return Description(link, snap_length, name, resolution, offset)


class Statistics(NamedTuple):
    """An Interface Statistics Block: counts are None where the block has none."""

    interface: int
    received: int | None
    dropped: int | None


def statistics(block: bytes, little: bool) -> Statistics | None:
    """An Interface Statistics Block; None where it is too short. Dropped is by the interface and by the system."""
    if len(block) < STATISTICS_OPTIONS + BLOCK_TRAILER:
        return None
    order = "<" if little else ">"
    counts = {
        code: struct.unpack(order + "Q", value)[0]
        for code, value in options(block[STATISTICS_OPTIONS:-BLOCK_TRAILER], little)
        if code in (ISB_RECEIVED, ISB_INTERFACE_DROPPED, ISB_SYSTEM_DROPPED) and len(value) == 8
    }
    drops = [counts[code] for code in (ISB_INTERFACE_DROPPED, ISB_SYSTEM_DROPPED) if code in counts]
    interface = struct.unpack_from(order + "I", block, BLOCK_HEADER)[0]
    return Statistics(interface, counts.get(ISB_RECEIVED), sum(drops) if drops else None)
