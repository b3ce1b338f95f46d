"""netanalyze rules: the list and the pages."""

import pytest

from netanalyze.causes import causes
from netanalyze.cli.main import run


def test_list_names_every_cause_by_phase(capsys):
    assert run(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [line.strip() for line in lines if line.startswith("  ") and line[2] != " "]
    assert listed == list(causes())
    assert all(len(line) <= 80 for line in lines)


def test_list_of_one_phase(capsys):
    assert run(["rules", "dns"]) == 0
    out = capsys.readouterr().out
    assert "dns/resolver-unanswered" in out
    assert "tls/" not in out


def test_page_of_a_rule(capsys, monkeypatch):
    page = "Ended by an alert.\n\nWhat it finds\n    ..."
    monkeypatch.setattr("netanalyze.report.cause_page.page", {"tls/alert": page}.__getitem__)
    assert run(["rules", "tls/alert"]) == 0
    assert capsys.readouterr().out == "tls/alert\n\nEnded by an alert.\n\nWhat it finds\n    ...\n"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("tls/client-helo-dropped", "tls/client-hello-dropped"),
        ("client-hello-dropped", "did you mean tls/client-hello-dropped?"),
        ("first-resolver", "dns/first-resolver-dead"),
        ("zzzz", "netanalyze rules lists them"),
    ],
)
def test_typo_is_told_what_it_is_like(capsys, typed, hint):
    assert run(["rules", typed]) == 2
    assert hint in capsys.readouterr().err
