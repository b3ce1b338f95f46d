"""Histories of sockets: what is kept of them, and what survives a recording."""

from hypothesis import given
from hypothesis import strategies as st

from netanalyze.capture.recording import RecordedRun, read_run, run_comments
from netanalyze.sockets import (
    ESTABLISHED,
    SAMPLES_MOST,
    SYN_SENT,
    TCP,
    SocketHistories,
    SocketHistory,
    SocketSample,
    sockets_from_json,
    sockets_to_json,
)

KEY = (TCP, "192.0.2.1", 40000, "192.0.2.80", 443)
S = 1_000_000_000
FIN_WAIT_1 = 4


def history(*samples, key=KEY, gone=False):
    """A history of these looks."""
    one = SocketHistory(*key, samples=[], gone=gone)
    for sample in samples:
        one.add(sample)
    return one


def test_looks_at_which_nothing_changed_are_not_kept_but_for_the_last():
    one = history(*(SocketSample(n * S, ESTABLISHED, sent=517, last_sent_ms=n * 1000) for n in range(100)))
    assert [s.time_ns for s in one.samples] == [0, 99 * S]


def test_a_history_is_bounded_and_keeps_its_beginning_and_its_end():
    one = history(*(SocketSample(n * S, ESTABLISHED, received=n) for n in range(500)))
    assert len(one.samples) == SAMPLES_MOST
    assert (one.first.time_ns, one.last.time_ns) == (0, 499 * S)


def test_a_socket_that_is_no_longer_found_is_gone_and_the_same_ports_begin_another():
    all_ = SocketHistories()
    all_.look([(KEY, 7, 1, SocketSample(1, SYN_SENT))])
    all_.look([])
    all_.look([(KEY, 8, 1, SocketSample(3, SYN_SENT))])
    assert [(h.gone, h.first.time_ns, h.pid) for h in all_] == [(True, 1, 1), (False, 3, 1)]


def test_what_it_waited_for_is_what_was_seen_before_its_process_closed_it():
    open_ = SocketSample(9 * S, ESTABLISHED, sent=517, last_sent_ms=8_000)
    one = history(SocketSample(1 * S, SYN_SENT), open_, SocketSample(10 * S, FIN_WAIT_1, unacked=1))
    assert one.waiting == open_
    assert one.sent_ns == 1 * S


def test_a_recording_carries_sockets():
    run = RecordedRun(argv=("go",), sockets=(history(SocketSample(5, SYN_SENT, retransmits=3)),))
    assert read_run([(None, text) for text in run_comments(run)]) == run


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=30,
)


@given(value=json_values)
def test_any_json_is_read_without_an_exception(value):
    import json

    whole = {"version": 1, "sockets": value}
    for text in (json.dumps(value), json.dumps(whole)):
        found = sockets_from_json(text)
        assert found is None or all(h.samples for h in found)


@given(numbers=st.lists(st.integers(-(2**62), 2**62), min_size=18, max_size=18))
def test_what_is_written_is_read_again(numbers):
    one = history(SocketSample(*numbers))
    assert sockets_from_json(sockets_to_json([one])) == [one]
