"""Where what dies is looked for first: on this machine where nothing at all comes back, on the path otherwise."""

import pytest

from netanalyze.settle import hops
from netanalyze.settle.decide import Settled
from netanalyze.settle.hello import FULL, SMALL
from netanalyze.settle.hop_question import PathTrace
from netanalyze.settle.local_rules import NO_DROPS, LocalDrops
from netanalyze.settle.run import Probing
from netanalyze.settle.settlement import HOP_CONNECTIONS
from netanalyze.settle.sights import HopSight
from netanalyze.settle.target import SettleTarget

ADDRESS, ROUTER = "198.51.100.10", "192.0.2.1"
DROPS = LocalDrops(("iptables -A OUTPUT -j DROP",))


@pytest.fixture
def looked(monkeypatch):
    """The place of an address that cannot be dialled: what the trace brought, and what this machine says of its own drops."""

    def look(trace, drops, dies_behind=0):
        events = []

        def sight(address, port, ttl):
            events.append(ttl)
            return HopSight(expired=ttl <= dies_behind, offender=ROUTER)

        def local(ipv6, dies, lives, where):
            events.append("local")
            return drops

        monkeypatch.setattr(hops.sights, "trace", lambda address, deadline: trace)
        monkeypatch.setattr(hops.sights, "syn_sight", sight)
        monkeypatch.setattr(hops, "local_drops", local)
        probing = Probing(SettleTarget(ADDRESS))
        probing.found.bit, probing.found.address, probing.found.port = "address", ADDRESS, 443
        return hops.find_place(probing), events

    return look


def test_where_nothing_comes_back_this_machine_is_asked_first_and_no_hop_where_it_says_so(looked):
    place, events = looked(PathTrace(), DROPS)
    assert (place.local, place.boundary, events) == (DROPS, None, ["local"])


def test_where_it_says_nothing_the_path_is_asked_with_what_is_left(looked):
    place, events = looked(PathTrace(), NO_DROPS)
    assert place is None
    assert events[0] == "local"
    assert 0 < len(events[1:]) <= HOP_CONNECTIONS - hops.LOCAL_CONNECTIONS
    assert "local" not in events[1:]


def test_where_hops_answer_the_path_is_asked_first_and_then_this_machine_where_it_dies_before_them(looked):
    place, events = looked(PathTrace({1: ROUTER}, 2), DROPS)
    assert (place.boundary.after, place.local, events[-1]) == (0, DROPS, "local")
    assert events.count("local") == 1


def test_what_passes_a_hop_and_dies_before_the_next_is_not_this_machines(looked):
    place, events = looked(PathTrace({1: ROUTER, 2: "192.0.2.5"}, 3), DROPS, dies_behind=1)
    assert (place.boundary.after, place.local) == (1, NO_DROPS)
    assert "local" not in events


def test_an_answer_that_breaks_off_has_no_place(looked):
    probing = Probing(SettleTarget(ADDRESS))
    probing.found.bit, probing.found.address = "every-hello", ADDRESS
    probing.found.hello = Settled("every-hello", ("every-hello",), SMALL, FULL, manner="partial")
    assert hops.find_place(probing) is None
    assert not probing.found.looked_for_place
