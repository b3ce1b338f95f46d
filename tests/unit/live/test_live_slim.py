"""Slim recordings: what is cut, what is not, and that it changes nothing of what is found."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import FRAME
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.headers import frame_batch
from netanalyze.live.capture.links import LINK_ETHERNET, LINK_RAW, Link
from netanalyze.live.capture.slim import Slimmer

RECORDED = sorted((Path(__file__).parents[3] / "captures" / "recorded").glob("*/capture.pcap*"))
HEADERS = 20 + 20


def segment(sequence, payload, flags=0x10, port=443):
    """A raw IPv4 TCP segment from a server."""
    total = (HEADERS + len(payload)).to_bytes(2, "big")
    network = b"\x45\x00" + total + bytes(5) + b"\x06\x00\x00" + bytes([198, 51, 100, 1]) + bytes([192, 0, 2, 1])
    transport = port.to_bytes(2, "big") + (40000).to_bytes(2, "big") + (sequence % 2**32).to_bytes(4, "big")
    transport += bytes(4) + b"\x50" + bytes([flags]) + bytes(6)
    return network + transport + payload


def record(kind, length):
    return bytes([kind, 3, 3]) + length.to_bytes(2, "big") + bytes(length)


def kept(slimmer, octets):
    return len(slimmer.cut([CapturedFrame(0, 0, octets, len(octets))])[0].octets)


STREAM = record(22, 90) + record(20, 1) + record(23, 4000) + record(23, 3000) + record(21, 26)


def test_handshakes_stay_and_application_data_goes():
    slimmer = Slimmer([Link("any", LINK_RAW)])
    hello, data = segment(1, record(22, 500)), segment(506, record(23, 1395))
    assert kept(slimmer, hello) == len(hello)
    assert kept(slimmer, data) == HEADERS + 5
    assert kept(slimmer, segment(1906, record(23, 5000)[:1400])) == HEADERS + 5
    assert kept(slimmer, segment(3306, bytes(1400))) == HEADERS
    alert = segment(1906 + 5005, record(21, 26))
    assert kept(slimmer, alert) == len(alert)


@given(
    cuts=st.lists(st.integers(1, len(STREAM) - 1), max_size=12, unique=True),
    origin=st.sampled_from([1, 2**32 - 3000]),
    seed=st.randoms(),
)
@settings(max_examples=150, deadline=None)
def test_every_record_header_stays_in_whatever_segments_it_comes(cuts, origin, seed):
    """Headers may lie across segments, and segments may overtake each other."""
    slimmer, edges = Slimmer([Link("any", LINK_RAW)]), [0, *sorted(cuts), len(STREAM)]
    pieces = [(a, STREAM[a:b]) for a, b in itertools.pairwise(edges) if b > a]
    first, rest = pieces[0], pieces[1:]
    if len(first[1]) <= 5:
        return  # too little to be known as TLS: it is all kept
    seed.shuffle(rest)
    have = set()
    for offset, piece in [first, *rest]:
        count = kept(slimmer, segment(origin + offset, piece)) - HEADERS
        have |= set(range(offset, offset + count))
    at = 0
    while at < len(STREAM):
        length = int.from_bytes(STREAM[at + 3 : at + 5], "big")
        wanted = set(range(at, at + 5)) if STREAM[at] == 23 else set(range(at, at + 5 + length))
        assert wanted <= have, f"the record at {at}"
        at += 5 + length


@given(st.binary(max_size=200), st.sampled_from([LINK_ETHERNET, LINK_RAW, 276, 999]))
@settings(max_examples=200, deadline=None)
def test_any_octets_are_cut_to_a_beginning_of_themselves(octets, kind):
    slimmer = Slimmer([Link("x", kind)])
    for _ in range(2):
        assert octets.startswith(slimmer.cut([CapturedFrame(0, 0, octets, len(octets))])[0].octets)


def test_clear_text_stays_whole():
    slimmer = Slimmer([Link("any", LINK_RAW)])
    for octets in (segment(1, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(900), port=80), segment(920, bytes(900), port=80)):
        assert kept(slimmer, octets) == len(octets)


def findings(path, slim):
    """What is found in a capture, slimmed on the way or not, and the octets of it."""
    diagnostics, engine = Diagnostics(), Engine(mode="plain")
    analyzer, octets, slimmer = Analyzer(engine=engine, diagnostics=diagnostics), 0, None
    with open_source([path], diagnostics, engine) as source:
        for batch in source.batches():
            slimmer = slimmer or Slimmer([Link("", row.link_type) for row in source.interfaces.rows])
            if slim:
                frames = [
                    CapturedFrame(r[4], r[3], batch.buffer[r[0] : r[0] + r[1]].tobytes(), r[2])
                    for r in batch.frames.tolist()
                ]
                cut = frame_batch(slimmer.cut(frames), batch.first_frame_number)
                cut.frames[:, FRAME.FILE_OFFSET] = batch.frames[:, FRAME.FILE_OFFSET]
                batch = cut
            octets += int(batch.frames[:, 1].sum())
            analyzer.feed(batch, source.interfaces)
    result = analyzer.finish()
    told = [(f.cause, f.culprit, f.start_ns, f.end_ns, str(f.message)) for f in result.findings]
    return (result.verdict.status, result.verdict.cause, told), octets


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.name)
def test_a_slim_recording_gives_the_same_findings(path):
    whole, before = findings(path, slim=False)
    slim, after = findings(path, slim=True)
    assert slim == whole
    assert after <= before
