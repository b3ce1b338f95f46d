"""A whole capture with what was found on its frames, as comments that Wireshark shows in its list and above each frame."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from netanalyze.capture.annotate import annotate
from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.capture.recording import OF_A_RUN, RUN, SHOWN, read_run, run_comments
from netanalyze.errors import CaptureError
from netanalyze.notebook.reading import FrameReader
from netanalyze.notebook.slices import comments_of, write_frames
from netanalyze.output_files import OutputFile, check_output
from netanalyze.redaction import redacted, redacts
from netanalyze.result import Result
from netanalyze.result.display_filter import proof_frames
from netanalyze.units import duration
from netanalyze.waiting import BY_VALUE
from netanalyze.wording import english

WAITS_LEAST_NS = 100_000_000
"""Shorter waits say nothing on a frame: a round trip, and what a server takes to think."""


def annotations(result: Result) -> dict[int, list[str]]:
    """By frame: what it proves, of all findings, what was waited for from it on; the verdict on the first that it rests on."""
    said = comments_of(result, list(range(len(result.findings))))
    if cited := proof_frames(result.verdict):
        said.setdefault(cited[0], []).insert(0, f"verdict {result.verdict.status}: {english(result.verdict.summary)}")
    for row in result.stalls.rows():
        if row["last_frame"] and None not in (row["start_ns"], row["end_ns"]):
            ns = row["end_ns"] - row["start_ns"]
            if ns >= WAITS_LEAST_NS:
                wait = BY_VALUE[str(row["waiting_for"])].noun
                text = f"waiting for {wait}, {duration(ns)}, of the {row['waiting_on']}"
                said.setdefault(row["last_frame"], []).append(text)
    return {frame: list(dict.fromkeys(texts)) for frame, texts in said.items()}


def write_annotated(result: Result, reader: FrameReader, path: str | Path, force: bool = False) -> int:
    """Write all frames to ``path`` as pcapng, with comments on those that findings rest on; returns how many have one.

    Of one pcapng file everything else in it is kept as it is (names, decryption secrets, other comments), but for secrets in
    its comments.

    Raises:
        CaptureError: the capture cannot be read again, or is the file to be written.
        OutputRefused: there is such a file, and ``force`` was not given.
    """
    for source in reader.paths:
        if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
            raise CaptureError(str(path), "is the capture itself; write the annotated one to another file")
    check_output(path, force)
    reader.check()
    comments = annotations(result)
    with OutputFile(path, force) as file:
        if not _in_place(reader, file, comments):
            about = (
                f"All frames of {{names}}, annotated by netanalyze {result.version}. {english(result.verdict.summary)}"
            )
            write_frames(result, reader, file.stream, comments, about)
    return len(comments)


def _in_place(reader: FrameReader, file: OutputFile, comments: Mapping[int, Sequence[str]]) -> bool:
    """Whether the frames could be commented where they stand: in one plain pcapng file of little-endian packet blocks."""
    if len(reader.paths) != 1:
        return False
    positions: dict[int, int] = {}
    wanted = np.array(sorted(comments), dtype=np.int64)

    def take(batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> None:
        numbers = np.arange(batch.first_frame_number, batch.first_frame_number + len(batch))
        for row in np.flatnonzero(np.isin(numbers, wanted)).tolist():
            positions[int(numbers[row])] = int(batch.frames[row, FRAME.FILE_OFFSET])

    reader.read(take)
    with open(reader.paths[0], "rb") as old:
        if old.read(12)[:4] != b"\x0a\x0d\x0d\x0a":
            return False
        old.seek(8)
        if old.read(4) != b"\x4d\x3c\x2b\x1a":
            return False
        old.seek(0)
        try:
            annotate(old, file.stream, positions, comments, retold)
        except ValueError:  # other blocks than enhanced packets
            file.stream.seek(0)
            file.stream.truncate()
            return False
    return True


def retold(comments: list[str]) -> list[str]:
    """The comments of a block as they may be written again: without secrets, whoever wrote them, and a run's as runs are."""
    if not redacts():
        about_run = any(text.startswith(RUN) for text in comments)
        return [*comments, SHOWN] if about_run and SHOWN not in comments else comments
    run = read_run((None, text) for text in comments)
    others = [redacted(text) for text in comments if not text.startswith(OF_A_RUN)]
    return others if run is None else [*run_comments(run), *others]
