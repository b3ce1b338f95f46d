"""Where single causes have their edges: the moment, the size or the word at which each says another thing."""

from types import SimpleNamespace

import pytest

from netanalyze.causes import pacing
from netanalyze.causes.client_errors import kernel_had_no_route
from netanalyze.causes.from_words import judge as of_words
from netanalyze.causes.http import error_status
from netanalyze.causes.tcp import bad_checksum, no_route
from netanalyze.causes.tls import certificate_expired
from netanalyze.clients import client_by_name
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Culprit
from netanalyze.processes import DownLink, Processes
from netanalyze.tracking.marks import BAD_CHECKSUM, CHECKED
from netanalyze.units import SECOND_NS
from tests.unit.stand_ins import packet

END = 100 * SECOND_NS


def error(kind="x", **facts):
    return SimpleNamespace(kind=kind, facts=facts, text="x")


def case(**more):
    usual = {
        "end_ns": END, "start_ns": 0, "timed": True, "final_error": None, "flows": (), "lookups": (), "dials": (), "icmp": (),
        "processes": None, "diagnostics": Diagnostics(), "trace": None, "client": client_by_name("curl"), "http_proxy": None,
        "role": lambda host, port=None: "server", "wall": (0, END), "index": SimpleNamespace(of_ends={}), "environment": {},
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("cost", "took", "timed", "worth"),
    [
        (END // 2, 0, True, True), (pacing.COST.ns, pacing.COST.ns, False, True),
        (pacing.COST.ns - 1, pacing.COST.ns, False, False),
        (pacing.COST.ns, pacing.COST.ns + round(pacing.COST.ns / pacing.PART.value), False, True),
        (pacing.COST.ns, pacing.COST.ns + round(pacing.COST.ns / pacing.PART.value) + 9, False, False),
        (pacing.COST.ns, pacing.COST.ns, True, False),
    ],
)  # fmt: skip
def test_costs_that_are_a_cause(cost, took, timed, worth):
    assert pacing.worth_naming(case(timed=timed), cost, took) is worth


@pytest.mark.parametrize(
    ("lasted", "stepped", "looked"),
    [
        (pacing.COST.ns - pacing.STEP_NS, False, True),
        (pacing.COST.ns - pacing.STEP_NS - 1, False, False),
        (0, True, True),
    ],
)
def test_flows_that_lasted_too_short_are_not_looked_at(monkeypatch, lasted, stepped, looked):
    asked = []
    monkeypatch.setattr(pacing, "transfers", lambda flow: asked.append(flow) or ())
    diagnostics = Diagnostics()
    if stepped:
        diagnostics.add("clock_step")
    pacing.slowed(case(diagnostics=diagnostics), SimpleNamespace(lasted_ns=lasted), "loss")
    assert bool(asked) is looked


@pytest.mark.parametrize(
    ("direction", "long", "spent", "told"), [(1, 5, 10, True), (1, 5, 11, False), (0, 5, 10, False)]
)
def test_pauses_of_a_server_that_cost(monkeypatch, direction, long, spent, told):
    spans = [
        SimpleNamespace(limit=limit, ns=ns) for limit, ns in ((pacing.SENDER, long), (pacing.SENDER, 1), ("loss", 99))
    ]
    slow = SimpleNamespace(transfer=SimpleNamespace(spans=spans, direction=direction), spent_ns=spent)
    monkeypatch.setattr(pacing, "slowed", lambda *_: [slow])
    monkeypatch.setattr(pacing, "PAUSE_LEAST_NS", 5)
    assert pacing.pauses_that_cost(None, None) == (spans[:1] if told else [])


@pytest.mark.parametrize(
    ("kind", "reason", "no_route"),
    [
        ("dns-unreachable", "connect: network is unreachable", True), ("dns-unreachable", "connection refused", False),
        ("dns-timeout", "network is unreachable", False), ("dns-unreachable", None, False),
    ],
)  # fmt: skip
def test_lookups_that_no_packet_left_for(kind, reason, no_route):
    assert kernel_had_no_route(error(kind, **{"reason": reason} if reason else {})) is no_route


@pytest.mark.parametrize(
    ("kind", "more", "found"),
    [
        ("network-unreachable", {}, True), ("dns-unreachable", {}, False), ("x", {}, False),
        ("network-unreachable", {"dials": (1,)}, False),
        ("network-unreachable", {"icmp": (SimpleNamespace(what="unreachable"),)}, False),
        ("network-unreachable", {"icmp": (SimpleNamespace(what="too_big"),)}, True),
    ],
)  # fmt: skip
def test_the_kernels_own_word_that_there_is_no_route(kind, more, found):
    said = min(no_route.NO_ROUTE) if kind == "network-unreachable" else kind
    assert bool(list(no_route._from_trace(case(final_error=error(said), **more)))) is found


@pytest.mark.parametrize(
    ("said", "sockets_", "culprit"),
    [
        (error(address="192.0.2.1", port=443), (), ("server", 443)),
        (error("connect-proxy", address="192.0.2.1", port=3128), (), ("http-proxy", 3128)),
        (error(address="192.0.2.9", port=443), (), ("path", None)), (None, (("192.0.2.1", 80),), ("server", 80)),
        (None, (("192.0.2.9", 80),), ("path", None)),
    ],
)  # fmt: skip
def test_whom_a_question_on_the_link_was_for(said, sockets_, culprit):
    owners = [SimpleNamespace(remote=remote, remote_port=port) for remote, port in sockets_]
    found = no_route._whom(case(final_error=said), "192.0.2.1", owners)
    assert (found.role, found.port) == culprit


LOOKS, DOWN = no_route.LOOKS.ns, 20 * SECOND_NS


def over_link(first_ns=0, packets=(), ended=None, id_=1):
    made = [SimpleNamespace(frame_number=at, time_ns=ns) for at, ns in enumerate(packets, 1)]
    return SimpleNamespace(first_ns=first_ns, ended=lambda: ended, packets=made, id=id_)


@pytest.mark.parametrize(
    ("flows", "lookups", "told"),
    [
        ([over_link()], (), True), ([over_link(DOWN)], (), False), ([over_link(DOWN - 1)], (), True),
        ([], (DOWN + 1,), True), ([], (DOWN,), False),
        ([over_link(ended=("fin", 0, DOWN + LOOKS, 9))], (), False),
        ([over_link(ended=("fin", 0, DOWN + LOOKS + 1, 9))], (), True),
        ([over_link(), over_link(DOWN + LOOKS + 1)], (), False), ([over_link(), over_link(DOWN + LOOKS)], (), True),
        ([over_link(packets=[DOWN + LOOKS + 1])], (), False), ([over_link(packets=[DOWN + LOOKS])], (), True),
        ([over_link(packets=[END - LOOKS])], (), False), ([over_link(packets=[END])], (), True),
    ],
)  # fmt: skip
def test_interfaces_that_were_down(flows, lookups, told):
    processes = Processes(7, down_links=(DownLink("eth0", DOWN, END - LOOKS),))
    asked = case(flows=flows, lookups=[SimpleNamespace(end_ns=ns) for ns in lookups], processes=processes)
    assert bool(list(no_route._down(asked))) is told


@pytest.mark.parametrize(("until", "fatal"), [(END, True), (END - LOOKS, True), (END - LOOKS - 1, False)])
def test_an_interface_that_was_down_to_the_end(until, fatal):
    processes = Processes(7, down_links=(DownLink("eth0", DOWN, until),))
    (found,) = no_route._down(case(flows=[over_link(packets=[5, DOWN + LOOKS])], processes=processes))
    assert (found.fatal, found.evidence[-1].ref) == (fatal, 2)


@pytest.mark.parametrize(("count", "left_out"), [(no_route.LINKS_MOST, 0), (no_route.LINKS_MOST + 1, 1)])
def test_of_very_many_times_the_longest_are_looked_at(count, left_out):
    asked = case(processes=Processes(7, down_links=tuple(DownLink("eth0", at, 2 * at + 1) for at in range(count))))
    assert len(no_route._longest(asked)) == count - left_out
    assert asked.diagnostics.count("left_out") == left_out


@pytest.mark.parametrize(("offsets", "most"), [((), 0), ((1,), 1), ((1, 2, 1), 2), ((1, 2, 2, 2), 3)])
def test_the_octets_that_were_damaged_most_often(offsets, most):
    assert len(bad_checksum._repeated([packet(at, offset=offset) for at, offset in enumerate(offsets)])) == most


@pytest.mark.parametrize(
    ("marks", "good"), [((), True), ((BAD_CHECKSUM,), False), ((BAD_CHECKSUM, CHECKED), True), ((BAD_CHECKSUM, 0), False),
                        ((BAD_CHECKSUM | CHECKED,), False)]
)  # fmt: skip
def test_sides_whose_checksums_are_right(marks, good):
    packets = [packet(at, marks=mark) for at, mark in enumerate(marks)]
    flow = SimpleNamespace(packets=packets, marks=lambda direction: BAD_CHECKSUM if marks else 0)
    assert bad_checksum._shown_good(flow, 1) is good


SET = certificate_expired.CLOCK_SET_NS


@pytest.mark.parametrize(
    ("ns", "records", "rejected", "validity"),
    [
        (SET + 10, [], False, None), (SET + 20, [], False, None), (SET + 21, [], False, "expired"),
        (SET + 9, [], False, "not_yet"),
        (SET + 21, [1], False, None), (SET + 21, [1], True, "expired"), (SET, [], False, "not_yet"),
        (SET - 1, [], False, None),
    ],
)  # fmt: skip
def test_certificates_that_do_not_cover_the_time(monkeypatch, ns, records, rejected, validity):
    monkeypatch.setattr(certificate_expired, "rejection", lambda flow: 1 if rejected else None)
    tls = SimpleNamespace(
        first=lambda kind: SimpleNamespace(ns=ns, frame=5), client_hello=None,
        certificate=lambda: SimpleNamespace(not_before_ns=SET + 10, not_after_ns=SET + 20),
    )  # fmt: skip
    flow = SimpleNamespace(tls=tls, application_records=lambda direction: records, destination="a.test", id=1)
    asked = case(index=SimpleNamespace(eventful=[flow]), far_host=lambda flow: Culprit("server", "a.test"))
    assert [found.attributes["validity"] for found in certificate_expired.check(asked)] == (
        [validity] if validity else []
    )


def exchange(status=503, request_ns=0, response_ns=0, **more):
    usual = {"method": "GET", "target": "/x", "request_frame": 1, "response_frame": 2}
    return SimpleNamespace(status=status, request_ns=request_ns, response_ns=response_ns, **usual | more)


RESTED = error_status.RESTED.ns


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({}, {"request_ns": RESTED}, True), ({}, {"request_ns": RESTED - 1}, False),
        ({"status": 500}, {"request_ns": RESTED}, False),
        ({"status": 429}, {"request_ns": RESTED}, True), ({}, {"request_ns": RESTED, "target": "/y"}, False),
        ({"target": None}, {"request_ns": RESTED, "target": None}, True),
        ({"request_frame": 0}, {"request_ns": RESTED}, False),
        ({"response_frame": 0}, {"request_ns": RESTED}, False), ({}, {"request_ns": RESTED, "method": "HEAD"}, False),
    ],
)  # fmt: skip
def test_rests_that_an_answer_asked_for(first, second, told):
    flow = SimpleNamespace(
        server=SimpleNamespace(address="192.0.2.1", port=80), destination="a.test", host="a.test", id=1
    )
    found = list(error_status._told_to_wait([(flow, exchange(**second)), (flow, exchange(**first))]))
    assert bool(found) is told
    if told and first.get("target", "/x") is None:
        assert " for /, " in str(found[0].message)


