"""A packet behind the header of every link type is the one that tshark sees."""

import subprocess

import pytest
from links import FOUR, OTHER_LINKS, TAGGED, TUNNELS
from traffic import ethernet
from tshark import needs_tshark

from netanalyze.capture.write import PcapWriter

NOT_IN_TSHARK = {
    166: "unsupported",
    205: "unsupported",
    206: "unsupported",
    219: "unsupported",
    240: "wants the device's own trailer",
    281: "unsupported",
    282: "unsupported",
    284: "unsupported",
    285: "unsupported",
    274: "wants the frame's checksum",
}
"""LINKTYPE numbers that tshark 4.0 does not read as we write them here, and why."""


def seen(path, link_type, octets):
    """Ports, number, payload and hops of the innermost segment, as tshark reads a frame."""
    with PcapWriter(path.open("wb"), link_type=link_type) as writer:
        writer.write(10**18, octets)
    argv = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=l"]
    for field in ("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.len"):
        argv += ["-e", field]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip().split("\t")


SEEN = ["40000", "443", "1000", "5"]


@needs_tshark
@pytest.mark.parametrize(("link_type", "name", "head"), OTHER_LINKS, ids=[name for _, name, _ in OTHER_LINKS])
def test_the_packet_is_the_one_that_tshark_sees(link_type, name, head, tmp_path):
    if link_type in NOT_IN_TSHARK:
        pytest.skip(f"{name}: {NOT_IN_TSHARK[link_type]} in tshark")
    assert seen(tmp_path / "frame.pcap", link_type, head + FOUR) == SEEN


@needs_tshark
@pytest.mark.parametrize(
    "octets", [*(octets for _, octets in TAGGED), *(ethernet(packet) for _, packet in TUNNELS)],
    ids=[name for name, _ in (*TAGGED, *TUNNELS)],
)  # fmt: skip
def test_the_packet_behind_tags_and_in_tunnels_is_the_one_that_tshark_sees(octets, tmp_path):
    assert seen(tmp_path / "frame.pcap", 1, octets) == SEEN
