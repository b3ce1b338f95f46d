"""Where the choice of the root, and what it makes of a run, has its edges: each condition at its limit and beside it."""

from types import SimpleNamespace

import pytest

from netanalyze.clients import client_by_name
from netanalyze.diagnosis import asked, group, outcome, recovery, root, status
from netanalyze.diagnosis.group import BULK_SEGMENTS, LEAST, PART, SIGNIFICANT, Group
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.processes import CERTAIN, OTHER
from netanalyze.units import NEVER_NS, SECOND_NS

SHOWN = (Evidence(1, "x"),)
REFUSED, SILENT, LOSS = "tcp/refused", "tls/server-hello-missing", "tcp/loss"


def finding(cause=SILENT, start_ns=0, end_ns=9 * SECOND_NS, confidence=0.9, **more):
    culprit = more.pop("culprit", Culprit("server", "a.test", "198.51.100.5", 443))
    return Finding(cause, culprit, start_ns, end_ns, "x", SHOWN, confidence, **more)


def grouped(*findings, owned_ns=0, fatal=True):
    return Group(findings[0].cause, list(findings), owned_ns, fatal)


def case(**more):
    usual = {
        "trace": None, "run": None, "client": client_by_name("curl"), "sockets": None, "total_packets": 9, "processes": None,
        "final_error": None, "ended_well": False, "end_ns": 20 * SECOND_NS, "start_ns": 0, "wall": (0, 20 * SECOND_NS),
        "command_known": True, "flows": (), "lookups": (), "stalls": (),
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("cost", "whole", "worth"),
    [
        (SIGNIFICANT.ns, 10**12, True), (SIGNIFICANT.ns - 1, 10**12, False), (LEAST.ns, LEAST.ns, True),
        (LEAST.ns - 1, LEAST.ns, False), (LEAST.ns, round(LEAST.ns / PART), True),
        (LEAST.ns, round(LEAST.ns / PART) + 9, False),
    ],
)  # fmt: skip
def test_costs_that_are_worth_attention(cost, whole, worth):
    assert group.significant(cost, whole) is worth


SOON = 100_000_000


@pytest.mark.parametrize(
    ("more", "host", "owned", "led"),
    [
        ({}, "a.test", SIGNIFICANT.ns, True), ({}, "a.test", SIGNIFICANT.ns - 1, False), ({}, "b.test", SIGNIFICANT.ns, False),
        ({"fatal": False}, "a.test", SIGNIFICANT.ns, False), ({"end_ns": SECOND_NS + SOON}, "a.test", SIGNIFICANT.ns, True),
        ({"end_ns": SECOND_NS + SOON + 1}, "a.test", SIGNIFICANT.ns, False),
        ({"culprit": Culprit("server")}, None, SIGNIFICANT.ns, False),
    ],
)  # fmt: skip
def test_what_led_to_the_failure_that_is_named(more, host, owned, led):
    named = grouped(finding(REFUSED, SECOND_NS, culprit=Culprit("server", host)))
    earlier = grouped(finding(**{"end_ns": SECOND_NS, "fatal": True} | more), owned_ns=owned)
    assert root._led_to(earlier, named) is led


@pytest.mark.parametrize(
    ("cause", "confidence", "segments", "heavy"),
    [
        (LOSS, 0.9, BULK_SEGMENTS, True), (LOSS, 0.9, BULK_SEGMENTS - 1, False), (LOSS, 0.89, BULK_SEGMENTS, False),
        (SILENT, 0.9, BULK_SEGMENTS, False), (LOSS, 0.9, None, False),
    ],
)  # fmt: skip
def test_losses_that_are_told_whatever_they_cost(cause, confidence, segments, heavy):
    quantities = {} if segments is None else {"segments": segments}
    assert root._heavy(grouped(finding(cause, confidence=confidence, quantities=quantities))) is heavy


def test_a_helper_that_was_silent_for_its_upstream_costs_that_one():
    helper, upstream, other = finding(fatal=True), finding(REFUSED), finding(LOSS)
    groups = [grouped(one, owned_ns=5, fatal=one.fatal) for one in (helper, upstream, other)]
    kept = root._upstream(groups, {id(helper): upstream, id(other): other})
    assert [(one.cause, one.owned_ns, one.fatal) for one in kept] == [(REFUSED, 10, True), (LOSS, 5, False)]