@pytest.mark.parametrize(
    ("more", "done", "asked_ns", "failed"),
    [
        ({"status": 400}, (), 0, True), ({"status": 399}, (), 0, False), ({"method": "CONNECT"}, (), 0, False),
        ({}, ("/x",), 0, False),
        ({"target": "/sumdb/x"}, (), 0, False), ({"target": None}, (), 0, True),
        ({"status": 408, "request_frame": 0}, (), 0, False),
        ({"status": 408}, (), 0, True), ({"request_frame": 0}, (), 0, True), ({"response_ns": 5}, (), 5, True),
        ({"response_ns": 5}, (), 6, False),
    ],
)  # fmt: skip
def test_answers_that_a_client_was_left_with(more, done, asked_ns, failed):
    index = SimpleNamespace(
        done_targets=done,
        spoken_begun=SimpleNamespace(but=lambda host: 0),
        asked=SimpleNamespace(but=lambda host: asked_ns),
    )
    assert error_status._failed(case(index=index), SimpleNamespace(host="a.test"), exchange(**more)) is failed


@pytest.mark.parametrize(
    ("kind", "facts", "unseen"),
    [
        ("x", {}, False), ("x", {"address": "127.0.0.1"}, True), ("x", {"name": "127.0.0.1"}, True),
        ("x", {"address": "192.0.2.1"}, False),
        ("x", {"address": "192.0.2.1", "name": "127.0.0.1"}, False), (min(of_words.HIDDEN_IN_TLS), {}, True),
    ],
)  # fmt: skip
def test_errors_that_no_packet_shows(kind, facts, unseen):
    assert of_words._unseen(error(kind, **facts)) is unseen


