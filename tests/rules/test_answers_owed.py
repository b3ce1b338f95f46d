"""Who owes an answer: a database each message, a resolver no name of the link's."""

import pytest

from captures.recipes import Conversation, Script, Timeline, frames, names
from tests.rules.ordinary import ADDRESS, BROWSER, NAME
from tests.rules.results import story

STARTUP = bytes.fromhex("00000014 00030000") + b"user\0alice\0\0"
DONE, COPY = b"C\0\0\0\x0dUPDATE 1\0Z\0\0\0\x05I", (False, b"G\0\0\0\x07\0\0\0")
WAL, RECEIPT = b"d\0\0\0\x20w" + bytes(27), b"d\0\0\0\x26r" + bytes(33)
READY, QUERY = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", b"Q\0\0\0\x10UPDATE a\0"
GREETS, PING = b"\x4a\0\0\0\x0a8.0.36\0" + bytes(67), b"\x09\0\0\0\x03SELECT 1"


def database(port, *said, quiet="60 s"):
    talk = Conversation(server=f"198.51.100.8:{port}").handshake()
    for mine, octets in said:
        side = talk.client if mine else talk.server
        side.sends(octets)
        side.peer.acknowledges()
    return talk.stays_silent(quiet)


POSTGRES, MYSQL = ((True, STARTUP), (False, READY)), ((False, GREETS), (True, bytes(120)), (False, bytes(11)))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (database(5432, *POSTGRES, (True, QUERY)), "hung"),
        (database(5432, *POSTGRES, (True, QUERY), (False, DONE)), "healthy"),
        (database(5432, *POSTGRES, (True, b"d\0\0\0\x08copy"), (True, b"d\0\0\0\x0acopied")), "healthy"),
        (database(3306, *MYSQL, (True, PING)), "hung"),
        (database(3306, *MYSQL, (True, b"\x05\0\0\0\x19\1\0\0\0")), "healthy"),
        (database(5432, *POSTGRES, (True, b"P\0\0\0\x08\0x\0\0S\0\0\0\x04")), "hung"),
        (database(5432, (True, STARTUP)), "hung"),
        (database(5432, *POSTGRES, (True, QUERY), COPY, (True, b"d\0\0\0\x12a row of data\n")), "healthy"),
        (database(5432, *POSTGRES, (True, QUERY), COPY, (False, WAL), (True, RECEIPT)), "healthy"),
        (database(5432, *POSTGRES, (True, b"p\0\0\1\x2c" + bytes(296)), (False, READY), (True, QUERY)), "hung"),
        (database(3306, *MYSQL, (True, b"\x11\0\0\0\x18\1\0\0\0\0\0long data.")), "healthy"),
        (database(3306, *MYSQL, (True, b"\x16\0\0\0\xef" + bytes(8) + b"binlog.000001")), "healthy"),
    ],
    ids=["query", "answered", "copy", "query to MySQL", "a statement is closed", "up to a Sync", "startup",
         "a row of a copy", "a replica's receipt", "a query behind a long password", "long data", "a semi-synchronous receipt"],
)  # fmt: skip
def test_a_database_owes_its_client_an_answer_to_one_message(told, status, tmp_path):
    assert story(told, tmp_path / "talk.pcapng").verdict.status == status


@pytest.mark.parametrize(
    ("asked", "answered", "cause"),
    [
        ("printer.local", True, None),
        ("printer.local", False, "dns/name-not-found"),
        ("db1.corp.local", True, "dns/name-not-found"),
        (None, False, "dns/name-not-found"),
    ],
    ids=["answered", "asked in vain", "another name", "not asked"],
)
def test_a_name_of_the_link_is_not_the_resolvers(asked, answered, cause, tmp_path):
    script, name = Script(), "printer.local"
    script.answers_both(script.asks_both(name), rcode="NXDOMAIN")
    group, here, there = ("224.0.0.251", 5353), ("192.0.2.10", 5353), (ADDRESS.partition(":")[0], 5353)
    if asked:
        script.adds(script.now, frames.udp(True, here, group, 255, 1, names.query(0, asked, "A", False)))
    if answered:
        answer = names.response(0, asked, "A", (("A", there[0]),), edns=False)
        script.adds(script.now + 10**7, frames.udp(False, there, group, 255, 1, answer))
    talk = Conversation(server=f"{there[0]}:631", start=script.now).handshake().get("/", NAME, BROWSER)
    talk.replies(200, b"cats").both_close()
    assert story(Timeline(script, talk), tmp_path / "talk.pcapng").verdict.cause == cause


