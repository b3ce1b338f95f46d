"""The last line that a command writes on standard error: read where that is a pipe of its own or a file, and nowhere else."""

import json
import os
import subprocess
import sys
import time

import pytest

from netanalyze.live.command.last_line import KEPT_OCTETS, last_line_of, line_at_end

LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live", "-i", "lo", "--backend", "raw", "-w", "run.pcapng"]


def live(folder, *words, **streams):
    return subprocess.run([*LIVE, *words], cwd=folder, check=False, text=True, **streams)


def told(folder):
    with open(folder / "result.json", encoding="utf-8") as file:
        return json.load(file)["run"]["last_line"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\n \n", ""),
        ("one\ntwo", "two"),
        ("one\ntwo\n\n", "two"),
        ("10 %\r 55 %\r100 %\r\n", "100 %"),
        ("\x1b[1m\x1b[31mbad\x1b[0m\x07\n", "bad"),
        ("\x1b]0;title\x07bad \u202etxt\n", "bad txt"),
        ("bad\nnetanalyze: waiting for the response\n", "bad"),
        ("\0" * 5000, ""),
    ],
)
def test_the_last_line_is_what_a_person_would_read(text, line):
    assert last_line_of(text) == line


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        (b"", ""),
        (b"\n  \n", ""),
        (b"x" * 5000, None),
        (b"\xff\x01\xfe" * 400, None),
        (b"s3cret@h.test/x\n" + b"\n" * 5000, ""),
        (b"s3cret@h.test/x" + b"\n" * (KEPT_OCTETS - 30) + b"\xff\xff" * 7 + b"\n", None),
        (b"x" * 5000 + b"\nbad\n", "bad"),
        (b"netanalyze: sleep sleeps\n", ""),
        (b"\xff\xff\xff\nnetanalyze: sleep sleeps\n", None),
        (b"netanalyze: sleep sleeps\n" * 500, None),
    ],
)
def test_of_what_is_no_text_or_has_no_beginning_nothing_is_said(octets, line):
    """Neither that nothing was written, nor what may be the rest of a URL with its password."""
    assert line_at_end(octets[-KEPT_OCTETS:]) == line


def test_a_pipe_is_passed_on_unaltered(tmp_path):
    script = r'printf "out\n"; printf "a\377\0b\r\nhttps://me:secret@h.test/x" >&2; exit 3'
    done = subprocess.run(
        [*LIVE, "--quiet", "--json-to", "result.json", "--", "sh", "-c", script],
        cwd=tmp_path, check=False, capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert done.stderr == b"a\xff\0b\r\nhttps://me:secret@h.test/x"
    assert told(tmp_path) == "https://xxxxx@h.test/x"


def test_a_file_is_read_when_the_command_has_ended(tmp_path):
    with open(tmp_path / "err", "a+", encoding="utf-8") as file:
        file.write("an older line\n")
        file.flush()
        script = "readlink /proc/self/fd/2 >&2; echo boom >&2; exit 3"
        live(tmp_path, "--quiet", "--json-to", "result.json", "--", "sh", "-c", script, stderr=file)
    assert (tmp_path / "err").read_text() == f"an older line\n{tmp_path}/err\nboom\n"
    assert told(tmp_path) == "boom"


@pytest.mark.parametrize("kept", ["shared", "device", "--no-trace"])
def test_what_is_not_its_own_pipe_is_left_alone(tmp_path, kept):
    """The order of what both streams say is the command's, and nothing stands between it and a terminal or a device."""
    script = "i=0; while [ $i -lt 99 ]; do echo out; echo err >&2; i=$((i+1)); done; readlink /proc/self/fd/2; exit 3"
    words = ["--quiet", "--json-to", "result.json", *([kept] if kept.startswith("-") else []), "--", "sh", "-c", script]
    streams = {"shared": subprocess.STDOUT, "device": subprocess.DEVNULL}
    done = live(tmp_path, *words, stdout=subprocess.PIPE, stderr=streams.get(kept, subprocess.PIPE))
    assert done.returncode == 3
    if kept == "shared":
        assert done.stdout.startswith("out\nerr\n" * 99)
    elif kept == "device":
        assert done.stdout.endswith(f"{os.devnull}\n")
    assert told(tmp_path) is None


HANDS_OVER = """
import subprocess, threading
from netanalyze.live.command.last_line import LastLine
words = LastLine(True, False, threading.Lock())
script = "(sleep 0.4; echo late >&2; echo alive > written) & echo soon >&2"
command = subprocess.Popen(["sh", "-c", script], stderr=words.writing)
words.start()
command.wait()
words.finish(0.05)
print(words.text())
"""


def test_what_a_command_leaves_behind_may_write_on_when_we_are_gone(tmp_path):
    """It is not killed for a reader that has gone, and what it says arrives; nobody waits for it but its own reader."""
    done = subprocess.run([sys.executable, "-c", HANDS_OVER], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("soon\n", "soon\nlate\n")
    for _ in range(100):
        if (tmp_path / "written").exists():
            break
        time.sleep(0.01)
    assert (tmp_path / "written").read_text() == "alive\n"
