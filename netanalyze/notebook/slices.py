"""Slices of a capture: the frames that prove a finding, with comments that say what they show."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch, Interface, Interfaces
from netanalyze.capture.write import PcapngWriter
from netanalyze.errors import CaptureError
from netanalyze.findings import Frames
from netanalyze.notebook.belonging import Belonging, belonging
from netanalyze.notebook.reading import FrameReader
from netanalyze.output_files import OutputFile, check_output
from netanalyze.redaction import redacted
from netanalyze.result import Result
from netanalyze.wire.layers import PACKET
from netanalyze.wording import english, message

COMMENT_OCTETS = 60_000
"""A comment is cut to this; pcapng's options hold 65,535."""


def write_slice(
    result: Result,
    reader: FrameReader,
    path: str | Path,
    findings: Iterable[int] | None = None,
    flows: Iterable[int] = (),
    whole_flow: bool = True,
    force: bool = False,
) -> int:
    """Write the evidence of findings, and whole flows, to ``path`` as pcapng; returns the frames written.

    Args:
        whole_flow: keep what belongs to the findings (netanalyze.notebook.belonging), so that an analysis of the slice
            comes to them again; without it the frames that are cited and no others.

    Raises:
        IndexError: no such finding or flow.
        ValueError: nothing to write.
        CaptureError: the capture cannot be read again, or is the file to be written.
        OutputRefused: there is such a file, and ``force`` was not given.
    """
    wanted_flows = {int(flow) for flow in flows}
    _check_numbers("no flow {wrong}; there are {count}, numbered from 0", wanted_flows, result.flows.flow_id.tolist())
    chosen = _chosen(result, findings, bool(wanted_flows))
    comments = comments_of(result, chosen)
    if not comments and not wanted_flows:
        raise ValueError("nothing to write: no frames prove these findings (the evidence is in the trace)")
    for source in reader.paths:
        if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
            raise CaptureError(str(path), "is the capture itself; write the slice to another file")
    check_output(path, force)
    reader.check()
    beside = belonging(result, reader, chosen, comments) if whole_flow and comments else Belonging()
    beside.flows |= wanted_flows
    with OutputFile(path, force) as file:
        return _write(result, reader, file.stream, comments, beside)


def _chosen(result: Result, findings: Iterable[int] | None, flows_given: bool) -> list[int]:
    if findings is None:
        root = result.verdict.finding
        if root is None and not flows_given:
            raise ValueError("the verdict names no finding; say which findings or flows to write")
        return [root] if root is not None and not flows_given else []
    chosen = list(dict.fromkeys(int(number) for number in findings))
    every = range(len(result.findings))
    _check_numbers("no finding {wrong}; there are {count}, numbered from 0", chosen, every)
    return chosen


def _check_numbers(refusal: str, wanted: Iterable[int], there: Collection[int]) -> None:
    for number in sorted(set(wanted) - set(there)):
        raise IndexError(message(refusal, wrong=number, count=len(there)))


def comments_of(result: Result, chosen: list[int]) -> dict[int, list[str]]:
    """What each frame shows, by its number; the verdict's own proof too, where its finding is among the chosen."""
    said: dict[int, list[str]] = {}
    for number in chosen:
        finding = result.findings[number]
        for evidence in finding.evidence:
            if evidence.kind == "frame":
                said.setdefault(int(str(evidence.ref)), []).append(f"{finding.cause}: {english(evidence.shows)}")
    if result.verdict.finding in chosen:
        for frames, shows in result.verdict.proof:
            for frame in frames.numbers if isinstance(frames, Frames) else ():
                said.setdefault(frame, []).append(f"{result.verdict.cause}: {english(shows)}")
    return {frame: list(dict.fromkeys(texts)) for frame, texts in said.items()}


def _write(
    result: Result, reader: FrameReader, stream: BinaryIO, comments: dict[int, list[str]], beside: Belonging
) -> int:
    about = f"Frames of {{names}}, chosen by netanalyze {result.version}. {english(result.verdict.summary)}"
    return write_frames(result, reader, stream, comments, about, beside)


def write_frames(
    result: Result,
    reader: FrameReader,
    stream: BinaryIO,
    comments: dict[int, list[str]],
    about: str,
    beside: Belonging | None = None,
) -> int:
    """Write frames as pcapng, with their comments; returns how many.

    Args:
        about: the comment of the whole, with ``{names}`` for the files.
        beside: what else than the commented frames; None: all of them, and none is called by its number in the capture.
    """
    names = redacted(", ".join(os.path.basename(name) for name in reader.paths))
    more = beside or Belonging()
    wanted = np.array(sorted({*comments, *more.frames}), dtype=np.int64)
    of_flows = np.array(sorted(more.flows), dtype=np.int64)
    beyond = max(wanted.tolist(), default=0)
    written = 0
    with PcapngWriter(stream, comment=[_cut(about.replace("{names}", names)), *more.comments]) as writer:
        ids: dict[int, int] = {}
        seen: list[Interface] = []

        def take(batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> bool:
            nonlocal written
            numbers = np.arange(batch.first_frame_number, batch.first_frame_number + len(batch))
            mine = np.isin(numbers, wanted) | np.isin(packets[:, PACKET.FLOW_ID], of_flows) | (beside is None)
            for row in np.flatnonzero(mine).tolist():
                frame = batch.frames[row].tolist()
                interface = frame[FRAME.INTERFACE_ID]
                if interface not in ids:
                    described = interfaces.rows[interface]
                    seen.append(described)
                    ids[interface] = writer.add_interface(described.name, described.link_type, described.snap_length)
                start = frame[FRAME.START]
                octets = batch.buffer[start : start + frame[FRAME.CAPTURED_LENGTH]].tobytes()
                number = int(numbers[row])
                called = () if beside is None else (f"frame {number} of {names}",)
                texts = [_cut(text) for text in (*called, *comments.get(number, ()))]
                time_ns = max(frame[FRAME.TIME_NS], 0)
                writer.write(ids[interface], time_ns, octets, frame[FRAME.ORIGINAL_LENGTH], texts)
                written += 1
            return beside is not None and not beside.flows and int(numbers[-1]) >= beyond

        reader.read(take)
        for id_, counted in enumerate(seen):  # what the recorder lost, it lost
            if counted.received is not None or counted.dropped is not None:
                writer.write_statistics(id_, counted.received, counted.dropped)
    return written


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:COMMENT_OCTETS].decode("utf-8", "ignore")
