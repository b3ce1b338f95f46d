"""Packets and frames, read again from the file."""

import shutil

import dpkt
import numpy as np
import pandas as pd
import pytest

import netanalyze
from netanalyze.capture.write import PcapngWriter
from netanalyze.notebook.packets import packet_table
from netanalyze.notebook.reading import FrameReader


def test_packets_equal_dpkts(lossy, recorded):
    packets = lossy.packets
    with open(recorded("loss"), "rb") as stream:
        theirs = list(dpkt.pcap.Reader(stream))
    assert len(packets) == len(theirs)
    seen = 0
    for row, (_, octets) in zip(packets.to_dict("records"), theirs):
        ip = dpkt.ethernet.Ethernet(octets).data
        if not isinstance(ip, dpkt.ip.IP) or not isinstance(ip.data, dpkt.tcp.TCP):
            continue
        seen += 1
        tcp = ip.data
        assert row["src"] == ".".join(map(str, ip.src))
        assert (row["src_port"], row["dst_port"], row["ttl"]) == (tcp.sport, tcp.dport, ip.ttl)
        assert (row["tcp_seq"], row["tcp_ack"], row["tcp_flags"]) == (tcp.seq, tcp.ack, tcp.flags)
        assert octets[row["payload_start"] :] == bytes(tcp.data)[: len(octets) - row["payload_start"]]
    assert seen > 1900


def test_packets_of_other_protocols_have_no_tcp_fields(hang):
    packets = hang.packets
    udp = packets[(packets["ip_protocol"] == 17).fillna(False).astype(bool)]
    assert len(udp)
    assert udp["tcp_seq"].isna().all()
    assert udp["src_port"].notna().all()
    no_ip = packets[packets["ip_version"].isna()]
    assert len(no_ip)
    assert no_ip[["src", "ttl", "flow_id", "payload_start", "src_address_id"]].isna().all().all()


def test_dtypes_of_packets(hang):
    packets = hang.packets
    assert str(packets["time"].dtype) == "datetime64[ns, UTC]"
    assert packets["tcp_seq"].dtype == "UInt32"
    assert packets["flow_id"].dtype == "Int32"
    assert isinstance(packets["src"].dtype, pd.CategoricalDtype)
    assert packets["src"].dtype == packets["dst"].dtype
    known = packets["src"].notna()
    texts = np.array(packets["src"].cat.categories)[packets.loc[known, "src_address_id"].astype(int)]
    assert texts.tolist() == packets.loc[known, "src"].tolist()


def test_packets_of_one_flow_are_the_same_read_alone(recorded, lossy):
    alone = netanalyze.open(recorded("loss")).flow(2).packets
    both = lossy.packets
    among = both[(both["flow_id"] == 2).fillna(False).astype(bool)].reset_index(drop=True)
    columns = [c for c in among.columns if c not in ("src", "dst", "src_address_id", "dst_address_id")]
    pd.testing.assert_frame_equal(alone[columns], among[columns])
    assert alone["src"].tolist() == among["src"].tolist()
    assert len(alone) == lossy.result.flows.orig_packets[2] + lossy.result.flows.resp_packets[2]


def test_packets_do_not_depend_on_the_room_made_for_them(recorded, lossy):
    roomy, _ = packet_table(FrameReader([str(recorded("loss"))]), 5000)
    tight, _ = packet_table(FrameReader([str(recorded("loss"))]), 3)
    for column in roomy.schema:
        assert np.array_equal(getattr(roomy, column.name), getattr(tight, column.name)), column.name


