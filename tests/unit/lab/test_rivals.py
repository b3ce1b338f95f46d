"""How the rivals of a verdict are counted: what is settled right, what is left out, and that a second call goes on."""

import json
from dataclasses import asdict, replace

import pytest

from netanalyze.findings import Alternative
from netanalyze.lab.rivals import RivalsAnswer, board, is_passing, kept, separable
from netanalyze.lab.scenario import load
from netanalyze.result import Verdict

DROPPED, LARGE, DEATH = "tls/client-hello-dropped", "tls/large-client-hello-dropped", "tcp/path-death"
SETTLED = RivalsAnswer("sni", DEATH, (DROPPED, LARGE), DROPPED, False, (DEATH, LARGE), "sni", (DROPPED,))


def test_a_cause_that_is_true_in_the_end_is_right_though_the_verdict_was_another():
    assert SETTLED.right
    assert SETTLED.counted


@pytest.mark.parametrize(
    "wrong",
    [
        {"cause": LARGE},
        {"agrees": None, "cause": DROPPED},
        {"ruled_out": (DROPPED,), "accepted": (DEATH, DROPPED)},
        {"bit": "none", "agrees": None, "cause": DEATH},
    ],
)
def test_another_cause_none_at_all_and_the_truth_ruled_out_are_wrong(wrong):
    assert not replace(SETTLED, **wrong).right


def test_of_a_fault_that_passed_it_is_right_to_say_that_it_is_gone_and_to_rule_nothing_out():
    gone = replace(SETTLED, passing=True, bit="none", agrees=None, cause=DEATH, ruled_out=())
    assert gone.right
    assert not replace(gone, ruled_out=(LARGE,)).right


def test_what_leaves_no_rival_or_could_not_be_asked_is_not_counted():
    alone, failed = replace(SETTLED, name="alone", rivals=()), RivalsAnswer("broken", None, why="failed: OSError: no")
    text = board([SETTLED, replace(SETTLED, name="other", cause=LARGE), alone, failed])
    assert "right sni: " in text
    assert "WRONG other: " in text
    assert "FAILED broken: failed: OSError: no" in text
    assert text.endswith("rivals settled right: 1 of 2; 2 others leave none to ask about")


def test_alternatives_that_no_probe_tells_of_are_no_rivals():
    others = tuple(
        Alternative(cause, "", None) for cause in (LARGE, "tcp/outage", "http/response-missing", LARGE, DROPPED)
    )
    assert separable(Verdict("hung", "", DROPPED, alternatives=others)) == (LARGE,)


@pytest.mark.parametrize(
    ("name", "passing"),
    [
        ("sni-dropped", False),
        ("hello-unanswered", False),
        ("syn-lost", True),
        ("outage-short", True),
        ("mtu-up", False),
    ],
)
def test_what_stands_is_told_from_what_passes(name, passing):
    assert is_passing(load(name)) == passing


def test_a_second_call_reads_what_the_first_kept(tmp_path):
    path = tmp_path / "answers.jsonl"
    assert kept(None) == kept(path) == []
    path.write_text(json.dumps(asdict(SETTLED)) + "\n")
    assert kept(path) == [SETTLED]
