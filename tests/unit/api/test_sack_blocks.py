"""SACK blocks of packets that are kept: read as they are on the wire, of a bounded number."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netanalyze
from netanalyze.tracking import sacks
from netanalyze.tracking.sacks import blocks_of

ROOT = Path(__file__).parents[3] / "captures"
CAPTURES = [ROOT / "tcp" / "loss" / "hit.pcapng", ROOT / "recorded" / "outage" / "capture.pcap"]


@pytest.mark.parametrize(
    ("options", "blocks"),
    [
        ("", []),
        ("0101050a0000000500000009", [(5, 9)]),
        ("0101080a00000001000000020101051200000005000000090000000100000003", [(5, 9), (1, 3)]),
        ("00050a0000000500000009", []),
        ("050a00000005", []),
        ("0500", []),
        ("0506000000050000", []),
    ],
)
def test_blocks_are_read_in_their_order(options, blocks):
    assert blocks_of(bytes.fromhex(options)) == blocks


@given(st.binary(max_size=44))
def test_any_octets_are_blocks_or_none(options):
    assert len(blocks_of(options)) <= 5


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.parent.name)
def test_they_are_those_that_reading_the_capture_again_gives(path):
    a = netanalyze.open(path)
    kept = [
        (row["flow_id"], row["frame_number"], [*map(tuple, row["sacks"])])
        for row in a.result.segments.rows()
        if row["sacks"]
    ]
    again = {}
    for flow_id in {flow for flow, _, _ in kept}:
        segments = a.segments_of(flow_id)
        for row, left, right in segments.sacks:
            again.setdefault((flow_id, int(segments.frame_number[row])), []).append((left, right))
    assert len(kept) > 8
    for flow_id, frame, blocks in kept:
        assert blocks == again[flow_id, frame]


def test_no_more_are_kept_than_agreed(monkeypatch):
    monkeypatch.setattr(sacks, "BLOCKS_MOST", 4)
    rows = netanalyze.analyze(CAPTURES[0]).segments.rows()
    assert 4 <= sum(len(row["sacks"]) for row in rows) <= 7
