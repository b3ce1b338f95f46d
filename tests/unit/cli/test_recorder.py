"""The recorder's script, run for real by every POSIX shell that is here: it leaves the command alone and tells no secret."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.cli.main import run

SHELLS = {"dash": ["dash"], "busybox": ["busybox", "ash"], "bash": ["bash", "--posix"], "sh": ["sh"]}
HERE = {name: argv for name, argv in SHELLS.items() if shutil.which(argv[0])}
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not HERE or not shutil.which("tar"), reason="needs a POSIX shell and tar"
)
each_shell = pytest.mark.parametrize("shell", HERE.values(), ids=HERE.keys())
NEEDED = [
    "awk", "cat", "date", "env", "grep", "gzip", "head", "ln", "ls", "mkdir", "mkfifo", "mktemp", "mv", "rm", "sed", "sleep",
    "tar", "tee", "tr", "uname", "wc",
]  # fmt: skip
BARE = [name for name in (*NEEDED, *(argv[0] for argv in HERE.values())) if shutil.which(name)]


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The script as the command prints it."""
    path = tmp_path_factory.mktemp("recorder") / "record.sh"
    argv = [sys.executable, "-m", "netanalyze.cli.main", "recorder"]
    path.write_bytes(subprocess.run(argv, capture_output=True, check=True).stdout)
    return path


