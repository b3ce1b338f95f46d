"""Where the shapes of a socket end: one octet, one second more, and it means something else."""

import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.causes.from_sockets import waiting_socket
from netanalyze.causes.from_sockets.attempts import LOOKUP_PATIENCE
from netanalyze.result import RunFacts
from tests.unit.diagnosis.test_sockets_alone import (
    HELLO,
    PROXY,
    RESOLVER,
    SHAPES,
    START,
    UDP,
    S,
    sample,
    socket,
    verdict,
    waiting,
)  # fmt: skip

EARLY = {"last_sent_ms": 9_800, "last_received_ms": 9_770, "last_ack_ms": 9_770}


@pytest.mark.parametrize(
    ("url", "check"),
    [
        ("http://198.51.100.10:8080/a", "http://198.51.100.10:8080/"),
        ("https://198.51.100.10:8080/a", "https://198.51.100.10:8080/"),
        ("http://198.51.100.10:8081/a", "https://198.51.100.10:8080/"),  # another server's
        ("http://198.51.100.11:8080/a", "https://198.51.100.10:8080/"),
    ],
)
def test_the_check_asks_as_the_command_did(url, check):
    analyzer = Analyzer()
    analyzer.sockets = [socket(waiting(sent=78, acked=79), to=("198.51.100.10", 8080))]
    run = RunFacts(("curl", "-s", url), None, START, START + 20 * S, "curl")
    assert check in str(analyzer.finish(run.end_ns, run).verdict.verify.what)


def of_octets(threshold, more):
    return int(getattr(waiting_socket, threshold).value) + more


@pytest.mark.parametrize(("more", "cause"), [(-1, "tls/server-flight-incomplete"), (0, "http/body-stalled")])
def test_a_handshake_has_so_many_octets_at_most(more, cause):
    look = sample(9.9, **HELLO, acked=1539, received=of_octets("LARGE_ANSWER", more), **EARLY)
    assert verdict(socket(look)).cause == cause


@pytest.mark.parametrize(
    ("threshold", "more", "cause"),
    [
        ("OPENED", -1, "http/connect-unanswered"),
        ("OPENED", 0, "tls/server-hello-missing"),
        ("HELLO_ANSWER", -1, "tls/server-hello-missing"),
        ("HELLO_ANSWER", 0, "http/response-missing"),
    ],
)
def test_behind_a_proxy_what_came_tells_how_far_it_got(threshold, more, cause):
    look = waiting(sent=1639, acked=1640, received=of_octets(threshold, more))
    assert verdict(socket(look, to=PROXY)).cause == cause


@pytest.mark.parametrize(("seconds", "told"), [(LOOKUP_PATIENCE.value - 0.001, False), (LOOKUP_PATIENCE.value, True)])
def test_a_query_is_unanswered_when_its_socket_was_open_for_so_long(seconds, told):
    query = socket(sample(0), sample(seconds), to=RESOLVER, transport=UDP, gone=True)
    assert (verdict(query, exit_code=1).cause == "dns/resolver-unanswered") == told


@pytest.mark.parametrize(("seconds", "told"), [(2.499, False), (2.5, True)])
def test_a_dial_is_in_vain_when_it_stood_for_so_long(seconds, told):
    first, last = SHAPES["tcp/syn-unanswered"]
    dial = socket(first, sample(seconds, last.state, unacked=1, retransmits=1))
    assert (verdict(dial, seconds=seconds).cause == "tcp/syn-unanswered") == told


def test_a_dial_whose_syn_was_never_repeated_may_have_just_begun():
    first, last = SHAPES["tcp/syn-unanswered"]
    assert verdict(socket(first, sample(20, last.state, unacked=1))).cause is None


def test_of_another_port_a_connection_that_works_says_nothing():
    dead = socket(*SHAPES["tcp/syn-unanswered"], to=("198.51.100.99", 443))
    other = socket(sample(15, received=9, sent=9, acked=10, last_received_ms=1), to=("198.51.100.10", 8080), port=40001)
    assert verdict(dead, other).cause == "tcp/syn-unanswered"


@pytest.mark.parametrize(
    ("addresses", "other", "cause"),
    [
        (["2001:db8::9"], "198.51.100.10", "tcp/ipv6-fallback"),
        (["2001:db8::9", "198.51.100.99"], "198.51.100.10", "tcp/one-address-dead"),
        (["2001:db8::9"], "2001:db8::5", "tcp/one-address-dead"),
    ],
)
def test_it_is_the_family_where_all_dead_addresses_are_of_ipv6_and_what_works_is_not(addresses, other, cause):
    dead = [
        socket(*SHAPES["tcp/syn-unanswered"], to=(address, 443), port=40010 + n) for n, address in enumerate(addresses)
    ]
    works = socket(sample(15, received=9, sent=9, acked=10, last_received_ms=1), to=(other, 443), port=40001)
    assert verdict(*dead, works).cause == cause
