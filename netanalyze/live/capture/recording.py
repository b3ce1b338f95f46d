"""The recording: frames go into a pcapng file and, as the very same rows, to the analysis."""

import os
import time
from array import array
from collections.abc import Callable, Mapping
from typing import Any

from netanalyze.capture.annotate import annotate
from netanalyze.capture.batch import FRAME, FrameBatch, Interface, Interfaces
from netanalyze.capture.recording import RecordedRun, run_comments
from netanalyze.capture.write import PcapngWriter
from netanalyze.errors import LiveError, OutputRefused
from netanalyze.kept_runs import MOST_OF_ONE, KeptRuns, open_kept_runs, place_of_kept_runs
from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.headers import frame_batch
from netanalyze.live.capture.links import Link
from netanalyze.live.capture.slim import Slimmer
from netanalyze.output_files import OutputFile
from netanalyze.wording import Text, Verbatim, message

APPLICATION = "netanalyze live"
BLOCK_OCTETS = 64
"""Octets of a packet block beside its frame, rounded up."""
TAKEN_MOST = 100
"""Names tried for a recording without one, where each is taken between the look and the file."""


class _Counting:
    """A binary stream that knows how much was written."""

    def __init__(self, file: Any):
        self._file, self.position = file, 0

    def write(self, octets: bytes) -> None:
        self._file.write(octets)
        self.position += len(octets)

    def flush(self) -> None:
        self._file.flush()


class Recorder:
    """Writes one recording.

    Args:
        path: of the pcapng file; it is begun at once, under this very name (netanalyze.output_files).
        links: the interfaces, in the order in which frames number them.
        snap_length: octets kept of a frame.
        run: what is known of the run before it begins.
        slim: cut encrypted bulk payload to its headers; the analysis gets the same rows.
        force: replace what is there.
        most: octets the file may have; frames beyond are analysed and not written. None: any number.

    Attributes:
        interfaces: as a reader of the file would have them.
        frame_count: frames written.
        failure: why writing stopped early (a full disk); None so far. Frames are still handed on.
        left_out: frames that were not written since the file would have become larger than ``most``.
        is_nowhere: nothing is kept of what is written: it is the null device.

    Raises:
        OutputRefused: there is such a file.
        OSError: it cannot be made.
    """

    def __init__(
        self,
        path: str,
        links: list[Link],
        snap_length: int,
        run: RecordedRun,
        slim: bool = False,
        most: int | None = None,
        force: bool = False,
    ):
        self.path, self._links, self.frame_count = path, links, 0
        self.is_nowhere = path == os.devnull
        self.failure: OSError | None = None
        self.left_out = 0
        self._most, self._slimmer = most, Slimmer(links) if slim else None
        self._positions = array("Q")
        self._file = OutputFile(path, force, growing=True)
        self._stream = _Counting(self._file.stream)
        self.interfaces = Interfaces()
        self._start_ns = time.time_ns()
        try:
            self._writer = self._begun(snap_length, run)
        except OSError:
            self._file.discard()  # a recording without a beginning is none
            raise

    def _begun(self, snap_length: int, run: RecordedRun) -> PcapngWriter:
        """What stands before the first frame, written."""
        writer = PcapngWriter(self._stream, APPLICATION, run_comments(run))
        for link in self._links:
            writer.add_interface(link.name, link.link_type, snap_length)
            self.interfaces.add(
                Interface(link.link_type, snap_length, link.name, units_per_second=1_000_000_000, file=self.path)
            )
        writer.flush()
        return writer

    def add(self, frames: list[CapturedFrame]) -> FrameBatch:
        """Write ``frames`` (at least one); gives them as a batch like the file's reader would."""
        if self._slimmer is not None:
            frames = self._slimmer.cut(frames)
        batch = frame_batch(frames, self.frame_count + 1)
        for row, (interface, time_ns, octets, original) in enumerate(frames):
            batch.frames[row, FRAME.FILE_OFFSET] = self._stream.position
            if self.failure is None and not self._is_full(len(octets)):
                self._positions.append(self._stream.position)
                try:
                    self._writer.write(interface, time_ns, octets, original)
                except OSError as error:
                    self.failure = error
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
        positions = {n: self._positions[n - 1] for n in comments if 0 < n <= len(self._positions)}
        if self.failure is None and positions and not self._file.is_special:
            with self._file.reopened() as old, OutputFile(self.path, force=True) as new:
                annotate(old, new.stream, positions, comments)

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
            self._file.keep()
        except OSError as error:
            self.failure = self.failure or error
        finally:
            self.path = self._file.path

    def discard(self) -> None:
        """The command was never released: leave nothing behind."""
        self._file.discard()


