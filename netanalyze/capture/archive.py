"""The archive of the recorder: a tar file whose capture is read as it comes, and whose texts are kept beside it.

POSIX ustar (IEEE Std 1003.1, pax). Nothing is unpacked to disk and no name in it is ever used as a path; only regular
members of the folder ``netanalyze-record`` count, and links, devices and everything else are passed over. What
is held in memory is bounded, however much an archive claims to hold.
"""

import struct
from typing import Any

from netanalyze.capture.detect import LONGEST_MAGIC, SECTION_HEADER, Format, format_of
from netanalyze.capture.fault import Fault
from netanalyze.errors import CaptureError
from netanalyze.wording import Text, Verbatim, message

FOLDER, CAPTURE, ABOUT = "netanalyze-record", "capture.pcap", "about.txt"
BLOCK = 512
"""A tar file is made of such blocks."""
NAME, SIZE, CHECKSUM, TYPE, PREFIX = slice(0, 100), slice(124, 136), slice(148, 156), 156, slice(345, 500)
REGULAR = (b"0", b"\0")
TEXT_OCTETS = 16 * 1024 * 1024
"""Kept of one text; a recording of an hour has some 10 MB of sockets and processes."""
TEXTS_OCTETS = 32 * 1024 * 1024
MEMBERS = 1_000
PASSED_OCTETS = 256 * 1024 * 1024
"""Passed over at most in one archive, before it is taken for a decompression bomb."""
CHUNK = 64 * 1024
EMPTY = struct.pack("<IIIHHqI", SECTION_HEADER, 28, 0x1A2B3C4D, 1, 0, -1, 28)
"""A capture of nothing, for an archive that has none: a pcapng section without interfaces."""


def is_tar(block: bytes) -> bool:
    """Whether ``block`` (512 octets) begins a tar file: its checksum is right.

    >>> is_tar(bytes(512))
    False
    """
    if len(block) < BLOCK or not block[0]:
        return False
    told = _octal(block[CHECKSUM])
    return told is not None and told == sum(block[:148]) + 8 * 0x20 + sum(block[156:BLOCK])


def _octal(field: bytes) -> int | None:
    """A number as tar writes it: octal digits, then blanks or NULs; None if it is none."""
    digits, value = field.strip(b" \0"), 0
    if not digits or any(digit not in b"01234567" for digit in digits):
        return None
    for digit in digits:
        value = value * 8 + digit - ord("0")
    return value


def _name(block: bytes) -> str:
    """The member's name within the recorder's folder, empty if it is not there."""
    name = block[NAME].split(b"\0")[0].decode("utf-8", "replace")
    if block[257:262] == b"ustar" and (prefix := block[PREFIX].split(b"\0")[0]):
        name = f"{prefix.decode('utf-8', 'replace')}/{name}"
    folder, _, inner = name.removeprefix("./").partition("/")
    return inner if folder == FOLDER and "/" not in inner else ""


