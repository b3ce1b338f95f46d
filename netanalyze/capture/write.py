"""Writers of pcapng and pcap, little-endian: the live recording, slices of a capture, and tests.

draft-ietf-opsawg-pcapng and draft-ietf-opsawg-pcap.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any, Self

from netanalyze.capture import blocks
from netanalyze.capture.detect import MICROSECONDS, NANOSECONDS, SECTION_HEADER

SECTION_APPLICATION = 4
STATISTICS_START, STATISTICS_END = 2, 3
NANOSECOND_RESOLUTION = 9
LENGTH_UNKNOWN = 0xFFFFFFFFFFFFFFFF
LONGEST_OPTION = 0xFFFF

Option = tuple[int, bytes]


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _options(options: Iterable[Option]) -> bytes:
    """Options and their end; nothing at all where there are none."""
    parts = []
    for code, value in options:
        if len(value) > LONGEST_OPTION:
            raise ValueError(f"option {code} has {len(value)} octets; a pcapng option holds {LONGEST_OPTION} at most")
        parts.append(struct.pack("<HH", code, len(value)) + _padded(value))
    return b"".join(parts) + bytes(4) if parts else b""


def _comments(comment: str | Sequence[str] | None) -> list[Option]:
    texts = [] if comment is None else [comment] if isinstance(comment, str) else comment
    return [(blocks.OPTION_COMMENT, text.encode()) for text in texts]


class _Writer:
    """What both writers do with their stream at the end."""

    _stream: Any

    def flush(self) -> None:
        """Flush the stream."""
        if hasattr(self._stream, "flush"):
            self._stream.flush()

    def close(self) -> None:
        """Flush and close the stream."""
        self.flush()
        if hasattr(self._stream, "close"):
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PcapngWriter(_Writer):
    """Writes one section of pcapng to a binary stream.

    Args:
        stream: has ``write(octets)``; ``flush`` and ``close`` are called if it has them.
        application: name of the program, for the section header.
        comment: one or several comments of the section, each of at most 65,535 octets as UTF-8.

    Raises:
        ValueError: a comment or name is longer than an option can be.
    """

    def __init__(self, stream: Any, application: str = "netanalyze", comment: str | Sequence[str] | None = None):
        self._stream = stream
        self._interfaces = 0
        options = _options([*_comments(comment), (SECTION_APPLICATION, application.encode())])
        fixed = struct.pack("<IHHQ", blocks.BYTE_ORDER_MAGIC, 1, 0, LENGTH_UNKNOWN)
        self._block(SECTION_HEADER, fixed + options)

    def _block(self, kind: int, body: bytes) -> None:
        total = len(body) + 12
        self._stream.write(struct.pack("<II", kind, total) + body + struct.pack("<I", total))

    def add_interface(self, name: str = "", link_type: int = 1, snap_length: int = 0) -> int:
        """Describe an interface, its time stamps in ns; returns its id. A snap length of 0 is no limit."""
        options: list[Option] = [(blocks.IF_NAME, name.encode())] if name else []
        options.append((blocks.IF_TIME_RESOLUTION, bytes([NANOSECOND_RESOLUTION])))
        self._block(blocks.INTERFACE_DESCRIPTION, struct.pack("<HHI", link_type, 0, snap_length) + _options(options))
        self._interfaces += 1
        return self._interfaces - 1

    def write(
        self,
        interface_id: int,
        time_ns: int,
        octets: bytes,
        original_length: int | None = None,
        comment: str | Sequence[str] | None = None,
    ) -> None:
        """Write a frame of an interface that was added before.

        Args:
            time_ns: ns since the epoch, not negative.
            octets: as captured.
            original_length: on the wire, octets; by default that of ``octets``.

        Raises:
            ValueError: no such interface, a time before 1970, or a comment of more than 65,535 octets.
        """
        if not 0 <= interface_id < self._interfaces:
            raise ValueError(f"interface {interface_id} was not added; there are {self._interfaces}")
        if time_ns < 0:
            raise ValueError(f"time {time_ns} ns is before 1970; pcapng's time stamps are unsigned")
        captured = len(octets)
        total = 32 + captured + -captured % 4
        options = _options(_comments(comment)) if comment else b""
        total += len(options)
        original = captured if original_length is None else original_length
        head = struct.pack(
            "<IIIIIII",
            blocks.ENHANCED_PACKET,
            total,
            interface_id,
            time_ns >> 32,
            time_ns & 0xFFFFFFFF,
            captured,
            original,
        )
        self._stream.write(b"".join((head, octets, bytes(-captured % 4), options, struct.pack("<I", total))))

    def write_statistics(
        self,
        interface_id: int,
        received: int | None = None,
        dropped: int | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> None:
        """Write what the capturing system counted of an interface; None is left out.

        ``start_ns`` and ``end_ns`` are when its capture began and ended, ns since the epoch.
        """
        options: list[Option] = []
        for code, moment in ((STATISTICS_START, start_ns), (STATISTICS_END, end_ns)):
            if moment is not None:
                options.append((code, struct.pack("<II", moment >> 32, moment & 0xFFFFFFFF)))
        for code, count in ((blocks.ISB_RECEIVED, received), (blocks.ISB_INTERFACE_DROPPED, dropped)):
            if count is not None:
                options.append((code, struct.pack("<Q", count)))
        now = end_ns if end_ns is not None else start_ns or 0
        fixed = struct.pack("<III", interface_id, now >> 32, now & 0xFFFFFFFF)
        self._block(blocks.STATISTICS, fixed + _options(options))


class PcapWriter(_Writer):
    """Writes a classic pcap file to a binary stream.

    Args:
        stream: has ``write(octets)``; ``flush`` and ``close`` are called if it has them.
        link_type: LINKTYPE number of all frames.
        snap_length: octets kept of a frame, as the header states it.
        nanoseconds: time stamps in ns; else in µs, rounded down.
    """

    def __init__(self, stream: Any, link_type: int = 1, snap_length: int = 262_144, nanoseconds: bool = True):
        self._stream = stream
        self._tick_ns = 1 if nanoseconds else 1_000
        magic = NANOSECONDS if nanoseconds else MICROSECONDS
        stream.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type))

    def write(self, time_ns: int, octets: bytes, original_length: int | None = None) -> None:
        """Write a frame; times are ns since the epoch, lengths in octets.

        Raises:
            ValueError: the time is before 1970 or after 2106: its seconds do not fit 32 bits.
        """
        whole, rest = divmod(time_ns, 1_000_000_000)
        if not 0 <= whole <= 0xFFFFFFFF:
            raise ValueError(f"time {time_ns} ns is outside 1970 to 2106, all that pcap can say")
        original = len(octets) if original_length is None else original_length
        self._stream.write(struct.pack("<IIII", whole, rest // self._tick_ns, len(octets), original) + octets)
