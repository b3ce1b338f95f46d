"""Reading a capture again for its packets: the same decoding and tracking kernels, a row a packet, nothing kept.

The analysis itself forgets packets; whoever wants to see them reads the file once more, for all packets, for those of
one flow, or up to one frame.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.recording import RecordedRun, read_run
from netanalyze.capture.source import Source, open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.isolation import isolated
from netanalyze.kernel import Engine
from netanalyze.tracking.state import FlowState
from netanalyze.tracking.tracker import FlowTracker, Payload
from netanalyze.wire.packets import matrix

Take = Callable[[FrameBatch, np.ndarray], None]


class PacketTracker(FlowTracker):
    """A FlowTracker that hands each batch with its decoded rows, ``i8 (n, WIDTH)``, to ``take`` and keeps none of it.

    Rows bear ``flow_id``, ``direction``, ``marks`` and ``stream_offset`` as the analysis had them.
    """

    def __init__(self, engine: Engine, take: Take):
        super().__init__(engine, Diagnostics())
        self._take = take

    def _keep_rows(self, batch: FrameBatch, packets: Any) -> None:
        self._take(batch, matrix(packets, len(batch)))
        self._gaps.clear()
        self._records.clear()

    def _payloads(self, batch: FrameBatch, buffer: np.ndarray, packets: Any) -> Iterator[Payload]:
        return iter(())


class FrameReader:
    """The capture of an analysis, to be read again.

    Args:
        paths: as they were opened.
        kernels: auto, plain or compiled.

    Attributes:
        run: the run under which the capture was made, where it bears one; known once it was read to its end.
    """

    def __init__(self, paths: Sequence[str], kernels: str = "auto"):
        self.paths, self.kernels = list(paths), kernels
        self.run: RecordedRun | None = None
        self._seen = self._fingerprint()

    def _fingerprint(self) -> list[tuple[int, int] | None]:
        found: list[tuple[int, int] | None] = []
        for path in self.paths:
            try:
                status = os.stat(path)
                found.append((status.st_size, status.st_mtime_ns))
            except OSError:
                found.append(None)
        return found

    def check(self) -> None:
        """Make sure that what is read now is what was analysed.

        Raises:
            CaptureError: it came from a pipe, is gone, or has changed.
        """
        for path, then, now in zip(self.paths, self._seen, self._fingerprint()):
            if path == "-":
                raise CaptureError("standard input", "cannot be read again; save it to a file and open that")
            if now is None:
                raise CaptureError(path, "is not there any more; frames and packets are read from it when asked for")
            if not os.path.isfile(path):
                raise CaptureError(path, "is no regular file and cannot be read again; save it to a file and open that")
            if now != then:
                raise CaptureError(path, "has changed since it was analysed; open it again")

    def read(self, take: Callable[[FrameBatch, np.ndarray, Interfaces], bool | None]) -> FlowState:
        """Hand every batch with its rows to ``take``, until it returns True; gives the flows as they then are.

        Raises:
            CaptureError, MissingProgram: as ``open_source``; and as ``check``.
        """
        self.check()
        engine = Engine(self.kernels)
        done = False
        with open_source(self.paths, Diagnostics(), engine) as source:

            def pass_on(batch: FrameBatch, packets: np.ndarray) -> None:
                nonlocal done
                done = bool(take(batch, packets, source.interfaces))

            tracker = PacketTracker(engine, pass_on)
            for batch in source.batches():
                for _ in tracker.feed(batch, source.interfaces.link_types()):
                    pass
                if done:
                    break
            self.run = recorded(source) if not done else self.run
        return tracker.state


def recorded(source: Source) -> RecordedRun | None:
    """The run that a capture, or a recorder's archive, bears; as the analysis takes it (``netanalyze.api.analyze``)."""
    with isolated("the run that the recording bears", Diagnostics()):
        run = read_run(source.comments)
        if run is None and source.texts:
            from netanalyze.recorder.archive import recorded_run

            run = recorded_run(source.texts)
        return run
    return None
