"""Our TCP marks and flows are tshark's, frame by frame; every difference is listed below, with its reason."""

import pytest
from streams import streams
from tshark import FILES, all_dissected, analysed, dissected, name, needs_tshark

from netanalyze.api import analyze
from netanalyze.capture.write import PcapWriter
from netanalyze.tracking.marks import NAMES

DIFFERENCES: dict[str, dict[tuple[int, str], str]] = {}
"""``"tls/alert/hit": {(frame, mark): reason}``: marks that only one of us sets. A difference that is gone must be
taken out again: the test compares both ways."""


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_marks_are_tsharks(path):
    expected = {
        (int(row["frame.number"][0]), mark)
        for row in all_dissected()[path]
        for mark in NAMES
        if row[f"tcp.analysis.{mark}"]
    }
    found = analysed(path).marks
    assert found ^ expected == set(DIFFERENCES.get(name(path), {})), (
        f"only ours: {sorted(found - expected)}; only tshark's: {sorted(expected - found)}"
    )


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_flows_are_tsharks_streams(path):
    """Where tshark sees one stream we see one flow, by first appearance; it numbers TCP and UDP apart."""
    found = analysed(path).flows
    for transport in ("tcp", "udp"):
        first, last, count = {}, {}, {}
        for row in all_dissected()[path]:
            if row["icmp.type"] or row["icmpv6.type"]:
                continue  # the stream is that of the packet quoted
            for stream in row[f"{transport}.stream"][:1]:
                number = int(row["frame.number"][0])
                first.setdefault(stream, number)
                last[stream] = number
                count[stream] = count.get(stream, 0) + 1
        ours = [
            (row["first_frame"], row["last_frame"], row["orig_packets"] + row["resp_packets"])
            for row in found
            if row["transport"] == transport
        ]
        assert ours == [(first[s], last[s], count[s]) for s in sorted(first, key=int)], transport


STREAM_DIFFERENCES: dict[int, dict[tuple[int, str], str]] = {}
"""``seed: {(frame, mark): reason}``, as ``DIFFERENCES``, for the random streams."""


@needs_tshark
@pytest.mark.parametrize("seed", range(3))
def test_the_marks_of_random_streams_are_tsharks(seed, tmp_path):
    """Every rule of Wireshark's and every limit in it, in orders and times that no recording has."""
    path = tmp_path / "streams.pcap"
    with PcapWriter(path.open("wb")) as writer:
        for time_ns, octets in streams(seed, 400):
            writer.write(time_ns, octets)
    expected = {
        (int(row["frame.number"][0]), mark) for row in dissected(path) for mark in NAMES if row[f"tcp.analysis.{mark}"]
    }
    assert {mark for _, mark in expected} == set(NAMES)
    found = {(row["frame_number"], row["mark"]) for row in analyze([path]).tcp_marks.rows()}
    assert found ^ expected == set(STREAM_DIFFERENCES.get(seed, {})), (
        f"only ours: {sorted(found - expected)}; only tshark's: {sorted(expected - found)}"
    )
