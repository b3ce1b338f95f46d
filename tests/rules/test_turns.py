"""Protocols that nobody reads: who takes turns shows that each question is owed an answer, and who tells that none is."""

import pytest

from captures.recipes import Conversation
from tests.rules.results import story

POLL, VALUES = b"\0\7\0\0\0\6\1\3\0\0\0\n", b"\0\7\0\0\0\x17\1\3\x14" + bytes(20)
CALL, REPLY = b"\x80\0\0\x64" + bytes(100), b"\x80\0\0\x58" + bytes(88)
CONNECT, CONNACK, SUBSCRIBE, SUBACK = (
    b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0",
    b"\x20\2\0\0",
    b"\x82\6\0\1\0\1a\0",
    b"\x90\3\0\1\0",
)
PUBLISH = b"\x30\7\0\1ahello"
AMQP, METHOD = b"AMQP\0\0\x09\1", b"\1\0\1\0\0\0\4\0\x0a\0\x0b\xce"
DNP3, TO_ALL = b"\x05\x64\x05\xc0\1\0\2\0" + bytes(4), b"\x05\x64\x05\xc0\xff\xff\2\0" + bytes(4)
GET, VALUE = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", b"$1\r\n1\r\n"
SMB2 = b"\0\0\0\x44\xfeSMB" + bytes(8) + b"%c\0" + bytes(50)
READ, NOTIFY = SMB2 % 8, SMB2 % 15
TUNNEL, SET_LINK = b"\0\x9c\0\1" + bytes(152), b"\0\x18\0\1" + bytes(20)
RESERVE, TOLD, ALIVE = b"reserve\r\n", b"PRIVMSG #a :what is new?\r\n", b"\xff" * 16 + b"\0\x13\4"
GRAB, SLEEP, NO_JOB = (
    b"\0" + name + b"\0\0\0" + kind + bytes(4) for name, kind in ((b"REQ", b"\t"), (b"REQ", b"\4"), (b"RES", b"\n"))
)
BLOCKS = b"*3\r\n$5\r\nBLPOP\r\n$1\r\nq\r\n$1\r\n0\r\n"


def says(*said, port=502, every="1 s"):
    """A conversation of ``(question, answer)``; an answer of None never comes, ``(seconds, octets)`` comes late."""
    talk = Conversation(server=f"198.51.100.8:{port}").handshake()
    for question, answer in said:
        talk.client.sends(question)
        talk.server.acknowledges()
        if isinstance(answer, tuple):
            talk.passes(answer[0])
        if answer is not None:
            talk.server.sends(answer[1] if isinstance(answer, tuple) else answer)
            talk.client.acknowledges()
        talk.passes(every)
    return talk


