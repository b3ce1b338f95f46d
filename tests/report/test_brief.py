"""``--brief``: a kilobyte at the most, commands whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results

from netanalyze.api import analyze
from netanalyze.cli.main import run
from netanalyze.findings import Check, Step
from netanalyze.report.brief import OCTETS_MOST, as_line, brief

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*/*/hit.pcapng"))[::3], ids=lambda path: path.parent.name)
def test_any_verdict_has_room(path):
    result = analyze([path])
    made = brief(result)
    assert len(as_line(made).encode()) <= OCTETS_MOST
    assert made["status"] == result.verdict.status
    assert made.get("cause") == result.verdict.cause
    assert json.loads(as_line(made)) == made


def test_a_command_without_room_is_left_out_and_never_cut():
    result, long = sample_results.failed(), "curl " + "x" * 900
    steps = (Step("do this", long), Step("or that", "true"))
    made = brief(replace(result, verdict=replace(result.verdict, fix=steps, verify=Check(command=long))))
    assert made["fix"] == "or that: true"
    assert "check" not in made


def test_long_names_of_strangers_are_cut_and_nothing_breaks_the_line():
    result = sample_results.failed()
    evil = "n\n\x1b" + "ü" * 5000
    made = brief(replace(result, verdict=replace(result.verdict, summary=evil, proof=((evil, evil),) * 5)))
    assert len(as_line(made).encode()) <= OCTETS_MOST
    assert "\n" not in as_line(made)
    assert "\x1b" not in as_line(made)


def test_the_command_line_prints_it_alone(capsys):
    capture = str(CAPTURES / "recorded" / "client-hello-dropped" / "capture.pcap")
    assert run(["analyze", capture, "--brief", "-q"]) == 1
    assert json.loads(capsys.readouterr().out)["cause"] == "tls/client-hello-dropped"
    assert run(["analyze", capture, "--brief", "--json"]) == 2
