"""A captive portal is told by what it answers in clear, and is named where TLS then fails."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story


def refusal(start=None):
    """TLS to a proxy that is answered in plain HTTP."""
    how = {"start": start} if start else {}
    talk = Conversation(server="198.51.100.5:443", client="192.0.2.10:52000", **how)
    talk.dns("proxy.golang.org", "198.51.100.5").handshake()
    talk.client_hello()
    talk.replies("400 Bad Request", b"plain HTTP")
    talk.client.closes()
    return talk


def probe(status, **fields):
    """What a browser asks to find out whether there is a portal, and the answer."""
    talk = Conversation(server="198.51.100.9:80").dns("detectportal.firefox.com", "198.51.100.9").handshake()
    talk.get("/success.txt", "detectportal.firefox.com", agent="Mozilla/5.0")
    talk.replies(status, b"success\n" if status.startswith("200") else b"", **fields)
    talk.exits()
    return talk


def verdict(tmp_path, *stories):
    """The verdict on these conversations."""
    return story(Timeline(*stories), tmp_path / "talk.pcapng", client="go").verdict


@pytest.mark.parametrize(
    ("status", "fields", "portal"),
    [
        ("200 OK", {}, False),
        ("302 Found", {"location": "http://192.168.1.1/login"}, True),
        ("511 Network Authentication Required", {}, True),
    ],
)
def test_a_probe_that_is_answered_otherwise_shows_a_portal(tmp_path, status, fields, portal):
    asked = probe(status, **fields)
    found = verdict(tmp_path, asked, refusal(asked.now + 10**9))
    assert found.cause == "tls/not-tls"
    assert (found.attributes.get("portal") == "likely") is portal
    assert ("captive portal" in str(found.where)) is portal


def test_without_a_probe_nothing_is_said_of_portals(tmp_path):
    assert "portal" not in verdict(tmp_path, refusal()).attributes


def test_names_of_one_domain_with_one_private_address_are_no_portal(tmp_path):
    inner = [
        Conversation(client=f"192.0.2.10:{53000 + i}").dns(f"{n}.corp.test", "10.1.2.3") for i, n in enumerate("abc")
    ]
    assert "portal" not in verdict(tmp_path, *inner, refusal()).attributes
