"""Verdicts held against the truth, the scoreboard and its calibration, the opinions of other programs, the commands."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from netanalyze.cli.lab import lab
from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.lab import Recording, list_scenarios, load, write_labels
from netanalyze.lab.batch import ScenarioOutcome
from netanalyze.lab.record import read_recordings
from netanalyze.lab.scores.judge import Judgement, held_against, judged
from netanalyze.lab.scores.opinions import expert, first_words
from netanalyze.lab.scores.scoreboard import calibration, markdown, terminal, totals

RECORDED = Path(__file__).parents[2] / "captures" / "recorded"


def verdict(cause, status="failed", host=None, role=None, confidence=0.9, others=()):
    return {
        "cause": cause,
        "status": status,
        "culprit": {"host": host, "role": role} if host or role else None,
        "confidence": confidence,
        "seconds": 10.0,
        "summary": "so it is",
        "alternatives": [{"cause": other} for other in others],
    }


PROXY = "proxy.golang.org"


@pytest.mark.parametrize(
    ("name", "said", "packets_only", "right"),
    [
        ("sni-dropped", verdict("tls/client-hello-dropped", host=PROXY), False, (True, True, True)),
        ("sni-dropped", verdict("tls/client-hello-dropped", host="github.com"), False, (True, False, True)),
        ("sni-dropped", verdict("tls/client-hello-dropped", "hung", PROXY), True, (True, True, True)),
        ("sni-dropped", verdict("tls/client-hello-dropped", "hung", PROXY), False, (True, True, False)),
        ("sni-dropped", verdict("tcp/mtu-black-hole", host=PROXY), False, (False, False, True)),
        ("plain", verdict(None, "healthy"), False, (True, True, True)),
        ("plain", verdict("tcp/loss", "degraded"), False, (False, False, False)),
        ("status-403", verdict(None, "healthy"), True, (True, True, True)),
        ("status-403", verdict(None, "healthy"), False, (False, False, False)),
        ("loss-heavy", verdict("tcp/loss", "degraded", role="server"), False, (True, True, True)),
        ("dns-nxdomain", verdict("dns/name-not-found", role="server"), False, (True, False, True)),
    ],
)
def test_a_verdict_is_held_against_the_truth(name, said, packets_only, right):
    judgement = held_against(load(name).truth, said, packets_only)
    assert (judgement.right, judgement.placed, judgement.same) == right


def test_an_alternative_is_told_and_is_not_right():
    said = verdict("tcp/mtu-black-hole", others=["tls/client-hello-dropped"])
    judgement = held_against(load("sni-dropped").truth, said, False)
    assert judgement.named
    assert not judgement.right


def test_an_analysis_that_fails_is_a_wrong_answer(tmp_path):
    (tmp_path / "x.pcapng").write_bytes(b"no capture")
    (tmp_path / "x.txt").write_text("")
    recording = Recording(load("plain"), tmp_path / "x.pcapng", tmp_path / "x.txt", 0, 1.0)
    assert [judgement.right for judgement in judged(recording)] == [False, False]


def test_a_kept_recording_is_judged_both_ways():
    folder = RECORDED / "client-hello-dropped"
    recording = Recording(load("sni-dropped"), folder / "capture.pcap", folder / "go.stderr.txt", 1, 10.0)
    packets, trace = judged(recording)
    assert packets.cause == trace.cause == "tls/client-hello-dropped"


def outcome(name, *said, mistakes=(), others=None):
    truth = load(name).truth
    recording = Recording(load(name), Path("x.pcapng"), Path("x.txt"), 1, 10.0, tuple(mistakes))
    judgements = [held_against(truth, each, packets_only) for each, packets_only in zip(said, (True, False))]
    return ScenarioOutcome(load(name), recording, *judgements, others=others or {})


OUTCOMES = [
    outcome("sni-dropped", *2 * [verdict("tls/client-hello-dropped", host=PROXY)], others={"tshark": "0 E, 6 W: a|b"}),
    outcome("refused", verdict("tcp/refused", host=PROXY), verdict("tcp/reset", host=PROXY, confidence=0.95)),
    outcome("plain", verdict(None, "healthy"), verdict("tcp/loss", "degraded", confidence=0.4)),
    outcome("outage", *2 * [verdict("tcp/outage", "degraded")], mistakes=["the capture does not show 'x'"]),
    ScenarioOutcome(load("loss-heavy"), failure="RuntimeError: tcpdump did not start"),
]


def test_totals_leave_out_what_is_not_as_declared():
    sums = totals(OUTCOMES, "trace")
    assert (sums.runs, sums.right, sums.healthy, sums.alarms, sums.loud) == (3, 1, 1, 1, 1)
    assert totals(OUTCOMES, "packets").right == 3


def test_calibration_counts_only_verdicts_with_a_cause():
    bins = {low: (count, right) for low, _, count, right in calibration(OUTCOMES)}
    assert bins[0.0] == (1, 0)
    assert bins[0.9] == (3, 3)
    assert bins[0.95] == (1, 0)
    assert sum(count for count, _ in bins.values()) == 5


def test_the_table_fits_a_terminal_and_says_what_is_wrong():
    text = terminal(OUTCOMES)
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^refused .* right +WRONG$", text, re.M)
    assert "trace: said tcp/reset at proxy.golang.org, failed, 0.95; true is tcp/refused" in " ".join(text.split())
    assert "not as declared 2/5: outage, loss-heavy" in text


def test_the_page_has_every_scenario_and_every_opinion():
    page = markdown(OUTCOMES, seed=3, seconds=90)
    table = page[page.index("## All scenarios") :].splitlines()[2:]
    assert len(table) == 2 + len(OUTCOMES)
    assert len({line.count("|") for line in table}) == 1
    assert "0 E, 6 W: a/b" in page
    assert "tcpdump did not start" in page
    assert "seed 3" in page


def test_an_empty_board_is_a_board():
    assert "0/0" in terminal([])
    assert "## Totals" in markdown([])


def test_expert_info_is_read():
    printed = """
