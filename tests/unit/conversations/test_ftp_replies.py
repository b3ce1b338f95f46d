"""Each reply of an FTP server is to the command that it answers, whatever was said beside it."""

import pytest

from netanalyze.conversations.ftp import FtpDialogue

CLIENT, SERVER = 0, 1
PASSIVE = "227 Entering Passive Mode (198,51,100,8,156,65)."


def told(*said):
    """The transfers of a dialogue, (side, line) after (side, line)."""
    dialogue = FtpDialogue()
    for at, (side, line) in enumerate(said):
        dialogue.take(side, line.encode("latin-1") + b"\r\n", at + 1, at * 1000)
    return dialogue.transfers


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ([(CLIENT, "RETR x"), (CLIENT, "TYPE I"), (SERVER, "550 no"), (SERVER, "200 I")], [550]),
        ([(CLIENT, "RETR x"), (CLIENT, "NOOP"), (SERVER, "150 go"), (SERVER, "200 well"), (SERVER, "226 done")], [226]),
        ([(CLIENT, "RETR x"), (SERVER, "150 go"), (CLIENT, "STAT"), (SERVER, "213 half"), (SERVER, "426 cut")], [426]),
        ([(CLIENT, "TYPE A"), (CLIENT, "LIST"), (SERVER, "200 A"), (SERVER, "150 go"), (SERVER, "226 done")], [226]),
        ([(CLIENT, "RETR x"), (SERVER, "150 go"), (CLIENT, "QUIT"), (SERVER, "221 bye")], [0]),
    ],
)  # fmt: skip
def test_replies_are_to_their_commands(said, codes):
    transfers = told((CLIENT, "PASV"), (SERVER, PASSIVE), *said)
    assert [transfer.code for transfer in transfers] == codes


def test_an_abort_that_was_never_answered_puts_nothing_out_of_step():
    first = [
        (CLIENT, "PASV"),
        (SERVER, PASSIVE),
        (CLIENT, "RETR x"),
        (CLIENT, "\xff\xf4\xff\xf2ABOR"),
        (SERVER, "426 cut"),
    ]
    again = [(CLIENT, "PASV"), (SERVER, PASSIVE), (CLIENT, "RETR y"), (SERVER, "150 go"), (SERVER, "226 done")]
    assert [(one.name, one.code, one.aborted) for one in told(*first, *again)] == [("x", 426, True), ("y", 226, False)]


def test_a_transfer_knows_when_its_address_was_told():
    assert told((CLIENT, "PASV"), (SERVER, PASSIVE), (CLIENT, "RETR x"))[0].announced_ns == 1000
    assert told((CLIENT, "PORT 192,0,2,10,195,81"), (CLIENT, "LIST"))[0].announced_ns == 0