ANSWERED = (POLL, VALUES)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([ANSWERED] * 4 + [(POLL, None)], "hung"),
        ([(CALL, REPLY)] * 2 + [(CALL, None)], "hung"),
        ([ANSWERED] * 4, "healthy"),
        ([(POLL, None)] * 3, "hung"),
        ([ANSWERED, (POLL, None)], "healthy"),
        ([(CONNECT, CONNACK), (SUBSCRIBE, SUBACK), (PUBLISH, None)], "healthy"),
        ([(AMQP, METHOD), (METHOD, METHOD), (METHOD, METHOD), (METHOD, None)], "healthy"),
        ([(DNP3, DNP3)] * 4 + [(TO_ALL, None)], "healthy"),
        ([(DNP3, DNP3)] * 4 + [(DNP3, None)], "hung"),
        ([(GET, VALUE)] * 4 + [(GET, None)], "hung"),
        ([(GET, VALUE)] * 4 + [(BLOCKS, None)], "healthy"),
        ([(BLOCKS, VALUE)] * 4 + [(BLOCKS, None)], "healthy"),
        ([(RESERVE, VALUE)] * 4 + [(RESERVE, None)], "healthy"),
        ([(GRAB, NO_JOB)] * 4 + [(GRAB, None)], "hung"),
        ([(SLEEP, NO_JOB)] * 4 + [(SLEEP, None)], "healthy"),
        ([(GRAB, NO_JOB)] * 4 + [(SLEEP, None)], "healthy"),
        ([(TOLD, TOLD)] * 4 + [(TOLD, None)], "healthy"),
        ([(ALIVE, ALIVE)] * 4 + [(ALIVE, None)], "healthy"),
        ([(READ, READ)] * 3 + [(READ, None)], "hung"),
        ([(READ, READ)] * 3 + [(NOTIFY, None)], "healthy"),
        ([(TUNNEL, TUNNEL)] * 2 + [(SET_LINK, None)], "healthy"),
        ([(CONNECT, CONNACK), ANSWERED, ANSWERED, (POLL, None)], "hung"),
        ([(POLL, None), ANSWERED, ANSWERED, ANSWERED, (POLL, None)], "healthy"),
    ],
    ids=["a poll in vain", "a call in vain", "all answered", "never a word", "one answer is chance", "what is published",
         "published to AMQP", "to all stations", "to one station", "a command in vain", "a command that blocks",
         "Redis at rest", "one of beanstalkd", "a worker of Gearman in vain", "one that sleeps", "one that falls asleep",
         "a word in IRC", "BGP",
         "a file in vain", "a change is waited for", "PPTP's word of the link", "another greeting",
         "who spoke on before"],
)  # fmt: skip
def test_who_was_answered_each_time_waits_for_the_answer_to_the_like(said, status, tmp_path):
    talk = says(*said).passes("30 s").link_is_alive()
    verdict = story(talk, tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == (status, None)
    assert verdict.confidence < 0.8


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ([ANSWERED] * 4 + [(POLL, ("25 s", VALUES)), ANSWERED], "http/response-late"),
        ([ANSWERED] * 4 + [(POLL, ("8 s", VALUES)), ANSWERED], None),
        ([ANSWERED, (POLL, ("25 s", VALUES))], None),
        ([ANSWERED] * 3 + [(POLL, ("25 s", VALUES))] * 3, None),
    ],
    ids=["late", "soon enough", "too few to tell", "as often late as not"],
)
def test_an_answer_that_comes_late_where_all_others_came_at_once(said, cause, tmp_path):
    verdict = story(says(*said).both_close(), tmp_path / "talk.pcapng").verdict
    assert verdict.cause == cause
    assert verdict.confidence <= 0.8


GREETS, LOGIN, OK = b"\x4a\0\0\0\x0a8.0.36\0" + bytes(67), b"\x20\0\0\1" + bytes(32), b"\7\0\0\1\0\0\0\2\0\0\0"


@pytest.mark.parametrize(("took", "cause"), [("51 s", "http/response-late"), ("3 s", None)])
def test_a_query_that_takes_as_long_as_the_server_itself_calls_slow(took, cause, tmp_path):
    talk = Conversation(server="198.51.100.8:3306").handshake()
    talk.server.sends(GREETS)
    talk.client.acknowledges()
    for question, wait in ((LOGIN, "1 ms"), (b"\x09\0\0\0\3UPDATE a", took)):
        talk.client.sends(question)
        talk.server.acknowledges()
        talk.passes(wait).server.sends(OK)
        talk.client.acknowledges()
    verdict = story(talk.both_close(), tmp_path / "talk.pcapng").verdict
    assert verdict.cause == cause
    assert verdict.status == ("degraded" if cause else "healthy")


@pytest.mark.parametrize(("before", "status"), [(0, "hung"), (3, "healthy")], ids=["asked once", "told before as well"])
def test_who_told_things_before_that_nobody_answered_was_owed_none(before, status, tmp_path):
    publish = b"PUB news 5\r\nhello\r\n"
    talk = says((b"CONNECT {}\r\nPING\r\n", b"PONG\r\n"), *[(publish, None)] * before, (publish, None), port=4222)
    talk.passes("8 s").both_close()
    assert story(talk, tmp_path / "talk.pcapng").verdict.status == status
