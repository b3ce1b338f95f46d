"""Verdicts from sockets alone: each shape of TCP_INFO with what it means, and the shapes near it that mean something else."""

from dataclasses import asdict

import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.clients.trace import parse_trace
from netanalyze.processes import NETWORK, PIPE, Process, Processes, ProcessWait
from netanalyze.result import RunFacts
from netanalyze.sockets import ESTABLISHED, SYN_SENT, TCP, UDP, SocketHistory, SocketSample

START, S, MS = 1_700_000_000_000_000_000, 1_000_000_000, 1_000_000
SERVER, RESOLVER, PROXY = ("198.51.100.10", 443), ("198.51.100.53", 53), ("198.51.100.80", 3128)
FIN_WAIT_1 = 4


def sample(at, state=ESTABLISHED, **counted):
    """A look ``at`` seconds after the run's beginning."""
    return SocketSample(START + round(at * S), state, **counted)


def socket(*samples, to=SERVER, transport=TCP, port=40000, gone=False):
    """A socket's history."""
    return SocketHistory(transport, "192.0.2.10", port, *to, 7, list(samples), gone)


def verdict(*histories, exit_code=None, seconds=20.0, trace="", processes=None, environment=None):
    """The verdict on a run of which only these sockets were seen."""
    analyzer = Analyzer()
    analyzer.sockets, analyzer.processes = list(histories), processes
    run = RunFacts(("go", "mod", "download"), exit_code, START, START + round(seconds * S), "go", environment)
    result = analyzer.finish(run.end_ns, run, parse_trace(trace, "go") if trace else None)
    document = result.to_json()
    assert document["capture"] is None
    assert sum(row.ns for row in result.ledger) == run.end_ns - START
    assert all(e.kind != "frame" for f in result.findings for e in f.evidence)
    return result.verdict


def waiting(**counted):
    """A look at a connection after 20 s that had its whole life at the beginning."""
    ages = {"last_sent_ms": 19_900, "last_received_ms": 19_900, "last_ack_ms": 19_900}
    return sample(20, **(ages | counted))


HELLO = {"sent": 1538, "mss": 1448}
SHAPES = {
    "tcp/syn-unanswered": [sample(0, SYN_SENT), sample(20, SYN_SENT, unacked=1, retransmits=8, backoff=4)],
    "tls/client-hello-dropped": [waiting(**HELLO, acked=1, unacked=2, retransmits=5, backoff=5)],
    "tls/large-client-hello-dropped": [waiting(**HELLO, acked=1449, unacked=1, retransmits=5, backoff=5)],
    "tcp/mtu-black-hole": [waiting(**HELLO, acked=1, unacked=2, retransmits=5, backoff=5, selected=1)],
    "tls/server-hello-missing": [waiting(**HELLO, acked=1539)],
    "tls/server-flight-incomplete": [
        sample(9.9, **HELLO, acked=1539, received=1000, last_sent_ms=9_800, last_received_ms=9_770, last_ack_ms=9_770)
    ],
    "http/response-missing": [
        waiting(sent=3200, acked=3201, received=85_000, last_received_ms=19_950, last_sent_ms=19_000)
    ],
    "http/body-stalled": [waiting(sent=3200, acked=3201, received=850_000)],
    "tcp/path-death": [waiting(sent=3746, acked=3075, received=490_000, unacked=1, retransmits=6, backoff=6)],
    "tcp/peer-window-closed": [waiting(sent=1152, acked=1153, unsent=386, window=0, backoff=5)],
}


@pytest.mark.parametrize("cause", SHAPES)
def test_a_shape_has_its_cause_with_less_than_a_captures_confidence(cause):
    said = verdict(socket(*SHAPES[cause]))
    assert said.cause == cause
    assert said.status == ("failed" if cause == "tls/server-flight-incomplete" else "hung"), "go gives up after 10 s"
    assert 0.4 <= said.confidence < 0.8
    assert said.seconds >= 9
    assert said.culprit.address == "198.51.100.10"