@pytest.fixture
def bare(tmp_path):
    """A PATH with nothing on it but what the script needs: no tcpdump, no ss, no ip."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in set(BARE):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


@pytest.fixture
def record(script, tmp_path, bare):
    """Runs the script; gives what came of it and the texts in the archive."""

    def go(shell, *argv, environment=None, **options):
        archive = tmp_path / "r.tgz"
        folder = tmp_path / "temporary"
        folder.mkdir(exist_ok=True)
        environment = {"PATH": bare, "HOME": str(tmp_path), "TMPDIR": str(folder), "LC_ALL": "C"} | (environment or {})
        options = {"capture_output": True, "text": True, "cwd": tmp_path, "timeout": 60, "env": environment} | options
        words = [shutil.which(shell[0]), *shell[1:], str(script), "-o", str(archive), *argv]
        done = subprocess.run(words, **options)
        assert list(folder.iterdir()) == [], "the temporary folder is not cleaned up"
        return done, unpacked(archive)

    return go


def unpacked(archive):
    """The members of an archive, as text where they are one."""
    if not archive.exists() or not tarfile.is_tarfile(archive):
        return {}
    with tarfile.open(archive) as opened:
        return {m.name.rpartition("/")[2]: opened.extractfile(m).read().decode("utf-8", "replace") for m in opened}


def test_the_script_is_printed(capsysbinary):
    assert run(["recorder"]) == 0
    out = capsysbinary.readouterr().out
    assert out.startswith(b"#!/bin/sh\n")
    assert b"\r" not in out


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_has_nothing_to_say(script):
    done = subprocess.run(["shellcheck", "-s", "sh", script], capture_output=True, text=True)
    assert done.stdout == ""


TALK = 'read word; echo "out $word"; echo "err $word" >&2; umask; printf "no end" >&2; exit 7'


@each_shell
def test_the_command_keeps_its_input_output_and_status(record, shell):
    done, texts = record(shell, "--", "sh", "-c", TALK, input="hello\n", preexec_fn=lambda: os.umask(0o027))
    assert done.returncode == 7
    assert done.stdout == "out hello\n0027\n"
    assert done.stderr.startswith("netanalyze recorder: no tcpdump here") or done.stderr.startswith("err hello")
    assert "err hello\nno end" in done.stderr
    assert "exit 7" in texts["about.txt"].splitlines()
    assert texts["command.txt"].split("\t")[:2] == ["sh", "-c"]


@each_shell
def test_the_command_keeps_its_environment(record, shell):
    given = {"out": "mine", "line": "a b", "pid": "x", "flags": "$HOME `id` '\"", "GOFLAGS": "-mod=mod"}
    done, _ = record(shell, "--", "env", environment=given)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert {name: found[name] for name in given} == given


@each_shell
def test_each_line_has_its_time(record, shell):
    before = time.time()
    _, texts = record(shell, "--", "sh", "-c", "echo one >&2; sleep 0.4; echo two >&2")
    after = time.time()
    times = [float(line.split(" ", 1)[0]) for line in texts["stderr.txt"].splitlines()]
    assert [line.split(" ", 1)[1] for line in texts["stderr.txt"].splitlines()] == ["one", "two"]
    assert before - 0.02 <= times[0] <= times[1] <= after + 0.02  # /proc/uptime has hundredths


SECRETS = ["pa55word", "t0ken-abcdef", "ghp_0123456789abcdefABCDEF", "c3VwZXJzZWNyZXQ"]
SAYS = """
echo "fatal: https://me:pa55word@git.example/x: no" >&2
echo "Authorization: Basic c3VwZXJzZWNyZXQ" >&2
echo "GET /x?access_token=t0ken-abcdef&y=1" >&2
echo "remote: ghp_0123456789abcdefABCDEF is not valid" >&2
echo "https://proxy.golang.org/example.com/m/@v/v1.0.0.mod git@github.com" >&2
"""


@each_shell
def test_no_secret_is_written(record, shell):
    given = {
        "https_proxy": "http://me:pa55word/@x@proxy.example:3128", "HTTP_PROXY": "me:pa55word@proxy.example:3128",
        "no_proxy": "a.example,b.example", "GIT_SSH_COMMAND": "ssh -o x --token t0ken-abcdef",
    }  # fmt: skip
    words = ["--token", "t0ken-abcdef", "--password=pa55word", "-u", "me:pa55word", "https://pa55word@a.example/"]
    _, texts = record(shell, "--", "sh", "-c", SAYS + "sleep 1.2", "sh", *words, environment=given)
    for name, text in texts.items():
        for secret in SECRETS:
            if name != "command.txt" and name != "processes.txt":
                assert secret not in text, name
        for secret in SECRETS[:2]:
            assert f"{secret}\t" not in text, name
    assert "proxy.example:3128" in texts["environment.txt"]
    assert "no_proxy=a.example,b.example" in texts["environment.txt"]
    assert "https://proxy.golang.org/example.com/m/@v/v1.0.0.mod git@github.com" in texts["stderr.txt"]
    assert "y=1" in texts["stderr.txt"]


@each_shell
def test_a_command_that_is_not_there_ends_as_in_a_shell(record, shell):
    done, texts = record(shell, "--", "no-such-command-here")
    assert done.returncode == 127
    assert "exit 127" in texts["about.txt"]


@each_shell
def test_patience_ends_the_command_and_packs(record, shell):
    done, texts = record(shell, "-t", "1", "--", "sh", "-c", "echo waiting >&2; exec sleep 50")
    assert done.returncode > 128
    assert "ended-by patience" in texts["about.txt"]
    assert texts["stderr.txt"].endswith("waiting\n")


@each_shell
def test_control_c_ends_the_command_and_packs(script, shell, tmp_path, bare):
    archive, ready = tmp_path / "r.tgz", tmp_path / "ready"
    process = subprocess.Popen(
        [shutil.which(shell[0]), *shell[1:], str(script), "-o", str(archive), "--", "sh", "-c", f": >{ready}; exec sleep 50"],
        env={"PATH": bare, "TMPDIR": str(tmp_path)}, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody
    assert process.wait(timeout=20) == 130
    assert "ended-by interrupt" in unpacked(archive)["about.txt"]
    assert [path.name for path in tmp_path.glob("netanalyze-record-*")] == []


FAKE_GO = """#!/bin/sh
case "$1" in
env) if [ "$2" = GOFLAGS ]; then echo "-mod=mod"; elif [ "$2" = GOENV ]; then echo /nowhere; else
     printf '{\\n\\t"GOOS": "%s",\\n' "asked with $GOAUTH $PROGRAMS $SETTINGS"
     printf '\\t"GOVERSION": "go1.27.3",\\n\\t"GOAUTH": "netrc; /opt/helper s3cret; git /dir",\\n'
     printf '\\t"GOPROXY": "https://u:pw@p.example"\\n}\\n'; fi ;;
