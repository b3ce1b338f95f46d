"""The sweep: which runs it makes, by what price a verdict is right, and that it goes on where it stopped."""

from dataclasses import replace

import pytest

from netanalyze.lab import sweep
from netanalyze.lab.sweep import CLIENTS, FAULTS, Run, board, planned, read, scenario

LOSS = Run("loss", 4, "curl", wall_s=8.0, exit_code=0, cause="tcp/loss", without_it=0.6, base_s=0.5, base_shown_s=0.5)


def test_a_sample_has_every_fault_by_several_clients_and_all_has_everything():
    sample = planned(CLIENTS, FAULTS, everything=False)
    assert {one.fault for one in sample} == set(FAULTS)
    assert {one.client for one in sample} == set(CLIENTS)
    assert all(len(fault.levels) == 8 for fault in FAULTS.values())
    assert len(planned(CLIENTS, FAULTS, everything=True)) == 8 * len(FAULTS) * len(CLIENTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_run_differs_from_its_twin_by_the_fault_alone(fault):
    one = Run(fault, FAULTS[fault].levels[-1], "wget")
    made, twin = scenario(one), scenario(one.twin)
    assert made.command.argv == twin.command.argv
    assert made.wire["delay"] == twin.wire["delay"]
    assert (made.wire, made.network, made.sites) != (twin.wire, twin.network, twin.sites) or fault == "delay"
    assert made.network.congestion == "reno" or fault == "delay"


@pytest.mark.parametrize(
    ("wall_s", "cause", "right"),
    [
        (8.0, "tcp/loss", True), (8.0, None, False), (8.0, "tcp/throttled", False),
        (0.6, None, True), (0.55, "tcp/loss", False),
        (1.5, None, True), (1.5, "tcp/loss", True), (1.5, "tcp/outage", False),
    ],
)  # fmt: skip
def test_a_fault_must_be_named_by_what_it_cost(wall_s, cause, right):
    assert replace(LOSS, wall_s=wall_s, cause=cause).right is right


def test_the_board_says_what_was_right_by_intensity_and_how_near_the_replay_came():
    wrong = replace(LOSS, level=9, cause=None, without_it=None, status="healthy", confidence=0.9)
    said = board([LOSS, wrong])
    assert "loss       1/2   4: 1/1  9: 0/1; without it within 25 % in 1 of 1, median 20%" in said
    assert "WRONG  loss-9-curl: 8.0 s beside 0.5 s: healthy None 0.90" in said


def test_a_sweep_makes_each_run_once_and_its_twin_before(tmp_path, monkeypatch):
    made = []

    def run(declared, folder):
        made.append(declared.name)
        return declared

    monkeypatch.setattr(sweep, "run", run)
    monkeypatch.setattr(
        sweep,
        "judged",
        lambda one, recording: replace(one, exit_code=0, wall_s=8.0, shown_s=(0.7, 2.1, 0.6, 7.0)[len(made) - 1]),
    )
    for _ in range(2):
        (found,) = sweep.sweep([Run("loss", 4, "curl")], tmp_path, 1)
        assert (found.shown_s, found.base_shown_s) == (7.0, 0.7)
    assert made == ["twin-20-curl"] * 3 + ["loss-4-curl"]
    assert set(read(tmp_path)) == {"twin-20-curl", "loss-4-curl"}
