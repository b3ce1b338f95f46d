"""A capture's fault, written down and made again by the kernels of two namespaces; and the command line that does it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.lab.record import run
from netanalyze.lab.reproduction.made import reproduction
from netanalyze.notebook.reading import FrameReader

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("laboratory")]


@pytest.mark.parametrize("name", ["connect-refused", "reset-injected"])
def test_the_fault_of_a_recording_is_made_again(name, tmp_path):
    path = str(CAPTURES / "recorded" / name / "capture.pcap")
    before = analyze([path])
    recording = run(reproduction(before, FrameReader([path]), name), tmp_path)
    after = analyze([str(recording.capture)]).verdict
    assert not recording.mistakes
    assert (after.cause, after.culprit.role) == (before.verdict.cause, before.verdict.culprit.role)
    assert after.culprit.address == before.verdict.culprit.address


def test_a_file_that_reproduce_wrote_is_run_and_judged(tmp_path):
    path = CAPTURES / "recorded/connect-refused/capture.pcap"
    netanalyze = [sys.executable, "-m", "netanalyze"]
    subprocess.run([*netanalyze, "reproduce", path, "-o", "again.toml"], cwd=tmp_path, check=True)
    done = subprocess.run(
        [*netanalyze, "lab", "run", "again.toml", "-o", "kept"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "http/connect-refused" in done.stdout
    assert json.loads((tmp_path / "kept/labels.json").read_text())["again"]["cause"] == "http/connect-refused"
