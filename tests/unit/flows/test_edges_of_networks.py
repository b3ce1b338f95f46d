"""Who scans, who is near, who dials again: the count, the distance and the moment that make the difference."""

from types import SimpleNamespace

import numpy as np
import pytest

from netanalyze.clients import client_by_name
from netanalyze.diagnosis import link, rests
from netanalyze.diagnosis.local_waits import WAITING, waiting_locally
from netanalyze.diagnosis.owed.open_moves import HANGING
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.flows import dialing, owners
from netanalyze.flows.names import lookups as names
from netanalyze.flows.names import search_list
from netanalyze.flows.network import nearby, pinged, scans
from netanalyze.flows.smooth import spans
from netanalyze.flows.timeline import what_if
from netanalyze.flows.transfers import growth
from netanalyze.processes import CHILD, IDLE, SLEEP, Process, Processes, ProcessWait
from netanalyze.units import NEVER_NS, SECOND_NS

HERE, FAR = 64, 50
"""Times to live of a host beside the capture, and of one some hops away."""


def half(address="192.0.2.10", port=50000, **more):
    usual = {
        "ttl": FAR, "sent_data": False, "syn_count": 1, "syn_ns": 0, "syn_last_ns": 0, "rst_count": 0, "last_ns": 0,
        "first_data_ns": NEVER_NS,
    }  # fmt: skip
    return SimpleNamespace(address=address, port=port, **usual | more)


def flow(client=None, server=None, **more):
    usual = {
        "id": 1, "is_tcp": True, "seen_from_start": True, "names": (), "established": False, "icmp": [], "tunnelled": False,
        "first_ns": 0, "last_ns": 0, "is_plain": False, "known": {}, "protocol": 6, "established_ns": NEVER_NS,
    }  # fmt: skip
    silent = {"syn_count": 0, "syn_ns": NEVER_NS}
    return SimpleNamespace(
        **usual | more,
        client=half(**client or {}),
        server=half(**{"address": "198.51.100.5", "port": 443} | silent | (server or {})),
    )


def tried(count, **each):
    """As many attempts, each to another port or host, or from another client."""
    return [
        flow(
            {"address": f"192.0.2.{at}"} if "client" in each else {},
            {"port": at} if "port" in each else {"address": f"198.51.100.{at}"} if "server" in each else {}, id=at,
        )
        for at in range(1, count + 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flows", "scanned"),
    [
        (tried(scans.PORTS, port=True), True), (tried(scans.PORTS - 1, port=True), False),
        (tried(scans.HOSTS, server=True), True),
        (tried(scans.HOSTS - 1, server=True), False), (tried(scans.HOSTS), False),
    ],
)  # fmt: skip
def test_scans_by_how_many_they_try(flows, scanned):
    assert bool(scans.scanned(flows)) is scanned


@pytest.mark.parametrize(
    ("ttl", "more", "unattended"),
    [
        (scans.HOPS, {}, True), (scans.HOPS + 1, {}, False), (1, {}, True), (0, {}, False),
        (scans.HOPS, {"seen_from_start": False}, False),
    ],
)  # fmt: skip
def test_the_hops_of_traceroute(ttl, more, unattended):
    assert bool(scans.unattended([flow({"ttl": ttl}, **more)])) is unattended
    assert not scans.unattended([flow({"ttl": ttl, "sent_data": True})])


SERVED = flow({"address": "192.0.2.99"}, {"syn_count": 1, "ttl": HERE, "port": 80}, id=99, established=True)


def strangers(count, ttl=FAR, **more):
    return [flow({"address": f"203.0.113.{at}", "ttl": ttl}, id=at, **more) for at in range(1, count + 1)]


@pytest.mark.parametrize(
    ("flows", "minded"),
    [
        ([SERVED, *strangers(scans.STRANGERS)], False), ([SERVED, *strangers(scans.STRANGERS - 1)], True),
        (strangers(scans.STRANGERS), True), ([SERVED, *strangers(scans.STRANGERS, HERE)], True),
        ([SERVED, *strangers(scans.STRANGERS, -1)], True), ([SERVED, *strangers(scans.STRANGERS, 0)], False),
        ([SERVED, *strangers(scans.STRANGERS, names=("a",))], True),
    ],
)  # fmt: skip
def test_strangers_at_a_port_that_serves_nobody(flows, minded):
    assert (not scans._of_strangers(flows)) is minded


def opened(network, ns=0, server_ns=1, hello_ns=None, **more):
    server = {"address": f"198.{network}.100.5", "syn_count": 1, "syn_ns": server_ns}
    made = flow({"syn_ns": ns, "syn_count": more.pop("count", 1)}, server, id=network, **more)
    made.hello = None if hello_ns is None else SimpleNamespace(answer_frame=1, answer_ns=hello_ns, sent_ns=0)
    return made


def near(*quick):
    return [opened(at, hello_ns=more) for at, more in enumerate(quick, 1)]


LEAST, SOON = nearby.LEAST_NS, nearby.SOON_NS


@pytest.mark.parametrize(
    ("flows", "found"),
    [
        (near(LEAST, LEAST, None), True), (near(LEAST, LEAST), False), (near(LEAST, None, None), False),
        (near(LEAST, LEAST - 1, None), False),
        (near(LEAST, LEAST, LEAST), True), ([*near(LEAST, LEAST), opened(9, server_ns=SOON)], True),
        ([*near(LEAST, LEAST), opened(9, server_ns=SOON + 1)], False),
        ([*near(LEAST, LEAST), opened(9, server_ns=-1)], False),
        ([*near(LEAST, LEAST), opened(9, count=2)], False), ([*near(LEAST, LEAST), opened(9, ns=NEVER_NS)], False),
        ([*near(LEAST, LEAST), opened(9, server_ns=NEVER_NS)], False),
        ([*near(LEAST, LEAST), opened(9, is_tcp=False)], False),
        ([*near(LEAST, LEAST), opened(9, tunnelled=True)], False), ([*near(LEAST, LEAST), opened(9, server_ns=0)], True),
        ([opened(1, hello_ns=nearby.TIMES * SOON, server_ns=SOON), *near(LEAST, LEAST, LEAST)[1:]], True),
        ([opened(1, hello_ns=nearby.TIMES * SOON - 1, server_ns=SOON), *near(LEAST, LEAST, LEAST)[1:]], False),
    ],
)  # fmt: skip
def test_who_answers_nearer_than_the_host(monkeypatch, flows, found):
    monkeypatch.setattr(nearby, "hello_facts", lambda flow: flow.hello)
    assert bool(nearby.answered_nearby(flows)) is found


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.51.100.5", (4, 198 * 256 + 51)), ("10.1.2.3", None), ("192.0.2.99", None), ("192.0.3.99", (4, 192 * 256)),
    ("::1", None),
     ("2001:db8::1", (6, 0x20010DB8))],
)  # fmt: skip
def test_networks_that_are_not_a_sites_own(address, network):
    assert nearby._network(flow(server={"address": address})) == network


