"""An echo beside what cannot be dialled: a reply is told from other messages, and a host that is there from one that is not."""

import pytest

from netanalyze.settle import run
from netanalyze.settle.echo import TEXT, Echo, is_reply
from netanalyze.settle.run import Probing
from netanalyze.settle.settlement import Settlement
from netanalyze.settle.target import typed_target
from netanalyze.settle.words import settled_words
from netanalyze.wording import english

REPLY4 = bytes([0, 0, 0, 0, 0x12, 0x34, 0, 1]) + TEXT
REPLY6 = bytes([129]) + REPLY4[1:]
IP4 = bytes([0x45]) + bytes(19)


@pytest.mark.parametrize(
    ("octets", "version", "number", "answer"),
    [
        (REPLY4, 4, None, True),
        (IP4 + REPLY4, 4, 0x1234, True),
        (REPLY6, 6, 0x1234, True),
        (IP4 + REPLY4, 4, 0x1235, False),
        (REPLY6, 6, 0x1235, False),
        (bytes([8]) + REPLY4[1:], 4, None, False),
        (REPLY4[:8] + b"somebody else's", 4, None, False),
        (REPLY4[:7], 4, None, False),
        (b"", 4, 0x1234, False),
    ],
    ids=["datagram", "raw", "raw-6", "of-another", "of-another-6", "our-request", "other-text", "cut", "empty"],
)
def test_a_reply_is_ours_by_type_identifier_and_text(octets, version, number, answer):
    assert is_reply(octets, version, number) is answer


@pytest.mark.parametrize("bit", ["port", "address", "family", "resolver"])
def test_what_answers_no_dial_and_no_question_is_asked_for_an_echo(monkeypatch, bit):
    monkeypatch.setattr(run, "ask_echo", lambda address, patience: Echo("echoed", 0.02))
    probing = Probing(typed_target("198.51.100.10"))
    probing.found.bit, probing.found.address = bit, "198.51.100.10"
    probing.ask_beside()
    assert [(row.kind, row.manner) for row in probing.found.rows] == [("echo", "echoed")]
    assert "198.51.100.10 answers an ICMP echo: the host is there, and the path to it." in said(probing.found)


def test_a_host_that_echoes_nothing_is_not_said_to_be_gone(monkeypatch):
    monkeypatch.setattr(run, "ask_echo", lambda address, patience: Echo("silent", 1.0))
    probing = Probing(typed_target("198.51.100.10"))
    probing.found.bit, probing.found.address = "address", "198.51.100.10"
    probing.ask_beside()
    assert "198.51.100.10 answers no ICMP echo either, as many hosts never do." in said(probing.found)


@pytest.mark.parametrize("bit", ["sni", "none", "", "no-route", "idle"])
def test_where_the_host_was_heard_or_nothing_is_named_no_echo_is_sent(monkeypatch, bit):
    monkeypatch.setattr(run, "ask_echo", lambda address, patience: pytest.fail("sent"))
    probing = Probing(typed_target("198.51.100.10"))
    probing.found.bit, probing.found.address = bit, "198.51.100.10"
    probing.ask_beside()
    assert probing.found.rows == []


def test_whoever_may_send_no_echo_says_nothing_of_it(monkeypatch):
    monkeypatch.setattr(run, "ask_echo", lambda address, patience: None)
    probing = Probing(typed_target("198.51.100.10"))
    probing.found.bit, probing.found.address = "port", "198.51.100.10"
    probing.ask_beside()
    assert probing.found.rows == []
    assert not any("echo" in sentence for sentence in said(probing.found))


def said(settlement: Settlement) -> list[str]:
    return english(settled_words(settlement))
