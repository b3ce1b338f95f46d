"""``netanalyze watch``: a real command that has been silent for a while is asked about, and left alone."""

import json
import shutil
import subprocess
import sys
import time

import pytest
from live_lab import DEAD

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads proc(5)"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]
WATCH = [sys.executable, "-m", "netanalyze", "watch"]


def test_a_silent_command_is_found_by_its_words_and_runs_on(inside):
    silent = inside.start("curl", "-s", "--max-time", "60", f"https://{DEAD}/a/file")
    try:
        time.sleep(2)
        began = time.monotonic()
        told = inside.run(*WATCH, f"{DEAD}/a/file", "--json")
        assert time.monotonic() - began < 10, "as is promised"
        answer = json.loads(told.stdout)
        assert (answer["status"], answer["cause"]) == ("hung", "tcp/syn-unanswered")
        assert len(told.stdout) <= 1001
        assert silent.poll() is None
        assert list(inside.folder.glob("*.pcapng")) == []
    finally:
        silent.kill()
        silent.wait()


def test_it_is_said_that_no_process_is_there(inside):
    told = inside.run(*WATCH, "words that no command line has", check=False)
    assert told.returncode == 125
    assert "none of your processes with 'words that no command line has' in its command line" in told.stderr


@pytest.mark.parametrize("words", [[], ["4711", "--latest"]])
def test_one_of_a_process_and_latest_is_wanted(words):
    told = subprocess.run([*WATCH, *words], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "give the number of a process, words of its command line, or --latest" in told.stderr
