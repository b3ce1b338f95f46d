"""A capture's fault, written down and made again by the kernels of two namespaces; and the command line that does it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.lab.record import run
from netanalyze.lab.reproduction.conversation import PlayedFlow, PlayedStep, members_of
from netanalyze.lab.reproduction.made import reproduction
from netanalyze.lab.reproduction.observed import observe
from netanalyze.lab.scenario import Command, Scenario, Truth
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


def test_a_segment_ends_with_what_was_said_where_more_was_said_before_it_was_sent(tmp_path):
    """Twelve segments and a bit are more than the first window of ten (RFC 6928): the rest of them waits beside what is next."""
    length = 16_437
    said = [
        PlayedStep("client", 0.1, "say", b"?"),
        *(PlayedStep("server", 0.2, "say", bytes(length)) for _ in range(3)),
    ]
    talk = PlayedFlow("tcp", ("192.0.2.10", 51_000), ("198.51.100.10", 443), delay=0.03, steps=tuple(said))
    command = Command(argv=("conversations",), time_limit=1.0)
    scenario = Scenario("edges", "", Truth(None, "healthy"), conversations=(members_of(talk),), command=command)
    reader = FrameReader([str(run(scenario, tmp_path).capture)])
    (flow,) = observe(reader, [0]).flows.values()
    edges = {one.offset + one.length for one in flow.packets if not one.up and one.length}
    assert {length, 2 * length, 3 * length} <= edges
