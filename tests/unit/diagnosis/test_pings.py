"""Pings alone in a capture: answered, in vain, refused; and no fault where many hosts or the hops of a way were asked."""

import pickle

import pytest

from captures.recipes import Conversation, Script, Timeline, frames
from netanalyze.compare.comparison import compare
from netanalyze.conversations import pings as kept
from tests.rules.ordinary import BROWSER, NAME
from tests.rules.results import story

HERE, THERE = ("192.0.2.10", "198.51.100.9"), ("2001:db8::10", "2001:db8:9::9")


def pings(answered, ends=HERE, count=8, start=None):
    """A ping a second; ``answered`` says of each number whether a reply comes."""
    script, (here, there) = Script() if start is None else Script(start=start), ends
    asks, replies = (128, 129) if ":" in here else (8, 0)
    for number in range(count):
        script.adds(script.now, frames.echo(True, here, there, 64, asks, number))
        if answered(number):
            script.adds(script.now + 20_000_000, frames.echo(False, there, here, 57, replies, number))
        script.passes("1 s")
    return script


def judge(tmp_path, *talks):
    return story(Timeline(*talks), tmp_path / "talk.pcapng").verdict


@pytest.mark.parametrize("ends", [HERE, THERE], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(
    ("answered", "status", "says"),
    [
        (lambda n: True, "healthy", "answered 12 pings"),
        (lambda n: False, "hung", "no ping for"),
        (lambda n: n < 3, "hung", "and then no more"),
        (lambda n: n not in (3, 4), "degraded", "2 of 12 pings"),
        (lambda n: n < 11, "healthy", "answered 11 pings"),
    ],
    ids=["all", "none", "no more", "some missed", "but the last of the capture"],
)
def test_pings_alone_are_judged_by_their_replies(ends, answered, status, says, tmp_path):
    verdict = judge(tmp_path, pings(answered, ends, 12))
    assert (verdict.status, verdict.cause) == (status, None)
    assert says in str(verdict.summary)
    assert verdict.confidence < 0.9


@pytest.mark.parametrize(
    ("answered", "status", "says"),
    [(lambda n: True, "healthy", "answered 40 pings"), (lambda n: n < 30, "hung", "10 pings in vain")],
    ids=["all", "no more"],
)
def test_of_more_pings_than_are_kept_the_answered_ones_make_room(answered, status, says, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "PINGS_MOST", 12)
    verdict = judge(tmp_path, pings(answered, count=41 if status == "hung" else 40))
    assert verdict.status == status
    assert says in str(verdict.summary)


def test_pings_in_vain_beyond_all_that_is_kept_leave_those_that_are(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "PINGS_MOST", 12)
    verdict = judge(tmp_path, pings(lambda n: False, count=40))
    assert verdict.status == "hung"
    assert "for 39.0 s: 11 pings in vain" in str(verdict.summary)


def test_the_first_ping_alone_waits_for_its_neighbour_to_be_found(tmp_path):
    assert judge(tmp_path, pings(lambda n: n > 0, count=6)).status == "healthy"
    assert judge(tmp_path, pings(lambda n: n not in (0, 3), count=6)).status == "degraded"


def test_a_group_need_not_answer_and_whoever_answers_for_it_did(tmp_path):
    asked = "ff02::1"
    silent = pings(lambda n: False, ends=("fe80::10", asked))
    assert judge(tmp_path, silent).status != "degraded"
    script = Script()
    for number in range(5):
        script.adds(script.now, frames.echo(True, "192.0.2.10", "192.0.2.255", 64, 8, number))
        script.adds(script.now + 2_000_000, frames.echo(False, "192.0.2.77", "192.0.2.10", 64, 0, number))
        script.passes("1 s")
    assert judge(tmp_path, script).status == "healthy"


def test_of_two_hosts_that_are_pinged_one_does_not_answer_for_the_other(tmp_path):
    script = Script()
    for number in range(8):
        for there in ("198.51.100.8", "198.51.100.9"):
            script.adds(script.now, frames.echo(True, "192.0.2.10", there, 64, 8, number))
        script.adds(script.now + 2_000_000, frames.echo(False, "198.51.100.8", "192.0.2.10", 64, 0, number))
        script.passes("1 s")
    assert "198.51.100.9 has answered no ping" in str(judge(tmp_path, script).summary)


@pytest.mark.parametrize(("port", "status"), [(123, "healthy"), (53, "hung")], ids=["NTP", "a lookup's resolver"])
def test_pings_in_vain_beside_other_traffic_than_lookups_are_somebody_elses(port, status, tmp_path):
    script = pings(lambda n: False)
    here, there = ("192.0.2.10", 123), ("192.0.2.53", 123)
    if port == 123:
        script.adds(script.now, frames.udp(True, here, there, 64, 1, b"\x23" + bytes(47)))
        script.adds(script.now + 20_000_000, frames.udp(False, there, here, 57, 1, b"\x24" + bytes(47)))
    else:
        script.dns("far.example", "198.51.100.9")
    assert judge(tmp_path, script).status == status


def test_a_sweep_of_ever_other_hosts_takes_no_more_memory_the_longer_it_goes_on(monkeypatch):
    monkeypatch.setattr(kept, "PINGS_MOST", 12)
    sizes, asked = [], kept.Pings()
    for number in range(2_000):
        octets = bytes((8, 0, 0, 0)) + number.to_bytes(4, "big")
        asked.take(octets, 1, number + 1, number * 10**6, ("192.0.2.10", f"10.0.{number // 250}.{number % 250}"))
        sizes += [len(pickle.dumps(asked))] if number in (99, 1_999) else []
    assert asked.count == 2_000
    assert sizes[1] < 1.2 * sizes[0]


def test_two_captures_of_pings_alone_have_nothing_to_compare(tmp_path):
    paths = [tmp_path / "one.pcapng", tmp_path / "other.pcapng"]
    for path in paths:
        path.write_bytes(Timeline(pings(lambda n: True)).octets())
    assert compare([str(path) for path in paths]).verdict.status == "unusable"


def test_a_ping_that_a_router_refuses_failed(tmp_path):
    script, (here, there) = Script(), HERE
    for number in range(3):
        asked = frames.echo(True, here, there, 64, 8, number)
        script.adds(script.now, asked)
        script.icmp_error(asked, code=1).passes("1 s")
    verdict = judge(tmp_path, script)
    assert verdict.status == "failed"
    assert "host unreachable" in str(verdict.summary)


def test_who_looks_for_whoever_is_there_misses_nobody(tmp_path):
    sweep = [pings(lambda n: False, (HERE[0], f"198.51.100.{last}"), 3) for last in range(20, 30)]
    assert judge(tmp_path, *sweep).status == "unusable"


def test_the_hops_of_a_way_owe_nothing(tmp_path):
    script, (here, there) = Script(), HERE
    for number in range(5):
        asked = frames.echo(True, here, there, number + 1, 8, number)
        script.adds(script.now, asked)
        if number == 1:
            script.icmp_error(asked, kind=11, code=0, hops=1)
        script.passes("1 s")
    assert judge(tmp_path, script).status == "unusable"


def test_pings_beside_a_connection_are_somebody_elses(tmp_path):
    talk = Conversation().handshake().get("/", NAME, BROWSER)
    talk.replies(200, b"cats").both_close()
    assert judge(tmp_path, pings(lambda n: False), talk).status == "healthy"


def test_a_mirrored_copy_of_a_ping_is_no_second_one(tmp_path):
    script, (here, there) = Script(), HERE
    for number in range(4):
        asked = frames.echo(True, here, there, 64, 8, number)
        for after in (0, 20_000):
            script.adds(script.now + after, asked)
        script.adds(script.now + 10**7, frames.echo(False, there, here, 57, 0, number))
        script.passes("1 s")
    verdict = judge(tmp_path, script)
    assert "answered 4 pings" in str(verdict.summary)


SOLICIT = bytes.fromhex("01abcdef0008000200000001000e000100012345678902000000000103000c00000000000000000000")


def asks_for_an_address(*beside):
    script, group = Script(client="[fe80::10]:0"), ("ff02::1:2", 547)
    for gap in ("1.1 s", "2.2 s", "4.5 s", "9 s", "17 s"):
        script.adds(script.now, frames.udp(True, ("fe80::10", 546), group, 1, 1, SOLICIT))
        script.passes(gap)
    script.adds(script.now, frames.udp(True, ("fe80::10", 546), group, 1, 1, SOLICIT))
    for octets in beside:
        script.adds(script.now, octets)
    return script


def test_a_client_of_dhcpv6_that_nobody_answers_waits(tmp_path):
    verdict = judge(tmp_path, asks_for_an_address())
    assert (verdict.status, verdict.cause) == ("hung", None)
    assert "DHCPv6" in str(verdict.summary)
    advertise = frames.udp(False, ("fe80::1", 547), ("fe80::10", 546), 64, 1, b"\2" + SOLICIT[1:])
    assert judge(tmp_path, asks_for_an_address(advertise)).status == "healthy"
    mdns = frames.udp(True, ("fe80::10", 5353), ("ff02::fb", 5353), 255, 1, bytes(40))
    assert judge(tmp_path, asks_for_an_address(mdns)).status == "healthy"


@pytest.mark.parametrize(("flags", "status"), [(0x00, "healthy"), (0x80, "hung"), (0x40, "hung")])
def test_a_router_says_whether_there_is_a_server_of_dhcpv6(flags, status, tmp_path):
    """RFC 4861 section 4.2: M, addresses by DHCPv6; O, other things; neither: who asks all the same is owed no answer."""
    said = bytes([134, 0, 0, 0, 64, flags]) + bytes(10)
    header = (
        bytes.fromhex("6000000000103aff") + bytes.fromhex("fe800000000000000000000000000001ff02000000000000") + bytes(7)
    )
    frame = bytes.fromhex("333300000001020000000001" + "86dd") + header + b"\1" + said
    assert judge(tmp_path, asks_for_an_address(frame)).status == status