@pytest.mark.parametrize("cause", SHAPES)
def test_no_shape_is_blamed_when_the_run_ended_well(cause):
    said = verdict(socket(*SHAPES[cause], gone=True), exit_code=0)
    assert said.status == "healthy" or (cause, said.cause) == ("tcp/syn-unanswered", "tcp/one-address-dead")


@pytest.mark.parametrize("cause", sorted(SHAPES.keys() - {"tcp/syn-unanswered"}))
def test_a_wait_of_two_seconds_is_none(cause):
    young = {"last_sent_ms": 2_000, "last_received_ms": 2_100, "last_ack_ms": 2_000}
    values = asdict(SHAPES[cause][-1]) | young
    assert verdict(socket(SocketSample(**values))).cause is None


def test_what_a_command_closed_after_its_timer_is_judged_as_it_was_before():
    closed = sample(20, FIN_WAIT_1, **HELLO, acked=1, unacked=3)
    open_ = sample(10, **HELLO, acked=1, unacked=2, retransmits=5, backoff=5, last_ack_ms=9_900)
    assert verdict(socket(open_, closed), exit_code=1).cause == "tls/client-hello-dropped"


def test_a_connection_that_idles_beside_a_dial_that_hangs_is_not_blamed():
    idle = socket(sample(0), *SHAPES["http/body-stalled"])
    dial = socket(*SHAPES["tcp/syn-unanswered"], to=("198.51.100.30", 443), port=40001)
    said = verdict(idle, dial)
    assert (said.cause, said.culprit.address) == ("tcp/syn-unanswered", "198.51.100.30")


def test_a_connection_that_idles_beside_one_that_moves_is_not_blamed():
    busy = socket(waiting(sent=9, acked=10, received=9_000_000, last_received_ms=5), port=40001)
    assert verdict(socket(*SHAPES["http/body-stalled"]), busy).cause is None


def told(kind):
    """Processes of which one waits for ``kind`` to the end."""
    return Processes(7, (Process(7, 1, START, argv=("go",)),), waits=(ProcessWait(7, kind, START, START + 20 * S),))


def test_a_connection_that_idles_while_the_process_waits_for_a_pipe_is_not_blamed():
    assert verdict(socket(*SHAPES["http/body-stalled"]), processes=told(PIPE)).cause != "http/body-stalled"
    assert verdict(socket(*SHAPES["http/body-stalled"]), processes=told(NETWORK)).cause == "http/body-stalled"


def test_another_address_that_answered_makes_it_one_dead_address():
    dead = socket(*SHAPES["tcp/syn-unanswered"], to=("198.51.100.99", 443))
    other = socket(sample(15, received=9, sent=9, acked=10, last_received_ms=1), port=40001)
    assert verdict(dead, other).cause == "tcp/one-address-dead"


def test_a_proxy_that_says_nothing_to_connect_is_told_from_one_behind_which_nothing_comes():
    asked = socket(waiting(sent=101, acked=102), to=PROXY)
    assert verdict(asked).cause == "http/connect-unanswered"
    opened = socket(waiting(sent=1639, acked=1640, received=39), to=PROXY)
    said = verdict(opened)
    assert said.cause == "tls/server-hello-missing"
    assert said.culprit.via.address == PROXY[0]


def test_queries_that_stay_open_for_five_seconds_are_unanswered():
    queries = [
        socket(sample(5 * n), sample(5 * n + 4.8), to=RESOLVER, transport=UDP, port=50000 + n, gone=True)
        for n in range(3)
    ]
    said = verdict(*queries)
    assert (said.cause, said.culprit.role, said.culprit.address) == ("dns/resolver-unanswered", "resolver", RESOLVER[0])


