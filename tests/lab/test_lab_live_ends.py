"""What ends before its time: the interface, the capture program, netanalyze itself. Nothing stays behind, little is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from live_lab import LIVE, NEEDS_A_NAMESPACE, frames
from ordinary_user import HAS_ALL, by_sudo

from netanalyze.api import analyze
from netanalyze.live.capture import raw
from netanalyze.live.capture.raw import RawSniffer
from netanalyze.live.capture.sniffer import open_sniffer

pytestmark = NEEDS_A_NAMESPACE
BACKENDS = ["raw", "dumpcap", "tcpdump"]
LOST_S = 1.0
"""Of a run that is killed no frame that is older than this may be missing."""
TICKS = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for _ in range(200):
        sender.sendto(b"%.3f" % time.time(), ("127.0.0.1", 9))
        time.sleep(0.02)
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_interface_that_is_deleted_is_told_once_and_what_was_captured_stays(inside, backend):
    link = f"g{backend}"
    inside.run("ip", "link", "add", link, "type", "veth", "peer", "name", "peer", check=True)
    for end in (link, "peer"):
        inside.run("ip", "link", "set", end, "up", check=True)
    send = f"ip address add 198.51.100.9/24 dev {link}; echo x >/dev/udp/198.51.100.7/9; sleep 0.5"
    command = f"{send}; ip link del {link}; sleep 0.3; exit 9"
    done = inside.live("-i", link, "--backend", backend, "--quiet", "-w", "g.pcapng", "--", "bash", "-c", command)
    assert done.returncode == 9
    assert done.stderr.count(f"interface {link} is gone") == 1, done.stderr
    assert frames(inside.folder / "g.pcapng")[1] > 0
    said = analyze([inside.folder / "g.pcapng"]).to_json()
    assert said["run"]["start"] < said["run"]["captured_until"] < said["run"]["end"]
    assert said["verdict"]["limits"][0].endswith("before the command did: what passed since is not known")
    assert (said["ledger"][-1]["phase"], said["ledger"][-1]["cause"]) == ("unexplained", None)
    assert "capture_ended_early" in {row["kind"] for row in said["capture"]["diagnostics"]}


def children_of(pid):
    """The processes below one, all generations of them."""
    found, at = [pid], 0
    while at < len(found):
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and int(entry) not in found:
                    with open(f"/proc/{entry}/stat") as file:
                        if int(file.read().rpartition(")")[2].split()[1]) == found[at]:
                            found.append(int(entry))
            except OSError:
                continue
        at += 1
    return found[1:]


def running(pids):
    """Those that run, by name; one that nobody has buried yet runs no more."""
    found = {}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
            if rest.split()[0] not in "ZX":
                found[pid] = name
        except OSError:
            continue
    return found


SUDO = pytest.param("dumpcap", "sudo", marks=pytest.mark.skipif(not HAS_ALL, reason="needs sudo, setpriv and unshare"))


@pytest.mark.parametrize(("backend", "rights"), [*((backend, "root") for backend in BACKENDS), SUDO])
def test_sigkill_loses_a_second_at_most_and_leaves_the_command_alone(open_folder, backend, rights):
    (open_folder / "ticks.py").write_text(TICKS)
    live = [*LIVE, "--quiet", "-i", "lo", "-f", "udp port 9", "--backend", backend, "-w", "k.pcapng"]
    argv = [*live, "--", "/usr/bin/env", "python3", "ticks.py"]
    begun = subprocess.Popen(by_sudo(*argv) if rights == "sudo" else argv, cwd=open_folder, stdin=subprocess.DEVNULL)
    recording = open_folder / "k.pcapng"
    deadline = time.monotonic() + 20
    while not (recording.exists() and recording.stat().st_size > 3_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    ours = next(pid for pid, name in running([begun.pid, *children_of(begun.pid)]).items() if is_live(pid))
    below = running(children_of(ours))
    killed = time.time()
    os.kill(ours, signal.SIGKILL)
    begun.wait(timeout=20)
    time.sleep(0.5)
    left = running(below)
    assert list(left.values()) in (["python3"], ["env"]), f"of {below} there are left {left}"
    last = max(float(payload) for payload in payloads(recording))
    assert killed - last < LOST_S
    for pid in left:
        os.kill(pid, signal.SIGKILL)


def is_live(pid):
    """Whether a process is netanalyze live, rather than a shell or sudo before it."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = file.read().split(b"\0")
    return words[0] == LIVE[0].encode() and b"live" in words


def payloads(path):
    """What the datagrams of a recording carry."""
    argv = [sys.executable, *LIVE[1:-1], "analyze", "--json", str(path)]
    assert json.loads(subprocess.run(argv, capture_output=True, check=False).stdout)["capture"]["packets"] > 0
    octets = path.read_bytes()
    at = [i for i in range(len(octets)) if octets[i : i + 3] == b"179" or octets[i : i + 2] == b"17"]
    return [text for i in at if (text := octets[i : i + 14]).replace(b".", b"").isdigit() and text[10:11] == b"."]


def test_the_loopback_s_counters_are_of_packets_not_of_copies(monkeypatch):
    monkeypatch.setattr(raw, "BUFFER_OCTETS", 65_536)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        expression = f"udp src port {sender.getsockname()[1]}"
        sniffer = RawSniffer(["lo"], expression)
        sniffer.arm()
        for _ in range(500):
            sender.sendto(bytes(1_000), ("127.0.0.1", 9))
        frames = sniffer.stop()
    (counted,) = sniffer.statistics()
    assert counted.dropped > 0, "the buffer was to be too small"
    assert (counted.received, counted.dropped) == (500, 500 - len(frames))


@pytest.mark.parametrize("interface", ["lo", "any"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_counts_a_packet_of_the_loopback_once(backend, interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sniffer = open_sniffer([interface], f"udp src port {sender.getsockname()[1]}", backend=backend)
        for _ in range(20):
            sender.sendto(b"x", ("127.0.0.1", 9))
        time.sleep(sniffer.latency_ns / 1e9 + 0.2)
        frames = sniffer.read() + sniffer.stop()
    assert len(frames) == 20
    assert tuple(sniffer.statistics()[0]) == (20, 0)