@pytest.mark.parametrize(("ns", "phase"), [(9, spans.CONNECT), (10, spans.TLS), (19, spans.TLS), (20, spans.TRANSFER)])
def test_what_a_flow_was_busy_with(ns, phase):
    assert spans.phase_of(ns, 10, 20) == phase


@pytest.mark.parametrize(
    ("start", "end", "phases"),
    [
        (0, 30, [(0, 10), (10, 20), (20, 30)]), (0, 10, [(0, 10)]), (0, 11, [(0, 10), (10, 11)]), (10, 20, [(10, 20)]),
        (5, 5, []),
        (20, 30, [(20, 30)]), (12, 21, [(12, 20), (20, 21)]),
    ],
)  # fmt: skip
def test_time_is_cut_where_one_phase_ends(start, end, phases):
    written = [0] * (3 * spans.SPAN.WIDTH)
    count = spans.write_busy(written, 0, 0, start, end, 10, 20)
    rows = [written[at * spans.SPAN.WIDTH :][spans.SPAN.START_NS : spans.SPAN.END_NS + 1] for at in range(count)]
    assert [tuple(row) for row in rows] == phases


@pytest.mark.parametrize(("end", "count"), [(5, 0), (4, 0), (6, 1)])
def test_what_did_not_last_is_no_span(end, count):
    assert spans.write_span([0] * spans.SPAN.WIDTH, 0, 0, 5, end, 0, 0, 0) == count


@pytest.mark.parametrize(
    ("tried", "cause", "over"),
    [(-1, -1, [10, 30]), (-1, 0, [10, 20]), (0, -1, [10, 20]), (1, -1, [10, 30]), (1, 0, [10, 20])],
)
def test_spans_played_again(tried, cause, over):
    written = [0, 0]
    what_if.played_again([0, 20], [20, 30], [-1, cause], [10, 0], [-1, tried], [0, 10], 2, written)
    assert written == over


@pytest.mark.parametrize(
    ("length", "trip", "shown"), [(10, 10, [5, 5, 5]), (20, 10, [2, 2, 2]), (10, 20, [5, 10, 10]), (10, 15, [5, 7, 7])]
)
def test_windows_shown_in_bins(length, trip, shown):
    begins = np.arange(3) * length
    assert growth.windows_shown(begins, np.full(3, 5), length, trip).tolist() == shown


def dial(*flows):
    return dialing.Dial("a.test", list(flows))


