"""Law: work grows with a capture, and not with its square, whatever is in it. Counted, not timed.

Every line of Python that runs in the package is counted, kernels as plain Python among them, from the file to the JSON, the
terminal's report and the HTML. What C does within a line is not seen: benchmarks/hostile_captures.py takes the seconds.
"""

import collections
import struct
import sys
from pathlib import Path

import costly_attempts
import costly_files
import costly_names
import costly_ordinary
import costly_recipes
import costly_streams
import pytest
from costly import SHAPES
from feeding import FUZZ

import netanalyze
from netanalyze.analyzer import Analyzer
from netanalyze.capture.source import open_source
from netanalyze.clients.trace import parse_trace
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.report.html import render as html
from netanalyze.report.terminal import render as terminal

PACKAGE = str(Path(netanalyze.__file__).parent)
SHAPES_ARE_IN = (costly_attempts, costly_files, costly_names, costly_ordinary, costly_recipes, costly_streams)
SIZE = 24 if FUZZ == 1 else 150
FRAMES_MOST = 400 if FUZZ == 1 else 40_000
"""Of a shape whose pieces are of many frames there are fewer: each line that runs is counted, and that takes its time."""
LEAST = 8
MOST = 2.3
"""Twice as much may take so many times the work: sorting, and what begins only from some number on."""
BEGINS_LATE = 3000
"""Lines of one function that do not tell: what is done once, for the first finding of its kind."""


def capture_file(case, path):
    """The case as a file."""
    octets = case.octets
    if not octets:
        octets = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1) + b"".join(
            struct.pack("<IIII", *divmod(frame.time_ns, 10**9), len(frame.octets), len(frame.octets)) + frame.octets
            for frame in case.frames
        )
    path.write_bytes(octets)
    return path


def reported(case, path):
    """Everything that an analysis ends in."""
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    analyzer = Analyzer(engine, diagnostics)
    with open_source([str(path)], diagnostics, engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    analyzer.processes = case.processes
    trace = parse_trace(case.trace, case.client) if case.trace is not None else None
    result = analyzer.finish(trace=trace, files=[path.name], client=case.client)
    return result, result.to_json(), terminal(result, 100), html(result)


def counted(work):
    """How many lines of the package each of its functions runs."""
    lines = collections.Counter()

    def enter(frame, event, argument):
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            return None
        name = f"{code.co_filename[len(PACKAGE) + 1 :]} {code.co_qualname}"

        def step(frame, event, argument):
            if event == "line":
                lines[name] += 1
            return step

        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


def size_of(name):
    """How many pieces of a shape there are to be, the first time."""
    pieces = SHAPES[name](LEAST).frames
    return max(LEAST, min(SIZE, FRAMES_MOST * LEAST // max(len(pieces), 1)))


@pytest.mark.parametrize("name", SHAPES)
def test_twice_as_much_takes_about_twice_the_work(name, tmp_path):
    size = size_of(name)
    small, large = (SHAPES[name](count) for count in (size, 2 * size))
    files = [capture_file(case, tmp_path / f"{at}.pcap") for at, case in enumerate((small, large))]
    reported(SHAPES[name](4), capture_file(SHAPES[name](4), tmp_path / "first.pcap"))  # what is loaded once
    once, twice = (counted(lambda c=c, f=f: reported(c, f)) for c, f in zip((small, large), files))
    assert sum(twice.values()) <= MOST * sum(once.values())
    grown = {name: (once[name], of) for name, of in twice.items() if of > MOST * once[name] + 12 * size + BEGINS_LATE}
    assert not grown, "these functions took more than their share: (once, twice)"