Errors (1)
=============
   Frequency      Group           Protocol  Summary
           1  Malformed             DNS  Malformed Packet (Exception occurred)

Warns (160)
=============
   Frequency      Group           Protocol  Summary
           6   Sequence                TCP  Connection reset (RST)
         144   Sequence                TCP  This frame is a (suspected) out-of-order segment
"""
    assert str(expert(printed)) == "1 E, 160 W: Malformed Packet (Exception occurred)"
    assert str(expert("")) == "0 E, 0 W"


def test_a_reports_first_words_are_found():
    assert first_words("\x1b[1m╭────╮\n│ netverdict: CLEAN │\n╰───╯\n") == "netverdict: CLEAN"


def test_list_has_all_and_filters():
    printed = CliRunner().invoke(lab, ["list"]).output
    assert all(name in printed for name in list_scenarios())
    assert max(map(len, printed.splitlines())) <= 80
    some = CliRunner().invoke(lab, ["list", "mtu-black-hole"]).output
    assert "mtu-down" in some
    assert "plain" not in some
    assert CliRunner().invoke(lab, ["list", "no such thing"]).exit_code == 2


def test_a_name_that_is_none_is_told_its_like():
    done = CliRunner().invoke(lab, ["run", "sni-droped"])
    assert done.exit_code == 2
    assert "sni-dropped" in done.output


@pytest.mark.parametrize("argv", [["run", "plain"], ["all", "plain"]])
def test_what_is_missing_is_named_before_anything_is_made(argv, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    failure = CliRunner().invoke(lab, argv).exception
    assert isinstance(failure, NotPermitted)
    assert "root" in str(failure)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda program, *_: None if program == "iptables" else f"/usr/bin/{program}")
    failure = CliRunner().invoke(lab, argv).exception
    assert isinstance(failure, MissingProgram)
    assert "iptables" in str(failure)


def test_judgements_know_when_all_is_right():
    right = Judgement("tcp/reset", "failed", "", 1.0, 0.9, True, True, True, False, "")
    assert right.whole


def test_recordings_are_judged_again_as_they_lie(tmp_path):
    folder = RECORDED / "client-hello-dropped"
    (tmp_path / "sni-dropped.pcapng").write_bytes((folder / "capture.pcap").read_bytes())
    (tmp_path / "sni-dropped.stderr.txt").write_bytes((folder / "go.stderr.txt").read_bytes())
    recording = Recording(load("sni-dropped"), Path("x"), Path("x"), 1, 10.0, ("not so",), seed=4)
    write_labels([recording], tmp_path)
    (again,) = read_recordings(tmp_path)
    assert (again.exit_code, again.mistakes, again.seed) == (1, ("not so",), 4)
    write_labels([replace(recording, mistakes=())], tmp_path)
    done = CliRunner().invoke(lab, ["judge", str(tmp_path), "--scoreboard", str(tmp_path / "board.md")])
    assert "right   right" in done.output
    assert "| sni-dropped | tls/client-hello-dropped |" in (tmp_path / "board.md").read_text()
    assert CliRunner().invoke(lab, ["judge", str(folder)]).exit_code == 2
