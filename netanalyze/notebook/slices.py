"""Slices of a capture: the frames that prove a finding, with comments that say what they show."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from netanalyze.capture import batch as frame_fields
from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.write import PcapngWriter
from netanalyze.errors import CaptureError
from netanalyze.notebook.reading import Reader
from netanalyze.report.facts import frame_ranges
from netanalyze.result import Result
from netanalyze.wire import layers

COMMENT_OCTETS = 60_000
"""A comment is cut to this; pcapng's options hold 65,535."""


def write_slice(
    result: Result,
    reader: Reader,
    path: str | Path,
    findings: Iterable[int] | None = None,
    flows: Iterable[int] = (),
    whole_flow: bool = False,
) -> int:
    """Write the evidence of findings, and whole flows where asked, to ``path`` as pcapng; returns the frames written.

    Raises:
        IndexError: no such finding or flow.
        ValueError: nothing to write.
        CaptureError: the capture cannot be read again, or is the file to be written.
    """
    wanted_flows = {int(flow) for flow in flows}
    known = set(result.flows.flow_id.tolist())
    for flow in sorted(wanted_flows - known):
        raise IndexError(f"no flow {flow}; there are {len(known)}, numbered from 0")
    chosen = _chosen(result, findings, bool(wanted_flows))
    comments = _comments(result, chosen)
    if whole_flow:
        for number in chosen:
            about = result.findings[number]
            wanted_flows |= {flow for flow in (about.flow_id, *about.also_flows) if flow is not None}
    if not comments and not wanted_flows:
        raise ValueError("nothing to write: no frames prove these findings (the evidence is in the trace)")
    for source in reader.paths:
        if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
            raise CaptureError(str(path), "is the capture itself; write the slice to another file")
    reader.check()
    return _write(result, reader, path, comments, wanted_flows)


def _chosen(result: Result, findings: Iterable[int] | None, flows_given: bool) -> list[int]:
    if findings is None:
        root = result.verdict.finding
        if root is None and not flows_given:
            raise ValueError("the verdict names no finding; say which findings or flows to write")
        return [root] if root is not None and not flows_given else []
    chosen = list(dict.fromkeys(int(number) for number in findings))
    for number in chosen:
        if not 0 <= number < len(result.findings):
            raise IndexError(f"no finding {number}; there are {len(result.findings)}, numbered from 0")
    return chosen


def _comments(result: Result, chosen: list[int]) -> dict[int, list[str]]:
    """What each frame shows, by its number; the verdict's own proof too, where its finding is among the chosen."""
    said: dict[int, list[str]] = {}
    for number in chosen:
        finding = result.findings[number]
        for evidence in finding.evidence:
            if evidence.kind == "frame":
                said.setdefault(int(evidence.ref), []).append(f"{finding.cause}: {evidence.shows}")
    if result.verdict.finding in chosen:
        for frames, shows in result.verdict.proof:
            for first, last in frame_ranges([frames]):
                for frame in (first, last):
                    said.setdefault(frame, []).append(f"{result.verdict.cause}: {shows}")
    return {frame: list(dict.fromkeys(texts)) for frame, texts in said.items()}


def _write(result: Result, reader: Reader, path: str | Path, comments: dict[int, list[str]], flows: set[int]) -> int:
    names = ", ".join(os.path.basename(name) for name in reader.paths)
    about = f"Frames of {names}, chosen by netanalyze {result.version}. {result.verdict.summary}"
    wanted, of_flows = np.array(sorted(comments), dtype=np.int64), np.array(sorted(flows), dtype=np.int64)
    beyond = max(comments, default=0)
    written = 0
    with open(path, "wb") as stream, PcapngWriter(stream, comment=_cut(about)) as writer:
        ids: dict[int, int] = {}

        def take(batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> bool:
            nonlocal written
            numbers = np.arange(batch.first_frame_number, batch.first_frame_number + len(batch))
            mine = np.isin(numbers, wanted) | np.isin(packets[:, layers.FLOW_ID], of_flows)
            for row in np.flatnonzero(mine).tolist():
                frame = batch.frames[row].tolist()
                interface = frame[frame_fields.INTERFACE_ID]
                if interface not in ids:
                    described = interfaces.rows[interface]
                    ids[interface] = writer.add_interface(described.name, described.link_type, described.snap_length)
                start = frame[frame_fields.START]
                octets = batch.buffer[start : start + frame[frame_fields.CAPTURED_LENGTH]].tobytes()
                number = int(numbers[row])
                texts = [_cut(text) for text in (f"frame {number} of {names}", *comments.get(number, ()))]
                time_ns = max(frame[frame_fields.TIME_NS], 0)
                writer.write(ids[interface], time_ns, octets, frame[frame_fields.ORIGINAL_LENGTH], texts)
                written += 1
            return not flows and int(numbers[-1]) >= beyond

        reader.read(take)
    return written


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:COMMENT_OCTETS].decode("utf-8", "ignore")