def got(address=None, host=None, port=None, tries=()):
    return SimpleNamespace(
        address=address, host=host, port=port, tries=[SimpleNamespace(kind=kind, address=at) for kind, at in tries]
    )


VAIN = ("network-unreachable", "2001:db8::1"), ("connect-refused", "192.0.2.1")


@pytest.mark.parametrize(
    ("kind", "address", "shown"),
    [
        ("x", "192.0.2.1", "192.0.2.1"), ("x", "2001:db8::1", "192.0.2.1"),
        ("network-unreachable", "2001:db8::1", "2001:db8::1"),
        ("x", None, None),
    ],
)  # fmt: skip
def test_whom_an_error_is_about(kind, address, shown):
    assert of_words._address(kind, got(address, tries=VAIN)) == shown


def test_where_every_way_was_unreachable_nobody_is_named():
    assert of_words._address("x", got("2001:db8::1", tries=VAIN[:1])) is None


@pytest.mark.parametrize(
    ("culprit", "host", "placed"),
    [
        (Culprit("server"), "a.test", "a.test"), (Culprit("server", "b.test"), "a.test", "b.test"),
        (Culprit("server"), None, "the server"),
        (Culprit("server", None, "192.0.2.1"), "a.test", "192.0.2.1"), (Culprit("path"), "a.test", "the path"),
    ],
)  # fmt: skip
def test_whom_the_command_spoke_to_by_its_own_account(culprit, host, placed):
    trace = SimpleNamespace(open_requests=(), hosts=())
    assert of_words._placed(case(trace=trace), culprit, got(host=host)).name == placed