class ArchiveStream:
    """The capture within an archive, as a stream of octets; an empty one where there is none.

    Args:
        inner: the tar file's octets, at their beginning.

    Attributes:
        texts: the other members by name, as far as they have been passed; all of them once the stream has ended.
        fault: what ended it early.
        format: what the capture is.

    Raises:
        CaptureError: it is a tar file, and not the recorder's.
    """

    def __init__(self, inner: Any):
        self.path, self.eager = inner.path, inner.eager
        self.expansion = getattr(inner, "expansion", None)
        self.texts: dict[str, bytes] = {}
        self._inner = inner
        self._own_fault: Fault | None = None
        self._left = 0  # octets of the capture still to come
        self._padding = 0
        self._members = self._passed = self._kept = 0
        self._ahead = b""
        self._ended = self._found = False
        self._seek_capture()
        if not self._found:
            if ABOUT not in self.texts:
                if self.fault:
                    raise self.fault.error
                raise CaptureError(
                    self.path,
                    message(
                        "a tar archive, but not of netanalyze's recorder (it has no {name}); unpack it",
                        name=f"{FOLDER}/{ABOUT}",
                    ),
                )
            self._ahead, self.format = EMPTY, Format.PCAPNG

    @property
    def fault(self) -> Fault | None:
        """What ended the stream early, or None."""
        return self._own_fault or self._inner.fault

    def readinto(self, view: memoryview) -> int:
        """Place octets of the capture in ``view``; 0 at its end, when all texts have been read too."""
        if self._ahead:
            count = min(len(view), len(self._ahead))
            view[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
            return count
        if self._left:
            count = int(self._inner.readinto(view[: min(len(view), self._left)]))
            self._left -= count
            if count:
                return count
            self._stop("cut_short", "the archive ends within the capture")
        elif not self._ended:
            self._pass(self._padding)
            self._seek_capture()
        return 0

    def _seek_capture(self) -> None:
        """Read on, keeping texts, until the capture comes (once) or the archive ends."""
        while not self._ended:
            block = self._take(BLOCK)
            if len(block) < BLOCK or not block.strip(b"\0"):
                self._ended = True
                return
            size = _octal(block[SIZE])
            self._members += 1
            if not is_tar(block) or size is None or self._members > MEMBERS:
                self._stop("corrupt", "the archive stops making sense")
                return
            name, padding = _name(block), -size % BLOCK
            regular = block[TYPE : TYPE + 1] in REGULAR
            if regular and name == CAPTURE and size >= LONGEST_MAGIC and not self._found:
                self._begin_capture(size, padding)
                return
            if regular and name and name not in self.texts and name != CAPTURE:
                keep = min(size, TEXT_OCTETS, TEXTS_OCTETS - self._kept)
                self.texts[name] = self._within_bounds(name, self._take(keep))
                self._kept += keep
                size -= keep
            self._pass(size + padding)

    def _within_bounds(self, name: str, text: bytes) -> bytes:
        """The first lines of a text, where it has more than so small an archive can tell; ``fault`` says so."""
        most = text.count(b"\n") if self.expansion is None else self.expansion.lines
        if text.count(b"\n") <= most:
            return text
        said = "{name} expands to more than {most} lines, as in a decompression bomb; the rest of it is left out"
        what = message(said, name=Verbatim(name), most=most)
        self._own_fault = self._own_fault or Fault("expands_too_far", CaptureError(self.path, what))
        return text[: len(text) - len(text.split(b"\n", most)[most])]

    def _begin_capture(self, size: int, padding: int) -> None:
        self._found = True
        self._ahead = self._take(LONGEST_MAGIC)
        self._left, self._padding = size - len(self._ahead), padding
        found = format_of(self._ahead)
        if found is None or found.compressed:
            raise CaptureError(self.path, message("what the archive calls {name} is no capture", name=CAPTURE))
        self.format = found

    def _take(self, size: int) -> bytes:
        """The next ``size`` octets, fewer at the end."""
        out = bytearray()
        buffer = memoryview(bytearray(min(size, CHUNK)))
        while len(out) < size:
            count = int(self._inner.readinto(buffer[: min(len(buffer), size - len(out))]))
            if not count:
                break
            out += buffer[:count]
        return bytes(out)

    def _pass(self, size: int) -> None:
        self._passed += size
        if self._passed > PASSED_OCTETS:
            said = "the archive holds more than {limit} octets that are nothing of ours"
            self._stop("corrupt", message(said, limit=PASSED_OCTETS))
            return
        while size > 0:
            count = len(self._take(min(size, CHUNK)))
            size -= count
            if not count:
                self._ended = True
                return

    def _stop(self, kind: str, what: Text) -> None:
        self._ended, self._left = True, 0
        self._own_fault = self._own_fault or self._inner.fault or Fault(kind, CaptureError(self.path, what))