def test_a_first_resolver_that_is_silent_before_one_that_answers_costs_time_and_no_more():
    query = socket(sample(0.3), sample(5.1), to=RESOLVER, transport=UDP, gone=True)
    environment = {"resolvers": [RESOLVER[0], "198.51.100.54"]}
    said = verdict(query, exit_code=0, seconds=6.0, environment=environment)
    assert (said.cause, said.status) == ("dns/first-resolver-dead", "degraded")
    assert verdict(query, exit_code=0, seconds=6.0).cause is None


@pytest.mark.parametrize("configured", [["198.51.100.54", RESOLVER[0]], [RESOLVER[0]], "not a list", None])
def test_a_silent_resolver_that_is_not_the_first_of_several_cost_a_run_that_ended_well_nothing(configured):
    query = socket(sample(0.3), sample(5.1), to=RESOLVER, transport=UDP, gone=True)
    assert verdict(query, exit_code=0, seconds=6.0, environment={"resolvers": configured}).cause is None


def test_a_request_that_the_trace_says_is_open_is_a_missing_response():
    trace = "2023-11-14T22:13:20Z # get https://proxy.golang.org/x/@v/list\n"
    said = verdict(socket(*SHAPES["http/body-stalled"]), trace=trace)
    assert (said.cause, said.culprit.host) == ("http/response-missing", "proxy.golang.org")


def test_a_hang_without_a_connection_is_not_the_network():
    said = verdict()
    assert (said.status, said.cause) == ("hung", None)
    assert said.attributes == {"not_network": True}


def test_a_failure_that_no_socket_shows_is_left_unexplained():
    said = verdict(exit_code=1, seconds=0.5)
    assert (said.status, said.cause) == ("failed", None)


def test_two_resolvers_of_which_neither_answers_are_unanswered_wherever_the_run_is_cut():
    first = [
        socket(sample(10 * n), sample(10 * n + 4.9), to=RESOLVER, transport=UDP, port=50000 + n, gone=True)
        for n in range(2)
    ]
    other = socket(sample(15), sample(17), to=("198.51.100.54", 53), transport=UDP, port=50009, gone=True)
    said = verdict(*first, other, seconds=17.2, environment={"resolvers": [RESOLVER[0], "198.51.100.54"]})
    assert said.cause == "dns/resolver-unanswered"


PLAIN = ("198.51.100.10", 8080)


@pytest.mark.parametrize(
    ("sent_ms", "received_ms", "rtt_us", "cause"),
    [
        (19_900, 19_870, 30_000, "http/body-stalled"),  # a round trip after the request: its answer had begun
        (19_900, 19_900, 60, "http/body-stalled"),  # the same tick, to a server that is as near
        (19_896, 19_900, 30_000, "http/response-missing"),  # the next request, at once on the last answer
        (19_900, 19_900, 30_000, "http/response-missing"),  # no answer comes back within a tick from so far
    ],
)
def test_without_records_what_was_sent_last_tells_whether_an_answer_had_begun(sent_ms, received_ms, rtt_us, cause):
    look = waiting(sent=78, acked=79, received=163, last_sent_ms=sent_ms, last_received_ms=received_ms, rtt_us=rtt_us)
    found = verdict(socket(look, to=PLAIN))
    assert found.cause == cause
    assert str(found.summary) == "198.51.100.10 has gone silent; octets that had come from it before: 163."
    assert found.attributes["silent_after"] == 163


@pytest.mark.parametrize(("backend", "told"), [("raw", "from its beginning"), ("sockets", "right to capture")])
def test_who_may_capture_is_not_told_to_get_the_right(backend, told):
    analyzer = Analyzer()
    analyzer.sockets = [socket(waiting(sent=78, acked=79, received=163), to=PLAIN)]
    run = RunFacts(("curl",), None, START, START + 20 * S, "curl", {"backend": backend}, joined_ns=START + 15 * S)
    result = analyzer.finish(run.end_ns, run)
    assert told in str(result.verdict.alternatives[0].check.what)
    assert (result.to_json()["capture"] is None) == (backend == "sockets")
    assert str(result.verdict.limits[0].what).startswith("joined 15.0 s after it began")
