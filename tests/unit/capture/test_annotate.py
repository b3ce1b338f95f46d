"""Comments on the frames of a file that is already there."""

import os

import pytest

from netanalyze.capture import annotate as module
from netanalyze.capture.annotate import annotate
from netanalyze.capture.source import open_source
from netanalyze.capture.write import PcapngWriter
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.output_files import OutputFile


@pytest.fixture
def capture(tmp_path):
    """Three frames, the second with a comment of its own, and where each begins."""
    path, positions = tmp_path / "a.pcapng", {}
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment="about the section")
        writer.add_interface("eth0")
        for number, (octets, comment) in enumerate([(b"a" * 61, None), (b"bb", "its own"), (b"", None)], 1):
            positions[number] = file.tell()
            writer.write(0, number * 10**9, octets, 100, comment)
        writer.write_statistics(0, 3, 0)
    return path, positions


def read(path):
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        rows = [
            (batch.buffer[r[0] : r[0] + r[1]].tobytes(), *r[2:4])
            for batch in source.batches()
            for r in batch.frames.tolist()
        ]
        return rows, list(source.comments), source.interfaces.rows[0].received


def commented(path, positions, comments):
    """Put comments on a capture, in its place."""
    with path.open("rb") as old, OutputFile(path, force=True) as new:
        annotate(old, new.stream, positions, comments)


def test_frames_stay_and_comments_come(capture):
    path, positions = capture
    before, comments, received = read(path)
    commented(path, positions, {3: ["third"], 1: ["first", "once more: é"], 2: ["beside"], 9: ["nobody"]})
    after, now, still = read(path)
    assert (after, still) == (before, received)
    assert [text for frame, text in now if frame is None] == [text for frame, text in comments if frame is None]
    told = {number: [text for frame, text in now if frame == number] for number in (1, 2, 3)}
    assert told == {1: ["first", "once more: é"], 2: ["beside", "its own"], 3: ["third"]}


@pytest.mark.parametrize("cut", [0, 5])
def test_comments_that_are_there_can_be_told_anew_and_frames_stay(capture, cut):
    path, positions = capture
    before, _, received = read(path)
    path.write_bytes(path.read_bytes()[: -cut or None])
    with path.open("rb") as old, OutputFile(path, force=True) as new:
        annotate(old, new.stream, positions, {2: ["beside"]}, lambda told: [text.upper() for text in told])
    after, now, still = read(path)
    assert (after, still) == (before, None if cut else received)
    assert now == [(None, "ABOUT THE SECTION"), (2, "beside"), (2, "ITS OWN")]


def test_a_failure_leaves_the_file_as_it_was(capture, monkeypatch):
    path, positions = capture
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_with_comments", full)
    with pytest.raises(OSError, match="No space"):
        commented(path, positions, {1: ["first"]})
    monkeypatch.undo()
    with pytest.raises(ValueError, match="no whole block"):
        commented(path, {1: positions[1] + 4}, {1: ["first"]})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
