"""Analysing needs no Linux, no Unix and no compiler: what is missing on Windows or a Mac is never asked for."""

import json
import os
import subprocess
import sys

import pytest
from sources import ROOT

from netanalyze.cli.recorder import script
from tests.unit.capture.archives import TEXTS, tgz, written

CAPTURE = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
UNIX = ("fcntl", "termios", "pwd", "grp", "resource", "pty", "tty", "syslog", "curses", "readline", "posixshmem")
"""Modules that Windows does not have."""
LINUX = ("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "SO_BINDTODEVICE", "if_nameindex")
"""Of ``socket``, what a Mac or Windows lacks."""
CALLS = (
    "sysconf",
    "pread",
    "openpty",
    "getresuid",
    "setresuid",
    "makedev",
    "fork",
    "waitid",
    "pidfd_open",
    "O_CLOEXEC",
)
"""Of ``os``, likewise."""
PROGRAM = """
import json, os, signal, socket, sys
missing, lacking = json.loads(sys.argv[1]), json.loads(sys.argv[2])
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Finder())
for name in missing:
    sys.modules.pop(name, None)
for module in (os, socket):
    for name in lacking:
        if hasattr(module, name):
            delattr(module, name)
from netanalyze.cli.main import run
status = run(sys.argv[3:])
print(json.dumps({"status": status, "modules": sorted(m for m in sys.modules if m.startswith("netanalyze"))}), file=sys.stderr)
"""


def analysed(path, missing, lacking=()):
    """Exit status, printed JSON and the modules of this package after ``analyze`` where something is missing."""
    argv = [
        sys.executable,
        "-c",
        PROGRAM,
        json.dumps(missing),
        json.dumps(lacking),
        "analyze",
        "--json",
        "-q",
        str(path),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.stdout, done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    return told["status"], json.loads(done.stdout), set(told["modules"])


@pytest.fixture
def archive(tmp_path):
    """What the recorder might have made of that capture."""
    return written(tmp_path / "r.tgz", tgz(TEXTS, CAPTURE.read_bytes()))


def test_analysing_a_capture_asks_for_nothing_of_unix_s():
    status, result, loaded = analysed(CAPTURE, UNIX, LINUX + CALLS)
    assert (status, result["verdict"]["cause"]) == (1, "tls/client-hello-dropped")
    assert not [name for name in loaded if name.startswith(("netanalyze.live", "netanalyze.interop", "netanalyze.lab"))]


def test_analysing_an_archive_of_the_recorder_asks_for_nothing_of_unix_s(archive):
    status, result, _ = analysed(archive, UNIX, LINUX + CALLS)
    assert (status, result["verdict"]["cause"]) == (1, "tls/client-hello-dropped")
    assert result["run"]["argv"] == ["go", "mod", "download"]


def test_decompressors_can_be_missing(archive):
    for path in (CAPTURE, archive):
        status, result, _ = analysed(path, ["zstandard", "lz4"])
        assert (status, result["verdict"]["cause"]) == (1, "tls/client-hello-dropped")


def test_live_says_on_windows_what_to_do_instead():
    program = (
        "import sys\nfrom netanalyze.cli.main import run\nsys.platform = 'win32'\nsys.exit(run(['live', '--', 'go']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 125
    assert "dumpcap -w hang.pcapng" in done.stderr
    assert "netanalyze analyze hang.pcapng" in done.stderr


def test_the_script_of_the_recorder_is_in_the_package():
    assert script().startswith(b"#!/bin/sh\n")
    assert b"\r" not in script()


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "netanalyze" / "py.typed").is_file()
    assert '"Typing :: Typed"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
