"""How clients other than go turn a certificate down in TLS 1.3, and what is no rejection."""

import pytest

from captures.recipes import Conversation, Timeline, tls
from netanalyze.api import analyze
from netanalyze.tracking import tracker
from tests.house.sources import ROOT
from tests.rules.results import story

FINISHED, ALERT, PADDED_ALERT, TICKET = 36, 2, 18, 250


def begun():
    talk = Conversation(server="198.51.100.5:443").dns("files.example.org", "198.51.100.5")
    talk.handshake().client_hello(sni="files.example.org")
    talk.server_flight()
    return talk.passes("2 ms")


def libcurl():
    """Finished, and close_notify at once: the name was looked at when the handshake was over. Tickets come too late."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("400 us").client.sends(talk.record(ALERT))
    talk.passes("50 us").client.closes()
    talk.passes("20 ms").server.sends(talk.record(TICKET))
    talk.client.resets()
    return talk


def gnutls():
    """Finished, and close_notify at once, which the server answers with its own: git looks when the handshake is over."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("400 us").client.sends(talk.record(ALERT))
    talk.passes("20 ms").server.sends(talk.record(ALERT))
    talk.server.closes()
    talk.passes("1 ms").client.resets()
    return talk


def python():
    """Finished, and it closes without an alert."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("1 ms").client.closes()
    talk.passes("20 ms").server.sends(talk.record(TICKET))
    talk.client.resets()
    return talk


def node():
    """It closes right behind the server's flight, without a record."""
    talk = begun()
    talk.client.closes()
    talk.passes("20 ms").server.sends(talk.record(ALERT))
    talk.client.resets()
    return talk


def java():
    """An alert padded by 16 octets where Finished should be."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(PADDED_ALERT))
    talk.passes("400 us").client.closes()
    talk.passes("20 ms").server.closes()
    return talk


def asked_first():
    """A request went out behind Finished, and the server answered: no rejection, whatever came then."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("1 ms").client.sends(talk.record(200))
    talk.passes("20 ms").server.sends(talk.record(900))
    talk.passes("1 ms").client.closes()
    talk.server.closes()
    return talk


def stayed():
    """Finished, and the connection is kept for a while, unused: made in advance."""
    talk = begun()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("2 s").client.closes()
    talk.server.closes()
    return talk


def cause(tmp_path, talk):
    return story(Timeline(talk), tmp_path / "talk.pcapng").verdict.cause


@pytest.mark.parametrize("talk", [libcurl, gnutls, python, node, java], ids=lambda talk: talk.__name__)
def test_a_certificate_is_turned_down(tmp_path, talk):
    assert cause(tmp_path, talk()) == "tls/certificate-rejected"


@pytest.mark.parametrize("talk", [asked_first, stayed], ids=lambda talk: talk.__name__)
def test_a_close_that_is_no_rejection(tmp_path, talk):
    assert cause(tmp_path, talk()) is None


def test_where_no_packets_are_kept_in_detail_the_rule_still_judges(monkeypatch):
    """Beyond the bound on what is kept of a whole capture a flow has records and counts, and no packets."""
    monkeypatch.setattr(tracker, "KEPT_MOST", 0)
    result = analyze([ROOT / "captures" / "tls" / "certificate_rejected" / "hit.pcapng"])
    assert "rule_failed" not in [row.kind for row in result.capture.diagnostics]
    assert result.verdict.cause == "tls/certificate-rejected"
