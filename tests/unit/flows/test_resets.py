"""Whose RST it is: each sign by itself, what is just not one yet, and how many are needed to say so."""

import pytest

from captures.recipes import Conversation
from netanalyze.flows.resets import provenance
from netanalyze.tracking.marks import RETRANSMISSION
from netanalyze.wire.layers import ACK, RST
from tests.rules.results import judged_story

MS = 1_000_000
HOPS_AWAY = 53
"""TTL with which what the server sends arrives."""
DONT_FRAGMENT = 2


@pytest.fixture
def flow(tmp_path):
    """A connection on which a request is answered with the server's own RST, 40 ms away."""
    talk = (
        Conversation(server="198.51.100.5:443", rtt="40 ms").dns("proxy.golang.org", "198.51.100.5").handshake().opens()
    )
    talk.response("600 B")
    talk.request(46)
    talk.server.resets()
    _, case = judged_story(talk, tmp_path / "talk.pcapng")
    return next(one for one in case.flows if one.is_tcp)


def whose(flow, *behind, before=None, asked_ms=40, **reset):
    """``(whose the RST is, the signs)`` where it has other fields, came so long after what was asked, and others came behind."""
    packets = list(flow.packets)
    last = next(p for p in packets if p.direction == 1 and p.flags & RST)
    asked = flow.data_packets[0][-1]
    rst = last._replace(time_ns=asked.time_ns + int(asked_ms * MS), **reset)
    rest = [
        p if p.direction == 0 or not before else p._replace(**before)
        for p in packets
        if p.frame_number < rst.frame_number
    ]
    later = [rst._replace(frame_number=rst.frame_number + 1 + at, **fields) for at, fields in enumerate(behind)]
    vars(flow)["packets"] = [*rest, rst, *later]
    origin, signs = provenance(flow)
    return str(origin), [str(sign).partition(" ")[0] for sign in signs]


def test_a_reset_like_all_else_that_the_server_sends_is_its_own(flow):
    assert whose(flow) == ("peer", [])


@pytest.mark.parametrize(
    ("ttl", "origin"), [(52, "unknown"), (54, "unknown"), (51, "injected"), (55, "injected"), (64, "injected")]
)
def test_another_distance_is_told_and_one_hop_more_or_less_proves_nothing(flow, ttl, origin):
    assert whose(flow, ttl=ttl) == (origin, ["TTL"])


def test_an_ip_id_of_zero_is_a_sign_only_of_a_server_that_counts_and_lets_routers_fragment(flow):
    assert whose(flow, ip_id=0, ip_flags=0) == ("unknown", ["IP"])
    assert whose(flow, ip_id=0, ip_flags=DONT_FRAGMENT) == ("peer", [])
    assert whose(flow, ip_id=7, ip_flags=0) == ("peer", [])
    assert whose(flow, ip_id=0, ip_flags=0, before={"ip_id": 0}) == ("peer", [])
    assert whose(flow, ip_id=0, ip_flags=0, ip_version=6) == ("peer", [])


def test_two_weak_signs_are_enough(flow):
    assert whose(flow, ip_id=0, ip_flags=0, ttl=HOPS_AWAY - 1) == ("injected", ["TTL", "IP"])


def test_it_cannot_be_the_servers_before_half_its_round_trip(flow):
    assert whose(flow, asked_ms=19.9) == ("unknown", ["it"])
    assert whose(flow, asked_ms=20.1) == ("peer", [])
    assert whose(flow, asked_ms=0) == ("peer", []), "what was sent at that moment, it does not answer"


def test_of_a_server_near_by_the_time_says_nothing(flow):
    for half in flow.halves:
        half.rtt_minimum_ns = 4 * MS
    flow.known.clear()
    assert flow.round_trip_ns == 4 * MS
    assert whose(flow, asked_ms=1) == ("peer", [])
    for half in flow.halves:
        half.rtt_minimum_ns = 5 * MS
    flow.known.clear()
    assert whose(flow, asked_ms=1) == ("unknown", ["it"])


def test_who_goes_on_has_not_reset(flow):
    assert whose(flow, {"flags": ACK, "length": 100}) == ("injected", ["the"])
    assert whose(flow, {"flags": ACK, "length": 0}) == ("unknown", ["the"])


def test_resets_at_several_places_of_the_stream_are_a_guess(flow):
    assert whose(flow, {"offset": 5}) == ("unknown", ["2"])
    assert whose(flow, {"marks": RETRANSMISSION}) == ("peer", [])


def test_without_another_word_of_the_servers_nothing_tells(flow):
    vars(flow)["packets"] = [p for p in flow.packets if p.direction == 0 or p.flags & RST]
    assert str(provenance(flow)[0]) == "unknown"
    vars(flow)["packets"] = [p for p in flow.packets if p.direction == 0]
    assert provenance(flow) == ("unknown", [])
