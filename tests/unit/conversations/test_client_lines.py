"""Whether a client of a protocol of lines is done with what it says."""

import pytest

from netanalyze.conversations.client_lines import ClientLines
from netanalyze.conversations.greetings import IMAP, POP3, SMTP

CLIENT, SERVER = 0, 1
GO = (SERVER, b"354 go\r\n")


@pytest.mark.parametrize(
    ("protocol", "said", "unfinished"),
    [
        (SMTP, [(CLIENT, b"NOOP\r\n")], False),
        (SMTP, [(CLIENT, b"MAIL FROM:<a@exa")], True),
        (SMTP, [(CLIENT, b"MAIL FROM:<a@exa"), (CLIENT, b"mple.org>\r\n")], False),
        (SMTP, [(CLIENT, b"DATA\r\n"), GO, (CLIENT, b"Subject: a\r\n\r\nb\r\n")], True),
        (SMTP, [(CLIENT, b"DATA\r\n"), GO, (CLIENT, b"b\r\n."), (CLIENT, b"\r\n")], False),
        (SMTP, [(CLIENT, b"DATA\r\n"), GO, (CLIENT, b"b.\r\n")], True),
        (SMTP, [(CLIENT, b"DATA\r\n"), GO, (CLIENT, b".\r\n")], False),
        (SMTP, [(CLIENT, b"RCPT TO:<b@example.org>\r\nDATA\r\n"), (SERVER, b"250 ok\r\n354 go\r\n"), (CLIENT, b"b\r\n")], True),
        (SMTP, [(CLIENT, b"BDAT 6 LAST\r\nabc")], True),
        (SMTP, [(CLIENT, b"BDAT 6 LAST\r\nabc"), (CLIENT, b"d\r\n")], False),
        (IMAP, [(CLIENT, b"a APPEND x {6}\r\n"), (SERVER, b"+ go\r\n"), (CLIENT, b"abc")], True),
        (IMAP, [(CLIENT, b"a APPEND x {6+}\r\nabcd\r\n")], False),
        (IMAP, [(CLIENT, b"a APPEND x {6}\r\n"), (SERVER, b"a NO full\r\n"), (CLIENT, b"b NOOP\r\n")], False),
        (IMAP, [(CLIENT, b"a APPEND x {6}\r\n"), (SERVER, b"* 3 EXISTS\r\n")], True),
        (POP3, [(CLIENT, b"RETR 1\r\n"), (SERVER, b"+OK\r\n354 is a line of mail\r\n"), (CLIENT, b"NOOP\r\n")], False),
        (POP3, [(CLIENT, b"USER {6}\r\n")], False),
    ],
)  # fmt: skip
def test_a_client_is_done_at_the_end_of_what_it_announced(protocol, said, unfinished):
    lines = ClientLines(protocol)
    for direction, octets in said:
        lines.take(direction, octets)
    assert lines.unfinished == unfinished


@pytest.mark.parametrize("length", [1, 3, 7])
def test_how_octets_are_cut_makes_no_difference(length):
    lines = ClientLines(SMTP)
    lines.take(*GO)
    message = b"a\r\n.b\r\n.\r\nQUIT\r\nBDAT 4\r\nabcd"
    for at in range(0, len(message), length):
        lines.take(CLIENT, message[at : at + length])
    assert not lines.unfinished