*) echo "flags $GOFLAGS" ;;
esac
"""


@each_shell
@pytest.mark.parametrize(
    ("argv", "flags"),
    [
        (["go", "mod", "download"], "-mod=mod -x"),
        (["go", "-C", "x", "mod", "tidy"], "-mod=mod -x"),
        (["go", "get", "-x", "a.example/m"], ""),
        (["go", "test", "./..."], ""),
        (["go", "run", "."], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_go_is_asked_to_say_what_it_requests_where_that_makes_sense(record, shell, bare, argv, flags):
    go = Path(bare) / "go"
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    given = {"GOAUTH": "netrc", "PROGRAMS": "x", "SETTINGS": "y"}
    done, texts = record(shell, "--", *argv, environment=given)
    assert done.stdout == f"flags {flags}\n"
    assert "asked with netrc x y" in texts["go-env.json"]
    assert '"GOAUTH": "netrc;/opt/helper;git"' in texts["go-env.json"]
    assert "https://xxxxx@p.example" in texts["go-env.json"]
    assert record(shell, "-f", "-n", "--", *argv)[0].stdout == "flags \n"


@each_shell
def test_what_it_records_is_analysed_like_a_capture(record, shell, tmp_path):
    record(shell, "--", "sh", "-c", "echo 'go: example.com/m: unrecognized import path' >&2; sleep 1.1; exit 1")
    result = analyze([tmp_path / "r.tgz"])
    assert result.run.argv[0] == "sh"
    assert result.run.exit_code == 1
    assert result.verdict.status == "failed"


@each_shell
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs Linux's /proc")
def test_who_was_orphaned_before_the_run_began_is_none_of_it(record, shell):
    """A script in which job control is off has one process group, with whatever it left running earlier."""
    begun = subprocess.run(
        ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True, check=True
    )
    time.sleep(0.05)  # a tick is 10 ms
    try:
        _, texts = record(shell, "--", "sleep", "3.5")
    finally:
        os.kill(int(begun.stdout), signal.SIGKILL)
    lines = [line.split() for line in texts["processes.txt"].splitlines()]
    assert begun.stdout.strip() not in {words[1] for words in lines if words[0] in "PAN"}
    assert {words[1] for words in lines if words[0] == "P"}


@each_shell
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs Linux's /proc")
def test_a_lock_that_others_wait_for_is_not_the_command_s_business(record, shell, tmp_path):
    """Only the command and what came of it is written down, and who holds what it waits for."""
    program = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); time.sleep(60)"
    begin = [sys.executable, "-c", program, str(tmp_path / "lock")]
    with subprocess.Popen(begin) as holder, subprocess.Popen(begin) as waiter:
        try:
            time.sleep(0.3)
            _, texts = record(shell, "--", "sleep", "3.5")  # its first look comes after a second, or two
        finally:
            waiter.kill()
            holder.kill()
    pids = {line.split()[1] for line in texts["processes.txt"].splitlines() if line[:2] in ("P ", "A ", "N ", "H ")}
    assert len(pids) == 1
    assert not pids & {str(holder.pid), str(waiter.pid)}


@each_shell
def test_wrong_usage_starts_nothing(record, shell, tmp_path):
    for argv in ([], ["-x", "true"], ["-t", "soon", "true"]):
        done, texts = record(shell, *argv)
        assert done.returncode == 125
        assert texts == {}
        assert "netanalyze recorder: " in done.stderr
    done, _ = record(shell, "-h")
    assert done.returncode == 0
    assert done.stdout.startswith("Records a command that hangs on the network")


@each_shell
def test_an_archive_that_exists_is_replaced_only_when_asked(record, shell, tmp_path):
    archive = tmp_path / "r.tgz"
    archive.write_text("old")
    done, _ = record(shell, "sh", "-c", ": >released")
    assert done.returncode == 125
    assert not (tmp_path / "released").exists()
    assert "r.tgz exists; choose another with -o, or replace it with -f" in done.stderr
    assert archive.read_text() == "old"
    done, texts = record(shell, "-f", "sh", "-c", ":")
    assert done.returncode == 0
    assert texts["about.txt"].startswith("netanalyze-record")
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("r.tgz*")] == ["r.tgz"]


@each_shell
def test_an_archive_is_not_written_through_a_link(record, shell, tmp_path):
    precious = tmp_path / "precious"
    (tmp_path / "r.tgz").symlink_to(precious)
    done, _ = record(shell, "sh", "-c", ":")
    assert (done.returncode, "exists" in done.stderr) == (125, True)
    record(shell, "-f", "sh", "-c", ":")
    assert not precious.exists()
    assert not (tmp_path / "r.tgz").is_symlink()


@each_shell
def test_what_came_under_the_name_meanwhile_is_kept_and_the_archive_as_well(record, shell, tmp_path):
    done, _ = record(shell, "sh", "-c", "echo theirs >r.tgz")
    assert (tmp_path / "r.tgz").read_text() == "theirs\n"
    (beside,) = tmp_path.glob("r.tgz.*")
    assert f"what was recorded is in {beside}/archive.tgz" in done.stderr
    assert unpacked(beside / "archive.tgz")["about.txt"].startswith("netanalyze-record")


def test_an_archive_may_go_to_a_named_pipe(script, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    argv = ["sh", str(script), "-o", str(pipe), "true"]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL, cwd=tmp_path) as running:
        octets = pipe.read_bytes()
    assert (running.returncode, octets[:2]) == (0, b"\x1f\x8b")
