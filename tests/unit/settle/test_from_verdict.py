"""From a verdict to what is asked, and from what is settled to the verdict as it is now."""

import dataclasses
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.causes.cause import causes
from netanalyze.findings import Alternative, Culprit
from netanalyze.result import Verdict
from netanalyze.settle import NothingToSettle, Settlement, typed_target
from netanalyze.settle.decide import Settled
from netanalyze.settle.from_verdict import (
    DIALS,
    NAMES_OF_MANNERS,
    RESOLVERS,
    SETTLED_BY_PROBES,
    SILENT_HELLO,
    target_of,
    updated,
)
from netanalyze.settle.hello import FULL, SMALL
from netanalyze.settle.hop_question import Boundary
from netanalyze.settle.kernel_drops import Drop
from netanalyze.settle.local_rules import LocalDrops
from netanalyze.settle.settlement import Place, SentRow
from netanalyze.settle.target import CONNECTION, EVERYTHING, NAMES

RECORDED = Path(__file__).parents[3] / "captures" / "recorded"
FIRST, SECOND = "198.51.100.10", "198.51.100.20"


def target(name):
    """What is asked about the verdict on a recording."""
    return target_of(analyze([RECORDED / name / "capture.pcap"]))


def test_a_hello_that_was_dropped_is_asked_about_at_its_address_with_its_name():
    asked = target("client-hello-dropped")
    assert (asked.host, asked.port, asked.sni) == ("proxy.golang.org", 443, "proxy.golang.org")
    assert (asked.addresses, asked.focus) == ((FIRST,), EVERYTHING)


def test_a_resolver_is_asked_by_itself_for_the_name_it_did_not_answer():
    asked = target("first-resolver-dead")
    assert (asked.host, asked.resolvers, asked.focus) == ("proxy.golang.org", ("198.51.100.53",), NAMES)


LOCAL = RECORDED.parent / "local"


def test_of_what_this_machine_drops_going_out_the_name_that_was_found_is_asked():
    asked = target_of(analyze([LOCAL / "egress_dropped" / "hit.pcapng"]))
    assert (asked.host, asked.port, asked.focus) == ("proxy.golang.org", 443, EVERYTHING)


def test_of_what_this_machine_drops_coming_in_the_server_of_the_flow_is_asked():
    asked = target_of(analyze([LOCAL / "ingress_dropped" / "hit.pcapng"]))
    assert (asked.addresses, asked.port, asked.focus) == (("198.51.100.5",), 443, CONNECTION)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("healthy", "HEALTHY and names no cause"),
        ("body-stalled", "http/body-stalled, which packets to a host cannot settle"),
        ("loss", "tcp/loss, which packets to a host cannot settle"),
        ("connect-refused", "http/connect-refused"),
        ("forged-dns-answer", "dns/conflicting-answers"),
    ],
)
def test_what_no_probe_settles_is_told_so(name, why):
    with pytest.raises(NothingToSettle, match=why):
        target(name)


def test_every_cause_that_is_named_is_there():
    named = {f"{phase}/{name}" for phase, names in SETTLED_BY_PROBES.items() for name in names}
    for table in (DIALS, RESOLVERS, SILENT_HELLO):
        named |= {cause for row in table.values() for cause in row}
    assert named | set(NAMES_OF_MANNERS.values()) <= set(causes())


def verdict(cause, *alternatives):
    """A verdict with alternatives."""
    return Verdict("hung", "", cause, alternatives=tuple(Alternative(other, "", None) for other in alternatives))


def settled(bit, manner, *rows):
    """A settlement of hellos, or of dials."""
    hello = Settled(bit, (bit,), SMALL, FULL, manner=manner) if manner in ("silent", "reset", "closed") else None
    sent = [SentRow(1, "hello", FIRST, 443, manner, FULL, octets=1534, acked=0), *rows]
    return Settlement(typed_target("proxy.golang.org"), rows=sent, bit=bit, address=FIRST, port=443, hello=hello)


DROPPED, LARGE, DEATH = "tls/client-hello-dropped", "tls/large-client-hello-dropped", "tcp/path-death"


def test_a_name_that_dies_confirms_the_dropped_hello_and_rules_out_its_size_and_the_path():
    new = updated(verdict(DROPPED, LARGE, DEATH), settled("sni", "silent"))
    assert (new.cause, new.agrees, new.ruled_out) == (DROPPED, True, (LARGE, DEATH))


def test_a_second_segment_that_dies_makes_the_alternative_the_cause():
    new = updated(verdict(DEATH, LARGE), settled("second-segment", "silent"))
    assert (new.cause, new.was, new.agrees) == (LARGE, DEATH, False)
    assert new.ruled_out == (DEATH,)


