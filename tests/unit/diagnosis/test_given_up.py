"""What a client gives up was to be answered: a request in clear, and what is said in a protocol that nobody here reads."""

import pytest

from captures.recipes import Conversation, Timeline
from tests.rules.results import story


@pytest.mark.parametrize(
    ("waited", "cause"), [("0.7 s", None), ("1.6 s", "http/response-missing"), ("4 s", "http/response-missing")]
)
def test_the_client_closes_without_an_answer(tmp_path, waited, cause):
    talk = Conversation(server="198.51.100.5:80").handshake()
    talk.get("/status", "files.example.org", agent="cats/1")
    talk.server.acknowledges()
    talk.passes(waited).client.closes()
    talk.server.acknowledges()
    found = story(Timeline(talk), tmp_path / "given-up.pcapng").verdict
    assert found.cause == cause
    assert found.status in (("failed", "hung") if cause else ("healthy",))


def says(talk, *lines):
    """Lines of client and server in turn, each acknowledged."""
    sides = talk.client, talk.server
    for number, line in enumerate(lines):
        sides[number % 2].sends(line)
        sides[1 - number % 2].acknowledges()
    return talk


def closes_after(talk, time):
    talk.passes(time).client.closes()
    talk.server.acknowledges()
    return talk


def ldap():
    return Conversation(server="198.51.100.5:389").handshake()


@pytest.mark.parametrize(
    "talk",
    [
        closes_after(says(ldap(), b"0\x0cbind"), "30 s"),
        closes_after(says(ldap(), b"0\x0cbind", b"0\x0cdone", b"0\x20search"), "30 s"),
        closes_after(Conversation(server="198.51.100.5:25").handshake(), "30 s"),
    ],
    ids=["never a word", "the last question", "no greeting"],
)
def test_who_waits_in_vain_and_closes_was_owed_an_answer(talk, verdict):
    found = verdict(talk)
    assert (found.status, found.cause) == ("hung", None)
    assert found.attributes["unexplained"]
    assert 29.9 < found.seconds < 30.2


@pytest.mark.parametrize(
    "talk",
    [
        closes_after(says(ldap(), b"0\x0cbind", b"0\x0cdone", b"0\x05unbind"), "20 ms"),
        closes_after(says(ldap(), b"0\x0cbind", b"0\x0cdone"), "300 s"),
        says(Conversation(server="198.51.100.5:514").handshake(), b"<13>cats").passes("30 s").link_is_alive(),
    ],
    ids=["a farewell", "all answered", "who only tells"],
)
def test_who_has_all_answers_or_wants_none_is_owed_nothing(talk, verdict):
    assert verdict(talk).status == "healthy"


def test_a_router_that_quotes_what_is_sent_in_vain_is_cited(verdict):
    talk = Conversation(server="198.51.100.5:22").handshake()
    says(talk, b"SSH-2.0-cats\r\n", b"SSH-2.0-cats\r\n")
    lost = talk.client.sends(200, lost=True)[0]
    talk.icmp_error(talk.frames[-1][1], code=1)
    talk.client.backs_off(*lost, times=6)
    found = verdict(talk)
    assert (found.cause, found.attributes["icmp"]) == ("tcp/path-death", "host unreachable")
    assert any(str(shows) == "ICMP host unreachable from 192.0.2.1, quoting it" for _, shows in found.proof)
