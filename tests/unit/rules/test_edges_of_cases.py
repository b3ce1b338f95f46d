"""What many rules ask of a case: when a wait was over, what was owed at the end, who asks no more; at each limit."""

from types import SimpleNamespace

import pytest

from netanalyze.causes import case as of_case
from netanalyze.causes.case import BESIDE, Case
from netanalyze.causes.dns import _names
from netanalyze.flows import index as of_index
from netanalyze.flows.index import Index
from netanalyze.units import NEVER_NS, SECOND_NS

END = 100 * SECOND_NS


def flow(**more):
    usual = {
        "id": 1, "last_ns": 5, "first_ns": 0, "established_ns": 0, "tls": 1, "host": "a.test", "ended": lambda: None, "names": (),
        "server": SimpleNamespace(port=443, sent_data=False, address="192.0.2.1"),
        "client": SimpleNamespace(address="192.0.2.10"),
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


def asker(*seconds, name="curl"):
    return SimpleNamespace(name=name, guards=lambda phase: [SimpleNamespace(seconds=one) for one in seconds])


@pytest.mark.parametrize(
    ("more", "seconds", "until"),
    [
        ({}, (), END), ({"ended": lambda: ("fin", 0, 9, 9)}, (), 9), ({"ended": lambda: ("fin", 1, 9, 9)}, (), END),
        ({}, (10,), 10 * SECOND_NS),
        ({"last_ns": 10 * SECOND_NS}, (10,), 10 * SECOND_NS), ({"last_ns": 10 * SECOND_NS + 1}, (10,), 10 * SECOND_NS + 1),
        ({"last_ns": 10 * SECOND_NS + 1}, (10, 30), 30 * SECOND_NS), ({"tls": None}, (10,), END),
        ({"established_ns": NEVER_NS}, (10,), END),
        ({"server": SimpleNamespace(port=443, sent_data=True)}, (10,), END), ({}, (1000,), END),
        ({"last_ns": END + 5}, (), END + 5),
    ],
)  # fmt: skip
def test_when_the_wait_on_a_flow_was_over(more, seconds, until):
    made = SimpleNamespace(end_ns=END, asker=lambda host, port: asker(*seconds))
    assert Case.until(made, flow(**more)) == until


@pytest.mark.parametrize(
    ("begun", "asked", "seconds", "name", "last_try", "until"),
    [
        ([], [], (), "curl", 5, END), ([(0, 1), (5, 2)], [], (), "curl", 5, END), ([(0, 1), (6, 2)], [], (), "curl", 5, 6),
        ([(0, 1), (6, 1)], [], (), "curl", 5, END), ([], [5], (), "curl", 5, END), ([], [6], (), "curl", 5, 6),
        ([], [], (10,), "curl", 5, 10 * SECOND_NS),
        ([], [], (10,), "generic", 5, END), ([], [], (10, 20), "curl", 5, 20 * SECOND_NS),
        ([], [], (10,), "curl", 10 * SECOND_NS, 10 * SECOND_NS),
        ([], [], (10,), "curl", 10 * SECOND_NS + 1, END), ([], [8], (10,), "curl", 5, 8),
    ],
)  # fmt: skip
def test_when_a_dial_in_vain_was_over(begun, asked, seconds, name, last_try, until):
    made = SimpleNamespace(
        _begun=begun,
        _asked=asked,
        end_ns=END,
        resumed_ns=lambda flow, last: None,
        asker=lambda host, port: asker(*seconds, name=name),
    )
    dial = SimpleNamespace(attempts=[flow()], host="a.test", start_ns=0)
    assert Case.given_up_ns(made, dial, last_try) == until


@pytest.mark.parametrize(
    ("lying", "port", "last", "resumed"),
    [([(5, 20)], 80, 19, 20), ([(5, 20)], 80, 20, None), ([(5, 20)], 443, 19, None), ([], 80, 19, None),
    ([(11, 20)], 80, 19, None), ([(10, 20)], 80, 19, 20)],
)  # fmt: skip
def test_handshakes_that_were_left_lying(lying, port, last, resumed):
    made = SimpleNamespace(_left_lying={"192.0.2.10": lying}, end_ns=END)
    asked = flow(first_ns=10, server=SimpleNamespace(port=port))
    assert Case.resumed_ns(made, asked, last) == resumed


def stall(**more):
    usual = {
        "waiting_for": "client_finished",
        "ns": BESIDE.ns,
        "flow": flow(),
        "start_ns": 1,
        "end_ns": 9,
        "open": True,
        "waiting_on": "server",
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("more", "whole", "lies"),
    [({}, True, True), ({"ns": BESIDE.ns - 1}, True, False), ({"waiting_for": "response"}, True, False),
    ({"flow": None}, True, False), ({}, False, False)],
)  # fmt: skip
def test_waits_for_a_finished_that_lie(monkeypatch, more, whole, lies):
    monkeypatch.setattr(of_case, "handshake_complete", lambda flow: whole)
    assert bool(Case._left_lying.func(SimpleNamespace(stalls=[stall(**more)]))) is lies


@pytest.mark.parametrize(
    ("more", "answers", "owed"),
    [
        ({"ns": 10**9 + 1}, True, True), ({"ns": 10**9}, True, False), ({"ns": 10**10, "open": False}, True, False),
        ({"ns": 10**10, "waiting_on": "client"}, True, False), ({"ns": 10**10, "waiting_for": "fin_ack"}, True, False),
        ({"ns": 10**10, "waiting_for": "response"}, True, True), ({"ns": 10**10, "waiting_for": "response"}, False, False),
        ({"ns": 10**10, "waiting_for": "body"}, False, False),
        ({"ns": 10**10, "waiting_for": "response", "flow": None}, True, False),
        ({"ns": 10**10, "waiting_for": "syn_ack"}, False, True),
    ],
)  # fmt: skip
def test_what_was_owed_when_the_run_ended(monkeypatch, more, answers, owed):
    monkeypatch.setattr(of_case, "answers_owed", lambda flow, client: answers)
    assert bool(Case.owed(SimpleNamespace(stalls=[stall(**more)], client=SimpleNamespace(name="curl")))) is owed


def lookup(**more):
    usual = {
        "start_ns": 10, "name": "a.test", "resolvers": ["r"], "asked_again": False, "addresses": [], "answered": [],
        "client": "c",
        "transactions": [SimpleNamespace(queries=1, qname=None)],
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


LONG = 10 + _names.NEXT_TRY.ns + 1


def asked_of(end_ns=LONG, answered=("r",), asked=0, following=None, used=0):
    return SimpleNamespace(
        end_ns=end_ns,
        index=SimpleNamespace(
            answered_by=set(answered), asked=SimpleNamespace(of=lambda name: asked),
            used=SimpleNamespace(of=lambda address: used),
            lookup_moments=SimpleNamespace(after=lambda start, name: following),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "how", "no_more"),
    [
        ({}, {}, True), ({}, {"end_ns": LONG - 1}, False), ({"asked_again": True}, {}, False),
        ({}, {"answered": ()}, False), ({}, {"asked": 10}, True),
        ({}, {"asked": 11}, False), ({}, {"following": 10 + _names.SLACK_NS}, False),
        ({}, {"following": 11 + _names.SLACK_NS}, True),
        ({"addresses": ["x"]}, {"used": 10}, False), ({"addresses": ["x"]}, {"used": 9}, True), ({}, {"used": 10}, True),
    ],
)  # fmt: skip
def test_who_asks_no_more(more, how, no_more):
    assert _names.asks_no_more(asked_of(**how), lookup(**more)) is no_more


def transaction(**more):
    usual = {
        "client": "c",
        "client_port": 5,
        "dns_id": 7,
        "key": "a",
        "qtype": 1,
        "query_frame": 0,
        "response_frame": 9,
        "resolver": "other",
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("more", "told", "another"),
    [
        ({}, True, True), ({}, False, False), ({"response_frame": 5}, True, False), ({"response_frame": 6}, True, True),
        ({"resolver": "r"}, True, False),
        ({"query_frame": 4}, True, False), ({"dns_id": 8}, True, False), ({"client_port": 6}, True, False),
    ],
)  # fmt: skip
def test_answers_from_who_was_not_asked(more, told, another):
    query = transaction(query_frame=5, resolver="r")
    made = SimpleNamespace(diagnostics={"answers_without_query"} if told else set(), transactions=[transaction(**more)])
    assert (_names.answered_by_another(made, lookup(unanswered=[query])) is not None) is another


@pytest.mark.parametrize(
    ("more", "end_ns", "once"),
    [
        ({}, 11 + of_index.ASKS_AGAIN_NS, True), ({}, 10 + of_index.ASKS_AGAIN_NS, False), ({"answered": [1]}, END, False),
        ({"transactions": [SimpleNamespace(queries=2)]}, END, False),
        ({"transactions": [SimpleNamespace(queries=1)] * 2}, END, False),
    ],
)  # fmt: skip
def test_lookups_with_a_single_query(more, end_ns, once):
    made = SimpleNamespace(_seen=SimpleNamespace(lookups=[lookup(**more)], end_ns=end_ns))
    assert bool(Index.asked_once.func(made)) is once


@pytest.mark.parametrize(
    ("octets", "frame", "small"),
    [(of_index.SMALL_HELLO - 1, 5, True), (of_index.SMALL_HELLO, 5, False), (9, 0, False), (None, 5, False)],
)
def test_small_hellos_that_were_answered(monkeypatch, octets, frame, small):
    facts = octets and SimpleNamespace(octets=octets, answer_frame=frame)
    monkeypatch.setattr(of_index, "hello_facts", lambda flow: facts)
    assert bool(Index.small_hellos.func(SimpleNamespace(_seen=SimpleNamespace(flows=[flow()])))) is small


@pytest.mark.parametrize(
    ("ended", "whole", "opening", "resting"),
    [
        (None, False, True, False),
        (None, True, False, True),
        (("fin", 0, 9, 9), False, False, False),
        (("fin", 0, 9, 9), True, False, False),
    ],
)
def test_flows_that_open_and_flows_that_rest(monkeypatch, ended, whole, opening, resting):
    monkeypatch.setattr(of_index, "handshake_complete", lambda flow: whole)
    made = SimpleNamespace(_seen=SimpleNamespace(flows=[flow(ended=lambda: ended)]))
    assert bool(Index.opening.func(made)) is opening
    assert bool(Index.resting.func(made)) is resting


def test_of_flows_that_rest_the_one_that_was_heard_last(monkeypatch):
    monkeypatch.setattr(of_index, "handshake_complete", lambda flow: True)
    first, last, same = flow(last_ns=5), flow(last_ns=9), flow(last_ns=9)
    assert Index.resting.func(SimpleNamespace(_seen=SimpleNamespace(flows=[first, last, same])))["a.test"] is last
