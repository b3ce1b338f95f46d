"""What is a server's refusal, and how its words are repeated."""

import pytest

from netanalyze.conversations.refusals import UNREADABLE, refusal

IDENTIFICATION = b"SSH-2.0-x\r\n"
STARTUP = bytes.fromhex("00000009 00030000 00")


def packet(said):
    """A first packet of MySQL's."""
    return len(said).to_bytes(3, "little") + b"\0" + said


def error(words):
    """An ErrorResponse of PostgreSQL."""
    fields = b"SFATAL\0M" + words + b"\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4) + fields


@pytest.mark.parametrize("said", [b"\xff\x10\x04Too many", b"\xff\x10\x04#08004Too many"])
def test_the_state_before_an_error_of_mysql_is_no_part_of_its_words(said):
    assert refusal(b"", packet(said), True, True) == "Too many"


def test_words_in_another_code_page_are_a_refusal_all_the_same():
    assert refusal(STARTUP, error(b"Datenbank \xabx\xbb"), False, True) == f"Datenbank {UNREADABLE}x{UNREADABLE}"


def test_nothing_that_moves_a_terminal_is_repeated():
    assert refusal(b"", b"421 \x1b[31mno\r\n", True, True) == f"421 {UNREADABLE}[31mno"


def test_lines_before_an_identification_are_no_refusal_until_the_server_closes():
    assert [refusal(IDENTIFICATION, b"\r\nNot now\r\n", False, closed) for closed in (False, True)] == [None, "Not now"]


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        (b"", None),
        (b"Protocol major versions differ.\r\n", "Protocol major versions differ."),
        (b"\0\0\1\x04\6\x14", None),
    ],
)
def test_a_line_in_the_place_of_the_keys_is_a_refusal(behind, words):
    assert refusal(IDENTIFICATION, b"Hello\r\n" + IDENTIFICATION + behind, True, True) == words


def test_a_line_that_only_speaks_of_ssh_is_no_identification():
    assert refusal(IDENTIFICATION, b"Only SSH-2 is spoken here\r\n" + IDENTIFICATION, False, True) is None


def test_what_is_no_text_is_no_line_of_ssh():
    assert refusal(IDENTIFICATION, b"\x15\x03\x01\x00\x02\x02\x46", False, True) is None


@pytest.mark.parametrize("said", [b"5540 is its number\r\n", b"4210\r\n", b"-ERROR\r\n"])
def test_a_longer_word_that_begins_like_a_refusal_is_none(said):
    assert refusal(b"", said, True, True) is None
