"""Real runs of real go: the verdict names what the laboratory had done to them.

From the packets alone, and with what go printed. ``truth.toml`` says what is true, which answers are accepted beside
it (``also_accept``; ``"null"`` is no cause), and which from packets alone (``packets_only_accept``).
"""

import pytest

from tests.rules.results import RECORDED as TRUTH
from tests.rules.results import recording

recordings = pytest.mark.parametrize("folder", TRUTH, ids=lambda folder: folder.name)
means = pytest.mark.parametrize("traced", [False, True], ids=["packets alone", "with the trace"])


def verdict(folder, traced):
    """The verdict's JSON."""
    return recording(folder, traced)["verdict"]


def accepted(folder, traced):
    """The causes that are right; None is no cause."""
    truth = TRUTH[folder]
    causes = [truth.get("cause"), *truth["also_accept"], *(() if traced else truth["packets_only_accept"])]
    return {None if cause == "null" else cause for cause in causes}


@recordings
@means
def test_the_cause_is_named(folder, traced):
    found = verdict(folder, traced)
    assert found["cause"] in accepted(folder, traced), found["summary"]


@recordings
@means
def test_the_culprit_is_named(folder, traced):
    truth, found = TRUTH[folder], verdict(folder, traced)
    if found["cause"] is None or found["cause"] != truth.get("cause"):
        assert found["cause"] in accepted(folder, traced), found["summary"]
        return
    culprit = found["culprit"]
    if "host" in truth:
        assert truth["host"] in (culprit["host"], culprit["address"])
    assert culprit["role"] == truth["role"]


@recordings
@means
def test_the_status_is_right(folder, traced):
    truth, found = TRUTH[folder], verdict(folder, traced)
    allowed = {truth["status"]}
    if not traced and truth["status"] in ("hung", "failed"):
        allowed = {"hung", "failed"}  # packets alone may honestly say hung for a later failed
    if None in accepted(folder, traced):
        allowed.add("healthy")
    assert found["status"] in allowed, found["summary"]


@recordings
def test_a_cause_seen_in_packets_is_proven_by_frames(folder):
    found = verdict(folder, False)
    if found["cause"] is not None:
        assert any(part["frames"].startswith("#") for part in found["proof"])


@recordings
@means
def test_the_seconds_lost_are_no_more_than_the_run_took(folder, traced):
    assert 0 <= verdict(folder, traced)["seconds"] <= TRUTH[folder]["wall_s"] + 2.5
