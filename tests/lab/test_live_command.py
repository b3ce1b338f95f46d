"""A command under ``netanalyze live`` stays itself: its output, status, terminal, signals and rights."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live_lab import LIVE, NEEDS_A_NAMESPACE, frames

pytestmark = NEEDS_A_NAMESPACE

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
    "curl": ["curl", "-sS", "file:///nowhere/at/all"],
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


AT_A_TERMINAL = {
    "colours": ["ls", "--color=auto", "/usr"],
    "its name and size": ["sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size"],
    "settings": ["stty", "-a"],
    "a question": ["sh", "-c", "printf 'name? '; read -r it; echo \"hello $it\""],
    "a secret": [sys.executable, "-c", "import getpass; print(len(getpass.getpass('secret? ')))"],
    "a pager": ["less", "-X", "-R", "/etc/services"],
    "a pager of git's": ["git", "-C", "origin", "log", "--stat"],
    "no repository": ["git", "clone", "file:///nowhere/at/all", "copy"],
    "curl": ["curl", "file:///nowhere/at/all"],
    "a job": ["sh", "-c", "sleep 0.1 & wait; echo done"],
}  # fmt: skip
ANSWERS = {"a question": b"me\n", "a secret": b"four\n", "a pager": b"q"}


@pytest.mark.parametrize("name", AT_A_TERMINAL)
def test_a_terminal_shows_the_same_without_us(inside, name):
    argv = AT_A_TERMINAL[name]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"{argv[0]} is not installed")
    if name == "a pager of git's":
        made = "git init -q origin && cd origin && git -c user.name=a -c user.email=a@example.test commit -q --allow-empty -m a"
        inside.run("sh", "-c", made, check=True)
    shown = []
    for ours in ([], [*LIVE, "--quiet", "-i", "va", "-w", "p.pcapng", "--"]):
        at = inside.terminal(*ours, *argv)
        if name in ANSWERS:
            at.until(r"\?|\(END\)|services|:\x1b")
            time.sleep(0.3)
            at.send(ANSWERS[name])
        status = at.end()
        shown.append((status, at.text))
    assert shown[1] == shown[0]


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
    assert "you interrupted it after" in at.text
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
