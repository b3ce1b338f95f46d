"""The numbers that flows bear in Wireshark, tcp.stream and udp.stream, are tshark's, frame by frame."""

import shutil
import subprocess

import numpy as np
import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw
from scapy.utils import wrpcap
from streams import streams
from tshark import FILES, all_dissected, dissected, name, needs_tshark

from netanalyze.api import analyze
from netanalyze.capture.write import PcapWriter
from netanalyze.notebook.reading import FrameReader
from netanalyze.wire.layers import PACKET

LINK = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
"""With both addresses, or scapy would ask the network for them."""
CLIENT, SERVER, ROUTER = "192.0.2.10", "192.0.2.80", "192.0.2.1"


def of_frames(paths):
    """``(tcp.stream or None, udp.stream or None)`` of each frame, as the table of flows has them."""
    table = analyze(paths).flows
    numbers = {row["flow_id"]: (row["tcp_stream"], row["udp_stream"]) for row in table.rows()}
    flows = []

    def take(batch, packets, interfaces):
        flows.append(packets[:, PACKET.FLOW_ID].copy())
        return False

    FrameReader(paths).read(take)
    return [numbers.get(flow, (None, None)) for flow in np.concatenate(flows).tolist()]


def by_tshark(rows):
    """The same as tshark has it; what an ICMP error quotes is no frame of the stream."""
    quoted = [bool(row["icmp.type"] or row["icmpv6.type"]) for row in rows]
    return [
        tuple(None if icmp or not row[field] else int(row[field][-1]) for field in ("tcp.stream", "udp.stream"))
        for row, icmp in zip(rows, quoted)
    ]


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_numbers_of_every_capture_are_tsharks(path):
    assert of_frames([str(path)]) == by_tshark(all_dissected()[path])


@needs_tshark
def test_so_they_are_where_ports_are_taken_again_and_again(tmp_path):
    path = tmp_path / "streams.pcap"
    with PcapWriter(path.open("wb")) as writer:
        for time_ns, octets in streams(7, 400):
            writer.write(time_ns, octets)
    found = of_frames([str(path)])
    assert found == by_tshark(dissected(path))
    assert max(tcp for tcp, _ in found) > 100


def unreachable(quoted):
    """An ICMP error that quotes a packet."""
    return LINK / IP(src=ROUTER, dst=CLIENT) / ICMP(type=3, code=3) / quoted


def query(port):
    """A datagram to the server's port 53."""
    return IP(src=CLIENT, dst=SERVER) / UDP(sport=port, dport=53) / Raw(b"x" * 20)


def syn(port):
    """A SYN to the server's port 80."""
    return IP(src=CLIENT, dst=SERVER) / TCP(sport=port, dport=80, flags="S", seq=port)


def back(packet):
    """What the server sends to where a datagram came from."""
    return LINK / IP(src=SERVER, dst=CLIENT) / UDP(sport=53, dport=packet[UDP].sport) / Raw(b"y" * 20)


QUOTED = {
    "never captured": [unreachable(query(5001)), unreachable(syn(5002)), LINK / query(6001), LINK / syn(6002)],
    "captured later": [unreachable(query(5001)), LINK / query(6001), LINK / query(5001), LINK / query(6003)],
    "answered later": [unreachable(query(5001)), LINK / query(6001), back(query(5001))],
    "quoted twice": [unreachable(query(5001)), unreachable(query(5001)), LINK / query(6001)],
    "captured before": [LINK / query(5001), unreachable(query(5001)), LINK / query(6001)],
    "of both kinds": [unreachable(syn(5001)), LINK / query(5001), LINK / syn(5003), LINK / query(5004)],
}


@needs_tshark
@pytest.mark.parametrize("frames", QUOTED.values(), ids=QUOTED)
def test_what_errors_quote_is_counted_as_well(frames, tmp_path):
    path = tmp_path / "quoted.pcap"
    wrpcap(str(path), frames)
    found = of_frames([str(path)])
    assert found == by_tshark(dissected(path))
    assert any(number for pair in found for number in pair)


@needs_tshark
def test_beside_a_tunnel_in_udp_only_those_of_tcp_are_told(tmp_path):
    path = tmp_path / "tunnel.pcap"
    through = LINK / IP(src=ROUTER, dst=SERVER) / UDP(sport=5000, dport=4789) / VXLAN() / LINK
    wrpcap(str(path), [through / query(5001), LINK / query(6001), through / syn(5002), LINK / syn(6002)])
    theirs = by_tshark(dissected(path))
    assert [udp for _, udp in theirs] == [1, 2, 0, None]
    assert of_frames([str(path)]) == [(None, None), (None, None), (0, None), (1, None)]


@needs_tshark
@pytest.mark.skipif(shutil.which("mergecap") is None, reason="mergecap is not installed")
def test_of_several_files_they_are_those_of_the_merged_one(tmp_path):
    parts = [str(path) for path in FILES if path.parents[1].name == "recorded" and path.suffix == ".pcap"][:3]
    assert len(parts) == 3  # recordings: recipes all begin at one moment, and mergecap has its own order of equal times
    merged = tmp_path / "merged.pcapng"
    subprocess.run(["mergecap", "-w", str(merged), *parts], check=True)
    assert of_frames(parts) == by_tshark(dissected(merged))
