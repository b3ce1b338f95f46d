"""``netanalyze doctor`` in a network namespace of its own: not a packet leaves, and what mends its routes is run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live_lab import NEEDS_A_NAMESPACE

pytestmark = NEEDS_A_NAMESPACE
ROOT = Path(__file__).parents[2]
COUNT = """
import socket, subprocess, sys
sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
sniffer.settimeout(0.3)
def frames():
    found = 0
    try:
        while sniffer.recv(65536):
            found += 1
    except TimeoutError:
        return found
frames()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
quiet = frames()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.sendto(b"x", ("127.0.0.1", 9))
print(quiet, frames() > 0, done.returncode)
print(done.stdout)
"""


@pytest.fixture(scope="module")
def room():
    """A namespace with a way out of MTU 1400, and a bridge as docker makes it."""
    name = f"nadoctor{os.getpid()}"

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        for key in ("all", "default"):
            words = ["ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1"]
            subprocess.run(words, check=False, capture_output=True)
        ip("-n", name, "link", "set", "lo", "up")
        for link, mtu in (("way0", "1400"), ("docker0", "1500")):
            ip("-n", name, "link", "add", link, "mtu", mtu, "type", "veth", "peer", "name", f"e-{link}")
            for end in (link, f"e-{link}"):
                ip("-n", name, "link", "set", end, "up")
        ip("-n", name, "address", "add", "192.0.2.10/24", "dev", "way0")
        ip("-n", name, "route", "add", "default", "via", "192.0.2.1")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def within(name, *words):
    """Run something in there, with settings that a client would use to ask somebody."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "GOPROXY": "https://proxy.golang.org,direct",
        "GOTOOLCHAIN": "auto",
    }
    environment |= {"https_proxy": "http://192.0.2.1:3128", "PIP_INDEX_URL": "https://192.0.2.1/simple"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    argv = ["ip", "netns", "exec", name, *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=environment, check=True)


DOCTOR = [sys.executable, "-m", "netanalyze", "doctor", "--json"]


def test_not_a_packet_leaves(room):
    told, printed = within(room, sys.executable, "-c", COUNT, *DOCTOR).stdout.split("\n", 1)
    quiet, heard, _ = told.split()
    assert (quiet, heard) == ("0", "True")
    assert len(json.loads(printed)["lines"]) > 10


def test_a_bridge_that_sends_more_than_the_way_out_takes_is_mended(room):
    def found():
        lines = json.loads(within(room, "sh", "-c", '"$@" || true', "sh", *DOCTOR).stdout)["lines"]
        return {line["id"]: line["mend"] for line in lines}

    before = found()
    assert before["route/mtu-bridge"] == "sudo ip link set docker0 mtu 1400"
    within(room, "sh", "-c", before["route/mtu-bridge"].removeprefix("sudo "))
    assert "route/mtu-bridge" not in found()


def test_a_way_out_that_is_gone_is_wrong(room):
    within(room, "ip", "route", "del", "default")
    try:
        levels = []
        for unset in ("", "unset https_proxy; "):
            words = ["sh", "-c", unset + '"$@" || true', "sh", *DOCTOR]
            lines = {line["id"]: line["level"] for line in json.loads(within(room, *words).stdout)["lines"]}
            levels.append(lines["route/none"])
    finally:
        within(room, "ip", "route", "add", "default", "via", "192.0.2.1")
    assert levels == ["doubtful", "wrong"], "a proxy may be on this very link"
