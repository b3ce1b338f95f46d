"""A pcapng file with one Ethernet interface (draft-ietf-opsawg-pcapng).

Written here, octet by octet, so that recipes do not depend on the writer they are to test.
"""

import struct

SECTION_HEADER, INTERFACE_DESCRIPTION, INTERFACE_STATISTICS, ENHANCED_PACKET = 0x0A0D0D0A, 1, 5, 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
ETHERNET = 1
END_OF_OPTIONS, COMMENT = 0, 1
USER_APPLICATION, INTERFACE_NAME, TIME_RESOLUTION = 4, 2, 9
RECEIVED, DROPPED = 4, 5
UNLIMITED_SNAPSHOT = 262144
TICKS = {"us": (6, 1000), "ns": (9, 1)}


def _padded(octets):
    return octets + b"\0" * (-len(octets) % 4)


def _option(code, value):
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _options(*options):
    return b"".join(_option(code, value) for code, value in options) + struct.pack("<HH", END_OF_OPTIONS, 0)


def _block(kind, body):
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(frames, resolution="us", snapshot=None, interface="eth0", received=None, dropped=None, comments=()):
    """Octets of a pcapng file.

    Args:
        frames: ``(time_ns, octets)`` in the order of the file.
        resolution: ``"us"`` or ``"ns"``, of the time stamps.
        snapshot: frames are cut to so many octets; not at all if missing.
        interface: name of the interface.
        received, dropped: the interface's counters, written at the end if ``dropped`` is given.
        comments: of the section.
    """
    exponent, divisor = TICKS[resolution]
    limit = snapshot or UNLIMITED_SNAPSHOT
    header = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1) + _options(
        *((COMMENT, text.encode()) for text in comments), (USER_APPLICATION, b"netanalyze recipes")
    )
    description = struct.pack("<HHI", ETHERNET, 0, limit)
    description += _options((INTERFACE_NAME, interface.encode()), (TIME_RESOLUTION, bytes([exponent])))
    blocks = [_block(SECTION_HEADER, header), _block(INTERFACE_DESCRIPTION, description)]
    ticks = 0
    for time_ns, octets in frames:
        ticks = time_ns // divisor
        kept = octets[:limit]
        body = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(kept), len(octets)) + _padded(kept)
        blocks.append(_block(ENHANCED_PACKET, body))
    if dropped is not None:
        counters = _options((RECEIVED, struct.pack("<Q", received)), (DROPPED, struct.pack("<Q", dropped)))
        blocks.append(_block(INTERFACE_STATISTICS, struct.pack("<III", 0, ticks >> 32, ticks & 0xFFFFFFFF) + counters))
    return b"".join(blocks)
