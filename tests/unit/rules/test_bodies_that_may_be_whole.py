"""A body of which records alone tell may be whole: what the command printed of its requests decides whose wait it is."""

from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

import pytest

from netanalyze.causes.http import body_stalled, response_missing
from netanalyze.clients.trace import parse_trace
from netanalyze.flows.application import application
from tests.rules.results import CAPTURES, judged_anew

OWN, OTHER = "proxy.golang.org", "sum.golang.org"


def stalled(ended, open_hosts):
    """Whether the rule finds its body stalled, where its records tell so much and these requests are open by what was printed."""
    case = judged_anew(CAPTURES / "http" / "body_stalled", "hit")
    if open_hosts is not None:
        case.trace = parse_trace("".join(f"# get https://{host}/a/@v/list\n" for host in open_hosts), "go")

    def read(flow):
        return replace(application(flow), ended=ended)

    with mock.patch.object(body_stalled, "application", read):
        return bool(list(body_stalled.check(case)))


@pytest.mark.parametrize(
    ("ended", "open_hosts", "finds"),
    [
        (None, [OWN], False),
        (True, [OTHER, OWN], False),
        (None, [OTHER], True),
        (None, [], True),
        (None, None, True),
        (False, [OWN], True),
    ],
    ids=["open there", "open there as well", "open at another", "none is open", "nothing was printed", "surely cut"],
)
def test_a_whole_response_that_is_owed_is_not_a_body_that_stalled(ended, open_hosts, finds):
    assert stalled(ended, open_hosts) is finds


def request_may_wait(opening, named, host=OWN):
    """Whether a request on flow 2 may wait for another connection, where these are opening and these lookups are open."""
    index = SimpleNamespace(opening=opening, named=named)
    return response_missing._dialing(SimpleNamespace(index=index), SimpleNamespace(id=2, host=host))


def lookup(unanswered, decided_by):
    """What the rule reads of a lookup."""
    return SimpleNamespace(unanswered=unanswered, decided_by=decided_by)


@pytest.mark.parametrize(
    ("opening", "named", "may"),
    [
        ({}, {}, False),
        ({OWN: {2}}, {}, False),
        ({OWN: {2, 3}}, {}, True),
        ({"": {3}}, {}, True),
        ({None: {3}}, {}, True),
        ({OTHER: {3}}, {}, False),
        ({}, {OWN: [lookup(True, 0)]}, True),
        ({}, {OWN: [lookup(True, 9)]}, False),
        ({}, {OWN: [lookup(False, 0)]}, False),
        ({}, {OWN: [lookup(False, 0), lookup(True, 0)]}, True),
        ({}, {OTHER: [lookup(True, 0)]}, False),
    ],
    ids=["nothing", "itself", "another of its host", "one of no name", "one of no host", "one of another host",
         "a lookup in vain", "one that was decided", "one that was answered", "one of two", "of another name"],
)  # fmt: skip
def test_a_request_may_wait_for_a_connection_that_is_not_there_yet(opening, named, may):
    assert request_may_wait(opening, named) is may


@pytest.mark.parametrize(("name", "may"), [("", True), (OWN, False)])
def test_a_flow_without_a_host_waits_for_lookups_without_a_name(name, may):
    assert request_may_wait({}, {name: [lookup(True, 0)]}, host=None) is may
