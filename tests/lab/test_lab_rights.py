"""Under sudo root's rights end where the capture is armed, also where a process of root's is joined."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest
from live_lab import LIVE, NEEDS_A_NAMESPACE
from ordinary_user import HAS_ALL, UID, as_user, by_sudo

from netanalyze.live.processes.proc_reader import answer
from tests.users import own_folder

pytestmark = [*NEEDS_A_NAMESPACE, pytest.mark.skipif(not HAS_ALL, reason="needs sudo, setpriv and unshare")]
CLIENT = "import socket,time; s=socket.create_connection(('127.0.0.1',%d)); s.sendall(b'GET /'); s.recv(1)"


@pytest.fixture
def hanging():
    """A process of root's that waits for a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = subprocess.Popen([sys.executable, "-c", CLIENT % server.getsockname()[1]])
        kept, _ = server.accept()
        yield process
        process.kill()
        process.wait()
        kept.close()


def users_of(words):
    """The users of the processes whose command line has these words: real, effective, saved and of the file system."""
    found = {}
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                line = file.read().split(b"\0")
            with open(f"/proc/{entry}/status") as file:
                uids = next(row for row in file if row.startswith("Uid:")).split()[1:]
        except (OSError, StopIteration):
            continue
        if line[:1] == [sys.executable.encode()] and all(word.encode() in line for word in words):
            found[int(entry)] = {int(uid) for uid in uids}
    return found


@pytest.mark.parametrize("backend", ["raw", "dumpcap", "tcpdump"])
def test_the_analysis_is_the_callers_and_a_process_of_root_s_is_seen_as_root_sees_it(hanging, open_folder, backend):
    words = ["--pid", str(hanging.pid), "-i", "lo", "--backend", backend, "--patience", "4s", "-w", "r.pcapng"]
    begun = subprocess.Popen(
        by_sudo(*LIVE, "--json", *words), cwd=open_folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    users = {}
    while begun.poll() is None and list(users.values()) != [{UID}]:  # what is root's becomes the caller's, and stays so
        users = users_of(words[:2]) or users
        time.sleep(0.05)
    out, err = begun.communicate(timeout=60)
    assert list(users.values()) == [{UID}], err
    said = json.loads(out)
    assert said["verdict"]["cause"] == "http/response-missing"
    assert "GET" in said["run"]["argv"][2]
    assert (open_folder / "r.pcapng").stat().st_uid == UID
    assert hanging.poll() is None


def test_a_run_without_a_file_s_name_leaves_nothing_here_and_is_kept_in_its_caller_s_state_folder(open_folder):
    with own_folder(UID) as home:
        live = ["env", f"HOME={home}", *by_sudo(*LIVE, "-i", "lo", "--", "touch", "done")]
        live.remove(f"HOME={os.sep}tmp")
        subprocess.run(live, cwd=open_folder, check=True)
        assert [path.name for path in open_folder.iterdir()] == ["done"]
        (recording,) = home.glob(".local/state/netanalyze/*.pcapng")
        for path, mode in ((recording, 0o600), (recording.with_suffix(".json"), 0o600), (recording.parent, 0o700)):
            assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (UID, mode)
        listing = [sys.executable, *LIVE[1:-1], "last", "--list"]
        for who in (as_user, by_sudo):
            argv = ["env", f"HOME={home}", *who(*listing)]
            argv.remove(f"HOME={os.sep}tmp")
            done = subprocess.run(argv, capture_output=True, text=True, check=True)
            assert done.stdout.splitlines()[1].endswith("touch done"), (done.stdout, done.stderr)


def watches(pid):
    """Wait until it takes signals for the watching: it has a handler for SIGUSR1 then, and only then."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with open(f"/proc/{pid}/status") as file:
            caught = int(next(row for row in file if row.startswith("SigCgt:")).split()[1], 16)
        if caught >> (signal.SIGUSR1 - 1) & 1:
            return
        time.sleep(0.05)
    raise AssertionError("it never began to watch")


def test_a_signal_ends_the_watching_with_its_status_and_a_whole_recording(hanging, open_folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        words = ["--pid", str(hanging.pid), "-i", "lo", "-w", f"{number}.pcapng", "--quiet"]
        begun = subprocess.Popen([*LIVE, *words], cwd=open_folder, stderr=subprocess.PIPE, text=True)
        watches(begun.pid)
        begun.send_signal(number)
        assert begun.wait(timeout=20) == 128 + number
        assert begun.stderr.read() == ""
        read = subprocess.run(
            [*LIVE[:-1], "analyze", f"{number}.pcapng", "--json"], cwd=open_folder, capture_output=True
        )
        assert json.loads(read.stdout)["run"]["joined"] is not None
    assert hanging.poll() is None


@pytest.mark.parametrize("request_", [
    b"read /etc/shadow", b"read /proc/1/environ", b"read /proc/1/mem", b"read /proc/1/../../etc/shadow",
    b"read /proc/self/environ", b"link /proc/1/root", b"link /proc/1/exe", b"stat /proc/1/cwd", b"links ../1",
    b"memory 1 0 1024", b"memory 1 4096 99999999", b"write /proc/1/oom_adj", b"askpass self", b"", b"\0\xff",
    b"read /proc/1/fd/0", b"read /proc/1/task/1/../environ", b"read /proc/1/stat\n",
], ids=repr)  # fmt: skip
def test_what_reads_with_root_s_rights_gives_out_nothing_else(request_):
    assert answer(request_) is None
