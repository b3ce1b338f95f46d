"""The laboratory checks its own truth: statements parse, hold of the kept recordings, and do not hold of a healthy one."""

import struct
import tomllib
from dataclasses import replace
from pathlib import Path

import dpkt
import pytest

from netanalyze.lab import list_scenarios, load
from netanalyze.lab.scenario import Command
from netanalyze.lab.scores.shown import holds, mistakes, parsed
from netanalyze.lab.scores.sight import look
from netanalyze.lab.tap import records, rewrite

RECORDED = Path(__file__).parents[2] / "captures" / "recorded"
KEPT = sorted(path.parent for path in RECORDED.glob("*/truth.toml"))
HEALTHY = RECORDED / "healthy" / "capture.pcap"


@pytest.mark.parametrize("name", list_scenarios())
def test_scenario_says_what_its_capture_must_show(name):
    scenario = load(name)
    assert scenario.shows, "please add shows = [...]: what must the capture have in it for the declared fault?"
    for statement in scenario.shows:
        parsed(statement)
    if scenario.truth.cause is None:
        assert scenario.truth.status == "healthy"


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_kept_recording_shows_what_its_scenario_declares(folder):
    truth = tomllib.loads((folder / "truth.toml").read_text())
    printed = (folder / "go.stderr.txt").read_text()
    scenario = load(truth["scenario"])
    assert mistakes(scenario, folder / "capture.pcap", printed, truth.get("exit_code"), truth["wall_s"]) == []


@pytest.mark.parametrize(
    "folder", [folder for folder in KEPT if folder.name != "healthy"], ids=lambda folder: folder.name
)
def test_a_healthy_recording_does_not_show_a_fault(folder):
    scenario = load(tomllib.loads((folder / "truth.toml").read_text())["scenario"])
    sight = look(HEALTHY, wall=0.6)
    assert not all(holds(statement, sight)[0] for statement in scenario.shows)


def test_what_a_healthy_recording_shows_too_is_at_least_said_by_the_command():
    sight = look(HEALTHY, wall=0.6)
    for scenario in map(load, list_scenarios()):
        vague = all(holds(statement, sight)[0] for statement in scenario.shows)
        assert scenario.truth.cause is None or scenario.says or not vague, (
            f"{scenario.name}: shows what every run shows"
        )


def test_a_recording_without_the_fault_fails_as_a_scenario():
    found = mistakes(load("sni-dropped"), HEALTHY, "", 0, 0.6)
    assert any("does not show 'hello_unheard proxy.golang.org'" in line for line in found)
    assert any("did not say 'TLS handshake timeout'" in line for line in found)
    assert "a run that is failed ends in a failure, this one in success" in found


def test_a_command_that_was_interrupted_may_end_as_it_likes():
    scenario = load("interrupted")
    assert mistakes(replace(scenario, shows=()), HEALTHY, "", -2, 1.5) == []


@pytest.mark.parametrize("statement", ["nonsense x", "", "syn proxy.golang.org >= many"])
def test_a_statement_nobody_understands_is_an_error(statement):
    with pytest.raises(ValueError, match=r"word|many"):
        parsed(statement)


def test_a_host_has_families():
    sight = look(HEALTHY)
    assert holds("syn proxy.golang.org/4", sight)[0]
    assert holds("no syn proxy.golang.org/6", sight)[0]
    assert holds("syn *", sight) == holds("syn proxy.golang.org", sight)


def test_tcpdumps_file_becomes_pcapng(tmp_path):
    classic, path = tmp_path / "x.part", tmp_path / "x.pcapng"
    frames = [bytes([number]) * 60 for number in range(200)]
    with classic.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, octets in enumerate(frames):
            writer.writepkt(octets, 1_700_000_000 + number / 8)
    assert [moment for moment, _, _ in records(classic.read_bytes())][:2] == [
        1_700_000_000 * 10**9,
        1_700_000_000_125_000_000,
    ]
    rewrite(classic, path, Command(), dropped=0)
    with path.open("rb") as file:
        assert [octets for _, octets in dpkt.pcapng.Reader(file)] == frames
    rewrite(classic, path, Command(lose=0.2), seed=1)
    rewrite(classic, tmp_path / "y.pcapng", Command(lose=0.2), seed=1)
    assert path.read_bytes() == (tmp_path / "y.pcapng").read_bytes()
    with path.open("rb") as file:
        assert 140 < len(list(dpkt.pcapng.Reader(file))) < 180


def test_original_lengths_stay(tmp_path):
    classic, path = tmp_path / "x.part", tmp_path / "x.pcapng"
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 40, 1)
    classic.write_bytes(head + struct.pack("<IIII", 5, 7, 40, 1500) + bytes(40))
    rewrite(classic, path, Command(snaplen=40))
    assert struct.pack("<II", 40, 1500) in path.read_bytes()
