"""A capture that may be shown: read twice, written once, its own run told in other names."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from netanalyze.anonymity.frames import FrameWalk
from netanalyze.anonymity.keys import Key
from netanalyze.anonymity.streams import Payloads
from netanalyze.anonymity.texts import Words
from netanalyze.api import analyze
from netanalyze.capture.batch import FRAME, Interface
from netanalyze.capture.recording import RecordedRun, read_run, run_comments, without_secrets
from netanalyze.capture.source import Source, open_source
from netanalyze.capture.write import PcapngWriter
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.kernel import Engine
from netanalyze.output_files import OutputFile
from netanalyze.processes import processes_from_json
from netanalyze.result import Result
from netanalyze.sockets import sockets_from_json, sockets_to_json
from netanalyze.wording import message


class Anonymised(NamedTuple):
    """What was written: frames, and whether the verdict on it is the one on the original, its status, cause and role."""

    frames: int
    same_verdict: bool


def anonymise(path: str, out: str, secret: bytes, force: bool = False) -> Anonymised:
    """Write a capture with other addresses and names, and without what nobody reads of payloads.

    Args:
        path: the capture; it is read several times.
        out: a pcapng file.
        secret: the same gives the same names in every file.

    Raises:
        CaptureError: it cannot be read, or has frames of a link type that is not known here.
        OutputRefused: OUT is there already, without ``force``.
    """
    key = Key(secret)
    payloads = Payloads(key)
    original = analyze([path])
    walk = FrameWalk(key, payloads.gather)
    with open_source([path], Diagnostics(), Engine("auto")) as source:
        for _, interface, octets in _frames(source):
            if walk.frame(interface.link_type, octets) is None:
                raise CaptureError(
                    path, message("frames of link type {number} cannot be anonymised", number=interface.link_type)
                )
        run = _run(source)
        drops = [(row.received, row.dropped) for row in source.interfaces.rows]
    second = FrameWalk(key, payloads.exchanged)
    second.solicited = walk.solicited
    words = Words(key, _names(original))
    comments = [] if run is None else run_comments(_retold(without_secrets(run), words))
    with open_source([path], Diagnostics(), Engine("auto")) as source, OutputFile(out, force) as file:
        count = _write(source, second.frame, file.stream, comments, drops)
    return Anonymised(count, _verdict_of(analyze([out])) == _verdict_of(original))


def _frames(source: Source) -> Iterator[tuple[list[int], Interface, bytes]]:
    for batch in source.batches():
        rows = source.interfaces.rows
        for frame in batch.frames.tolist():
            start = frame[FRAME.START]
            octets = batch.buffer[start : start + frame[FRAME.CAPTURED_LENGTH]].tobytes()
            yield frame, rows[frame[FRAME.INTERFACE_ID]], octets


def _write(
    source: Source, change: Callable[[int, bytes], bytes | None], stream: object, comments: list[str],
    drops: list[tuple[int | None, int | None]],
) -> int:  # fmt: skip
    count = 0
    with PcapngWriter(stream, comment=["anonymised by netanalyze", *comments]) as writer:
        ids: dict[int, int] = {}
        for frame, interface, octets in _frames(source):
            number = frame[FRAME.INTERFACE_ID]
            if number not in ids:
                ids[number] = writer.add_interface(interface.name, interface.link_type, interface.snap_length)
            made = change(interface.link_type, octets)
            assert made is not None, "the first walk has read its link type"
            writer.write(ids[number], max(frame[FRAME.TIME_NS], 0), made, frame[FRAME.ORIGINAL_LENGTH])
            count += 1
        for number, (received, dropped) in enumerate(drops):
            if number in ids and (received is not None or dropped is not None):
                writer.write_statistics(ids[number], received, dropped)
    return count


def _verdict_of(result: Result) -> tuple[str, str | None, str | None]:
    culprit = result.verdict.culprit
    return result.verdict.status, result.verdict.cause, None if culprit is None else culprit.role


def _run(source: Source) -> RecordedRun | None:
    run = read_run(source.comments)
    if run is None and source.texts:
        from netanalyze.recorder.archive import recorded_run

        return recorded_run(source.texts)
    return run


def _names(result: Result) -> set[str]:
    names: set[str] = set()
    for table, columns in (
        (result.dns, ("qname", "cnames")), (result.tls, ("sni", "certificate_names")), (result.http, ("host",)),
        (result.flows, ("host", "sni")),
    ):  # fmt: skip
        for column in columns:
            for value in getattr(table, column).tolist():
                names.update(
                    str(name).lower().rstrip(".") for name in (value if isinstance(value, list) else [value]) if name
                )
    return {re.sub(r":\d+$", "", name).removeprefix("*.") for name in names if "." in name}


def _retold(run: RecordedRun, words: Words) -> RecordedRun:
    for text in (run.trace, run.last_line, json.dumps(run.environment), " ".join(run.argv or ())):
        words.learn(text or "")
    search = (run.environment or {}).get("search")
    words.names.update(str(name).lower() for name in search) if isinstance(search, list) else None
    return replace(
        run,
        argv=None if run.argv is None else tuple(map(words, run.argv)),
        environment=words.value(run.environment),
        trace=None if run.trace is None else words(run.trace),
        last_line=None if run.last_line is None else words(run.last_line),
        processes=None if run.processes is None else processes_from_json(words(run.processes.to_json())),
        sockets=None if run.sockets is None else tuple(sockets_from_json(words(sockets_to_json(run.sockets))) or ()),
    )


def new_secret() -> bytes:
    """A key that nobody has: names of two files cannot be told to be the same then."""
    return os.urandom(32)
