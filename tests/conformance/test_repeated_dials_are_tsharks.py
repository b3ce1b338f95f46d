"""A SYN that comes again after a RST, and a port that is used again, are marked as tshark marks them."""

import pytest
from traffic import ipv4, tcp
from tshark import dissected, needs_tshark

from netanalyze.api import analyze
from netanalyze.capture.write import PcapWriter
from netanalyze.tracking.marks import NAMES
from netanalyze.wire.layers import ACK, FIN, RST, SYN

CLIENT, SERVER = 0, 1
SYN_ACK = SYN | ACK
OPEN = [(CLIENT, SYN, 100, 0), (SERVER, SYN_ACK, 500, 101), (CLIENT, ACK, 101, 501)]
REFUSED = [(CLIENT, SYN, 100, 0), (SERVER, RST | ACK, 0, 101)]
DIALS = {
    "a SYN again after a RST": [*REFUSED, (CLIENT, SYN, 100, 0)],
    "a SYN again after each RST, as Windows sends it": [*REFUSED, *REFUSED, *REFUSED],
    "a SYN again after a RST, and answered": [*REFUSED, (CLIENT, SYN, 100, 0), (SERVER, SYN_ACK, 77, 101)],
    "another SYN after a RST": [*REFUSED, (CLIENT, SYN, 900, 0)],
    "a SYN again after the client's own RST": [*OPEN, (CLIENT, RST, 101, 0), (CLIENT, SYN, 100, 0)],
    "a port used again after FINs": [
        *OPEN, (CLIENT, FIN | ACK, 101, 501), (SERVER, FIN | ACK, 501, 102), (CLIENT, ACK, 102, 502), (CLIENT, SYN, 90000, 0),
    ],
    "a port used again, seen from the SYN-ACK only": [
        (SERVER, SYN_ACK, 500, 101), (SERVER, ACK, 501, 201), (SERVER, SYN_ACK, 90000, 701),
    ],
    "a port used again, its SYN not captured": [*OPEN, (SERVER, SYN_ACK, 9000, 701)],
    "the same SYN-ACK again": [(SERVER, SYN_ACK, 500, 101), (SERVER, SYN_ACK, 500, 101)],
    "a capture that begins midway, then a new SYN-ACK": [
        (CLIENT, ACK, 100, 500), (SERVER, ACK, 500, 110), (SERVER, SYN_ACK, 9000, 7001),
    ],
}  # fmt: skip


@needs_tshark
@pytest.mark.parametrize("name", DIALS)
def test_the_marks_are_tsharks(name, tmp_path):
    path = tmp_path / "dials.pcap"
    with PcapWriter(path.open("wb"), link_type=101) as writer:
        for number, (side, flags, seq, ack) in enumerate(DIALS[name]):
            ports = (443, 40000) if side else (40000, 443)
            hosts = (80, 10) if side else (10, 80)
            writer.write(10**18 + number * 10**9, ipv4(*hosts, 6, tcp(*ports, seq, ack, flags)))
    expected = {
        (int(row["frame.number"][0]), mark) for row in dissected(path) for mark in NAMES if row[f"tcp.analysis.{mark}"]
    }
    assert {(row["frame_number"], row["mark"]) for row in analyze([path]).tcp_marks.rows()} == expected
