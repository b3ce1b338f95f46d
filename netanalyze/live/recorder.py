"""The recording: frames go into a pcapng file and, as the very same rows, to the analysis."""

import os
import time
from array import array
from typing import Any

import numpy as np

from netanalyze.capture.annotate import annotate
from netanalyze.capture.batch import WIDTH, FrameBatch, Interface, Interfaces
from netanalyze.capture.recording import RecordedRun, run_comments
from netanalyze.capture.write import PcapngWriter
from netanalyze.live.frames import Counted, Frame
from netanalyze.live.links import Link
from netanalyze.live.slim import Slimmer

APPLICATION = "netanalyze live"
BLOCK_OCTETS = 64
"""Octets of a packet block beside its frame, rounded up."""


class _Counting:
    """A binary file that knows how much was written."""

    def __init__(self, file: Any):
        self._file, self.position = file, 0

    def write(self, octets: bytes) -> None:
        self._file.write(octets)
        self.position += len(octets)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class Recorder:
    """Writes one recording.

    Args:
        path: of the pcapng file; it is begun at once.
        links: the interfaces, in the order in which frames number them.
        snap_length: octets kept of a frame.
        run: what is known of the run before it begins.
        slim: cut encrypted bulk payload to its headers; the analysis gets the same rows.
        most: octets the file may have; frames beyond are analysed and not written. None: any number.

    Attributes:
        interfaces: as a reader of the file would have them.
        frame_count: frames written.
        failure: why writing stopped early (a full disk); None so far. Frames are still handed on.
        left_out: frames that were not written since the file would have become larger than ``most``.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(
        self,
        path: str,
        links: list[Link],
        snap_length: int,
        run: RecordedRun,
        slim: bool = False,
        most: int | None = None,
    ):
        self.path, self._links, self.frame_count = path, links, 0
        self.failure: OSError | None = None
        self.left_out = 0
        self._most, self._slimmer = most, Slimmer(links) if slim else None
        self._positions = array("Q")
        self._stream = _Counting(open(path, "wb"))  # noqa: SIM115 - closed by finish
        self._writer = PcapngWriter(self._stream, APPLICATION, run_comments(run))
        self.interfaces = Interfaces()
        for link in links:
            self._writer.add_interface(link.name, link.link_type, snap_length)
            self.interfaces.add(
                Interface(link.link_type, snap_length, link.name, units_per_second=1_000_000_000, file=path)
            )
        self._start_ns = time.time_ns()
        self._writer.flush()

    def add(self, frames: list[Frame]) -> FrameBatch:
        """Write ``frames`` (at least one); gives them as a batch like the file's reader would."""
        if self._slimmer is not None:
            frames = [self._slimmer.cut(frame) for frame in frames]
        rows = np.empty((len(frames), WIDTH), dtype=np.int64)
        start = 0
        for row, (interface, time_ns, octets, original) in enumerate(frames):
            rows[row] = start, len(octets), original, time_ns, interface, self._stream.position
            start += len(octets)
            if self.failure is None and not self._is_full(len(octets)):
                self._positions.append(self._stream.position)
                try:
                    self._writer.write(interface, time_ns, octets, original)
                except OSError as error:
                    self.failure = error
        batch = FrameBatch(
            np.frombuffer(b"".join(f.octets for f in frames), dtype=np.uint8), rows, self.frame_count + 1
        )
        self.frame_count += len(frames)
        return batch

    def _is_full(self, octets: int) -> bool:
        """Whether one more frame would make the file too large; once it did, no more are written."""
        if self._most is not None and (self.left_out or self._stream.position + octets + BLOCK_OCTETS > self._most):
            self.left_out += 1
            return True
        return False

    def remark(self, comments: dict[int, list[str]]) -> None:
        """Put comments on frames, by number, once the file is closed; where that fails it stays as it is.

        Raises:
            OSError, ValueError: as of ``annotate``.
        """
        if self.failure is None and os.path.isfile(self.path):
            positions = {n: self._positions[n - 1] for n in comments if 0 < n <= len(self._positions)}
            annotate(self.path, positions, comments)

    def flush(self) -> None:
        """Let other programs see what was written so far."""
        if self.failure is None:
            try:
                self._writer.flush()
            except OSError as error:
                self.failure = error

    def finish(self, counted: list[Counted], run: RecordedRun) -> None:
        """Write the counters and the run, and close the file."""
        for number, counts in enumerate(counted[: len(self.interfaces.rows)]):
            interface = self.interfaces.rows[number]
            interface.received, interface.dropped = counts
        try:
            if self.failure is None:
                for number, counts in enumerate(counted[: len(self._links)]):
                    self._writer.write_statistics(number, *counts, self._start_ns, time.time_ns())
                PcapngWriter(self._stream, APPLICATION, run_comments(run)).flush()
        except OSError as error:
            self.failure = error
        try:
            self._stream.close()
        except OSError as error:
            self.failure = self.failure or error


def default_path(now: float, folder: str) -> str:
    """``netanalyze-YYYYmmdd-HHMMSS.pcapng`` in ``folder``, with a number where that is taken."""
    stem = os.path.join(folder, time.strftime("netanalyze-%Y%m%d-%H%M%S", time.localtime(now)))
    number, path = 1, f"{stem}.pcapng"
    while os.path.lexists(path):
        number += 1
        path = f"{stem}-{number}.pcapng"
    return path
