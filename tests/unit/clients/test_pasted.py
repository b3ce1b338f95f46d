"""What people paste when a command failed, and nothing else: the verdict that words carry, and no more than that.

``pasted.toml``: ``text``; ``cause`` ("" none), ``status`` (failed where not said), ``host``, ``address`` and ``role`` of the
culprit; ``at_most`` of confidence; what the report ``says``, and ``never`` says; ``client_is``, who it was found to be.
"""

import tomllib
from pathlib import Path

import pytest

import netanalyze.api as api
from netanalyze.report.terminal import render

CASES = tomllib.loads(Path(__file__).with_name("pasted.toml").read_text(encoding="utf-8"))
pasted = pytest.mark.parametrize("name", CASES)
MOST = 0.9
"""Not even what ssh says of its own known_hosts is surer."""


def judged(name):
    """The case and its result."""
    case = CASES[name]
    return case, api.analyze(trace=case["text"].lstrip("\n"), client=case.get("client"), kernels="plain")


@pasted
def test_words_alone_name_the_cause_and_own_to_it(name):
    case, result = judged(name)
    verdict = result.verdict
    assert (verdict.cause or "", verdict.status) == (case["cause"], case.get("status", "failed"))
    assert "o packets were seen" in str(verdict.summary)
    assert verdict.confidence <= case.get("at_most", MOST)
    assert not result.capture.captured
    for part in ("host", "address", "role"):
        if part in case:
            assert getattr(verdict.culprit, part) == case[part]
    if "client_is" in case:
        assert result.run.client == case["client_is"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if {"says", "never"} & set(case)])
def test_the_report_says_what_helps_and_nothing_that_cannot(name):
    case, result = judged(name)
    text = render(result, 200)
    assert case.get("says", "") in text
    assert "never" not in case or case["never"] not in text.partition("No use")[0]


def test_a_wait_is_as_sure_by_words_as_the_name_it_waits_for():
    _, named = judged("go-tls-handshake-timeout")
    nameless = api.analyze(trace="net/http: TLS handshake timeout", kernels="plain")
    assert nameless.verdict.cause == named.verdict.cause
    assert nameless.verdict.confidence < named.verdict.confidence


def test_every_kind_of_case_is_there():
    assert len(CASES) >= 60
    assert {case.get("status", "failed") for case in CASES.values()} == {"failed", "hung", "degraded", "unusable"}