@pytest.mark.parametrize(
    ("facts", "opened", "stepped", "hosts", "host"),
    [
        ({"host": "a"}, (), None, (), "a"), ({"name": "b"}, (), None, (), "b"),
        ({"name": "b", "server": "s"}, (), None, (), None),
        ({}, ("c", "d"), None, (), "d"), ({}, ("c",), "e", (), "e"), ({}, (), None, ("f",), "f"),
        ({}, (), None, ("f", "g"), None), ({}, ("",), None, (), None),
    ],
)  # fmt: skip
def test_whom_the_command_meant_to_reach(facts, opened, stepped, hosts, host):
    trace = SimpleNamespace(open_requests=[SimpleNamespace(host=one) for one in opened], hosts=hosts)
    assert of_words._host(case(trace=trace), facts, got(host=stepped)) == host


@pytest.mark.parametrize(
    ("cause", "kind", "facts", "host", "culprit"),
    [
        ("tcp/refused", "connect-proxy", {"name": "p", "port": 1}, "a", ("http-proxy", "p")),
        ("dns/name-not-found", "connect-proxy", {}, "a", ("resolver", None)),
        ("tcp/no-route", "x", {"address": "192.0.2.1"}, "a", ("client-host", None)),
        ("local/configuration", "x", {}, "a", ("client", None)),
        ("local/disk-full", "x", {}, "a", ("client-host", None)),
        ("tcp/refused", "x", {"address": "127.0.0.1", "port": 8118}, "a", ("http-proxy", None)),
        ("tcp/refused", "x", {"address": "127.0.0.1", "port": 443}, "a", ("server", "a")),
        ("tcp/refused", "x", {"address": "192.0.2.1", "port": 8118}, "a", ("server", "a")),
        ("tcp/refused", "x", {"address": "127.0.0.1", "port": 8118}, "127.0.0.1", ("server", "127.0.0.1")),
        ("tcp/refused", "x", {"address": "127.0.0.1", "port": 8118}, None, ("server", None)),
    ],
)  # fmt: skip
def test_whom_words_blame(cause, kind, facts, host, culprit):
    found = of_words._culprit(case(), SimpleNamespace(cause=cause), kind, facts, host)
    assert (found.role, found.host) == culprit