@pytest.mark.parametrize(
    ("bit", "manner", "cause"),
    [
        ("sni", "reset", "tls/reset-after-client-hello"),
        ("sni", "closed", "tls/closed-after-client-hello"),
        ("full-segment", "silent", "tcp/mtu-black-hole"),
        ("replies", "silent", "tcp/mtu-black-hole"),
        ("ml-dsa", "silent", DROPPED),
        ("port", "no-syn-ack", "tcp/syn-unanswered"),
        ("port", "refused", "tcp/refused"),
        ("port", "unreachable", "tcp/rejected-by-icmp"),
        ("family", "no-syn-ack", "tcp/ipv6-fallback"),
        ("resolver", "silent", "dns/resolver-unanswered"),
        ("edns", "silent", "dns/edns-dropped"),
    ],
)
def test_each_bit_speaks_for_a_cause(bit, manner, cause):
    found = settled(bit, manner)
    if bit in RESOLVERS:
        found.hello = None
    assert updated(verdict("tcp/outage"), found).cause == cause


def test_an_address_that_is_dead_beside_one_that_lives_is_one_dead_address():
    living = SentRow(2, "dial", SECOND, 443, "connected")
    assert updated(verdict("tcp/outage"), settled("address", "no-syn-ack", living)).cause == "tcp/one-address-dead"
    assert updated(verdict("tcp/outage"), settled("address", "no-syn-ack")).cause == "tcp/syn-unanswered"


def at(found, after=0, **local):
    """The settlement with its place."""
    found.place = Place(Boundary(after, after + 1), local=LocalDrops(**local))
    return found


EGRESS, INGRESS, UNANSWERED = "local/egress-dropped", "local/ingress-dropped", "tcp/syn-unanswered"


def test_what_a_kernel_drops_behind_the_first_hop_is_not_this_machines_by_that_alone():
    found = at(settled("port", "no-syn-ack"), 1, reasons=(Drop("NETFILTER_DROP", "nft_do_chain"),))
    assert updated(verdict(UNANSWERED), found).agrees
    found = at(settled("port", "no-syn-ack"), 0, reasons=(Drop("NETFILTER_DROP", "nft_do_chain"),))
    assert updated(verdict(UNANSWERED), found).cause == EGRESS


def test_an_answer_that_breaks_off_is_an_incomplete_flight_unless_small_segments_get_through():
    flight = "tls/server-flight-incomplete"
    for bit, cause in (("every-hello", flight), ("replies", "tcp/mtu-black-hole")):
        found = settled(bit, "silent")
        found.hello = Settled(bit, (bit,), SMALL, FULL, manner="partial")
        assert updated(verdict("tcp/outage"), found).cause == cause


def by_proxy(**members):
    """A verdict on a hello that named another host than the culprit."""
    result = analyze([RECORDED / "client-hello-dropped" / "capture.pcap"])
    return dataclasses.replace(result, verdict=dataclasses.replace(result.verdict, **members))


def test_a_connection_that_went_by_a_proxy_is_not_asked_about_the_direct_way():
    proxy = Culprit("http-proxy", "gateway.corp.test", "192.0.2.80", 3128)
    path = Culprit("path", "gateway.corp.test", FIRST, 443)
    for culprit in (Culprit("module-proxy", "proxy.golang.org", via=proxy), path):
        with pytest.raises(NothingToSettle, match="by a proxy"):
            target_of(by_proxy(culprit=culprit))


def test_what_this_machines_own_rule_drops_is_its_firewalls():
    found = at(settled("port", "no-syn-ack"), rules=("iptables -A OUTPUT -j DROP",))
    new = updated(verdict(UNANSWERED, EGRESS), found)
    assert (new.cause, new.agrees, new.ruled_out) == (EGRESS, False, (UNANSWERED,))
    assert updated(verdict(INGRESS), found).agrees


def test_a_kernel_that_only_lacks_a_neighbour_dropped_nothing_by_decision():
    found = at(settled("port", "no-syn-ack"), reasons=(Drop("NEIGH_FAILED", "neigh_resolve_output"),))
    assert updated(verdict(UNANSWERED), found).agrees


def test_a_hop_that_was_reached_rules_out_that_this_machine_drops_what_goes_out_and_not_what_comes_in():
    new = updated(verdict(UNANSWERED, EGRESS, INGRESS), at(settled("port", "no-syn-ack"), 3))
    assert (new.agrees, new.ruled_out) == (True, (EGRESS,))
    assert updated(verdict(UNANSWERED, EGRESS), at(settled("port", "no-syn-ack"), 0)).ruled_out == ()


def test_what_no_probe_tells_of_is_not_ruled_out_and_loss_is():
    new = updated(verdict(DEATH, "http/response-missing", "tcp/outage", "tcp/loss"), settled("every-hello", "silent"))
    assert new.ruled_out == ("tcp/loss",)


@pytest.mark.parametrize("bit", ["none", ""])
def test_where_nothing_is_named_the_verdict_stays_and_nothing_is_ruled_out(bit):
    new = updated(verdict(DROPPED, LARGE), settled(bit, "silent"))
    assert (new.cause, new.agrees, new.ruled_out) == (DROPPED, None, ())