@pytest.mark.parametrize("goes_on", ["5 s", "8 s", "60 s"])
def test_a_resolver_from_which_nothing_came_is_silent_however_long_the_capture_goes_on(goes_on, tmp_path):
    script = Script()
    script.asks_both("api.example.test")
    script.passes(goes_on).link_is_alive()
    verdict = story(script, tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == ("failed", "dns/resolver-unanswered")


def test_a_lookup_that_went_on_without_opt_cost_time_and_failed_nothing(tmp_path):
    talk, name = Conversation(server="198.51.100.5:80"), "files.example.test"
    for _ in range(2):
        talk.asks(name)
        talk.passes("5 s")
    talk.answers(talk.asks(name, edns=False), ("A", "198.51.100.5"))
    talk.handshake().get("/", name, BROWSER).replies(200, b"ok")
    verdict = story(talk.passes("1 s").both_close(), tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == ("degraded", "dns/edns-dropped")


@pytest.mark.parametrize(("follows", "cause"), [(False, "dns/resolver-unanswered"), (True, None)])
def test_a_resolver_that_was_asked_once_is_waited_for_where_nothing_follows(follows, cause, tmp_path):
    talk = Conversation(server="198.51.100.5:80")
    talk.asks("api.example.test")
    if follows:
        talk.handshake().get("/", NAME, BROWSER).replies(200, b"ok").both_close()
    talk.passes("9 s").link_is_alive()
    assert story(talk, tmp_path / "talk.pcapng").verdict.cause == cause


def datagrams(*ones, every=10**9):
    """A script of (from, to, payload), ``every`` ns."""
    script = Script()
    for sender, receiver, octets in ones:
        script.adds(script.now, frames.udp(True, sender, receiver, 64, 1, octets))
        script.passes(every)
    return script


DISCOVER = ("0.0.0.0", 68), ("255.255.255.255", 67), bytes(300)
OFFER = ("192.0.2.1", 67), ("255.255.255.255", 68), bytes(300)
TAKEN = *DISCOVER[:2], bytes(236) + bytes.fromhex("63825363 00 350103 3604c0000201 ff")
INFORM = ("192.0.2.10", 68), *DISCOVER[1:]
OF_ANOTHER = ("192.0.2.9", 5000), ("192.0.2.8", 5000), b"what a switch would have kept away from others"
READ, DATA = ((("192.0.2.10", 50010), ("192.0.2.69", port), bytes(20)) for port in (69, 49000))
SERVED = ("192.0.2.69", 49000), ("192.0.2.10", 50010), bytes(516)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([DISCOVER] * 7, "hung"),
        ([*[DISCOVER] * 6, OFFER], "healthy"),
        ([*[DISCOVER] * 6, OF_ANOTHER], "healthy"),
        ([*[DISCOVER] * 6, TAKEN], "healthy"),
        ([INFORM] * 7, "healthy"),
        ([READ] * 7, "hung"),
        ([*[READ] * 6, SERVED, DATA], "healthy"),
    ],
    ids=[
        "no offer",
        "an offer",
        "a bystander's",
        "an offer that was taken",
        "who has an address",
        "no file",
        "a file from another port",
    ],
)
def test_who_answers_from_elsewhere_is_waited_for_until_somebody_answers(said, status, tmp_path):
    assert story(datagrams(*said), tmp_path / "talk.pcapng").verdict.status == status


@pytest.mark.parametrize(("answered", "status"), [(True, "degraded"), (False, "hung")])
def test_a_connection_that_died_was_got_over_where_another_is_answered_and_still_open(answered, status, tmp_path):
    dead = database(1883, (True, b"\x10\x03dev"), (False, b"\x20\x02\0\0"), quiet="0 s")
    (cut,) = dead.client.sends(b"\xc0\0", lost=True)
    dead.client.backs_off(*cut, times=7)
    dead.client.resets()
    anew = Conversation("192.0.2.10:51001", "198.51.100.8:1883", start=dead.now).handshake().passes("1 s")
    anew.client.sends(b"\x10\x03dev")
    anew.server.acknowledges()
    if answered:
        anew.server.sends(b"\x20\x02\0\0")
        anew.client.acknowledges()
    assert story(Timeline(dead, anew), tmp_path / "talk.pcapng").verdict.status == status
