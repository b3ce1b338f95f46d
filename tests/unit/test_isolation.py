"""A rule or another part that fails is told of by name, and the verdict stands; whoever debugs sees the error itself."""

import importlib
import json
import re

import pytest

import netanalyze
from netanalyze.causes import cause_modules
from netanalyze.cli.main import run
from netanalyze.report import html, markdown, summary, terminal
from netanalyze.report import json as document

CAPTURE = "captures/tls/alert/hit.pcapng"
CAUSE = "tls/alert"
FORMS = {
    "terminal": lambda result: terminal.render(result, 100, False, False, "en"),
    "html": html.render, "markdown": markdown.render, "summary": summary.render, "json": document.render,
}  # fmt: skip


@pytest.fixture
def told(monkeypatch):
    """Errors of our own are told of, as to any user."""
    monkeypatch.delenv("NETANALYZE_DEBUG", raising=False)


def fails(*_, **__):
    raise KeyError("what a stranger wrote")


def break_rules(monkeypatch, *spared):
    for cause, module in cause_modules().items():
        if cause not in spared:
            monkeypatch.setattr(module, "check", fails)


def failures(result, kind):
    return [row for row in result.capture.diagnostics if row.kind == kind]


@pytest.mark.usefixtures("told")
def test_the_verdict_stands_whichever_rules_fail(monkeypatch):
    break_rules(monkeypatch, CAUSE)
    result = netanalyze.analyze([CAPTURE])
    assert result.verdict.cause == CAUSE
    assert {row.detail.partition(": ")[0] for row in failures(result, "rule_failed")} == set(cause_modules()) - {CAUSE}
    assert run(["analyze", CAPTURE, "-q"]) == 1


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("form", FORMS)
def test_every_report_names_the_rule_that_failed(monkeypatch, form):
    monkeypatch.setattr(cause_modules()["tcp/reset"], "check", fails)
    text = FORMS[form](netanalyze.analyze([CAPTURE]))
    assert "tcp/reset" in text
    assert "KeyError" in text
    assert "what a stranger wrote" not in text


@pytest.mark.usefixtures("told")
def test_what_a_rule_found_before_it_failed_stays(monkeypatch):
    module = cause_modules()[CAUSE]
    check = module.check

    def fails_late(seen):
        yield from check(seen)
        fails()

    monkeypatch.setattr(module, "check", fails_late)
    assert netanalyze.analyze([CAPTURE]).verdict.cause == CAUSE


PARTS = {
    "advice": ("netanalyze.diagnosis.advice", "advice"),
    "what the command printed": ("netanalyze.clients.trace", "parse_trace"),
    "requests that the command told of": ("netanalyze.analyzer", "told_requests"),
    "the run that the recording bears": ("netanalyze.api", "read_run"),
}


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("part", PARTS)
def test_the_verdict_stands_where_another_part_fails(monkeypatch, part):
    module, name = PARTS[part]
    monkeypatch.setattr(importlib.import_module(module), name, fails)
    result = netanalyze.analyze([CAPTURE], trace="# get https://proxy.golang.org/x\n")
    assert result.verdict.cause == CAUSE
    (row,) = failures(result, "part_failed")
    assert row.detail.startswith(part)
    assert re.search(r": KeyError at [a-z_/]+\.py:[0-9]+$", row.detail)
    assert json.loads(document.render(result))["verdict"]["status"] == result.verdict.status


def test_whoever_debugs_sees_the_error_itself(monkeypatch, capsys):
    monkeypatch.setenv("NETANALYZE_DEBUG", "1")
    monkeypatch.setattr(cause_modules()["tcp/reset"], "check", fails)
    with pytest.raises(KeyError):
        netanalyze.analyze([CAPTURE])
    assert run(["analyze", CAPTURE, "-q"]) == 70
    assert "Traceback" in capsys.readouterr().err
