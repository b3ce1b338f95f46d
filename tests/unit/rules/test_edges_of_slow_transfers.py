"""Where the causes that slow a transfer have their edges: each limit at its value, and one beside it."""

from types import SimpleNamespace

import pytest

from netanalyze.causes.tcp import loss, receiver_window_closed, throttled
from netanalyze.flows import death
from netanalyze.flows.transfers.transfers import LATENCY, PATH, LimitedSpan
from netanalyze.tracking.gaps import KIND_ACK
from netanalyze.tracking.marks import KEEP_ALIVE, LOST_SEGMENT, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.units import NEVER_NS
from tests.unit.stand_ins import flow, gap, half, packet


@pytest.mark.parametrize(
    ("limit", "direction", "span", "found"),
    [
        (PATH, 1, (0, 10), (0, 20)), (PATH, 1, (0, 5), (5, 20)), (PATH, 1, (20, 30), (5, 20)), (PATH, 1, (19, 30), (5, 30)),
        (LATENCY, 1, (0, 10), (5, 20)), (PATH, 0, (0, 10), (5, 20)),
    ],
)  # fmt: skip
def test_a_pace_lasts_as_long_as_the_path_set_it(monkeypatch, limit, direction, span, found):
    one = SimpleNamespace(direction=direction, spans=[LimitedSpan(*span, limit)])
    monkeypatch.setattr(throttled, "transfers", lambda flow: [one])
    assert throttled._all_of_it(None, 1, SimpleNamespace(start_ns=5, end_ns=20)) == found


@pytest.mark.parametrize(
    ("sender", "gaps", "alone", "signs"),
    [
        ({}, 6, True, 1), ({}, 5, True, 0), ({}, 6, False, 0), ({"copies": 1}, 5, True, 1),
        ({"largest": 999, "mss": 0}, 6, True, 0),
        ({"largest": 1000, "octets": 7001}, 6, True, 1), ({"largest": 1000, "octets": 7000}, 6, True, 0),
        ({"resent": 1}, 0, True, 1), ({"resent": 1, "dsacks": 1}, 0, True, 0),
    ],
)  # fmt: skip
def test_signs_that_the_path_is_the_limit(sender, gaps, alone, signs):
    made = flow(
        sides=(half(mss=1000), half(**sender)),
        gaps=[gap()] * gaps + [gap(next_kind=KIND_ACK), gap(next_direction=0)] * 9,
    )
    assert len(throttled._signs(made, 1, alone)) == signs


@pytest.mark.parametrize(
    ("progress", "since", "ended", "closed"),
    [
        (0, 0, None, True), (1, 0, None, False), (0, NEVER_NS, None, False), (0, 0, ("fin", 0, 9, 9), False),
        (0, 100 * 10**9 - receiver_window_closed.STUCK.ns, None, True),
        (0, 100 * 10**9 - receiver_window_closed.STUCK.ns + 1, None, False),
    ],
)  # fmt: skip
def test_windows_that_stayed_closed(progress, since, ended, closed):
    asked = SimpleNamespace(
        end_ns=100 * 10**9, index=SimpleNamespace(progress=SimpleNamespace(but=lambda flow: progress))
    )
    made = flow(sides=(half(zero_since_ns=since), half()), ended=lambda: ended, id=1)
    assert receiver_window_closed._still_closed(asked, made) is closed


def shown(*packets, **more):
    made = flow(*packets, sides=(half(zero_frame=7), half()))
    return [piece.ref for piece in receiver_window_closed._shown(made, [gap(**more)])]


def test_the_frames_that_closed_and_opened_a_window():
    closed, opened = packet(11, 5, direction=0, window=0), packet(20, 9, direction=0)
    assert shown(closed, opened) == [11, 20]
    assert shown(closed, packet(21, 9, direction=0), next_direction=0) == [11, 11]
    assert shown(packet(20, 5, direction=0, window=0), next_direction=1) == [10, 20]
    assert shown(closed, packet(15, 5, direction=0), next_kind=KIND_ACK) == [11, 11]
    assert shown(packet(9, 5, direction=0, window=0)) == [10, 20]
    assert [one.ref for one in receiver_window_closed._shown(flow(sides=(half(zero_frame=7), half())), [])] == [7]


@pytest.mark.parametrize(
    ("repeats", "probes", "dead"), [(death.TRIED, 0, True), (death.TRIED - 1, 0, False), (0, 1, True)]
)
def test_tries_that_prove_a_path_dead(monkeypatch, repeats, probes, dead):
    monkeypatch.setattr(death, "silence", lambda flow: SimpleNamespace(repeats=repeats, keep_alives=probes))
    assert death.proved_dead(None) is dead


@pytest.mark.parametrize(
    ("count", "lasted", "reset_frame", "told"),
    [
        (death.TRIED, death.LASTED_NS, 99, True), (death.TRIED - 1, death.LASTED_NS, 99, False),
        (death.TRIED, death.LASTED_NS - 1, 99, False),
        (death.TRIED, death.LASTED_NS, 13, False), (death.TRIED, death.LASTED_NS, 14, True),
        (death.TRIED, death.LASTED_NS, 9, False),
    ],
)  # fmt: skip
def test_what_a_server_repeated_until_it_reset(count, lasted, reset_frame, told):
    again = [packet(11 + at, lasted, RETRANSMISSION) for at in range(count)]
    sides = half(last_frame=10, packets=1), half(rst_count=1, rst_frame=reset_frame)
    assert bool(death.repeated_until_reset(flow(packet(9, 0, RETRANSMISSION), *again, sides=sides))) is told


@pytest.mark.parametrize(
    ("idle", "survived", "forgotten"), [(100, 0, True), (99, 0, False), (111, 100, True), (110, 100, False)]
)
def test_pauses_after_which_a_box_forgets(idle, survived, forgotten):
    silent = death.Silence(0, 0, 0, 0, 0, 0, 0, idle, 0, False, survived)
    assert silent.forgotten(100) is forgotten


@pytest.mark.parametrize(
    ("cost", "outage", "marks", "told"),
    [(10, 5, RETRANSMISSION, True), (9, 5, RETRANSMISSION, False), (10, 5, 0, False), (10, 5, KEEP_ALIVE, False),
     (10, 5, RETRANSMISSION | SPURIOUS_RETRANSMISSION, False), (10, 5, LOST_SEGMENT, True)],
)  # fmt: skip
def test_losses_that_are_no_outages(monkeypatch, cost, outage, marks, told):
    monkeypatch.setattr(loss, "interruptions", lambda flow: [gap(end_ns=outage), gap(end_ns=10**9)])
    monkeypatch.setattr(loss, "silence", lambda flow, gap: loss.OUTAGE.ns - (gap.end_ns == 10**9))
    monkeypatch.setattr(loss, "finding", lambda *_: True)
    slow = SimpleNamespace(
        flow=flow(packet(3, 7, marks)), transfer=SimpleNamespace(direction=1), start_ns=7, end_ns=7, cost_ns=cost
    )
    assert (loss._costly(None, slow) is not None) is told