@pytest.mark.parametrize(
    ("port", "opened_ns", "first_ns", "beside"),
    [(139, 10, 10, True), (139, 9, 10, False), (443, 10, 10, False), (139, NEVER_NS, 10, False), (139, 10, 21, False)],
)
def test_another_door_that_was_opened_meanwhile(port, opened_ns, first_ns, beside):
    tries = dial(flow(server={"last_ns": 20}, first_ns=10))
    served = [flow(server={"port": port, "first_data_ns": NEVER_NS}, first_ns=first_ns, established_ns=opened_ns)]
    assert (dialing.beside(tries, served) is not None) is beside


AGAIN, LATE = dialing.AGAIN_NS, dialing.LATE_NS


@pytest.mark.parametrize(
    ("since", "ports", "answered", "rows"),
    [
        (AGAIN, (1, 2), False, 1), (AGAIN + 1, (1, 2), False, 0), (AGAIN, (1, 1), False, 0), (0, (1, 2), False, 1),
        (AGAIN, (1, 2), True, 0),
        (-1, (1, 2), False, 0),
    ],
)  # fmt: skip
def test_attempts_in_succession(since, ports, answered, rows):
    first = flow({"port": ports[0], "syn_last_ns": 1}, first_ns=0)
    second = flow({"port": ports[1], "syn_last_ns": 1 + since}, first_ns=1 + since, established=answered)
    assert len(dialing.successions([first, second])) == rows


@pytest.mark.parametrize(("started", "shown"), [(19, 19), (20, 25), (5, 25), (4, 25)])
def test_when_another_attempt_of_a_dial_was_over(started, shown):
    lost = flow({"syn_last_ns": 5}, id=1)
    worked = flow(id=2, established=True, first_ns=20, established_ns=25)
    looked_up = SimpleNamespace(name="a.test", start_ns=started, style="dns")
    over = dialing.attempts_over([dial(lost, worked)], [looked_up])
    assert over == {1: shown if started > 5 else 25}


@pytest.mark.parametrize(
    ("since", "tried_ns", "on"),
    [(dialing.DIAL_NS, 0, True), (dialing.DIAL_NS + 1, 0, False), (2 * dialing.DIAL_NS + LATE, dialing.DIAL_NS, True),
     (2 * dialing.DIAL_NS + LATE + 1, dialing.DIAL_NS, False)],
)  # fmt: skip
def test_for_how_long_a_dial_may_go_on(since, tried_ns, on):
    open_ = dialing._Row()
    open_.take("a.test", flow({"syn_last_ns": tried_ns}))
    assert open_._may_go_on(0, since) is on


@pytest.mark.parametrize(
    ("first", "last", "owned"),
    [(0, 100, True), (0, 100 - owners.SAME_SOCKET_NS, True), (0, 99 - owners.SAME_SOCKET_NS, False), (500, 600, True)],
)
def test_sockets_that_are_a_flows_own(first, last, owned):
    one = SimpleNamespace(first_ns=first, last_ns=last)
    assert (owners._nearest([one], flow(first_ns=100, last_ns=200)) is one) is owned


def test_of_very_many_sockets_the_nearest_are_looked_at():
    many = [SimpleNamespace(first_ns=at * 10, last_ns=at * 10 + 5) for at in range(4 * owners.NEAREST)]
    assert owners._nearest(many, flow(first_ns=301, last_ns=302)) is many[30]


@pytest.mark.parametrize(("near", "found"), [(0, True), (search_list.NEAR_NS, True), (search_list.NEAR_NS + 1, False)])
def test_lookups_near_a_step(near, found):
    one, step = SimpleNamespace(start_ns=10**10), SimpleNamespace(start_ns=10**10 + near)
    assert (search_list._last([one], step) is one) is found
    assert (search_list._last([one], SimpleNamespace(start_ns=10**10 - near)) is one) is found
    assert search_list._last(None, step) is None


