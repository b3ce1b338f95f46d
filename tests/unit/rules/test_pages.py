"""The page of every rule: the causes it names, its size, its thresholds (tests/house has sections and references)."""

import re

import pytest

from netanalyze.causes import PHASES, cause_modules, causes, page
from netanalyze.cli.main import run
from netanalyze.findings import Threshold

WIDEST = 100
CAUSE = re.compile(rf"(?<![\w/.-])(?:{'|'.join(PHASES)})/[a-z0-9][a-z0-9-]*(?![\w/-])(?!\.\w)")


@pytest.mark.parametrize("cause", list(causes()))
def test_page_names_only_causes_that_exist(cause):
    known = set(causes())
    named = set(re.findall(CAUSE, page(cause) + " "))
    assert cause in known
    assert named <= known, f"{cause}: {', '.join(sorted(named - known))} is in no vocabulary"
    assert named - {cause}, f"{cause}: Look-alikes name the causes it is confused with"


@pytest.mark.parametrize("cause", list(causes()))
def test_page_fits(cause):
    lines = page(cause).splitlines()
    long = [line for line in lines if len(line) > WIDEST]
    assert not long, f"{cause}: more than {WIDEST} characters: {long[0]}"
    assert 12 <= len([line for line in lines if line]) <= 36, f"{cause}: a page has 12 lines or more, and fits a screen"


@pytest.mark.parametrize("cause", list(causes()))
def test_page_tells_the_thresholds_it_decides_by(cause):
    for name, value in vars(cause_modules()[cause]).items():
        if isinstance(value, Threshold):
            assert name in page(cause), f"{cause}: the page does not mention {name}"


def test_page_is_printed(capsys):
    assert run(["rules", "tls/client-hello-dropped"]) == 0
    assert page("tls/client-hello-dropped") in capsys.readouterr().out
