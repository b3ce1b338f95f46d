"""Where small questions below the causes have their edges: the last value with one answer, and the first with the other."""

from types import SimpleNamespace

import pytest

from netanalyze.flows.names.probing import only_tried
from netanalyze.flows.network.next_hops import _Tries
from netanalyze.flows.network.vantage import HOST_NS, _vote
from netanalyze.flows.screen import _public
from netanalyze.wire.message.dns import AAAA, TXT, A

NIBBLES = ".".join("fedcba9876543210" * 2)


@pytest.mark.parametrize(
    ("name", "families", "tried"),
    [
        ("proxy.example.org", [A], False), ("proxy.example.org", [AAAA], False), ("proxy.example.org", [TXT], True),
        ("wpad.example.org", [A], True), ("wpads.example.org", [A], False), ("a._tcp.example.org", [A], True),
        ("9.113.0.203.in-addr.arpa", [A], True), ("255.0.0.1.list.example.org", [A], True),
        ("256.0.0.1.list.example.org", [A], False), ("0.0.1.list.example.org", [A], False), ("1.0.0.127", [A], True),
        (f"{NIBBLES}.list.example.org", [A], True), (NIBBLES, [A], False), (f"{NIBBLES}.list", [A], True),
        (f"g{NIBBLES[1:]}.list", [A], False), (f"ff{NIBBLES[1:]}.list", [A], False),
    ],
)  # fmt: skip
def test_names_that_are_only_tried(name, families, tried):
    assert only_tried(SimpleNamespace(name=name, families=dict.fromkeys(families))) is tried


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.51.100.5", True), ("9.255.0.1", True), ("10.0.0.1", False), ("11.0.0.1", True), ("127.0.0.1", False),
        ("192.168.0.1", False), ("192.169.0.1", True), ("223.255.255.1", True), ("224.0.0.1", False), ("0.0.0.0", False),
        ("2001:db8::5", True), ("3fff::1", True), ("4000::1", False), ("fe80::1", False), ("::1", False),
    ],
)  # fmt: skip
def test_addresses_that_may_be_a_public_hosts(address, public):
    assert _public(address) is public


def tries(*spans):
    """Questions in vain, each from its first to its last moment."""
    found = _Tries()
    for frame, (first_ns, last_ns) in enumerate(spans, 1):
        found.add(SimpleNamespace(first_frame=frame, first_ns=first_ns, last_ns=last_ns))
    return found


@pytest.mark.parametrize(
    ("start_ns", "end_ns", "frame"),
    [(0, 9, None), (0, 10, 1), (20, 99, 1), (21, 29, None), (21, 30, 2), (40, 40, 2), (41, 99, None)],
    ids=["before", "as it begins", "as it ends", "between", "until the next", "its last moment", "after all"],
)
def test_a_question_in_vain_goes_on_from_its_first_moment_to_its_last(start_ns, end_ns, frame):
    found = tries((10, 20), (30, 40), (35, 38)).during(start_ns, end_ns)
    assert (found.first_frame if found else None) == frame


def half(ttl, rtt_ns=0, samples=1):
    """What tells of a side how far it is."""
    return SimpleNamespace(ttl=ttl, rtt_minimum_ns=rtt_ns, rtt_samples=samples)


@pytest.mark.parametrize(
    ("client", "server", "vote"),
    [
        (half(64), half(57), "client"), (half(57), half(64), "server"), (half(57), half(57), "middle"),
        (half(-1), half(64), None), (half(0), half(64), "server"), (half(57), half(-1), None), (half(57), half(0), "middle"),
        (half(64), half(-1), "client"), (half(64, HOST_NS), half(64), "client"), (half(64, HOST_NS - 1), half(64), None),
        (half(64), half(64, HOST_NS), "server"), (half(64), half(64, HOST_NS - 1), None),
        (half(64, HOST_NS, 0), half(64), None), (half(64, HOST_NS), half(64, 0, 0), None),
    ],
)  # fmt: skip
def test_where_a_flow_says_that_it_was_captured(client, server, vote):
    assert _vote(SimpleNamespace(is_tcp=True, client=client, server=server)) == vote
