"""What ``netanalyze lab run`` prints about a scenario's file; nothing is played here."""

import shutil
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.cli import lab
from netanalyze.cli.main import run
from netanalyze.lab import batch
from netanalyze.lab.batch import ScenarioOutcome
from netanalyze.lab.record import Recording
from netanalyze.lab.reproduction.made import reproduction
from netanalyze.lab.reproduction.scenario_file import scenario_text
from netanalyze.lab.scores.judge import judged
from netanalyze.notebook.reading import FrameReader
from tests.unit.redaction.secret_corpus import MARKER, leaks

CAPTURE = Path(__file__).resolve().parents[3] / "captures/recorded/connect-refused/capture.pcap"
NAME = f"api_token={MARKER}"


def recorded(scenarios, folder, *_, **__):
    """An outcome as if the scenario had been played: its recording is the capture that it was made of."""
    (scenario,) = scenarios
    stderr = Path(folder, f"{scenario.name}.stderr.txt")
    stderr.write_text("")
    recording = Recording(
        scenario,
        Path(shutil.copy(CAPTURE, Path(folder, f"{scenario.name}.pcapng"))),
        stderr,
        1,
        1.0,
        (f"see {stderr}",),
    )
    return [ScenarioOutcome(scenario, recording, *judged(recording))]


def failed(scenarios, folder, *_, **__):
    (scenario,) = scenarios
    return [ScenarioOutcome(scenario, failure=f"{folder}/{scenario.name}.pcapng: No space left on device")]


@pytest.mark.parametrize("play", [recorded, failed])
def test_a_secret_in_the_name_of_a_scenario_s_file_is_not_printed(tmp_path, monkeypatch, capsys, play):
    scenario = reproduction(analyze([CAPTURE]), FrameReader([str(CAPTURE)]), "hang")
    path = tmp_path / f"{NAME}.toml"
    path.write_text(scenario_text(scenario))
    monkeypatch.setattr(lab, "prepared", lambda *_, **__: None)
    monkeypatch.setattr(batch, "play", play)
    status = run(["lab", "run", str(path), "-o", str(tmp_path)])
    printed = "".join(capsys.readouterr())
    assert status == 3
    assert "in namespaces of its own" in printed
    assert "xxxxx" in printed
    assert not leaks(printed)
