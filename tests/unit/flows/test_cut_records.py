"""Waits in the midst of a download whose records a snap length hides are told from the client's own time."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.flows.transfers.transfers import transfers
from tests.rules.results import judged_story, story

SNAPSHOT, RECORD = 120, 16_384
CUTS = 96_000, 102_000
"""Where a response is cut, in the midst of its records: what came before the wait, and what was under way when it began."""


@pytest.fixture
def result(tmp_path):
    def of(talk):
        return story(Timeline(talk, snapshot=SNAPSHOT), tmp_path / "talk.pcapng", client="pip")

    return of


def begun():
    """A download in HTTP/1.1 of which 96 kB came, and the pieces that are still to come."""
    talk = Conversation(server="198.51.100.61:443", rtt="40 ms").dns("files.pythonhosted.org", "198.51.100.61")
    talk.handshake()
    talk.client_hello("files.pythonhosted.org")
    talk.server_flight()
    talk.client_finished(preface=False).request(580)
    talk.passes("2 ms").server.sends(talk.record(111))
    body = b"".join(talk.record(RECORD) for _ in range(10))
    talk.streams(body[: CUTS[0]])
    return talk, body[slice(*CUTS)], body[CUTS[1] :]


def over(talk):
    """Both sides close, the server with an alert."""
    talk.passes("1 ms").server.sends(talk.close_notify())
    talk.server.closes()
    talk.client.acknowledges()
    talk.client.closes()
    return talk


def test_what_comes_after_an_outage_is_no_farewell_though_only_its_alert_is_read(result):
    talk, under_way, rest = begun()
    lost = talk.server.sends(under_way, lost=True)
    talk.passes("4 s")
    for cut in lost:
        talk.server.resends(*cut)
        talk.client.acknowledges()
    talk.streams(rest)
    found = result(over(talk)).verdict
    assert (found.status, found.cause) == ("degraded", "tcp/outage")


def test_a_farewell_of_a_connection_that_rested_is_the_clients_time(result):
    talk, under_way, rest = begun()
    talk.streams(under_way + rest)
    talk.passes("4 s")
    found = result(over(talk))
    assert (found.verdict.status, found.findings) == ("healthy", ())


@pytest.mark.parametrize(("gone", "cause"), [(True, "tcp/outage"), (False, "http/body-stalled")])
def test_what_comes_when_the_client_gave_up_tells_an_outage_from_a_server_that_stopped(result, gone, cause):
    talk, under_way, rest = begun()
    if gone:
        talk.server.sends(under_way, lost=True)
    talk.passes("15 s").client.closes()
    talk.passes("40 ms").server.sends(rest if gone else under_way + rest)
    talk.client.refuses()
    found = result(talk).verdict
    assert (found.status, found.cause) == ("failed", cause)


def test_what_overtakes_on_its_way_when_the_client_closed_tells_of_no_outage(result):
    talk, under_way, rest = begun()
    talk.streams(under_way + rest)
    talk.passes("15 s").client.closes()
    talk.passes("40 ms").server.sends(talk.record(1600), order=(1, 0))
    talk.client.refuses()
    assert "tcp/outage" not in {one.cause for one in result(talk).findings}


def test_what_a_server_says_when_its_client_has_closed_is_no_part_of_its_transfer(tmp_path):
    talk, under_way, rest = begun()
    talk.streams(under_way + rest)
    whole = talk.now
    talk.passes("1 ms").exits()
    assert talk.now - whole > 40_000_000
    (flow,) = judged_story(talk, tmp_path / "talk.pcapng")[1].flows
    (transfer,) = transfers(flow)
    assert transfer.end_ns == pytest.approx(whole, abs=1_000_000)


@pytest.mark.parametrize(("snapshot", "scale"), [(66, -1), (74, 7), (None, 7)])
def test_a_syn_whose_options_were_cut_off_tells_no_scale_of_windows(tmp_path, snapshot, scale):
    talk, under_way, rest = begun()
    talk.streams(under_way + rest)
    (flow,) = judged_story(Timeline(talk, snapshot=snapshot), tmp_path / "talk.pcapng")[1].flows
    assert [half.scale for half in flow.halves] == [scale, scale]
    (transfer,) = transfers(flow)
    assert (transfer.allowed.first > 0) == (scale >= 0)
