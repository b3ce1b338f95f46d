"""Octets of a file, a pipe or standard input, decompressed, into memory that the caller owns.

Every stream has ``readinto(view) -> int``, the octets placed (0 at the end); ``fault``, what
ended it early, or None; and ``eager``: whether reading on until the view is full keeps nobody
waiting. Nothing here holds more than a few hundred kibibytes of its own (zstd: its window, at
most 128 MiB), however much a compressed file claims to hold.
"""

import errno
import io
import os
import stat
import sys
import zlib
from typing import Any

from netanalyze.capture.detect import LONGEST_MAGIC, LZ4_LEGACY, Format, format_of, is_skippable
from netanalyze.capture.expansion import Expansion
from netanalyze.capture.fault import Fault
from netanalyze.errors import CaptureError, CorruptCapture, MissingProgram, NotACapture
from netanalyze.wording import Text, Verbatim, message

STANDARD_INPUT = "-"
COMPRESSED_READ = 256 * 1024
"""Octets of a compressed file that are read at a time."""
ZSTD_WINDOW = 128 * 1024 * 1024
"""Largest zstd window that is accepted: what zstd itself accepts without ``--long``."""
ZSTD_HEADER, SKIPPABLE_HEADER = 18, 8
"""Octets of the longest zstd frame header (RFC 8878 section 3.1.1.1), and of a skippable frame's."""
SKIPPABLE_MOST = 10_000
"""Skippable frames passed over in a row."""
TAR_BLOCK = 512
"""Octets of a tar file's first header (capture/archive.py)."""
PIPE_OCTETS = 1024 * 1024
"""What a pipe is asked to hold (the most an ordinary user may ask of Linux), so that reads are large."""


def _raw(path: str) -> Any:
    """The unbuffered binary file behind ``path``; raises OSError."""
    if path != STANDARD_INPUT:
        return open(path, "rb", buffering=0)
    try:
        return io.FileIO(sys.stdin.fileno(), closefd=False)
    except (OSError, ValueError, AttributeError):  # standard input was replaced by something without a descriptor
        return getattr(sys.stdin, "buffer", sys.stdin)


