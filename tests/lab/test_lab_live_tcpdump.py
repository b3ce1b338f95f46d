"""The backend that a Mac needs, with a real tcpdump: it loses nothing from the moment it is armed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces are Linux's"),
    pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() != 0, reason="needs root: sudo pytest -m lab"),
    pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
]
ROOT = Path(__file__).parents[2]
STARTS = """
import select, socket, time
from netanalyze.live.capture.sniffer import open_sniffer
lost = 0
for start in range(10):
    sniffer, wanted, seen = open_sniffer(["lo", "va"], backend="tcpdump"), b"number %d" % start, []
    assert [link.name for link in sniffer.links] == ["lo", "va"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talk:
        talk.sendto(wanted, ("127.0.0.1", 9))
    end = time.monotonic() + 2
    while time.monotonic() < end and not any(wanted in frame.octets for frame in seen):
        if select.select([sniffer], [], [], 0.1)[0]:
            seen += sniffer.read()
    seen += sniffer.stop()
    lost += not any(wanted in frame.octets and frame.interface == 0 for frame in seen)
    assert sniffer.statistics()[0].dropped == 0
print(lost)
"""


@pytest.fixture
def inside():
    """Runs Python in a network namespace of its own, with a loopback and one more interface."""
    name = f"natcpd{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for words in (["set", "lo", "up"], ["add", "va", "type", "veth", "peer", "name", "vb"], ["set", "va", "up"]):
            subprocess.run(["ip", "-n", name, "link", *words], check=True)

        def run(*words, **options):
            argv = ["ip", "netns", "exec", name, sys.executable, *words]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            return subprocess.run(argv, capture_output=True, text=True, timeout=90, env=environment, **options)

        yield run
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def test_the_first_packet_after_arming_is_never_lost(inside):
    done = inside("-c", STARTS)
    assert done.stdout.strip() == "0", done.stderr


def test_live_records_by_it(inside, tmp_path):
    talk = "import socket; socket.socket(2, 2).sendto(b'once', ('127.0.0.1', 9))"
    words = ["-m", "netanalyze.cli.main", "live", "--as-root", "--backend", "tcpdump", "-i", "lo", "-w", "r.pcapng"]
    done = inside(*words, "--", sys.executable, "-c", talk, cwd=tmp_path)
    assert done.returncode == 0
    assert "2 frames of lo recorded" in done.stderr  # the datagram, and the ICMP error that answers it


AS_A_MAC = """
import os, signal, socket, subprocess, sys, shutil, threading
sys.platform = "darwin"
for module, names in ((socket, ("AF_NETLINK", "AF_PACKET")), (signal, ("sigwaitinfo", "sigtimedwait")),
                      (os, ("setresuid", "setresgid", "pidfd_open"))):
    for name in names:
        delattr(module, name)
from netanalyze.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
TALK = """
import socket, sys, time
with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as talk:
    talk.sendall(b"hello")
    time.sleep(1.5)
sys.exit(4)
"""


@pytest.mark.skipif(shutil.which("ps", path="/bin") is None, reason="needs ps (procps)")
def test_nothing_of_linux_s_is_asked_for_where_the_system_says_it_is_a_mac(inside, tmp_path):
    words = ["live", "--as-root", "-i", "lo", "-w", "r.pcapng", "--json", "--quiet", "--", sys.executable, "-c", TALK]
    done = inside("-c", AS_A_MAC, *words, cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    result = json.loads(done.stdout)
    assert result["run"]["environment"]["backend"] in ("tcpdump", "dumpcap")
    assert result["run"]["exit_code"] == 4
    assert result["capture"]["packets"] > 3
    assert len(result["flows"]) == 1
