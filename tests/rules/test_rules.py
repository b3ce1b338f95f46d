"""Each cause is raised by its hit and not by its near miss, and nothing else is raised beside it.

``expect.toml`` is partial: what it does not name may be anything. ``also`` lists causes that a careful reader of the
frames would name as well; a cause that follows from the verdict's (``consequence_of``) needs no mention.
"""

import pytest

from netanalyze.api import analyze
from netanalyze.causes import cause_modules, causes
from tests.rules.results import RECIPES as EXPECTED
from tests.rules.results import recipe as result

TOLERANCE = 0.05
"""Seconds lost may differ by this part, or by 50 ms: the recipe rounds, the ledger does not."""
BESIDE = "go/"
"""Findings about how go works stand beside a cause; they are never against it."""

folders = pytest.mark.parametrize("folder", EXPECTED, ids=lambda folder: "/".join(folder.parts[-2:]))


def cause_of(folder):
    """The cause that a folder is about."""
    return EXPECTED[folder]["hit"]["cause"]


def listed(value):
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]


def explained(document):
    """The causes found that follow from no other finding, but for those that stand beside a cause."""
    return {
        f["cause"] for f in document["findings"] if f["consequence_of"] is None and not f["cause"].startswith(BESIDE)
    }


@folders
def test_the_hit_raises_the_cause_as_the_verdict(folder):
    verdict = result(folder, "hit")["verdict"]
    if "healthy" in listed(EXPECTED[folder]["hit"].get("status", "")) and verdict["status"] == "healthy":
        # too little was lost for a verdict: the finding is enough
        assert cause_of(folder) in {f["cause"] for f in result(folder, "hit")["findings"]}
        return
    assert verdict["cause"] == cause_of(folder), verdict["summary"]


@folders
def test_the_hit_has_the_status_that_is_expected(folder):
    verdict = result(folder, "hit")["verdict"]
    expected = EXPECTED[folder]["hit"]
    if "status" in expected:
        assert verdict["status"] in listed(expected["status"]), verdict["summary"]


@folders
def test_the_hit_blames_who_is_expected(folder):
    document, expected = result(folder, "hit"), EXPECTED[folder]["hit"]
    culprits = [f["culprit"] for f in document["findings"] if f["cause"] == cause_of(folder)]
    if document["verdict"]["cause"] == cause_of(folder):
        culprits = [document["verdict"]["culprit"]]
    assert culprits, "the cause was not found"
    if "role" in expected:
        assert expected["role"] in {c["role"] for c in culprits}
    if "host" in expected:
        assert expected["host"] in {name for c in culprits for name in (c["host"], c["address"])}


@folders
def test_the_hit_cites_the_frames_that_are_expected(folder):
    expected = EXPECTED[folder]["hit"]
    proofs = {
        e["kind"] for f in result(folder, "hit")["findings"] if f["cause"] == cause_of(folder) for e in f["evidence"]
    }
    if "frames" not in expected and "syscall" in proofs:
        return  # what a process was seen to wait for is no frame's to show
    cited = {
        e["ref"]
        for f in result(folder, "hit")["findings"]
        if f["cause"] == cause_of(folder)
        for e in f["evidence"]
        if e["kind"] == "frame"
    }
    assert cited, "the cause was not found, or cites no frame"
    assert set(expected.get("frames", ())) <= cited


@folders
def test_the_hit_costs_the_seconds_that_are_expected(folder):
    expected = EXPECTED[folder]["hit"]
    if "seconds" in expected:
        seconds = result(folder, "hit")["verdict"]["seconds"]
        assert seconds == pytest.approx(expected["seconds"], rel=TOLERANCE, abs=0.05)


@folders
def test_every_other_rule_is_silent_on_the_hit(folder):
    allowed = {cause_of(folder), *EXPECTED[folder]["hit"].get("also", ())}
    assert explained(result(folder, "hit")) <= allowed


@folders
def test_the_near_miss_does_not_raise_it(folder):
    document, expected = result(folder, "near_miss"), EXPECTED[folder]["near_miss"]
    assert cause_of(folder) not in {f["cause"] for f in document["findings"]}
    assert document["verdict"]["cause"] != cause_of(folder)
    if "status" in expected:
        assert document["verdict"]["status"] in listed(expected["status"]), document["verdict"]["summary"]


@folders
def test_a_healthy_near_miss_raises_nothing(folder):
    expected, document = EXPECTED[folder]["near_miss"], result(folder, "near_miss")
    if expected.get("status") == "healthy":
        assert document["verdict"]["cause"] is None, document["verdict"]["summary"]
        assert explained(document) <= set(expected.get("also", ()))


@folders
def test_the_order_of_the_rules_is_of_no_consequence(folder, monkeypatch):
    from netanalyze import causes as rules

    turned = dict(reversed(cause_modules().items()))
    monkeypatch.setattr(rules, "cause_modules", lambda: turned)
    assert analyze([folder / "hit.pcapng"]).to_json() == result(folder, "hit")


def test_the_causes_expected_are_causes_with_a_rule():
    for folder in EXPECTED:
        assert cause_of(folder) in causes()
        assert cause_of(folder) in cause_modules(), f"no rule raises {cause_of(folder)}"
        for cause in EXPECTED[folder]["hit"].get("also", ()):
            assert cause in causes()