class FileStream:
    """The octets of a path as they are.

    Attributes:
        size: octets of a regular file; None for a pipe.
        octets_read: octets taken from the file so far.

    Raises:
        CaptureError: the path cannot be opened or read, with the system's reason.
    """

    def __init__(self, path: str):
        self.path, self.octets_read = path, 0
        self.fault: Fault | None = None
        self._ahead = b""
        try:
            self._file = _raw(path)
        except OSError as error:
            raise _unreadable(path, error) from error
        self.size: int | None = None
        try:
            status = os.fstat(self._file.fileno())
            if stat.S_ISREG(status.st_mode):
                self.size = max(0, status.st_size - (self._file.tell() if path == STANDARD_INPUT else 0))
            elif stat.S_ISFIFO(status.st_mode):
                import fcntl

                fcntl.fcntl(self._file.fileno(), fcntl.F_SETPIPE_SZ, PIPE_OCTETS)
        except (OSError, ValueError, AttributeError, ImportError):
            pass  # no descriptor, or a system without these calls: reads are smaller, nothing else
        self.eager = self.size is not None

    def readinto(self, view: memoryview) -> int:
        """Place octets in ``view``; 0 at the end of the file, or where the system refuses (``fault``)."""
        if self._ahead:
            count = min(len(view), len(self._ahead))
            view[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
            return count
        try:
            count = self._file.readinto(view) or 0
        except OSError as error:
            self.fault = Fault("corrupt", _unreadable(self.path, error))
            return 0
        self.octets_read += count
        return count

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` octets (``COMPRESSED_READ`` where it is negative); empty at the end."""
        buffer = bytearray(COMPRESSED_READ if size < 0 else size)
        return bytes(memoryview(buffer)[: self.readinto(memoryview(buffer))])

    def peek(self, size: int) -> bytes:
        """The next ``size`` octets, fewer at the end of the file; they are still to be read."""
        while len(self._ahead) < size:
            ahead, self._ahead = self._ahead, b""
            more = self.read(max(size - len(ahead), 1))
            self._ahead = ahead + more
            if not more:
                break
        return self._ahead[:size]

    def push_back(self, data: bytes) -> None:
        """Let ``data``, which was read, be read once more."""
        self._ahead = data + self._ahead

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != STANDARD_INPUT:
            self._file.close()


def _unreadable(path: str, error: OSError) -> CaptureError:
    reason: Text = os.strerror(error.errno) if error.errno else str(error)
    if error.errno == errno.EMFILE:
        remedy = "{why}; join some of the captures first: mergecap -w all.pcapng {folder}/*"
        reason = message(remedy, why=reason, folder=Verbatim(os.path.dirname(path) or "."))
    return CaptureError(path, reason)


class _Inflate:
    """gzip in the manner of Python's other decompressors: input it did not need yet is kept inside."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._full = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._state.decompress(self._state.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out

    @property
    def eof(self) -> bool:
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        return not (self._state.eof or self._full or self._state.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._state.unused_data


class MemberStream:
    """A gzip or lz4 stream, decompressed: any number of members, one after the other.

    What follows the last member and begins no other is ignored, as gzip does.
    """

    def __init__(self, inner: FileStream, kind: Format):
        self.path, self.eager = inner.path, inner.eager
        self.fault: Fault | None = None
        self._inner, self._kind = inner, kind
        self._make: Any = _Inflate
        self._errors: tuple[type[Exception], ...] = (zlib.error,)
        if kind is Format.LZ4:
            lz4 = _library("lz4.frame", "lz4", "reading an lz4 capture")
            self._make, self._errors = lz4.LZ4FrameDecompressor, (RuntimeError, EOFError, ValueError)
        self._member = self._make()
        self._ended = False
        self.expansion = Expansion(inner, kind)

    def readinto(self, view: memoryview) -> int:
        """Place decompressed octets in ``view``; 0 at the end, or where the stream is damaged or cut (``fault``)."""
        try:
            while not self._ended:
                data = b""
                if self._member.needs_input:
                    data = self._inner.read(COMPRESSED_READ)
                    if not data:
                        said = "before octet {offset}: the {format} data ends in the middle"
                        self._stop("cut_short", message(said, **self._where()))
                        return 0
                out = self._member.decompress(data, max_length=len(view))
                self.expansion.octets += len(out)
                if self._member.eof:
                    self._next_member()
                if fault := self.expansion.fault:
                    self._ended, self.fault = True, fault
                if out:
                    view[: len(out)] = out
                    return len(out)
        except self._errors as error:
            said = "before octet {offset}: the {format} data is damaged ({why})"
            self._stop("corrupt", message(said, why=Verbatim(error), **self._where()))
        return 0

    def _next_member(self) -> None:
        self.expansion.members += 1
        rest = (self._member.unused_data or b"").lstrip(b"\0")
        while len(rest) < LONGEST_MAGIC:
            more = self._inner.read(COMPRESSED_READ)
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        self._inner.push_back(rest)
        _pass_skippable(self._inner)
        self._ended = format_of(self._inner.peek(LONGEST_MAGIC)) is not self._kind
        self._member = self._make()

    def _where(self) -> dict[str, Any]:
        return {"offset": self._inner.octets_read, "format": str(self._kind)}

    def _stop(self, kind: str, what: Text) -> None:
        self._ended = True
        self.fault = self._inner.fault or Fault(kind, CaptureError(self.path, what))


class ZstdStream:
    """A zstd stream, decompressed: any number of frames. The library does not tell a cut end from an end."""

    def __init__(self, inner: FileStream):
        self.path, self.eager = inner.path, inner.eager
        self.fault: Fault | None = None
        zstandard = _library("zstandard", "zstandard", "reading a zstd capture")
        _refuse_zstd(inner, zstandard.get_frame_parameters)
        self._inner, self._error = inner, zstandard.ZstdError
        decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._reader = decompressor.stream_reader(inner, read_size=COMPRESSED_READ, read_across_frames=True)
        self.expansion = Expansion(inner, Format.ZSTD)

    def readinto(self, view: memoryview) -> int:
        """Place decompressed octets in ``view``; 0 at the end, or where the stream is damaged (``fault``)."""
        if self.fault:
            return 0
        try:
            count = self._reader.readinto1(view)  # what a frame gave is ours before the next one is looked at
        except self._error as error:
            said = "before octet {offset}: the {format} data is damaged ({why})"
            what = message(said, offset=self._inner.octets_read, format="zstd", why=Verbatim(error))
            self.fault = self._inner.fault or Fault("corrupt", CaptureError(self.path, what))
            return 0
        self.expansion.octets += count
        self.fault = self.expansion.fault or (None if count else self._inner.fault)
        return count


def _refuse_zstd(file: FileStream, parameters: Any) -> None:
    """Raise CaptureError for a first frame that needs a dictionary or a larger window, with the command that reads it."""
    try:
        told = parameters(file.peek(ZSTD_HEADER))
    except Exception:  # no frame header, which the decompressor will say better
        return
    if told.dict_id:
        said = (
            "octet 0: it was compressed with dictionary {number}; give it to zstd: zstd -D DICTIONARY -dc {path} | netanalyze "
            "analyze -"
        )
        raise CaptureError(file.path, message(said, number=told.dict_id, path=Verbatim(file.path)))
    if told.window_size > ZSTD_WINDOW:
        said = "octet 0: it needs a window of {count} octets, more than {most}: zstd --long=31 -dc {path} | netanalyze analyze -"
        needs = message(said, count=told.window_size, most=ZSTD_WINDOW, path=Verbatim(file.path))
        raise CaptureError(file.path, needs)


def _pass_skippable(file: FileStream) -> None:
    """Pass over frames that hold nothing (RFC 8878 section 3.1.2; the same in lz4), which pzstd writes before each other."""
    for _ in range(SKIPPABLE_MOST):
        head = file.peek(SKIPPABLE_HEADER)
        if len(head) < SKIPPABLE_HEADER or not is_skippable(head):
            return
        left = SKIPPABLE_HEADER + int.from_bytes(head[4:], "little")
        while left > 0:
            passed = len(file.read(min(left, COMPRESSED_READ)))
            left -= passed
            if not passed:
                return


def _library(module: str, package: str, feature: str) -> Any:
    """Import ``module``; raises MissingProgram with the pip command."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingProgram(feature, message("the package {name}", name=package), f"pip install {package}") from error


class Prefixed:
    """A stream of which the first octets have been looked at."""

    def __init__(self, first: bytes, inner: MemberStream | ZstdStream):
        self._first, self._inner = first, inner
        self.path, self.eager, self.expansion = inner.path, inner.eager, inner.expansion

    @property
    def fault(self) -> Fault | None:
        """What ended the stream early."""
        return self._inner.fault

    def readinto(self, view: memoryview) -> int:
        """Place octets in ``view``; 0 at the end."""
        if self._first:
            count = min(len(view), len(self._first))
            view[:count] = self._first[:count]
            self._first = self._first[count:]
            return count
        return self._inner.readinto(view)


def open_stream(file: FileStream) -> tuple[Any, Format, Format | None]:
    """The decompressed octets of ``file``, their capture format, and what it is compressed with (or None).

    Raises:
        NotACapture: its first octets are no format we know, or what was compressed is no capture.
        CaptureError: the system refuses to read, the compressed data is damaged at its very beginning, or it is
            a tar archive without a capture that we know.
        MissingProgram: the package that decompresses it is not installed.
    """
    _pass_skippable(file)
    first = file.peek(LONGEST_MAGIC)
    found = format_of(first)
    if found is None:
        if file.fault:
            raise file.fault.error
        if first == LZ4_LEGACY:
            said = "octet 0: lz4's legacy format, which is not read; lz4 -dc {path} | netanalyze analyze -"
            raise CaptureError(file.path, message(said, path=Verbatim(file.path)))
        if archive := _archive(file.peek(TAR_BLOCK), file):
            return archive, archive.format, None
        raise NotACapture(file.path, file.peek(8))
    if not found.compressed:
        return file, found, None
    inner = ZstdStream(file) if found is Format.ZSTD else MemberStream(file, found)
    start = bytearray(TAR_BLOCK)
    filled = 0
    while filled < (8 if format_of(bytes(start[:filled])) else TAR_BLOCK):
        count = inner.readinto(memoryview(start)[filled:])
        filled += count
        if not count:
            break
    held = format_of(bytes(start[:filled]))
    if held is None and (archive := _archive(bytes(start[:filled]), Prefixed(bytes(start[:filled]), inner))):
        return archive, archive.format, found
    if held is None or held.compressed:
        if inner.fault:
            raise inner.fault.error
        if not filled:
            raise CorruptCapture(file.path, 0, LONGEST_MAGIC, 0, message("{format} data", format=str(found)))
        raise NotACapture(file.path, bytes(start[:8]))
    return Prefixed(bytes(start[:filled]), inner), held, found


def _archive(start: bytes, stream: Any) -> Any:
    """The capture within a recorder's archive that begins with ``start``; None if that is no tar file.

    Raises:
        CaptureError: it is one of another kind.
    """
    from netanalyze.capture.archive import ArchiveStream, is_tar

    return ArchiveStream(stream) if is_tar(start) else None
