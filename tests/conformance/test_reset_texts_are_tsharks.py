"""The text of a RST counts as octets of the stream in tshark's marks, and in ours; it is no data in anything else."""

import pytest
from traffic import ipv4, tcp
from tshark import dissected, needs_tshark

from netanalyze.api import analyze
from netanalyze.capture.write import PcapWriter
from netanalyze.tracking.marks import NAMES
from netanalyze.wire.layers import ACK, RST, SYN

CLIENT, SERVER = 0, 1
OPEN = [(CLIENT, SYN, 100, 0, 0), (SERVER, SYN | ACK, 500, 101, 0), (CLIENT, ACK, 101, 501, 0)]
REASON = (SERVER, RST | ACK, 501, 101, 24)
TALKS = {
    "the same text again": [*OPEN, REASON, REASON],
    "data where the text was": [*OPEN, REASON, (SERVER, ACK, 501, 101, 100)],
    "fewer octets of data than of text": [*OPEN, REASON, (SERVER, ACK, 501, 101, 10), (SERVER, ACK, 511, 101, 40)],
    "data behind the text": [*OPEN, REASON, (SERVER, ACK, 525, 101, 100)],
    "the text is acknowledged": [*OPEN, REASON, (CLIENT, ACK, 101, 525, 0), (CLIENT, ACK, 101, 526, 0)],
    "text with a hole before it": [*OPEN, (SERVER, RST | ACK, 601, 101, 24), (CLIENT, ACK, 101, 625, 0)],
    "text that comes first of all": [REASON, (SERVER, ACK, 525, 101, 5), (SERVER, ACK, 501, 101, 24)],
}  # fmt: skip


@needs_tshark
@pytest.mark.parametrize("name", TALKS)
def test_the_marks_are_tsharks_and_the_text_is_no_data(name, tmp_path):
    path = tmp_path / "texts.pcap"
    with PcapWriter(path.open("wb"), link_type=101) as writer:
        for number, (side, flags, seq, ack, length) in enumerate(TALKS[name]):
            ports = (443, 40000) if side else (40000, 443)
            hosts = (80, 10) if side else (10, 80)
            octets = ipv4(*hosts, 6, tcp(*ports, seq, ack, flags, payload=bytes(length)))
            writer.write(10**18 + number * 10**9, octets)
    expected = {
        (int(row["frame.number"][0]), mark) for row in dissected(path) for mark in NAMES if row[f"tcp.analysis.{mark}"]
    }
    analysis = analyze([path])
    assert {(row["frame_number"], row["mark"]) for row in analysis.tcp_marks.rows()} == expected
    data = sum(length for _, flags, *_, length in TALKS[name] if not flags & RST)
    assert sum(row["orig_octets"] + row["resp_octets"] for row in analysis.flows.rows()) == data
