"""tcpdump's pipe: frames come out whole, however the octets arrive."""

import os
import struct
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.errors import LiveError
from netanalyze.live.capture import sniffer
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.links import Link
from netanalyze.live.capture.tcpdump import PcapStream, TcpdumpSniffer

ROWS = [(1_700_000_000, 1, b"abc", 3), (1_700_000_000, 999_999, b"", 60), (1_700_000_001, 0, b"x" * 70, 1500)]


def pcap(order="<", magic=0xA1B2C3D4, link=1, rows=ROWS):
    """A pcap file as tcpdump writes it."""
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262_144, link)
    for seconds, part, octets, original in rows:
        out += struct.pack(order + "IIII", seconds, part, len(octets), original) + octets
    return out


def frames(unit=1_000):
    return [CapturedFrame(3, s * 1_000_000_000 + part * unit, octets, original) for s, part, octets, original in ROWS]


@given(st.lists(st.integers(0, len(pcap())), max_size=6), st.sampled_from("<>"))
def test_the_pipe_may_be_cut_anywhere(cuts, order):
    stream, whole, found, at = PcapStream(3), pcap(order), [], 0
    for cut in [*sorted(cuts), len(whole)]:
        found += stream.push(whole[at:cut])
        at = cut
    assert found == frames()
    assert stream.link_type == 1


def test_nanoseconds_are_kept():
    assert PcapStream(3).push(pcap(magic=0xA1B23C4D)) == frames(1)


@pytest.mark.parametrize(
    "octets", [b"tcpdump: no\n" * 4, pcap(rows=[])[:24] + struct.pack("<IIII", 1, 1, 2**31, 60)], ids=["text", "record"]
)
def test_what_is_no_pcap_is_refused(octets):
    with pytest.raises(LiveError, match="wrote no pcap"):
        PcapStream(0).push(octets)


PROGRAM = """#!{python}
import sys, time, signal
out = sys.stdout.buffer
def end(*_):
    sys.stderr.write("3 packets captured\\n9 packets received by filter\\n2 packets dropped by kernel\\n")
    sys.exit(0)
signal.signal(signal.SIGINT, end)
{does}
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Puts a tcpdump of the test's own first on the PATH."""

    def put(does):
        path = tmp_path / "tcpdump"
        path.write_text(PROGRAM.format(python=sys.executable, does=does))
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return put


CAPTURES = f"""
name = sys.argv[sys.argv.index("-i") + 1]
sys.stderr.write(f"tcpdump: listening on {{name}}, link-type EN10MB\\n"); sys.stderr.flush()
out.write({pcap()!r}); out.flush()
time.sleep(60)
"""


def test_one_program_for_each_interface_and_counters_at_the_end(fake):
    fake(CAPTURES)
    one = TcpdumpSniffer(["en0", "lo0"])
    one.arm()
    assert one.links == [Link("en0", 1), Link("lo0", 1)]
    found = one.read() + one.stop()
    assert sorted({frame.interface for frame in found}) == [0, 1]
    assert [frame.time_ns for frame in found] == sorted(frame.time_ns for frame in found)
    assert len(found) == 2 * len(ROWS)
    assert one.statistics() == [(9, 2), (9, 2)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("tcpdump: en0: You don't have permission to capture on that device", "ChmodBPF"),
        ("tcpdump: can't parse filter expression: syntax error", "no capture filter"),
        ("tcpdump: en0: No such device exists", "No such device"),
    ],
)
def test_a_refusal_says_what_to_do(fake, said, told, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    fake(f"sys.stderr.write({said + chr(10)!r}); sys.exit(1)")
    with pytest.raises(LiveError, match=told):
        TcpdumpSniffer(["en0"], "tcp port").arm()


def test_a_program_that_ends_in_the_middle_is_told(fake):
    fake(CAPTURES.replace("time.sleep(60)", "time.sleep(0.3); sys.exit(1)"))
    one = TcpdumpSniffer(["en0"])
    one.arm()
    while not one._programs[0].program.has_ended():
        time.sleep(0.01)
    assert len(one.read()) == len(ROWS)
    with pytest.raises(LiveError, match="tcpdump ended"):
        one.read()
    one.stop()


def test_a_mac_captures_with_tcpdump_on_each_of_its_interfaces(fake, monkeypatch):
    fake(CAPTURES)
    monkeypatch.setattr(sys, "platform", "darwin")
    names = ["lo0", "gif0", "en0", "awdl0", "utun3"]
    monkeypatch.setattr(sniffer, "interface_names", lambda: names)
    monkeypatch.setattr(sniffer, "check", lambda names: None)
    one = sniffer.open_sniffer(["any"])
    try:
        assert one.backend == "tcpdump"
        assert [link.name for link in one.links] == ["lo0", "en0", "utun3"]
    finally:
        one.stop()
