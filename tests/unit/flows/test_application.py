"""Requests and responses read from the lengths of encrypted records, where TLS 1.3 hides which HTTP was chosen."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story

TICKET, HEAD, BODY = 249, 133, 24
"""Octets of content: OpenSSL's NewSessionTicket, the head of a 401, its text."""


@pytest.fixture
def verdict(tmp_path):
    def of(*answer):
        """The verdict where git sends one request in HTTP/1.1, gets records of these sizes, and is silent for 25 s."""
        talk = Conversation(server="198.51.100.40:443", rtt="30 ms").dns("github.com", "198.51.100.40")
        talk.handshake()
        talk.client_hello("github.com")
        talk.server_flight()
        talk.client_finished(preface=False).request(233)
        talk.server.sends(b"".join(talk.record(size) for size in answer))
        talk.client.acknowledges()
        talk.passes("25 s").client.closes()
        return story(Timeline(talk), tmp_path / "talk.pcapng").verdict

    return of


def test_a_short_answer_behind_tickets_is_an_answer(verdict):
    found = verdict(TICKET, TICKET, HEAD, BODY)
    assert found.cause is None
    assert found.attributes.get("not_network")


def test_tickets_alone_are_none(verdict):
    assert verdict(TICKET, TICKET).cause == "http/response-missing"