def test_a_helper_some_of_whose_silences_have_no_upstream_is_its_own():
    one, other, upstream = finding(), finding(), finding(REFUSED)
    groups = [grouped(one, other, owned_ns=5, fatal=False), grouped(upstream, owned_ns=5, fatal=False)]
    assert len(root._upstream(groups, {id(one): upstream})) == 2
    assert len(root._upstream(groups, {id(one): upstream, id(other): upstream})) == 1


@pytest.mark.parametrize(
    ("resets", "reset_frame", "fin_frame", "failed"),
    [(0, 0, 0, False), (1, 5, 0, True), (1, 5, 6, True), (1, 5, 5, False), (1, 5, 4, False)],
)
def test_flows_that_their_servers_reset(resets, reset_frame, fin_frame, failed):
    server, client = SimpleNamespace(rst_count=resets, rst_frame=reset_frame), SimpleNamespace(fin_frame=fin_frame)
    assert recovery.flow_failed(SimpleNamespace(server=server, client=client)) is failed


END = 20 * SECOND_NS
AT_END = {"end_ns": END - recovery.AT_END_NS, "start_ns": END - recovery.AT_END_NS - SIGNIFICANT.ns - 1}


def good(**more):
    """A flow that worked."""
    usual = {
        "id": 2, "first_ns": END, "tls": None, "http": SimpleNamespace(exchanges=[]), "names": (), "host": "b.test",
        "server": SimpleNamespace(sent_data=True, rst_count=0, last_data_ns=END, address="198.51.100.9", port=443),
        "client": SimpleNamespace(fin_frame=0, unacked=0, sent_data=True), "known": {},
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("cause", "begun_ns", "instead"),
    [
        (REFUSED, END - recovery.FRESH_NS, END), (REFUSED, END - recovery.FRESH_NS - 1, NEVER_NS),
        ("dns/name-not-found", END - 1, NEVER_NS), ("dns/name-not-found", END, END),
    ],
)  # fmt: skip
def test_nobody_dials_in_place_of_a_name_before_it_is_refused(monkeypatch, cause, begun_ns, instead):
    monkeypatch.setattr(recovery, "handshake_complete", lambda flow: True)
    asked_of = case(flows=[good(first_ns=begun_ns)])
    assert recovery.Recovery(asked_of).instead_until([finding(cause, end_ns=END)]) == instead


def brought(status, ns, method="GET"):
    one = SimpleNamespace(status=status, target="/x", response_ns=ns, response_frame=3, method=method)
    return SimpleNamespace(exchanges=[one])


@pytest.mark.parametrize(
    ("more", "failed", "instead", "on"),
    [
        ({}, {}, NEVER_NS, False), ({"ended_well": True}, {}, NEVER_NS, True), ({}, {"end_ns": 5}, 5, True),
        ({}, {"end_ns": 6}, 5, False), ({"flows": [good(http=brought(200, 6))]}, {"end_ns": 6}, NEVER_NS, True),
        ({"flows": [good(http=brought(407, 6, "CONNECT"))]}, {"end_ns": 6}, NEVER_NS, False),
        ({"flows": [good(http=brought(299, 6, "CONNECT"))]}, {"end_ns": 6}, NEVER_NS, True),
        ({"final_error": SimpleNamespace(kind="connect-refused")}, {"cause": REFUSED}, NEVER_NS, False),
        ({"final_error": SimpleNamespace(kind="unknown")}, {}, NEVER_NS, False),
    ],
)  # fmt: skip
def test_runs_that_got_on_in_spite_of_a_failure(monkeypatch, more, failed, instead, on):
    monkeypatch.setattr(recovery, "handshake_complete", lambda flow: False)
    asked_of = case(index=SimpleNamespace(flows={}), **more)
    assert recovery.Recovery(asked_of).recovered(finding(**{"end_ns": SECOND_NS} | failed), instead) is on