def begin(path: str, make: Callable[[str, int | None], Recorder], most: int | None) -> Recorder:
    """The recorder that ``make`` makes for the path that was asked for.

    Raises:
        OutputRefused: what was asked for is there.
        LiveError: it cannot be written.
    """
    try:
        return make(path, most)
    except OSError as error:
        why = error.strerror or str(error)
        said = "{path}: cannot be written: {why}; choose another with -w"
        raise LiveError(message(said, path=Verbatim(path), why=why)) from error


class Keeping:
    """A run that is kept among the last ones, for nobody asked for its recording.

    Args:
        most: octets it may have; None: as many as a kept run has.

    Attributes:
        refusal: why it is not kept, for people; empty where it is.
        most: octets of the recording.
    """

    def __init__(self, most: int | None):
        self.most = min(most or MOST_OF_ONE, MOST_OF_ONE)
        self.refusal: Text = ""
        self._runs: KeptRuns | None = open_kept_runs(make=True)

    def begin(self, make: Callable[[str, int | None], Recorder]) -> Recorder:
        """A recorder under a name of our own in the folder of kept runs, the oldest of which make room; else one to nowhere."""
        if self._runs is None:
            self.refusal = message(
                "this run is not kept: {place} and the folders above it must be yours or root's, no links, and writable by "
                "nobody else; -w FILE records it",
                place=Verbatim(place_of_kept_runs()) or message("the state directory"),
            )
            return make(os.devnull, None)
        try:
            self._runs.make_room(1, self.most)
            return _begun_in(self._runs.path, lambda path: make(path, self.most))
        except (OSError, LiveError) as error:
            why = error.sentence if isinstance(error, LiveError) else error.strerror or str(error)
            said = "this run is not kept: {path}: {why}; -w FILE records it"
            self.refusal = message(said, path=Verbatim(self._runs.path), why=why)
            return make(os.devnull, None)

    def end(self, path: str, summary: Mapping[str, Any] | None) -> None:
        """It is recorded: say what a list says of it, and let the oldest runs go."""
        if self._runs is not None and not self.refusal:
            if summary is not None:
                self._runs.summarize(path, summary)
            try:
                self._runs.make_room()
            except OSError:
                pass  # the next run makes it

    def close(self) -> None:
        """Let go of the folder."""
        if self._runs is not None:
            self._runs.close()


def _begun_in(folder: str, make: Callable[[str], Recorder]) -> Recorder:
    """One under a name of our own; where somebody else takes that meanwhile, under the next."""
    for _ in range(TAKEN_MOST):
        path = default_path(time.time(), folder)
        try:
            return make(path)
        except OutputRefused:
            if not os.path.lexists(path):
                raise
    raise LiveError(message("{path}: every name is taken at once; choose one with -w", path=Verbatim(folder)))


def default_path(now: float, folder: str) -> str:
    """``netanalyze-YYYYmmdd-HHMMSS.pcapng`` in ``folder``, with a number where that is taken."""
    stem = os.path.join(folder, time.strftime("netanalyze-%Y%m%d-%H%M%S", time.localtime(now)))
    number, path = 1, f"{stem}.pcapng"
    while os.path.lexists(path):
        number += 1
        path = f"{stem}-{number}.pcapng"
    return path
