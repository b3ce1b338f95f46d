"""The ledger: what a flow was busy with has the time, phase by phase, whatever ran beside it."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story

SECOND = 1_000_000_000


def result(tmp_path, *stories, **how):
    """The analysis of conversations that share a clock."""
    return story(Timeline(*stories), tmp_path / "talk.pcapng", **how)


def spent(ledger, phase):
    """Seconds of a phase."""
    return sum(row.ns for row in ledger if row.phase == phase) / SECOND


def bulk():
    """A download that begins with its handshake and never pauses for long enough to be a stall."""
    talk = Conversation(server="198.51.100.5:443", rtt="2 ms").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens()
    for _ in range(8):
        talk.response("200 kB", after="1 ms")
        talk.request(46)
    talk.response("1200 B")
    talk.exits()
    return talk


def test_octets_that_move_after_the_handshake_are_transfer_not_connect(tmp_path):
    ledger = result(tmp_path, bulk()).ledger
    assert spent(ledger, "connect") < 0.01
    assert spent(ledger, "transfer") + spent(ledger, "request") > spent(ledger, "connect") + spent(ledger, "tls")


def test_what_runs_side_by_side_is_counted_once(tmp_path):
    one, two = bulk(), bulk()
    two.client.port = two.client.port + 1
    alone, both = result(tmp_path, bulk()), result(tmp_path, one, two)
    whole = both.capture.end_ns - both.capture.start_ns
    assert sum(row.ns for row in both.ledger) == whole
    assert sum(row.ns for row in alone.ledger) == alone.capture.end_ns - alone.capture.start_ns


@pytest.mark.parametrize("rtt", ["2 ms", "80 ms"])
def test_a_connection_that_is_never_made_is_connect_to_its_end(tmp_path, rtt):
    talk = Conversation(server="198.51.100.5:443", rtt=rtt).dns("proxy.golang.org", "198.51.100.5")
    talk.syns()
    ledger = result(tmp_path, talk).ledger
    assert spent(ledger, "transfer") == spent(ledger, "tls") == 0
    assert spent(ledger, "connect") > 0.9 * sum(row.ns for row in ledger) / SECOND


def silent(rtt="2 ms"):
    """The second request is acknowledged and never answered; both ends answer keep-alives."""
    talk = Conversation(server="198.51.100.5:443", rtt=rtt).dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B").request(46)
    talk.stays_silent("62 s", probing=("client", "server"))
    return talk


def test_a_response_that_never_comes_is_waited_for_and_no_work_of_this_machine(tmp_path):
    found = result(tmp_path, silent(), client="go")
    assert found.verdict.cause == "http/response-missing"
    assert {row.phase for row in found.ledger if row.cause == "http/response-missing"} == {"request"}
    assert spent(found.ledger, "request") == pytest.approx(62, rel=0.05)


@pytest.mark.parametrize(("after", "cause"), [("1.2 s", None), ("5 s", "http/response-late")])
def test_the_wait_for_a_proxys_reply_to_connect_is_connect_and_the_proxys(tmp_path, after, cause):
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
    talk.handshake().connect_request("proxy.golang.org:443")
    talk.passes(after).server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
    talk.opens().fetches().exits()
    found = result(tmp_path, talk, client="go")
    assert spent(found.ledger, "connect") == pytest.approx(float(after.split()[0]), abs=0.05)
    assert spent(found.ledger, "tls") < 0.1
    assert found.verdict.cause == cause
    if cause:
        assert (found.verdict.culprit.role, found.verdict.culprit.address) == ("http-proxy", "192.0.2.80")