def test_icmp_has_addresses_though_no_flow(tmp_path):
    quoted = bytes(dpkt.ip.IP(src=b"\xc0\x00\x02\x0a", dst=b"\xc6\x33\x64\x05", p=6, data=bytes(20)))
    icmp = dpkt.icmp.ICMP(type=3, code=1, data=b"\0\0\0\0" + quoted)
    ip = dpkt.ip.IP(src=b"\xcb\x00\x71\x01", dst=b"\xc0\x00\x02\x0a", p=1, data=bytes(icmp))
    ip.len = len(bytes(ip))
    frame = bytes(dpkt.ethernet.Ethernet(data=ip))
    path = tmp_path / "icmp.pcapng"
    with open(path, "wb") as stream, PcapngWriter(stream) as writer:
        writer.write(writer.add_interface(), 10**18, frame)
    a = netanalyze.open(path)
    row = a.packets.iloc[0]
    assert (row["src"], row["dst"]) == ("203.0.113.1", "192.0.2.10")
    assert a.packets["flow_id"].isna().all()
    assert "host unreachable" in a.frame(1).summary


def test_a_capture_that_changed_is_not_read_again(recorded, tmp_path):
    path = tmp_path / "moving.pcap"
    shutil.copy(recorded("client-hello-dropped"), path)
    a = netanalyze.open(path)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(netanalyze.CaptureError, match="has changed since it was analysed"):
        len(a.packets)
    path.unlink()
    with pytest.raises(netanalyze.CaptureError, match="is not there any more"):
        a.frame(1)
    assert len(a.flows) == 4


def test_standard_input_cannot_be_read_again():
    with pytest.raises(netanalyze.CaptureError, match="save it to a file"):
        FrameReader(["-"]).check()


def test_several_files_are_one_capture(recorded):
    paths = [recorded("client-hello-dropped"), recorded("healthy")]
    a = netanalyze.open(*paths)
    assert len(a.packets) == a.result.capture.packets == 32 + 227
    assert a.packets["time"].is_monotonic_increasing
    assert a.frame(259).number == 259


def test_a_frame_is_decoded(hang):
    frame = hang.frame(11)
    assert frame.flow_id == 2
    assert frame.direction == "client"
    assert frame.marks == []
    assert frame.fields["TCP"]["flags"] == "ACK"
    assert frame.fields["IPv4"]["src"] == "192.0.2.10"
    assert [layer.name for layer in frame.layers] == ["Ethernet", "IPv4", "TCP", "TLS"]
    assert "client_hello" in frame.summary
    assert frame.time == hang.packets.loc[10, "time"]
    assert hang.frame(17).marks == ["retransmission"]
    query = hang.frame(3)
    assert query.fields["DNS"]["questions"] == ["proxy.golang.org AAAA"]
    assert hang.frame(5).fields["DNS"]["rcode"] == "NOERROR"


def test_hexdump_shows_every_octet(hang):
    frame = hang.frame(3)
    shown = "".join(line[6:54].replace(" ", "") for line in frame.hexdump().splitlines())
    assert bytes.fromhex(shown) == frame.octets
    assert "proxy" in frame.hexdump()


@pytest.mark.parametrize("number", [0, -1, 33])
def test_no_such_frame(hang, number):
    with pytest.raises(IndexError, match="no frame"):
        hang.frame(number)


def test_every_frame_of_every_recording_can_be_shown(recorded):
    for name in ("client-hello-dropped", "forged-dns-answer", "connect-refused"):
        a = netanalyze.open(recorded(name))
        for number in range(1, a.result.capture.packets + 1):
            frame = a.frame(number)
            assert repr(frame).startswith(f"Frame {number}, ")
            assert frame._repr_html_().count("<details") == len(frame.layers) + 1


def test_a_flow_has_its_rows_of_every_table(hang):
    flow = hang.flow(2)
    assert flow.host == "proxy.golang.org"
    assert flow.resp_port == 443
    assert len(flow.tls) == 1
    assert len(flow.tcp_marks) == flow.orig_retransmissions
    assert set(flow.events["kind"]) >= {"syn", "established", "client_hello"}
    assert flow.dns.empty
    assert flow.http.empty
    assert len(flow.findings) >= 1
    assert flow.ledger["seconds"].sum() > 7
    assert (flow.stalls["waiting_for"] == "ack").any()
    assert "Flow 2, proxy.golang.org" in repr(flow)
    with pytest.raises(AttributeError, match="a flow has no 'colour'"):
        print(flow.colour)