@pytest.mark.parametrize(
    ("failed", "on"),
    [
        (AT_END, False), (AT_END | {"end_ns": AT_END["end_ns"] - 1}, True),
        (AT_END | {"start_ns": AT_END["start_ns"] + 1}, True),
    ],
)  # fmt: skip
def test_what_lasted_to_the_end_was_not_got_over(monkeypatch, failed, on):
    monkeypatch.setattr(recovery, "handshake_complete", lambda flow: True)
    asked_of = case(index=SimpleNamespace(flows={}), flows=[good()])
    assert recovery.Recovery(asked_of).recovered(finding(**failed)) is on


@pytest.mark.parametrize(
    ("code", "answered_ns", "flow_id", "on"),
    [
        (200, 6, 2, True),
        (299, 6, 2, True),
        (300, 6, 2, False),
        (199, 6, 2, False),
        (200, 5, 2, False),
        (200, 6, 1, False),
    ],
)
def test_what_was_asked_for_was_had_later_on_another_flow(code, answered_ns, flow_id, on):
    asked_of = case(index=SimpleNamespace(flows={}), flows=[good(id=flow_id, http=brought(code, answered_ns))])
    failed = finding(end_ns=6, flow_id=1, quantities={"target": "/x"})
    assert recovery.Recovery(asked_of).recovered(failed) is on


def run(code):
    return SimpleNamespace(exit_code=code, argv=("timeout", "5", "curl", "x"))


def traced(**more):
    usual = {
        "ended": False,
        "recovered": False,
        "requests": (),
        "commands": (),
        "downloading": False,
        "final_error": None,
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("more", "failed", "ended"),
    [
        ({"run": run(0)}, {}, "degraded"), ({"run": run(1)}, {}, "failed"), ({"run": run(124)}, {}, "hung"),
        ({"run": run(137)}, {}, "hung"), ({"run": run(-9)}, {}, "hung"),
        ({"run": run(137), "trace": traced(ended=True)}, {}, "failed"),
        ({"run": SimpleNamespace(exit_code=124, argv=("curl",))}, {}, "failed"),
        ({"run": SimpleNamespace(exit_code=124, argv=None)}, {}, "failed"),
        ({"trace": traced(recovered=True)}, {}, "degraded"),
        ({"run": run(137), "trace": traced()}, {}, "hung"), ({"trace": traced(ended=True)}, {}, "failed"),
        ({}, {"fatal": False}, "degraded"), ({"trace": traced(requests=(1,))}, {}, "hung"),
        ({"trace": traced(commands=(1,))}, {}, "hung"), ({"trace": traced(downloading=True)}, {}, "hung"),
        ({"trace": traced(final_error=SimpleNamespace(again=True))}, {}, "hung"),
        ({"trace": traced(final_error=SimpleNamespace(again=False))}, {"end_ns": SIGNIFICANT.ns - 1}, "failed"),
        ({}, {"end_ns": SIGNIFICANT.ns - 1}, "failed"), ({}, {"end_ns": SIGNIFICANT.ns}, "hung"),
        ({}, {"cause": REFUSED}, "failed"), ({}, {"cause": "capture/no-traffic"}, "unusable"),
        ({"run": run(None), "client": client_by_name("npm")}, {"cause": REFUSED}, "hung"),
        ({"run": run(None)}, {"cause": REFUSED}, "failed"), ({"client": client_by_name("npm")}, {"cause": REFUSED}, "failed"),
    ],
)  # fmt: skip
def test_how_a_run_with_a_root_ended(monkeypatch, more, failed, ended):
    monkeypatch.setattr(outcome, "timer_of", lambda *_: None)
    found = finding(**{"fatal": True} | failed)
    assert outcome.status_of(case(**more), grouped(found, fatal=found.fatal)) == ended


@pytest.mark.parametrize(
    ("spans", "cost"),
    [
        ((), None), (((0, 9, 3),), 3), (((0, 9, 3), (9, 12, 2)), 5), (((0, 9, 3), (8, 12, 2)), 3), (((0, 9, 2),
        (8, 12, 3)), 3),
        (((0, 9, 2), (1, 3, 1), (8, 12, 3)), 3),
    ],
)  # fmt: skip
def test_of_costs_side_by_side_the_most_counts(spans, cost):
    found = [finding(start_ns=start, end_ns=end, quantities={"cost": ns / 1e9}) for start, end, ns in spans]
    assert outcome.replayed([*found, finding()]) == cost
    assert outcome.repaired(found) == 0


