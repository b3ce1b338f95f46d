"""Captures as plain data, and how the laws feed them to an Analyzer.

A *frame* is ``Frame(time_ns, octets, original_length, interface)``; a *capture* is its frames and the link
types of its interfaces.
"""

import functools
import itertools
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import FRAME, FrameBatch, Interface, Interfaces
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.wire.link import dispatch

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
RECIPES = sorted(CAPTURES.glob("*/*/*.pcapng"))
RECORDINGS = sorted(CAPTURES.glob("recorded/*/capture.pcap*"))
START_NS = 1_700_000_000_000_000_000
FUZZ = int(os.environ.get("FUZZ", "1"))
"""Examples of each law: half as many in the ordinary run; ``FUZZ=50 python -m pytest tests/laws`` searches for an hour."""


COMPILED = Engine().compiled
compiled_kernels = pytest.mark.skipif(not COMPILED, reason="kernels run plain (netanalyze version says why)")


def examples(count):
    """Settings of a law that is tried on ``count`` examples for each FUZZ, and on half as many in the ordinary run.

    On two at the least: the first that is tried is the simplest, and shows little.
    """
    return settings(max_examples=count * FUZZ if FUZZ > 1 else max(2, (count + 1) // 2))


def name(path):
    """``tls/alert/hit`` for a test's name."""
    return str(path.relative_to(CAPTURES).with_suffix(""))


class Frame(NamedTuple):
    """One captured frame."""

    time_ns: int
    octets: bytes
    original_length: int
    interface: int = 0


class Capture(NamedTuple):
    """Frames, and the link type of each interface."""

    frames: tuple
    link_types: tuple = (dispatch.ETHERNET,)


@functools.cache
def read(path):
    """A capture file as a Capture."""
    frames = []
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        for batch in source.batches():
            for start, captured, original, time_ns, interface, _ in batch.frames.tolist():
                frames.append(Frame(time_ns, batch.buffer[start : start + captured].tobytes(), original, interface))
        return Capture(tuple(frames), tuple(row.link_type for row in source.interfaces.rows))


def interfaces(capture):
    """The capture's interfaces as a source would give them."""
    return Interfaces([Interface(link_type) for link_type in capture.link_types])


def batches(capture, cuts=()):
    """The capture as batches that end before the frames with these indices (equal cuts: an empty batch)."""
    edges = [0, *sorted(cuts), len(capture.frames)]
    for begin, end in itertools.pairwise(edges):
        rows = np.zeros((end - begin, FRAME.WIDTH), dtype=np.int64)
        at = 0
        for row, frame in enumerate(capture.frames[begin:end]):
            rows[row] = (at, len(frame.octets), frame.original_length, frame.time_ns, frame.interface, 0)
            at += len(frame.octets)
        buffer = np.frombuffer(bytearray(b"".join(f.octets for f in capture.frames[begin:end])), dtype=np.uint8)
        yield FrameBatch(buffer, rows, begin + 1)


def analysed(capture, cuts=(), engine=None, processes=None, **finish):
    """The Result of a capture that was fed in batches cut like this."""
    analyzer = Analyzer(engine or Engine(mode="plain"), Diagnostics())
    analyzer.processes = processes
    for batch in batches(capture, cuts):
        analyzer.feed(batch, interfaces(capture))
    return analyzer.finish(**finish)


def told(result):
    """All that a result tells: its JSON, strictly, and the tables that are not in it."""
    document = result.to_json()
    document["events"] = list(result.events.rows())
    document["tcp_marks"] = list(result.tcp_marks.rows())
    return json.loads(json.dumps(document, allow_nan=False))


# Engines that watch


class Watched:
    """An array or list whose elements are read and written one by one, inside its bounds, as 64-bit integers."""

    def __init__(self, cells):
        self._cells, self._length = memoryview(cells) if isinstance(cells, np.ndarray) else cells, len(cells)

    def __getitem__(self, at):
        assert 0 <= at < self._length, f"element {at} of {self._length} was read"
        return self._cells[at]

    def __setitem__(self, at, value):
        assert 0 <= at < self._length, f"element {at} of {self._length} was written"
        assert -(2**63) <= value < 2**63, f"{value} was written: machine code would have wrapped"
        self._cells[at] = value

    def __len__(self):
        return self._length


class WatchfulEngine(Engine):
    """Runs kernels as plain Python on arrays that refuse an index outside of them (Python would take -1 from the end)."""

    def __init__(self):
        super().__init__(mode="plain")

    def run(self, function, *arguments):
        """As Engine.run."""
        return function(*(Watched(a) if isinstance(a, (np.ndarray, list)) else a for a in arguments))
