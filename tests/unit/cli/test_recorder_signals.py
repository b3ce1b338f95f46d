"""The recorder's script passes signals on, and what it has recorded is packed whatever happens to it."""

import os
import shutil
import signal
import subprocess
import tarfile
import time

import pytest

from netanalyze.cli.recorder import script

SHELLS = [shell for shell in (["dash"], ["busybox", "ash"], ["bash"]) if shutil.which(shell[0])]
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[-1])
PROGRAM = """
trap 'exit 44' TERM; trap 'exit 45' HUP; trap 'exit 46' INT
echo asking >&2
: >ready
sleep 20 & wait
"""


@pytest.fixture
def begun(tmp_path):
    """Starts the script with a command that says how it was ended, and waits until that is ready."""
    (tmp_path / "record.sh").write_bytes(script())
    started = []

    def start(shell):
        words = [*shell, "record.sh", "-i", "there-is-none", "-o", "r.tgz", "--", "sh", "-c", PROGRAM]
        process = subprocess.Popen(
            words, cwd=tmp_path, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": str(tmp_path)},
        )  # fmt: skip
        started.append(process)
        assert comes(lambda: (tmp_path / "ready").exists()), "the command was not started"
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def comes(condition, seconds=20.0):
    """Whether ``condition`` comes true before long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def about(archive):
    """The lines of the archive's own description; the archive is read to its end."""
    with tarfile.open(archive) as opened:
        texts = {member.name.rpartition("/")[2]: opened.extractfile(member).read().decode() for member in opened}
    assert "asking" in texts["stderr.txt"]
    return texts["about.txt"].splitlines()


def whole(archive):
    """Whether an archive is there to its last octet."""
    return archive.exists() and subprocess.run(["gzip", "-t", archive], capture_output=True).returncode == 0


SENT = [(shell, signal.SIGTERM, 44) for shell in SHELLS] + [
    (SHELLS[0], signal.SIGHUP, 45),
    (SHELLS[-1], signal.SIGINT, 46),
]


@pytest.mark.parametrize(("shell", "number", "status"), SENT)
def test_a_signal_to_the_recorder_alone_reaches_the_command_at_once(begun, tmp_path, shell, number, status):
    process = begun(shell)
    process.send_signal(number)
    assert process.wait(timeout=15) == status
    assert {f"exit {status}", "ended-by interrupt"} <= set(about(tmp_path / "r.tgz"))
    assert not list(tmp_path.glob("netanalyze-record-*"))


@each_shell
def test_what_was_recorded_is_packed_when_the_recorder_is_killed_and_nothing_of_it_stays(begun, tmp_path, shell):
    process = begun(shell)
    time.sleep(0.5)
    process.kill()
    process.wait()
    assert comes(lambda: whole(tmp_path / "r.tgz"))
    assert "ended-by killed" in about(tmp_path / "r.tgz")
    assert comes(lambda: not list(tmp_path.glob("netanalyze-record-*")))
    assert comes(lambda: b"record.sh" not in names_of(process.pid))


def names_of(session):
    """The command lines of a session's processes."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.getsid(int(entry)) == session:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    found.append(file.read())
        except OSError:
            continue
    return b" ".join(found)
