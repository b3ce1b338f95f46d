"""A cause that is being written is asked like the others, for as long as it is tried."""

import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

import netanalyze
from netanalyze.causes import Cause, causes, trying
from netanalyze.findings import frames
from netanalyze.report import html, terminal

HIT = Path(__file__).parents[3] / "captures" / "tls" / "alert" / "hit.pcapng"


def cause(id_):
    made = Cause(id_, meaning="Something is noticed.", headline="{place} is noticed.")

    def check(case):
        flow = case.flows[0]
        span = (flow.first_ns, flow.last_ns)
        yield made.finding(case.far_host(flow), span, "noticed", frames((flow.first_frame, "here")), 0.9, flow)

    return SimpleNamespace(CAUSE=made, check=check, __doc__="Something is noticed.")


def found(path=HIT):
    return {finding.cause for finding in netanalyze.analyze(path).findings}


def test_it_is_asked_while_it_is_tried_and_not_after():
    with trying(cause("tcp/noticed")):
        assert found() == {"tls/alert", "tcp/noticed"}
        assert causes()["tcp/noticed"].meaning == "Something is noticed."
    assert found() == {"tls/alert"}
    assert "tcp/noticed" not in causes()


def test_it_stands_in_for_one_that_is_there():
    with trying(cause("tls/alert")):
        assert [str(one.message) for one in netanalyze.analyze(HIT).findings] == ["noticed"]


def test_two_may_be_tried_at_once_and_an_error_ends_it():
    with contextlib.suppress(RuntimeError), trying(cause("tcp/noticed")), trying(cause("dns/noticed")):
        both = found()
        raise RuntimeError
    assert both == {"tls/alert", "tcp/noticed", "dns/noticed"}
    assert found() == {"tls/alert"}


def test_one_of_no_phase_is_refused():
    with pytest.raises(ValueError, match="'disk/full' begins with none of capture, local"), trying(cause("disk/full")):
        pass


def test_it_is_known_to_every_report():
    with trying(cause("tcp/noticed")):
        result = netanalyze.analyze(HIT)
        assert "tcp/noticed" in terminal.render(result)
        assert "Something is noticed." in html.render(result)
