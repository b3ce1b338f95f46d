"""Where a search begins: true captures and messages, from this repository's recordings and any folder one names."""

from collections.abc import Iterator
from pathlib import Path

import certificate_seeds

from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import NetanalyzeError
from netanalyze.flows.messages import MessageReader
from netanalyze.flows.tracker import FlowTracker
from netanalyze.kernel import Engine
from netanalyze.wire.link.dispatch import DECODED

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
FINDS = Path(__file__).parent / "finds"
LONGEST, EACH_MOST = 60_000, 400
"""Octets of a seed, and seeds for a target: more slow the search down."""

LONGEST_PIECE = 255
HANDSHAKE_HEADER = 4


def files(folders: list[Path]) -> list[Path]:
    """Capture files below the folders, the shortest first."""
    found = {path for folder in folders for path in folder.rglob("*") if ".pcap" in path.name or path.suffix == ".cap"}
    return sorted((path for path in found if path.stat().st_size <= 4 * LONGEST), key=lambda path: path.stat().st_size)


def seeds(target: str, folders: list[Path]) -> Iterator[bytes]:
    """True input for a target, and what earlier searches found."""
    yield from (path.read_bytes() for path in sorted((FINDS / target).glob("*")))
    if target == "certificate":
        yield from certificate_seeds.made()
    given = 0
    for path in files(folders):
        for one in _of_file(target, path):
            if one and len(one) <= LONGEST:
                yield one
                given += 1
            if given >= EACH_MOST:
                return


def _of_file(target: str, path: Path) -> Iterator[bytes]:
    if target == "capture":
        yield path.read_bytes()
        return
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    tracker = FlowTracker(engine, diagnostics)
    reader = MessageReader(tracker.state)
    talks: dict[int, bytes] = {}
    try:
        with open_source([str(path)], diagnostics, engine) as source:
            for batch in source.batches():
                links = source.interfaces.link_types()
                if target == "frames":
                    yield from _frames(batch, int(links[0]))
                    continue
                for payload in tracker.feed(batch, links):
                    reader.take(payload)
                    yield from _of_payload(target, payload, talks)
    except NetanalyzeError:
        return
    yield from talks.values()
    if target == "certificate":
        yield from certificate_seeds.seen(reader)


def _frames(batch, link_type: int) -> Iterator[bytes]:
    """A few frames at a time, as the target ``frames`` wants them."""
    if link_type not in DECODED:
        return
    head = bytes([DECODED.index(link_type)])
    rows = batch.frames.tolist()
    for begin in range(0, min(len(rows), 60), 6):
        cut = [
            batch.buffer[start : start + min(length, LONGEST_PIECE)].tobytes()
            for start, length, *_ in rows[begin : begin + 6]
        ]
        yield head + b"".join(bytes([len(one)]) + one for one in cut)


def _of_payload(target: str, payload, talks: dict[int, bytes]) -> Iterator[bytes]:
    octets = payload.octets
    if target == "dns" and payload.kind == "dns":
        yield octets
    elif target == "datagrams" and payload.kind == "quic":
        yield (len(octets) | payload.direction << 15).to_bytes(2, "big") + octets
    elif payload.kind == "tcp":
        if target in ("client_hello", "server_hello") and octets[:1] == b"\x16":
            yield octets[5 + HANDSHAKE_HEADER :]
        elif (target == "http_head" and octets[:1].isalpha()) or (
            target[:5] == "socks" and octets[:1] in (b"\4", b"\5")
        ):
            yield octets
        elif target == "conversation" and len(talks.setdefault(payload.flow_id, b"\0")) < LONGEST // 4:
            for at in range(0, len(octets), LONGEST_PIECE):
                piece = octets[at : at + LONGEST_PIECE]
                talks[payload.flow_id] += bytes([payload.direction, len(piece)]) + piece
