"""The laboratory makes the faults it declares: a short run of real go per fault, read back with dpkt and scapy."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import dpkt
import pytest
from scapy.layers.inet import ICMP
from scapy.utils import rdpcap

from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.lab import run
from netanalyze.lab.addresses import CLIENT_V4, HOSTS
from netanalyze.lab.machine import go_program
from netanalyze.lab.namespaces import TEMPORARY, Network, require_laboratory, standing_namespaces, sweep
from netanalyze.lab.throughput import LEAST, carried

pytestmark = pytest.mark.lab
PROXY = HOSTS["proxy.golang.org"].ipv4
SYN, RST, ACK = dpkt.tcp.TH_SYN, dpkt.tcp.TH_RST, dpkt.tcp.TH_ACK


@pytest.fixture(autouse=True)
def laboratory():
    """Skip where no laboratory can be made, and say what is missing."""
    try:
        require_laboratory()
        go_program()
    except (NotPermitted, MissingProgram) as lack:
        pytest.skip(f"no laboratory here: {lack}")
    try:
        with Network():
            pass
    except RuntimeError as refusal:
        pytest.skip(f"no laboratory here, the kernel refuses: {refusal}")
    before = set(standing_namespaces())
    yield
    mine = [name for name in set(standing_namespaces()) - before if name.startswith(f"nalab{os.getpid()}x")]
    assert not mine, "a run left its namespaces behind"


def segments(recording):
    """(IPv4 packet, TCP segment) of every TCP segment in the capture."""
    with recording.capture.open("rb") as file:
        for _, octets in dpkt.pcap.UniversalReader(file):
            frame = dpkt.ethernet.Ethernet(octets)
            if isinstance(frame.data, dpkt.ip.IP) and isinstance(frame.data.data, dpkt.tcp.TCP):
                yield frame.data, frame.data.data


def address(octets):
    """An IPv4 address as text."""
    return ".".join(map(str, octets))


def test_healthy_run_downloads_everything(tmp_path):
    recording = run("plain", tmp_path)
    assert recording.exit_code == 0
    assert recording.stderr.read_text().count(".zip: 200 OK") == 6
    seen = list(segments(recording))
    assert any(tcp.flags & (SYN | ACK) == SYN | ACK and address(ip.src) == PROXY for ip, tcp in seen)
    assert max(len(ip) for ip, _ in seen) <= 1500, "segmentation offload is on"
    assert not any(tcp.flags & RST and address(ip.src) == PROXY for ip, tcp in seen)


def test_refused_syns_are_answered_with_reset_and_nothing_else(tmp_path):
    recording = run("refused", tmp_path)
    assert recording.exit_code == 1
    assert "connection refused" in recording.stderr.read_text()
    answers = [tcp.flags for ip, tcp in segments(recording) if address(ip.src) == PROXY]
    assert answers
    assert all(flags & RST for flags in answers)


def test_injected_resets_come_from_elsewhere(tmp_path):
    recording = run("hello-reset-injected", tmp_path)
    lives = {True: set(), False: set()}
    for ip, tcp in segments(recording):
        if address(ip.src) == PROXY and tcp.flags & (RST | SYN):
            lives[bool(tcp.flags & RST)].add(ip.ttl)
    assert lives[True]
    assert lives[False]
    assert not lives[True] & lives[False], "the forged RST has the server's TTL"
    assert "connection reset by peer" in recording.stderr.read_text()


def test_icmp_names_the_refused_destination(tmp_path):
    recording = run("icmp-prohibited", tmp_path)
    inner = [packet[ICMP] for packet in rdpcap(str(recording.capture)) if ICMP in packet]
    assert inner
    assert all((icmp.type, icmp.code) == (3, 13) and icmp.payload.dst == PROXY for icmp in inner)


def test_names_that_do_not_exist_are_asked_and_denied(tmp_path):
    recording = run("dns-nxdomain", tmp_path)
    codes = set()
    with recording.capture.open("rb") as file:
        for _, octets in dpkt.pcap.UniversalReader(file):
            ip = dpkt.ethernet.Ethernet(octets).data
            if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.udp.UDP) and ip.data.sport == 53:
                assert address(ip.dst) == CLIENT_V4
                codes.add(dpkt.dns.DNS(ip.data.data).rcode)
    assert codes == {dpkt.dns.DNS_RCODE_NXDOMAIN}


def test_label_has_what_the_scorer_reads(tmp_path):
    recording = run("proxy-off", tmp_path)
    label = recording.label()
    wanted = {"cause", "role", "host", "status", "note", "also_accept", "packets_only_accept", "exit_code", "wall_s"}
    assert wanted <= set(label)
    assert label["exit_code"] == 1
    assert shutil.which("tcpdump")


def test_the_truth_is_checked_and_the_far_side_captured(tmp_path):
    recording = run("hello-tail-lost", tmp_path, seed=2, far_side=True)
    assert recording.mistakes == ()
    assert recording.capture.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    arrived = [tcp for ip, tcp in segments(replace(recording, capture=recording.far)) if tcp.dport == 443]
    sent = [tcp for ip, tcp in segments(recording) if tcp.dport == 443]
    assert sum(len(tcp.data) for tcp in arrived) < sum(len(tcp.data) for tcp in sent), "the fault is between the two"


def test_a_proxy_with_fake_addresses_helps(tmp_path):
    recording = run("fake-ip-works", tmp_path)
    assert (recording.exit_code, recording.mistakes) == (0, ())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_laboratory_that_is_broken_off(tmp_path, number):
    process = laboratory_process(tmp_path)
    os.kill(process.pid, number)
    process.wait(timeout=20)
    assert process.returncode not in (0, None)
    assert leftovers(process.pid) == []


def test_the_next_laboratory_sweeps_what_a_killed_one_left(tmp_path):
    process = laboratory_process(tmp_path)
    process.kill()
    process.wait()
    assert leftovers(process.pid)
    assert sweep()
    assert leftovers(process.pid) == []


def laboratory_process(folder):
    """A laboratory of its own that is in the middle of two scenarios."""
    argv = [sys.executable, "-m", "netanalyze.lab", "--folder", str(folder), "sni-dropped", "response-missing"]
    process = subprocess.Popen(
        argv, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while len(list(folder.glob("*.stderr.txt"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def leftovers(owner):
    """Namespaces, configuration and temporary folders of a laboratory's process."""
    found = [name for name in standing_namespaces() if name.startswith(f"nalab{owner}x")]
    found += [path.name for path in Path("/etc/netns").glob(f"nalab{owner}x*")]
    return found + [path.name for path in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}{owner}-*")]


def test_the_relay_is_never_the_bottleneck():
    assert max(carried({}, 40_000_000) for _ in range(2)) >= LEAST
