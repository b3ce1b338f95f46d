"""pcapng as it arrives on a pipe, in any pieces: frames out as soon as they are whole.

The reader of files (netanalyze.capture.pcapng) asks for octets and waits; here they are pushed in.
"""

import struct
import sys

from netanalyze.capture import blocks
from netanalyze.capture.clocks import clock, moment_ns
from netanalyze.capture.detect import SECTION_HEADER
from netanalyze.capture.linktypes import link_type
from netanalyze.errors import LiveError
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.links import Link
from netanalyze.wording import message

_ORDER = "<" if sys.byteorder == "little" else ">"
_HEAD = struct.Struct(_ORDER + "II")
_PACKET = struct.Struct(_ORDER + "5I")
LONGEST = 64 * 1024 * 1024


class BlockStream:
    """Takes one section of pcapng in this machine's byte order (dumpcap writes no other).

    Attributes:
        links: the interfaces described so far.
        counted: per interface, received and dropped, once the statistics came.
    """

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.counted: dict[int, tuple[int | None, int | None]] = {}
        self._clocks: list[tuple[int, int, int]] = []
        self._rest = b""

    def push(self, octets: bytes) -> list[CapturedFrame]:
        """The frames that ``octets`` make whole.

        Raises:
            LiveError: this is no pcapng.
        """
        data = self._rest + octets if self._rest else octets
        at, end, frames = 0, len(data), []
        little = sys.byteorder == "little"
        while end - at >= 12:
            kind, total = _HEAD.unpack_from(data, at)
            if (
                total < 12
                or total % 4
                or total > LONGEST
                or (at == 0 and not self.links and kind not in (SECTION_HEADER, 1))
            ):
                words = "the capture program wrote no pcapng: block of type {kind}, {count} octets"
                raise LiveError(message(words, kind=f"{kind:#x}", count=total))
            if at + total > end:
                break
            if kind == blocks.ENHANCED_PACKET:
                interface, high, low, captured, original = _PACKET.unpack_from(data, at + 8)
                start = at + 28
                if interface < len(self._clocks) and captured <= total - 32:
                    time_ns = moment_ns(high, low, *self._clocks[interface])
                    frames.append(CapturedFrame(interface, time_ns, data[start : start + captured], original))
            elif kind == blocks.INTERFACE_DESCRIPTION:
                described = blocks.description(data[at : at + total], little)
                if described:
                    self.links.append(Link(described.name, link_type(described.link_type)))
                    self._clocks.append(clock(described.resolution, described.offset_seconds)[:3])
            elif kind == blocks.STATISTICS:
                counted = blocks.statistics(data[at : at + total], little)
                if counted:
                    self.counted[counted.interface] = (counted.received, counted.dropped)
            at += total
        self._rest = data[at:]
        return frames
