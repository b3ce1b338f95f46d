"""Words in which nothing is told beside a capture: they change neither its status nor its cause."""

import pytest

from netanalyze.api import analyze
from tests.rules.results import RECIPES

NOTHING = "hello\nworld 1.2.3\n"
AT_WORK = "# get https://proxy.golang.org/x/@v/list\n"
CAUSES = {
    "tcp/reset",
    "tcp/refused",
    "dns/name_not_found",
    "http/error_status",
    "tls/alert",
    "tls/server_hello_missing",
}
FOLDERS = [folder for folder in RECIPES if f"{folder.parent.name}/{folder.name}" in CAUSES]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_tells_of_no_error_ends_nothing_and_keeps_nothing_going(folder):
    silent, junk, at_work = (analyze([folder / "hit.pcapng"], trace=t).verdict for t in (None, NOTHING, AT_WORK))
    assert (junk.status, junk.cause, junk.confidence) == (silent.status, silent.cause, silent.confidence)
    assert at_work.status == "hung"


def test_these_are_recipes():
    assert len(FOLDERS) == len(CAUSES)
