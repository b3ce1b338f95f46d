"""From paths to frames: ``open_source`` opens one capture that may be in several files."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.detect import Format
from netanalyze.capture.merge import merged
from netanalyze.capture.pcap import PcapReader
from netanalyze.capture.pcapng import PcapngReader
from netanalyze.capture.reader import Comments, Reader
from netanalyze.capture.snoop import SnoopReader
from netanalyze.capture.streams import FileStream, open_stream
from netanalyze.capture.window import Window
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.kernel import Engine

READ_OCTETS = 4 * 1024 * 1024
"""Octets read at a time. Measured: 64 MiB is half as fast, a memory map no faster."""
READ_OCTETS_EACH = 256 * 1024
"""With many files each is read in smaller pieces, down to this, so that memory stays bounded."""

READERS: dict[Format, type[Reader]] = {
    Format.PCAP: PcapReader, Format.PCAPNG: PcapngReader, Format.SNOOP: SnoopReader
}  # fmt: skip
Progress = Callable[[int, int | None], None]


class Source:
    """The frames of one or several capture files, by time; made by ``open_source``.

    Attributes:
        paths: as given; ``-`` is standard input.
        formats: of each path: ``pcap``, ``pcapng``, ``gzip pcap`` …
        interfaces: known so far; ids are unique over files and sections. Those of a pcap file are
            known from the start, those of a pcapng file at the latest when a frame names them.
        octets_total: length of all files, compressed as they are; None if one is a pipe.
        frame_count: frames handed out so far.
        comments: ``(frame_number, text)`` of pcapng's frames, ``(None, text)`` of its sections;
            at most 10,000, those of batches read so far.
    """

    def __init__(
        self, files: list[FileStream], formats: list[str], readers: list[Reader], interfaces: Interfaces,
        diagnostics: Diagnostics, engine: Engine, progress: Progress | None, archives: Sequence[Any] = (),
    ):  # fmt: skip
        self.paths = [file.path for file in files]
        self.formats, self.interfaces = formats, interfaces
        self.frame_count = 0
        sizes = [file.size for file in files]
        self.octets_total = None if None in sizes else sum(size for size in sizes if size is not None)
        self._files, self._readers, self._diagnostics = files, readers, diagnostics
        self._engine, self._progress, self._archives = engine, progress, archives
        self._comments = readers[0].comments if len(readers) == 1 else Comments()
        self._begun = False

    @property
    def comments(self) -> list[tuple[int | None, str]]:
        """Comments read so far."""
        return self._comments.rows

    @property
    def texts(self) -> dict[str, bytes]:
        """What archives of the recorder hold beside their captures, by name; all of it after the last batch."""
        return {name: text for stream in self._archives for name, text in stream.texts.items()}

    @property
    def error(self) -> CaptureError | None:
        """What ended the reading of a file early (of several, the first named), or None so far."""
        return next((reader.error for reader in self._readers if reader.error), None)

    @property
    def octets_done(self) -> int:
        """Octets taken from the files so far, compressed as they are."""
        return sum(file.octets_read for file in self._files)

    def batches(self) -> Iterator[FrameBatch]:
        """All frames, once. A batch's arrays are filled anew when the next is asked for: copy what must stay.

        Never raises for what is in the files: a file that is cut or stops making sense ends there
        (``error``, and diagnostics ``cut_short`` or ``corrupt``).

        Raises:
            RuntimeError: the frames were asked for before.
        """
        if self._begun:
            raise RuntimeError("the frames of a Source can be read once; open it again")
        self._begun = True
        sole = len(self._readers) == 1
        batches = self._readers[0].batches() if sole else merged(self._readers, self._engine, self._comments)
        for batch in batches:
            self.frame_count += len(batch)
            yield batch
            if self._progress:
                self._progress(self.octets_done, self.octets_total)
        for interface in self.interfaces.rows:
            if interface.dropped:
                of = f" of {interface.received}" if interface.received is not None else ""
                name = interface.name or "interface"
                self._diagnostics.add("kernel_drops", interface.dropped, detail=f"{name}: {interface.dropped}{of}")

    def __iter__(self) -> Iterator[FrameBatch]:
        return self.batches()

    def close(self) -> None:
        """Close the files."""
        for reader in self._readers:
            reader.window.settle()
        for file in self._files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


AHEAD_OCTETS = 64 * 1024 * 1024
"""Files from this size on are read ahead in a thread, where compiled kernels leave the interpreter free for it."""


def _window(stream: Any, read_octets: int, engine: Engine) -> Window:
    size = getattr(stream, "size", None) or 0
    return Window(stream, read_octets, ahead=engine.compiled and stream.eager and size >= AHEAD_OCTETS)


def open_source(
    paths: Sequence[str | os.PathLike[str]],
    diagnostics: Diagnostics,
    engine: Engine,
    read_octets: int = READ_OCTETS,
    progress: Progress | None = None,
) -> Source:
    """Open a capture: pcap, pcapng or snoop, as it is or compressed with gzip, zstd or lz4; a pipe, ``-``, or files.

    An archive of the recorder (``netanalyze recorder``) is opened as the capture that is in it.

    Several paths are one capture, merged by time. Of each the file header is read now (of a pipe,
    this waits for it).

    Args:
        diagnostics: trouble in the files is counted here while they are read.
        engine: runs the kernels.
        read_octets: read at a time; memory is a small multiple of it, or of the longest frame.
        progress: called after each batch with octets done and in all (None: not known).

    Raises:
        NotACapture: a file begins like no capture format we know, or is empty.
        CorruptCapture: a file ends within its header.
        CaptureError: a file cannot be opened or read.
        MissingProgram: the package that decompresses zstd or lz4 is not installed.
    """
    if not paths:
        raise ValueError("no path: nothing to open")
    interfaces = Interfaces()
    sole = len(paths) == 1
    each = read_octets if sole else min(read_octets, max(READ_OCTETS_EACH, read_octets // len(paths)))
    files: list[FileStream] = []
    formats: list[str] = []
    readers: list[Reader] = []
    archives: list[Any] = []
    windows: list[Window] = []
    try:
        for path in paths:
            files.append(FileStream(os.fspath(path)))
            stream, found, compression = open_stream(files[-1])
            archives += [stream] if hasattr(stream, "texts") else []
            formats.append(f"{compression.value} {found.value}" if compression else found.value)
            windows.append(_window(stream, each, engine))
            readers.append(READERS[found](files[-1].path, windows[-1], interfaces, diagnostics, engine, sole))
    except BaseException:
        for window in windows:
            window.settle()
        for file in files:
            file.close()
        raise
    return Source(files, formats, readers, interfaces, diagnostics, engine, progress, archives)