@pytest.mark.parametrize(
    ("known", "ns", "worth"), [(True, 0, True), (False, SECOND_NS // 5, True), (False, SECOND_NS // 5 - 1, False)]
)
def test_of_other_traffic_a_hundredth_is_worth_a_word(known, ns, worth):
    assert outcome.worth_saying(case(command_known=known), ns) is worth


@pytest.mark.parametrize(
    ("wait", "of", "same"),
    [
        ({"flow_id": 1}, {"flow_id": 1}, True), ({"flow_id": 1}, {"flow_id": 2}, False),
        ({"flow_id": 1}, {"flow_id": 2, "also_flows": (1,)}, True), ({"host": "a"}, {"flow_id": 1}, False),
        ({"host": "a"}, {}, True),
        ({"host": "a"}, {"quantities": {"name": "a"}}, True), ({"host": "a"}, {"quantities": {"name": "b"}}, False),
        ({}, {}, False),
    ],
)  # fmt: skip
def test_findings_that_are_about_a_wait(wait, of, same):
    assert status._same(SimpleNamespace(**{"flow_id": None, "host": None} | wait), finding(**of)) is same


@pytest.mark.parametrize(
    ("owned", "port", "age", "long"),
    [
        (CERTAIN, 443, status.LATE.ns, True), (CERTAIN, 443, status.LATE.ns - 1, False), (CERTAIN, 0, status.LATE.ns, False),
        (OTHER, 443, status.LATE.ns, False),
    ],
)  # fmt: skip
def test_sockets_whose_packets_should_have_come(owned, port, age, long):
    socket = SimpleNamespace(owned=owned, remote_port=port, first_ns=5)
    assert status._for_long(case(processes=SimpleNamespace(sockets=(socket,))), 5 + age) is long
    assert not status._for_long(case(), 5 + age)


@pytest.mark.parametrize(("now", "rests"), [(5, False), (6, True), (9, True), (10, False)])
def test_rests_between_two_tries(monkeypatch, now, rests):
    rest = SimpleNamespace(start_ns=5, end_ns=9, finding=finding())
    monkeypatch.setattr(status, "rests", lambda *_: [rest])
    assert bool(status._resting(case(), [], now)) is rests


@pytest.mark.parametrize(
    ("requested", "status_", "over", "over_ns", "owed"),
    [
        (9, -1, False, NEVER_NS, True), (10, -1, False, NEVER_NS, False), (9, 200, False, NEVER_NS, True),
        (9, 200, True, 5, True),
        (9, 200, True, 4, False), (9, 0, True, 4, False),
    ],
)  # fmt: skip
def test_requests_that_a_finding_held_up(requested, status_, over, over_ns, owed):
    exchange = SimpleNamespace(request_ns=requested, status=status_, body_over=over, body_over_ns=over_ns)
    assert asked._owed(exchange, finding(start_ns=5, end_ns=9)) is owed


@pytest.mark.parametrize(
    ("request_", "unserved"),
    [
        ({}, False), ({"open": True}, True), ({"error": "x"}, True), ({"status": asked.REFUSED}, True),
        ({"status": asked.REFUSED - 1}, False), ({"time_ns": 9, "open": True}, True), ({"time_ns": 10, "open": True}, False),
        ({"time_ns": 1, "end_time_ns": 5, "open": True}, True), ({"time_ns": 1, "end_time_ns": 4, "open": True}, False),
        ({"time_ns": 1, "end_time_ns": 5}, False), ({"time_ns": 1, "end_time_ns": 6}, True), ({"time_ns": 1}, False),
    ],
)  # fmt: skip
def test_requests_of_a_trace_that_were_not_served(request_, unserved):
    usual = {"open": False, "error": None, "status": None, "time_ns": None, "end_time_ns": None}
    assert asked._unserved(SimpleNamespace(**usual | request_), 5, 9) is unserved
