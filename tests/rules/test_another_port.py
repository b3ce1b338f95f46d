"""A host that answers at one port is not unreachable: it is the other port that is named."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.report.terminal import render
from tests.rules.ordinary import clear, greets, lines
from tests.rules.results import story

SERVER, NAME = "198.51.100.8", "files.example.org"


def control():
    """FTP up to the answer that names a port for the data."""
    talk = clear(f"{SERVER}:21", NAME)
    greets(talk, b"220 ready\r\n")
    lines(talk, (b"USER a\r\n", b"230 in\r\n"), (b"PASV\r\n", b"227 Entering Passive Mode (198,51,100,8,195,80)\r\n"))
    return talk


def data(talk, refused, server=SERVER):
    """The data connection, refused or never answered, and the end of all."""
    port = Conversation(client="192.0.2.10:51001", server=f"{server}:50000", start=talk.now + 1000)
    if refused:
        port.client.synchronizes()
        port.server.refuses()
    else:
        port.syns(6)
    talk.passes("20 s").both_close()
    return port


def judged(tmp_path, refused, server=SERVER):
    talk = control()
    return story(Timeline(talk, data(talk, refused, server)), tmp_path / "talk.pcapng")


@pytest.mark.parametrize(
    ("refused", "cause", "says"),
    [
        (False, "tcp/syn-unanswered", f"Port 50000 of {NAME} cannot be reached: no SYN is answered."),
        (True, "tcp/refused", f"{NAME} refuses the connection to port 50000."),
    ],
)
def test_the_port_is_named_where_another_answers(tmp_path, refused, cause, says):
    result = judged(tmp_path, refused)
    assert result.verdict.cause == cause
    assert says in " ".join(render(result).split())


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        (False, "203.0.113.9 cannot be reached: no SYN is answered."),
        (True, "203.0.113.9 refuses the connection."),
    ],
)
def test_of_a_host_that_answers_at_no_port_it_is_the_host(tmp_path, refused, says):
    assert says in " ".join(render(judged(tmp_path, refused, server="203.0.113.9")).split())
