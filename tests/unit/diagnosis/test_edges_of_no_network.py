"""Where the verdict that the network did not fail a run has its edges: each condition alone, and the nearest miss."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from netanalyze.clients import client_by_name
from netanalyze.diagnosis import grounds, no_network, without_cause
from netanalyze.diagnosis.group import SIGNIFICANT
from netanalyze.diagnosis.owed.open_moves import HANGING
from netanalyze.diagnostics import Diagnostics
from netanalyze.processes import CERTAIN, EXACT, IDLE, INFERRED, NETWORK, Process, Processes, ProcessWait, SocketOwner
from netanalyze.result import RunFacts
from netanalyze.units import NEVER_NS, SECOND_NS

END = 20 * SECOND_NS
RUN = RunFacts(("sh",), 1, 0, END, "generic", last_line="boom")
OF_NETWORK = "curl: (7) Failed to connect to example.org port 443 after 3 ms: Couldn't connect to server"


def case(run=RUN, processes=None, trace=None, client="generic", **more):
    """As much of a case as these questions look at."""
    usual = {
        "flows": (), "lookups": (), "everything": (), "stalls": (), "sockets": None, "wall": (0, END), "total_packets": 0,
        "neighbours": None, "diagnostics": Diagnostics(), "end_ns": END, "start_ns": 0, "owed": list, "icmp": [],
        "final_error": trace and trace.final_error, "exit_code": run and run.exit_code, "environment": {}, "captured": True,
    }  # fmt: skip
    return SimpleNamespace(**usual | more, run=run, processes=processes, trace=trace, client=client_by_name(client))


def witnesses(means=EXACT, **more):
    return Processes(7, means=means, **more)


@pytest.mark.parametrize(
    ("made", "confidence"),
    [
        (case(replace(RUN, exit_code=0), witnesses()), grounds.USED_NO_NETWORK),
        (case(replace(RUN, exit_code=0), witnesses("polled")), grounds.USED_NO_NETWORK),
        (case(replace(RUN, exit_code=0), witnesses(), sockets=()), grounds.USED_NO_NETWORK),
        (case(replace(RUN, exit_code=0), witnesses("polled"), sockets=()), grounds.NO_NETWORK_SEEN),
        (case(replace(RUN, exit_code=0, captured_until_ns=END - 1), witnesses("polled")), grounds.NO_NETWORK_SEEN),
        (case(replace(RUN, exit_code=0), witnesses(), client="docker"), grounds.NO_NETWORK_SEEN),
        (case(RUN, witnesses()), grounds.FAILED_BY_ITSELF),
        (case(RUN, witnesses("polled")), grounds.FAILED_UNSEEN),
        (case(RUN, witnesses("polled"), sockets=()), grounds.FAILED_WITHOUT_PACKETS),
        (case(replace(RUN, captured_until_ns=END - 1), witnesses("polled")), grounds.FAILED_WITHOUT_PACKETS),
        (case(RUN, witnesses(), client="curl"), grounds.FAILED_BY_ITSELF),
        (case(replace(RUN, last_line=""), witnesses()), grounds.FAILED_BY_ITSELF),
    ],
)
def test_how_sure_it_is_that_no_network_was_used(made, confidence):
    assert no_network.without_network(made).confidence == confidence.confidence


TRACE = SimpleNamespace(requests=(), final_error=None, last_words=None, open_commands=())
OWN = {"transport": 6, "local": "192.0.2.1", "local_port": 1, "remote": "192.0.2.9", "remote_port": 443}
SOCKET = SocketOwner(**OWN, first_ns=0, last_ns=1, pid=7, owned=CERTAIN)


@pytest.mark.parametrize(
    "made",
    [
        case(None, witnesses()), case(replace(RUN, joined_ns=5), witnesses()), case(replace(RUN, end_ns=NEVER_NS), witnesses()),
        case(RUN, None), case(RUN, witnesses("")), case(RUN, witnesses(), flows=(1,)), case(RUN, witnesses(), lookups=(1,)),
        case(RUN, witnesses(), SimpleNamespace(requests=(1,), final_error=None)), case(RUN, witnesses(sockets=(SOCKET,))),
        case(RUN, witnesses(), sockets=(SimpleNamespace(remote="192.0.2.9"),)), case(RUN, witnesses(), client="docker"),
        case(replace(RUN, last_line=OF_NETWORK), witnesses()), case(replace(RUN, last_line=""), witnesses(), client="curl"),
        case(RUN, witnesses(processes=(Process(7, 1, 0, argv=("/usr/bin/ping", "a")),))),
    ],
)  # fmt: skip
def test_what_leaves_it_open_whether_the_network_was_used(made):
    assert no_network.without_network(made) is None


@pytest.mark.parametrize(
    "made",
    [
        case(RUN, witnesses(sockets=(replace(SOCKET, owned=INFERRED),))), case(RUN, witnesses(), TRACE),
        case(RUN, witnesses(), sockets=(SimpleNamespace(remote=""),)),
        case(RUN, witnesses(processes=(Process(7, 1, 0, argv=("/usr/bin/ping", "a"), own=False),))),
        case(RUN, witnesses(processes=(Process(7, 1, 0, argv=()),))),
    ],
)  # fmt: skip
def test_what_is_no_use_of_the_network(made):
    assert no_network.without_network(made).status == "failed"


def printed(kind):
    return SimpleNamespace(requests=(), final_error=SimpleNamespace(kind=kind, text="x"), last_words=None)


@pytest.mark.parametrize(("kind", "blamed"), [("no-space", False), ("unknown", False), ("tls-handshake-timeout", True)])
def test_errors_that_blame_the_network(kind, blamed):
    silent = replace(RUN, last_line=None)
    verdict = no_network.without_network(case(silent, witnesses(), printed(kind), client="curl"))
    assert (verdict is None) is blamed


def stall(**more):
    usual = {"waiting_on": "server", "waiting_for": "response", "ns": SIGNIFICANT.ns, "end_ns": END - SIGNIFICANT.ns}
    return SimpleNamespace(**usual | more)


OWNED = SimpleNamespace(id=1, owner=SimpleNamespace(owned=CERTAIN))


@pytest.mark.parametrize(
    ("more", "owed"),
    [
        ({}, False), ({"stalls": (stall(),)}, True), ({"stalls": (stall(waiting_on="client"),)}, False),
        ({"stalls": (stall(waiting_for="fin_ack"),)}, False), ({"stalls": (stall(ns=SIGNIFICANT.ns - 1),)}, False),
        ({"stalls": (stall(end_ns=END - SIGNIFICANT.ns - 1),)}, False), ({"owed": lambda: [1]}, True),
        ({"sockets": ()}, True), ({"flows": ()}, True), ({"run": None}, True), ({"run": replace(RUN, exit_code=0)}, True),
        ({"run": replace(RUN, exit_code=None)}, True), ({"run": replace(RUN, captured_until_ns=1)}, True),
        ({"run": replace(RUN, last_line=OF_NETWORK)}, True), ({"everything": (OWNED,)}, True),
        ({"everything": (SimpleNamespace(id=1, owner=None),)}, False), ({"everything": (OWNED,), "flows": (OWNED,)}, False),
        ({"everything": (SimpleNamespace(id=1, owner=SimpleNamespace(owned=INFERRED)),)}, False),
        ({"everything": (OWNED,), "lookups": (SimpleNamespace(transactions=(SimpleNamespace(flow_id=1),)),)}, False),
    ],
)  # fmt: skip
def test_who_was_owed_nothing_when_it_failed(more, owed):
    flow = SimpleNamespace(id=2)
    assert (no_network.owed_nothing(case(**{"flows": (flow,)} | more)) is None) is owed


def waits(*rows, streams=("/dev/null",), known=True):
    made = tuple(ProcessWait(7, kind, 0, end_ns) for kind, end_ns in rows)
    return witnesses(processes=(Process(7, 1, 0, streams=streams),) if known else (), waits=made)


@pytest.mark.parametrize(
    ("processes", "exact", "open_"),
    [
        (witnesses(), True, False), (waits((NETWORK, END)), True, True), (waits((IDLE, END)), True, False),
        (waits((IDLE, END)), False, True), (waits((IDLE, END), streams=()), True, True),
        (waits((IDLE, END), streams=("socket:[1]",)), True, True), (waits((IDLE, END), ("terminal", END)), True, False),
        (waits((NETWORK, END - SECOND_NS), ("terminal", END)), True, True),
        (waits((NETWORK, END - SECOND_NS - 1), ("terminal", END)), True, False),
        (waits((NETWORK, END - SECOND_NS - 1), (IDLE, END)), True, False),
        (waits((IDLE, END), known=False), True, False), (waits((NETWORK, END), known=False), True, False),
    ],
)  # fmt: skip
def test_waits_that_the_network_may_end(processes, exact, open_):
    assert no_network._may_wait_for_it(processes, exact) is open_


def test_only_waits_of_the_commands_own_count():
    others = witnesses(processes=(Process(7, 1, 0, own=False),), waits=(ProcessWait(7, NETWORK, 0, END),))
    assert not no_network._may_wait_for_it(others, True)


@pytest.mark.parametrize(("length", "shown"), [(120, 120), (121, 121)])
def test_a_line_is_cut_where_it_is_longer_than_may_be_quoted(length, shown):
    line = no_network.in_short("x" * length)
    assert len(line) == shown
    assert line.endswith("…") is (length > no_network.QUOTED_MOST)


def lacking(**counts):
    diagnostics = Diagnostics()
    for kind, count in counts.items():
        diagnostics.add(kind, count)
    return diagnostics


@pytest.mark.parametrize(
    ("more", "nothing"),
    [
        ({"total_packets": 0}, True), ({"total_packets": 1}, False),
        ({"total_packets": 2, "neighbours": SimpleNamespace(arp_frames=2)}, True),
        ({"total_packets": 3, "neighbours": SimpleNamespace(arp_frames=2)}, False),
        ({"total_packets": 3, "neighbours": SimpleNamespace(arp_frames=2), "diagnostics": lacking(undecoded=1)}, True),
        ({"total_packets": 2, "diagnostics": lacking(undecoded=1, unknown_link_type=1)}, True),
        ({"total_packets": 3, "diagnostics": lacking(undecoded=1, unknown_link_type=1)}, False),
    ],
)  # fmt: skip
def test_captures_of_which_nothing_was_decoded(more, nothing):
    assert without_cause.nothing_decoded(case(**more)) is nothing


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"total_packets": 0}, "has no packets"), ({"total_packets": 1}, "no traffic that could be judged"),
        ({"total_packets": 1, "neighbours": SimpleNamespace(arp_frames=1)}, "nothing but ARP"),
        ({"total_packets": 1, "diagnostics": lacking(undecoded=1)}, "could be decoded: "),
        ({"total_packets": 1, "diagnostics": lacking(unknown_link_type=1)}, "could be decoded: "),
    ],
)  # fmt: skip
def test_why_a_capture_cannot_carry_a_verdict(more, why):
    assert why in str(without_cause.unusable(case(**more), []).summary)


@pytest.mark.parametrize(
    ("more", "findings", "failed"),
    [
        ({}, [], True), ({}, [1], False), ({"run": None}, [], False), ({"run": replace(RUN, exit_code=0)}, [], False),
        ({"run": replace(RUN, exit_code=None)}, [], False), ({"processes": None}, [], False),
        ({"processes": witnesses("")}, [], False), ({"total_packets": 1, "diagnostics": lacking(undecoded=1)}, [], False),
        ({"total_packets": 2, "diagnostics": lacking(undecoded=1)}, [], True),
        ({"total_packets": 1, "neighbours": SimpleNamespace(arp_frames=1)}, [], True),
    ],
)  # fmt: skip
def test_failures_of_which_nothing_was_captured(more, findings, failed):
    verdict = without_cause.failed_unseen(case(**{"processes": witnesses()} | more), findings)
    assert (verdict is not None) is failed


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"end_ns": HANGING.ns - 1}, "unusable"), ({"end_ns": HANGING.ns}, "hung"), ({"start_ns": NEVER_NS}, "unusable"),
        ({"run": RUN}, "failed"),
    ],
)  # fmt: skip
def test_sockets_that_account_for_nothing(more, status):
    assert without_cause._sockets_alone(case(**{"run": None, "sockets": []} | more)).status == status


@pytest.mark.parametrize(("gone", "said"), [(True, "no connection open"), (False, "1 connection is open")])
def test_sockets_that_are_open_at_the_end(gone, said):
    made = case(None, sockets=[SimpleNamespace(gone=gone, remote="192.0.2.9", remote_port=443)])
    assert said in without_cause._sockets_alone(made).summary


def words(error=None, last=None):
    said = last and SimpleNamespace(text=last)
    return SimpleNamespace(final_error=error and SimpleNamespace(text=error, kind="x"), last_words=said)


@pytest.mark.parametrize(
    ("trace", "line", "shown"),
    [
        (None, "boom", "boom"), (None, None, None), (words("a\nb"), "boom", "a"), (words(None, " c "), "boom", "boom"),
        (words(None, " c "), "", "c"), (words(None, " c "), None, "c"), (words(), "", ""), (words("\nb", "c"), "boom", "c"),
    ],
)  # fmt: skip
def test_the_words_that_are_quoted_as_its_last(trace, line, shown):
    assert without_cause._last_words(case(replace(RUN, last_line=line), trace=trace)) == shown


def asked(*urls):
    return SimpleNamespace(requests=tuple(SimpleNamespace(url=url) for url in urls))


@pytest.mark.parametrize(
    ("frame", "trace", "rows"),
    [
        (0, None, 0), (5, None, 1), (5, asked("https://p/a@v1.info"), 1), (0, asked("https://p/a.info", "https://p/b.zip"), 1),
        (0, asked("https://p/a.info", "https://p/a.zip"), 0), (5, asked(*(f"p/{n}.info" for n in "abcd"), "p/z.zip"), 3),
    ],
)  # fmt: skip
def test_modules_that_were_never_asked_for(frame, trace, rows):
    assert len(without_cause._all_had_come(frame, trace)) == rows


@pytest.mark.parametrize(
    ("error", "code", "failed"),
    [
        (None, 0, False),
        (None, None, False),
        (None, 1, True),
        ("unknown", 0, False),
        ("unknown", 1, True),
        ("reset", 0, True),
    ],
)
def test_runs_that_failed(error, code, failed):
    trace = SimpleNamespace(final_error=error and SimpleNamespace(kind=error))
    assert without_cause._failed(case(replace(RUN, exit_code=code), trace=trace)) is failed


@pytest.mark.parametrize(
    ("run", "watched"),
    [
        (None, END),
        (RUN, END),
        (replace(RUN, joined_ns=SECOND_NS), END - SECOND_NS),
        (replace(RUN, joined_ns=END + 1), 0),
    ],
)
def test_for_how_long_a_run_was_watched(run, watched):
    assert without_cause._watched(case(run)) == watched


CHILD = SimpleNamespace(line=3, text="cd /x; git fetch -f origin")


def at_work(**more):
    usual = {"open_commands": [CHILD], "final_error": None, "last_words": SimpleNamespace(number=3)}
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("trace", "code", "back"),
    [
        (at_work(), None, False), (None, None, True), (at_work(open_commands=[]), None, True), (at_work(), 0, True),
        (at_work(final_error=SimpleNamespace(kind="x")), None, True), (at_work(last_words=None), None, True),
        (at_work(last_words=SimpleNamespace(number=4)), None, True), (at_work(), 1, False),
    ],
)  # fmt: skip
def test_a_child_that_is_not_back(trace, code, back):
    made = case(replace(RUN, exit_code=code), trace=trace, ended_well=code == 0)
    assert (without_cause._child_not_back(made) is None) is back
