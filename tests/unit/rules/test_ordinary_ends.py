"""What ordinary commands do when their work is done, and where they are sent: no failure, and nobody else's."""

import pytest

from captures.recipes import Conversation, Script, Timeline, tls
from tests.rules.results import story

FINISHED, ALERT = 36, 2


def result(tmp_path, *talks, client=None, trace=None):
    return story(Timeline(*talks), tmp_path / "run.pcapng", client=client, trace=trace)


BODY, EMPTY = (60, 8_000, 8_000, 8_000, 8_000), (60, 9)
"""The records of a response: its head and much of a body; its head and an END_STREAM."""


def asked(records=BODY, host="github.com"):
    """A request, and a response of these records."""
    talk = Conversation(server="198.51.100.5:443").dns(host, "198.51.100.5")
    talk.handshake().client_hello(host)
    talk.server_flight()
    talk.client.sends(tls.CHANGE + talk.record(FINISHED))
    talk.passes("1 ms").client.sends(talk.record(120))
    talk.client.sends(talk.record(180))
    talk.passes("20 ms").server.sends(b"".join(talk.record(size) for size in records))
    talk.client.acknowledges()
    return talk


def test_a_servers_close_behind_the_clients_goodbye_cuts_nothing(tmp_path):
    said = asked()
    said.passes("1 ms").client.sends(said.record(ALERT))
    said.passes("200 us").server.closes()
    said.passes("20 ms").client.closes()
    assert result(tmp_path, said, client="git").verdict.cause is None


def test_a_servers_close_that_comes_first_does(tmp_path):
    cut = asked()
    cut.passes("200 us").server.closes()
    cut.client.closes()
    assert result(tmp_path, cut, client="git").verdict.cause == "tcp/early-close"


def not_found(name, start):
    script = Script(start=start)
    for question in script.asks_both(name):
        script.answers(question, rcode="NXDOMAIN", after="3 ms")
    return script


@pytest.mark.parametrize(("name", "status"), [("vm", "healthy"), ("mirror.example.org", "failed")])
def test_the_own_machines_name_behind_all_work_is_no_failure(tmp_path, name, status):
    done = asked()
    done.passes("1 ms").client.sends(done.record(ALERT))
    done.passes("200 us").client.closes()
    done.server.closes()
    assert result(tmp_path, done, not_found(name, done.now), client="generic").verdict.status == status


def test_a_name_without_a_dot_that_was_needed_first_is_a_failure(tmp_path):
    assert result(tmp_path, not_found("proxy", asked().now), client="curl").verdict.cause == "dns/name-not-found"


def test_a_family_that_is_silent_is_waited_for_also_where_the_other_says_no(tmp_path):
    script = Script()
    four, _ = script.asks_both("vm")
    script.answers(four, rcode="NXDOMAIN", after="3 ms")
    script.until("5.005 s").asks("vm", "AAAA")
    script.until("10.01 s").asks("vm", "AAAA")
    found = result(tmp_path, script, client="generic").findings
    assert "dns/one-family-unanswered" in {finding.cause for finding in found}


@pytest.mark.parametrize("client", ["git", "curl", "pip"])
def test_a_connection_that_never_opened_is_the_commands_where_nobody_else_speaks(tmp_path, client):
    sent_on = asked(EMPTY)
    away = Conversation(client="192.0.2.10:51002", server="198.51.100.9:443", start=sent_on.now)
    away.dns("cdn.example.org", "198.51.100.9").syns()
    verdict = result(tmp_path, sent_on, away, client=client).verdict
    assert verdict.cause in ("tcp/syn-unanswered", "http/redirect-blocked")
    assert verdict.culprit.host == "cdn.example.org"
