"""A policy learnt from a good run: others as good keep it, and what is planted breaks the rules it should, with its frames."""

import pytest
from planted import GOOD, PLANTED, good

from netanalyze.api import analyze
from netanalyze.policy.breaches import checked, learnt
from netanalyze.policy.observed import observed_result
from netanalyze.policy.policy_file import parsed, written


def observed(timeline, folder):
    path = folder / "run.pcapng"
    path.write_bytes(timeline.octets())
    return observed_result(analyze([str(path)]), "run.pcapng")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """Learnt, written and read again."""
    run = observed(good(), tmp_path_factory.mktemp("good"))
    assert run.status == "healthy"
    return parsed(written(learnt([run])), "policy.toml")


@pytest.mark.parametrize("name", GOOD)
def test_runs_as_good_keep_it(name, policy, tmp_path):
    run = observed(good(**GOOD[name]), tmp_path)
    outcome = checked(run, policy)
    assert outcome.violations == []
    assert [rule.rule for rule in outcome.rules if rule.unseen] == []


def test_the_good_runs_differ():
    assert len({good(**how).octets() for how in GOOD.values()}) == len(GOOD) > 5


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(name, policy, tmp_path):
    how, rules = PLANTED[name]
    run = observed(good(**how), tmp_path)
    violations = checked(run, policy).violations
    assert {violation.rule for violation in violations} == rules
    for violation in violations:
        if "lines" not in how:
            assert violation.breach.frames
            assert violation.filter.startswith(("tcp.stream", "udp.stream"))


def test_twenty_are_planted():
    assert len(PLANTED) >= 20
