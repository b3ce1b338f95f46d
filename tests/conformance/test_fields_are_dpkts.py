"""The fields of every packet are those that dpkt reads."""

import socket
from pathlib import Path

import dpkt
import numpy as np
import pytest

from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.wire.layers import PACKET
from netanalyze.wire.packets import decode

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
FILES = [*sorted(CAPTURES.glob("*/*/*.pcapng")), *sorted(CAPTURES.glob("recorded/*/capture.pcap*"))]
ETHERNET = 1
EXTENSIONS = (0, 43, 44, 51, 60)


def name(path):
    """``tls/alert/hit`` for a test's name."""
    return str(path.relative_to(CAPTURES).with_suffix(""))


def address(high, low, version):
    """An address from its two signed halves, as text."""
    if version == 4:
        return socket.inet_ntop(socket.AF_INET, low.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True))


def ours(path):
    """What netanalyze reads: a mapping for each frame, and the frame's octets."""
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        for batch in source.batches():
            table = decode(batch, source.interfaces.link_types(), Engine(mode="plain"))
            table = np.asarray(table, dtype=np.int64).reshape(len(batch), PACKET.WIDTH)
            assert set(source.interfaces.link_types().tolist()) == {ETHERNET}
            for row, (start, captured, *_) in zip(table.tolist(), batch.frames.tolist()):
                fields = dict(zip(PACKET.names, row))
                version = fields["ip_version"]
                if version:
                    fields["source"] = address(fields["src_high"], fields["src_low"], version)
                    fields["destination"] = address(fields["dst_high"], fields["dst_low"], version)
                fields["payload_start"] -= start
                yield fields, batch.buffer[start : start + captured].tobytes()


def theirs(octets):
    """What dpkt reads: a mapping of the same names, of what is there."""
    frame = dpkt.ethernet.Ethernet(octets)
    packet = frame.data
    if isinstance(packet, dpkt.ip.IP):
        out = {
            "ip_version": 4, "ttl": packet.ttl, "ip_id": packet.id, "ip_protocol": packet.p,
            "source": socket.inet_ntop(socket.AF_INET, packet.src),
            "destination": socket.inet_ntop(socket.AF_INET, packet.dst),
        }  # fmt: skip
        length, header = packet.len - packet.hl * 4, packet.hl * 4
        if packet.mf or packet.offset:
            return out
    elif isinstance(packet, dpkt.ip6.IP6):
        out = {
            "ip_version": 6, "ttl": packet.hlim,
            "source": socket.inet_ntop(socket.AF_INET6, packet.src),
            "destination": socket.inet_ntop(socket.AF_INET6, packet.dst),
        }  # fmt: skip
        header = 40 + sum(len(extension) for extension in packet.extension_hdrs.values() if extension is not None)
        length = packet.plen - (header - 40)
    else:
        return {"ip_version": 0}
    segment = packet.data
    if isinstance(segment, dpkt.tcp.TCP):
        out |= {
            "ip_protocol": 6, "src_port": segment.sport, "dst_port": segment.dport, "tcp_seq": segment.seq,
            "tcp_ack": segment.ack, "tcp_flags": segment.flags & 0xFF, "tcp_window": segment.win,
            "payload_length": length - segment.off * 4, "payload_start": 14 + header + segment.off * 4,
        }  # fmt: skip
    elif isinstance(segment, dpkt.udp.UDP):
        out |= {
            "ip_protocol": 17, "src_port": segment.sport, "dst_port": segment.dport,
            "payload_length": segment.ulen - 8, "payload_start": 14 + header + 8,
        }  # fmt: skip
    return out


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_field_of_every_packet_is_dpkts(path):
    number = 0
    for number, (fields, octets) in enumerate(ours(path), 1):
        expected = theirs(octets)
        assert {key: fields[key] for key in expected} == expected, f"frame {number}"
    assert number, "no frame was compared"
