"""The command has exactly the descriptors that netanalyze was started with, whoever opened the capture."""

import itertools
import json
import os
import subprocess

import pytest
from live_lab import LIVE, NEEDS_A_NAMESPACE, frames
from ordinary_user import HAS_ALL, as_user, by_sudo

from netanalyze.cli.recorder import script

pytestmark = NEEDS_A_NAMESPACE
sudo = pytest.mark.skipif(not HAS_ALL, reason="needs sudo, setpriv and unshare")

TELL = """
import ctypes, json, os
def leads_to(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}").split(":")[0]
    except OSError:
        return None  # the listing's own
seen = {int(n): leads_to(n) for n in os.listdir("/proc/self/fd")}
libc, taken, parent = ctypes.CDLL(None), 0, os.getppid()
if b"netanalyze" in open(f"/proc/{parent}/cmdline", "rb").read():
    at = libc.syscall(434, parent, 0)  # pidfd_open
    taken = sum(libc.syscall(438, at, number, 0) >= 0 for number in range(3, 64))  # pidfd_getfd
told = {"uid": os.getuid(), "seen": {n: to for n, to in seen.items() if to}, "taken": taken}
with open("told.json", "w") as out:
    json.dump(told, out)
"""
OURS = 57
"""The number of a descriptor that the command is to inherit, as from make's job server."""


@pytest.fixture
def place(open_folder):
    """A folder that everybody may write to, with the command in it."""
    (open_folder / "tell.py").write_text(TELL)
    (open_folder / "record.sh").write_bytes(script())
    return open_folder


def told(place, argv, descriptors=(OURS,)):
    """What the command has seen of itself."""
    subprocess.run(argv, cwd=place, pass_fds=descriptors, check=True, timeout=60, capture_output=True)
    return json.loads((place / "told.json").read_text())


COMMAND = ("--", "/usr/bin/env", "python3", "tell.py")


@pytest.fixture
def inherited():
    """A pipe whose one end has the number that everything started below inherits."""
    out, into = os.pipe()
    os.dup2(into, OURS, inheritable=True)
    yield OURS
    for number in {out, into, OURS}:
        os.close(number)


@pytest.mark.parametrize("backend", ["raw", "dumpcap", "tcpdump"])
def test_the_command_inherits_what_netanalyze_was_given_and_nothing_more(place, inherited, backend):
    found = told(place, [*LIVE, "-i", "lo", "--backend", backend, "-w", "r.pcapng", *COMMAND])
    assert sorted(map(int, found["seen"])) == [0, 1, 2, inherited]


@sudo
def test_a_packet_socket_that_sudo_opened_never_comes_to_the_command(place, inherited):
    found = told(place, as_user(*LIVE, "-i", "lo", "-w", "r.pcapng", *COMMAND))
    assert (found["uid"], sorted(map(int, found["seen"])), found["taken"]) == (65534, [0, 1, 2, inherited], 0)
    assert "socket" not in found["seen"].values()


@sudo
@pytest.mark.parametrize("backend", ["raw", "dumpcap", "tcpdump"])
def test_under_sudo_the_command_of_the_caller_gets_nothing_of_root_s(place, backend):
    found = told(place, by_sudo(*LIVE, "-i", "lo", "--backend", backend, "-w", "r.pcapng", *COMMAND), ())
    assert (found["uid"], sorted(found["seen"]), found["taken"]) == (65534, ["0", "1", "2"], 0)
    assert (place / "r.pcapng").stat().st_uid == 65534


@pytest.mark.parametrize("number", [3, 9])
def test_the_recorder_s_script_keeps_the_command_s_descriptors(place, inherited, number):
    given = ["sh", "-c", f'exec "$@" {number}>&1', "sh"]
    found = told(place, [*given, "sh", "record.sh", "-o", "r.tgz", *COMMAND])
    assert sorted(map(int, found["seen"])) == [0, 1, 2, number, inherited]


def test_streams_that_were_closed_are_closed_for_the_command_and_taken_by_nothing_of_ours(place):
    every = [which for count in range(4) for which in itertools.combinations("012", count)]
    begun = {}
    for closed in every:  # side by side
        folder = place / ("closed" + "".join(closed))
        folder.mkdir()
        (folder / "tell.py").write_text(TELL)
        without = ["sh", "-c", f'exec "$@" {" ".join(f"{number}>&-" for number in closed)}', "sh"]
        begun[closed] = folder, subprocess.Popen(
            [*without, *LIVE, "-i", "lo", "-w", "r.pcapng", *COMMAND], cwd=folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    for closed, (folder, process) in begun.items():
        process.communicate(timeout=60)
        assert process.returncode == 0, closed
        seen = json.loads((folder / "told.json").read_text())["seen"]
        assert sorted(n for n, to in seen.items() if to == "pipe") == [n for n in "012" if n not in closed], closed
        assert frames(folder / "r.pcapng")[3].exit_code == 0, closed