def asked(ns, qtype=1, **more):
    usual = {
        "key": "a.test",
        "client": "c",
        "qtype": qtype,
        "query_ns": ns,
        "last_query_ns": ns,
        "response_ns": NEVER_NS,
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(("quiet", "over"), [(names.SLACK_NS, False), (names.SLACK_NS + 1, True)])
def test_for_how_long_a_lookup_may_grow(quiet, over):
    growing = names.Growing(SimpleNamespace())
    growing._last_ns = 0
    assert growing.over(asked(quiet)) is over


@pytest.mark.parametrize(
    ("quiet", "qtype", "open_", "over"),
    [
        (names.WITHIN_NS, 28, 0, False), (names.WITHIN_NS + 1, 28, 0, True), (1, 1, 0, True), (1, 28, 0, False),
        (1, 1, 1, False),
        (0, 1, 0, False),
    ],
)  # fmt: skip
def test_what_is_asked_again_is_another_lookup(quiet, qtype, open_, over):
    growing = names.Growing(SimpleNamespace())
    growing._last_ns, growing._done, growing._latest, growing._open = 0, {1: 0}, [(0, 1)], open_
    assert growing.over(asked(quiet, qtype)) is over


@pytest.mark.parametrize(("hosts", "count"), [(pinged.HOSTS_MOST, pinged.HOSTS_MOST), (pinged.HOSTS_MOST + 1, 0)])
def test_pings_of_many_hosts_look_for_somebody(hosts, count):
    pings = [SimpleNamespace(source="c", target=f"198.51.100.{at}", reply_frame=1, error=None) for at in range(hosts)]
    assert len(pinged.pinged(pings, 9)) == count


@pytest.mark.parametrize(("what", "lost"), [(None, True), ("unreachable", True), ("prohibited", False)])
def test_pings_that_are_lost(what, lost):
    assert pinged._is_lost(SimpleNamespace(error=what and SimpleNamespace(what=what))) is lost


def failed(start_ns, end_ns):
    culprit = Culprit("server", "a.test", "198.51.100.5", 443)
    return Finding("tcp/refused", culprit, start_ns, end_ns, "x", (Evidence(1, "x"),), 0.9, fatal=True)


NPM = client_by_name("npm")
LONGEST = round(max(NPM.pauses) * 1e9) + rests.SLACK.ns


@pytest.mark.parametrize(
    ("second", "count"),
    [(10 + rests.TOGETHER.ns, 0), (11 + rests.TOGETHER.ns, 1), (10 + LONGEST, 1), (11 + LONGEST, 0)],
)
def test_rests_between_tries(second, count):
    tries = [failed(0, 10), failed(second, second)]
    assert len(rests._of_place(NPM, tries, second)) == count


def test_the_rest_under_way_ends_with_the_longest_pause_that_is_left():
    (rest,) = rests._of_place(NPM, [failed(0, 10)], 10**15)
    assert rest.end_ns == 10 + round(max(NPM.pauses) * 1e9)
    assert not rests._of_place(NPM, [failed(0, 10)], 10)


def neighbour(target="198.51.100.1", asker="198.51.100.9", seconds=HANGING.value):
    return SimpleNamespace(
        target=target,
        asker_address=asker,
        first_ns=0,
        last_ns=round(seconds * SECOND_NS),
        times=5,
        first_frame=1,
        last_frame=9,
    )


def on_link(vain, others=(), **more):
    neighbours = SimpleNamespace(asked=[*vain, *others], vain=lambda: list(vain))
    return SimpleNamespace(**{"neighbours": neighbours, "command_known": False, "processes": None} | more)


NEEDED = round(link.NEEDED.value)


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (on_link([neighbour()]), "hung"), (on_link([neighbour(seconds=HANGING.value - 0.001)]), "failed"),
        (on_link([]), None),
        (on_link([neighbour()], [neighbour()]), None), (on_link([neighbour(), neighbour(asker="198.51.100.8")]), None),
        (on_link([neighbour(f"198.51.100.{at}") for at in range(NEEDED)]), "hung"),
        (on_link([neighbour()], command_known=True), None),
        (on_link([neighbour(f"198.51.100.{at}") for at in range(NEEDED + 1)]), None),
        (on_link([neighbour()], processes=1), None),
        (on_link([neighbour()], neighbours=None), None),
    ],
)  # fmt: skip
def test_hosts_that_are_asked_for_on_the_link_in_vain(case, status):
    verdict = link.asked_in_vain(case)
    assert (verdict and verdict.status) == status


END = 20 * SECOND_NS


def waiting(kind, seconds, **more):
    wait = ProcessWait(7, kind, END - round(seconds * SECOND_NS), END)
    usual = {
        "processes": Processes(7, (Process(7, 1, 0, argv=("make",)),), waits=(wait,)),
        "run": None,
        "owed": list,
        "end_ns": END,
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("case", "local"),
    [
        (waiting(SLEEP, WAITING.value), True), (waiting(SLEEP, WAITING.value - 0.001), False), (waiting(IDLE, 19), False),
        (waiting(CHILD, WAITING.value), True), (waiting(SLEEP, 19, owed=lambda: [1]), False),
        (waiting(SLEEP, 19, processes=None), False),
        (waiting(SLEEP, 19, run=SimpleNamespace(exit_code=0)), False),
        (waiting(SLEEP, 19, run=SimpleNamespace(exit_code=None)), True),
    ],
)  # fmt: skip
def test_commands_that_wait_for_something_here(case, local):
    assert (waiting_locally(case) is not None) is local
