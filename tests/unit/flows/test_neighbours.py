"""Questions for link addresses, and who answers them: ARP and neighbour discovery."""

from ipaddress import IPv6Address

import numpy as np
import pytest
from feeding import START_NS, Capture, Frame, batches
from traffic import ipv6

from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.network.next_hops import NextHops
from netanalyze.kernel import Engine
from netanalyze.tracking.neighbours import APART_NS, ASKED_MOST, HEARD_MOST, READ_MOST
from netanalyze.tracking.tracker import FlowTracker

US, GATEWAY = bytes.fromhex("02000000000a"), bytes.fromhex("020000000001")
ALL, NOBODY = b"\xff" * 6, bytes(6)
SECOND = 10**9


def arp(operation, hardware, sender, known, target, to=ALL):
    """One ARP message in an Ethernet frame; addresses end in the given octet of 192.0.2.0/24."""
    head = b"\0\1\x08\0\6\4" + operation.to_bytes(2, "big")
    ends = hardware + bytes([192, 0, 2, sender]) + known + bytes([192, 0, 2, target])
    return to + hardware + b"\x08\x06" + head + ends


def question(target, to=ALL):
    """We, 192.0.2.10, ask for a neighbour."""
    return arp(1, US, 10, NOBODY, target, to)


def answer(target, hardware=GATEWAY):
    """It answers."""
    return arp(2, hardware, target, US, 10, US)


def seen(*timed):
    """What a tracker makes of frames at these seconds."""
    rows = tuple(Frame(START_NS + round(at * SECOND), octets, len(octets)) for at, octets in timed)
    tracker = FlowTracker(Engine(mode="plain"), Diagnostics())
    for batch in batches(Capture(rows, (1,))):
        list(tracker.feed(batch, np.array([1])))
    return tracker.neighbours


def test_questions_of_one_try_are_one_row_until_they_are_answered():
    (one,) = seen((0, question(1)), (1, question(1)), (2, question(1)), (2.1, answer(1))).asked
    assert (one.times, one.first_frame, one.last_frame, one.answer_frame) == (3, 1, 3, 4)
    assert (one.asker, one.asker_address, one.target) == (US, "192.0.2.10", "192.0.2.1")


def test_a_question_long_after_the_last_one_is_another_try():
    found = seen((0, question(1)), (APART_NS / SECOND + 0.1, question(1)))
    assert [one.times for one in found.asked] == [1, 1]


def test_whoever_asks_is_there_himself():
    theirs = arp(1, GATEWAY, 1, NOBODY, 10)
    (one,) = (o for o in seen((0, question(1)), (1, theirs)).asked if o.asker == US)
    assert one.answer_frame == 2


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(arp(1, US, 0, NOBODY, 1)[:28] + bytes(4) + arp(1, US, 0, NOBODY, 1)[32:], id="a probe"),
        pytest.param(arp(1, US, 10, NOBODY, 10), id="an announcement"),
        pytest.param(question(1)[:41], id="cut"),
        pytest.param(question(1).replace(b"\0\1\x08\0\6\4", b"\0\x06\x08\0\6\4"), id="other hardware"),
    ],
)
def test_what_asks_for_nobody_is_no_question(octets):
    assert seen((0, octets)).asked == []


def test_a_next_hop_is_known_by_the_link_address_packets_go_to():
    from captures.recipes import Conversation

    talk = Conversation(server="198.51.100.5:443").link_is_alive().handshake()
    found = seen(*((0.001 * at, octets) for at, (_, octets) in enumerate(talk.frames)))
    hops = NextHops(found)
    assert hops.heard(0, "198.51.100.5", START_NS, START_NS + SECOND) == (2, "192.0.2.1")
    assert hops.heard(0, "198.51.100.5", START_NS + SECOND, START_NS + 2 * SECOND) is None


def test_a_question_to_one_host_tells_whose_link_address_it_is():
    from captures.recipes import Conversation

    talk = Conversation(server="198.51.100.5:443").handshake()
    gateway = talk.frames[0][1][:6]
    found = seen(
        (0, talk.frames[0][1]), (5, question(1, gateway)), (6, question(1, gateway)), (7, question(1, gateway))
    )
    hops = NextHops(found)
    gone = hops.gone(0, "", "198.51.100.5", START_NS, START_NS + 9 * SECOND)
    assert (gone.target, gone.times) == ("192.0.2.1", 3)
    assert hops.gone(0, "", "198.51.100.5", START_NS, START_NS + 4 * SECOND) is None
    assert hops.asked(0, "", START_NS, START_NS + 9 * SECOND)
    assert not hops.asked(0, "", START_NS + 6 * SECOND, START_NS + 9 * SECOND)


def discovery(kind, source, target, option=b""):
    """A neighbour solicitation (135) or advertisement (136) from ``source``."""
    text = bytes([kind, 0, 0, 0, 0, 0, 0, 0]) + IPv6Address(target).packed + option
    packet = ipv6(0, 0, 58, text)
    packet = packet[:8] + IPv6Address(source).packed + IPv6Address("ff02::1").packed + packet[40:]
    return b"\x33\x33" + bytes(4) + US + b"\x86\xdd" + packet


def test_neighbour_discovery_is_read_too():
    found = seen(
        (0, discovery(135, "fe80::a", "fe80::1")),
        (1, discovery(136, "fe80::1", "fe80::1", b"\2\1" + GATEWAY)),
        (2, discovery(135, "::", "fe80::b")),
    )
    (one,) = found.asked
    assert (one.target, one.answer_frame) == ("fe80::1", 2)
    assert NextHops(found).heard(-1, "fe80::1", START_NS, START_NS + 9 * SECOND) == (2, "fe80::1")


def test_a_storm_of_questions_is_bounded():
    storm = [
        (at / 1000, arp(1, US, 10, NOBODY, 1).replace(bytes([192, 0, 2, 1]), (0x0A000000 + at).to_bytes(4, "big")))
        for at in range(ASKED_MOST + 500)
    ]
    found = seen(*storm)
    assert len(found.asked) == ASKED_MOST <= READ_MOST
    assert len(found._heard) <= HEARD_MOST


def test_an_answer_counts_also_when_no_more_hosts_are_remembered():
    many = [
        (at / 1000, answer(1).replace(bytes([192, 0, 2, 1]), (0x0A000000 + at).to_bytes(4, "big")))
        for at in range(HEARD_MOST)
    ]
    (one,) = seen(*many, (20, question(1)), (21, question(1)), (22, question(1)), (23, answer(1))).asked
    assert (one.times, one.answer_frame) == (3, HEARD_MOST + 4)
