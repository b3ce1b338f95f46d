"""Where a transfer's pace, pauses and silences have their edges: each limit at its value, and one beside it."""

from types import SimpleNamespace

import numpy as np
import pytest

from netanalyze.causes.tcp import throttled
from netanalyze.flows.transfers import outages, path_rate, transfers
from netanalyze.flows.transfers.transfers import LATENCY, LOSS, LimitedSpan
from netanalyze.tracking.gaps import KIND_ACK, KIND_FIN, KIND_RST
from netanalyze.tracking.marks import (
    LOST_SEGMENT,
    OUT_OF_ORDER,
    RETRANSMISSION,
    SPURIOUS_RETRANSMISSION,
    WAS_HOLE,
)
from tests.unit.stand_ins import binned, flow, gap, half, packet

QUEUE = path_rate.QUEUE_NS


@pytest.mark.parametrize(
    ("samples", "smoothed", "least", "grew"),
    [
        (4, 3 * QUEUE + 1, QUEUE, True), (4, 3 * QUEUE, QUEUE, False), (3, 3 * QUEUE + 1, QUEUE, False),
        (4, 3 * QUEUE + 1, 0, True), (4, 3 * QUEUE + 1, QUEUE + 1, False), (4, 3 * QUEUE, -1, False),
    ],
)  # fmt: skip
def test_round_trips_that_grew_as_in_a_queue(samples, smoothed, least, grew):
    far = half(rtt_samples=samples, smoothed_ns=smoothed, rtt_minimum_ns=least)
    assert path_rate.queues(SimpleNamespace(halves=(half(rtt_minimum_ns=-2), far))) is grew
    assert (throttled._grown(far) is not None) is grew


@pytest.mark.parametrize(
    ("moments", "windows"), [((), 0), ((5,), 1), ((5, 15), 1), ((5, 16), 2), ((5, 15, 25), 1), ((5, 16, 27), 3)]
)
def test_losses_within_a_round_trip_are_of_one_window(moments, windows):
    assert path_rate.lossy_windows(np.array(moments), 10) == windows


def test_who_lost_something_counts_repairs_and_holes():
    rows = binned({"repaired": 1}, {}, {"holes": 1})
    assert path_rate.loss_events(rows, np.array([0, 100, 200]), 10) == 2


@pytest.mark.parametrize(
    ("rows", "uneven"),
    [
        ([{"pairs": 2, "distance": 10, "squares": 50}], 0.0), ([{"pairs": 1, "distance": 10, "squares": 50}], 1e9),
        ([{"pairs": 2, "distance": 0, "squares": 50}], 1e9), ([{"pairs": 2, "distance": 10, "squares": 100}], 1.0),
    ],
)  # fmt: skip
def test_how_unevenly_segments_come(rows, uneven):
    assert path_rate.unevenness(binned(*rows), np.zeros(len(rows), dtype=np.int64)) == uneven


@pytest.mark.parametrize(("lossy", "policed"), [(path_rate.WINDOWS, True), (path_rate.WINDOWS - 1, False)])
def test_a_policer_is_told_by_no_fewer_losses_than_windows(lossy, policed):
    rows = binned(*({"repaired": int(at < lossy)} for at in range(20)))
    begins = np.arange(20) * 10**9
    assert path_rate.policed(rows, np.full(20, 1000), begins, 1000.0, 10**7, 1460) is policed


@pytest.mark.parametrize(
    ("sums", "steady"), [((0, 5, 5, 5, 0), 0.0), ((9, 1, 3, 9), 0.5), ((5, 5), 1e9), ((5, 0, 5), 1e9)]
)
def test_how_a_pace_varies_between_its_first_window_and_its_last(sums, steady):
    assert path_rate.variation(np.array(sums), np.arange(len(sums))) == steady


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({}, ""), ({"end_ns": 5}, transfers.SENDER), ({"end_ns": 4}, ""), ({"window_0": 0}, transfers.RECEIVER),
        ({"window_0": 0, "next_kind": KIND_RST, "end_ns": 4}, ""), ({"window_1": 0, "end_ns": 4}, ""),
        ({"end_ns": 5, "resent_1": 1}, LOSS), ({"end_ns": 5, "resent_0": 1}, transfers.SENDER),
        ({"end_ns": 5, "unacked_1": 1}, ""), ({"end_ns": 5, "unacked_0": 1}, transfers.SENDER),
        ({"end_ns": transfers.SHORTEST_NS, "resent_0": 2}, LOSS),
        ({"end_ns": transfers.SHORTEST_NS - 1, "resent_0": 2}, transfers.SENDER),
        ({"end_ns": transfers.SHORTEST_NS, "resent_0": 2, "next_direction": 0}, transfers.SENDER),
    ],
)  # fmt: skip
def test_what_a_pause_shows(more, limit):
    assert transfers._pause(flow(), gap(**{"end_ns": 1} | more), 1, 5) == limit


def spans(*rows):
    return [LimitedSpan(start, end, limit) for start, end, limit in rows]


@pytest.mark.parametrize(
    ("pauses", "found"),
    [
        ((), [(0, 10, LATENCY, 5), (10, 20, LOSS, 6)]),
        (((2, 4, "sender"),), [(0, 2, LATENCY, 0), (2, 4, "sender", 0), (4, 10, LATENCY, 5), (10, 20, LOSS, 6)]),
        (((10, 12, "sender"),), [(0, 10, LATENCY, 5), (10, 20, LOSS, 6)]), (((-5, 0, "sender"),), [(0, 10, LATENCY, 5),
        (10, 20, LOSS, 6)]),
        (((-5, 1, "sender"),), [(0, 1, "sender", 0), (1, 10, LATENCY, 5), (10, 20, LOSS, 6)]),
        (((9, 12, "sender"),), [(0, 9, LATENCY, 0), (9, 10, "sender", 0), (10, 10, LATENCY, 5), (10, 20, LOSS, 6)]),
    ],
)  # fmt: skip
def test_pauses_are_cut_out_of_the_bins(pauses, found):
    made = transfers._spans(0, [10, 20], [LATENCY, LOSS], [5, 6], spans(*pauses))
    assert [(one.start_ns, one.end_ns, one.limit, one.octets) for one in made] == found


EARLY = transfers.EARLY


@pytest.mark.parametrize(
    ("scale", "edges", "window", "allowed"),
    [
        (0, (101, 101), 50, (100, True)), (0, (101, 101), 49, (100, False)),
        (0, (101, 101) + (121,) * EARLY, 60, (120, True)),
        (0, (101,) * EARLY + (121,), 60, (100, True)), (0, (101,) * EARLY + (122,), 60, (100, False)), (-1, (101,), 50, None),
        (0, (0, 0), 50, None), (0, (1, 101), 50, None), (0, (), 50, None), (0, (0, 101), 50, (100, True)),
    ],
)  # fmt: skip
def test_windows_that_the_receiver_allowed(scale, edges, window, allowed):
    bins = 1, binned(*({"edge": edge, "acked": 1} for edge in edges))
    made = SimpleNamespace(bins=(bins, None), halves=(half(scale=scale), half()))
    found = transfers._receiver_allows(made, 1, window)
    assert found == (transfers.UNKNOWN if allowed is None else transfers.Allowed(allowed[0], fixed=allowed[1]))


def test_of_a_receiver_without_bins_nothing_is_known():
    assert (
        transfers._receiver_allows(SimpleNamespace(bins=(None, None), halves=(half(), half())), 1, 5)
        == transfers.UNKNOWN
    )


@pytest.mark.parametrize(
    ("packets", "moments"),
    [
        ([packet(1, 5, RETRANSMISSION)], [5]), ([packet(1, 5, OUT_OF_ORDER)], [5]), ([packet(1, 5, LOST_SEGMENT)], [5]),
        ([packet(1, 5, RETRANSMISSION | SPURIOUS_RETRANSMISSION)], []),
        ([packet(1, 5, LOST_SEGMENT), packet(2, 6, RETRANSMISSION)], [6]),
        ([packet(1, 5, LOST_SEGMENT), packet(2, 6, transfers.OVERTAKEN)], []), ([packet(1, 5)], []),
    ],
)  # fmt: skip
def test_when_packets_show_a_loss(packets, moments):
    assert transfers._losses(packets).tolist() == moments


@pytest.mark.parametrize(
    ("offset", "early"), [(1, [1, 0]), (transfers.HEAD - 1460, [1, 0]), (transfers.HEAD - 1459, [0, 0])]
)
def test_losses_among_the_first_octets(offset, early):
    made = flow(packet(1, 5, RETRANSMISSION, offset=offset))
    assert transfers._lost_early(made, 1, np.array([0, 100]), 1).tolist() == early


@pytest.mark.parametrize(
    ("ns", "early"),
    [(1000 - transfers.REPAIRED_TRIPS * 10, [1, 0]), (999 - transfers.REPAIRED_TRIPS * 10, [0, 0]), (2000, [0, 1]),
    (2001, [0, 0]),
     (1999, [1, 0])],
)  # fmt: skip
def test_early_losses_are_of_the_turn_that_follows_soon(ns, early):
    made = flow(packet(1, ns, RETRANSMISSION))
    assert transfers._lost_early(made, 1, np.array([1000, 2000]), 10).tolist() == early


@pytest.mark.parametrize(
    ("labels", "window"),
    [([LATENCY, LATENCY], 9), ([LATENCY, LOSS], 5), ([LOSS], 0), ([], 0), ([transfers.DISORDER, LATENCY], 0)],
)
def test_the_window_before_the_first_loss(labels, window):
    assert transfers._reached(labels, np.array([5, 9])) == window


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"resent_0": 2}, True), ({"resent_0": 1}, False), ({"resent_1": 2}, True), ({"resent_1": 1}, False),
        ({"resent_0": 2, "next_direction": 0, "next_kind": KIND_FIN}, False), ({"id_step": 3}, True), ({"id_step": 2}, False),
        ({"next_kind": KIND_ACK}, False), ({"data_direction": 0}, False), ({"next_direction": 0}, False),
    ],
)  # fmt: skip
def test_signs_that_the_path_was_gone(more, told):
    assert (outages.interrupted(flow(sides=(half(), half())), gap(**more)) is not None) is told


@pytest.mark.parametrize(
    ("body_over_ns", "tunnelled", "come"), [(0, False, True), (1, False, False), (0, True, False), (None, False, False)]
)
def test_answers_that_had_come_before_a_gap(body_over_ns, tunnelled, come):
    exchange = SimpleNamespace(body_over=body_over_ns is not None, body_over_ns=body_over_ns)
    made = flow(clear=SimpleNamespace(exchanges=[exchange]), tunnelled=tunnelled)
    assert outages._all_had_come(made, gap()) is come
    assert not outages._all_had_come(flow(), gap())


@pytest.mark.parametrize(
    ("marks", "missing"),
    [
        ((LOST_SEGMENT,), True), ((RETRANSMISSION,), True), ((WAS_HOLE,), True), ((0,), False), ((0, LOST_SEGMENT), False),
        ((RETRANSMISSION | SPURIOUS_RETRANSMISSION,), False), ((LOST_SEGMENT, OUT_OF_ORDER), False), ((), False),
    ],
)  # fmt: skip
def test_octets_missing_behind_a_gap(marks, missing):
    behind = [packet(21 + at, marks=one) for at, one in enumerate(marks)]
    assert outages._missing_behind(flow(packet(20, marks=LOST_SEGMENT), *behind), gap()) is missing


@pytest.mark.parametrize(
    ("ns", "direction", "resent", "began"),
    [(750, 1, 1, True), (749, 1, 1, False), (750, 0, 1, False), (750, 1, 0, False)],
)
def test_silences_broken_by_a_repeat(ns, direction, resent, began):
    made = flow(packet(15, ns, direction=direction))
    assert outages._began_with_a_repeat(made, gap(end_ns=1000, first_resent_frame=15, resent_1=resent)) is began


@pytest.mark.parametrize(
    ("step", "sender", "receiver", "count"),
    [
        (1, {}, {}, 0), (2, {}, {}, 1), (outages.REPEATS_MOST + 1, {}, {}, outages.REPEATS_MOST),
        (outages.REPEATS_MOST + 2, {}, {}, 0),
        (outages.REPEATS_MOST + 2, {"flight_most": 1460}, {}, outages.REPEATS_MOST + 1),
        (2, {"packets": outages.ENOUGH - 1}, {}, 0),
        (2, {"packets": 11, "id_ones": 8}, {}, 1), (2, {"packets": 11, "id_ones": 7}, {}, 0),
        (2, {"packets": 12, "copies": 1, "id_ones": 8}, {}, 1), (2, {"largest": 1461}, {}, 0),
        (2, {"largest": 9000}, {"mss": 0}, 1),
        (outages.MOST, {"flight_most": 1460 * 1000}, {}, outages.MOST - 1),
        (outages.MOST + 1, {"flight_most": 1460 * 1001}, {}, 0),
    ],
)  # fmt: skip
def test_packets_that_never_came_by_their_ids(step, sender, receiver, count):
    assert outages.never_came(flow(sides=(half(**receiver), half(**sender))), gap(id_step=step)) == count
    assert outages.never_came(flow(), gap(id_step=step, next_direction=-1)) == 0


@pytest.mark.parametrize(
    ("heard", "longest"),
    [
        ([], 1000),
        ([(0, 400)], 1000),
        ([(0, 400), (1, 300)], 700),
        ([(0, 700), (1, 300)], 700),
        ([(0, 0), (1, 1000)], 1000),
    ],
)
def test_how_long_a_side_was_not_heard(heard, longest):
    made = flow(*(packet(11 + at, ns, direction=direction) for at, (direction, ns) in enumerate(heard)))
    assert outages.silence(made, gap(end_ns=1000)) == longest


@pytest.mark.parametrize(
    ("trips", "ends", "after", "told"),
    [
        (20, 1460, (100, 100), outages.BEGAN_AGAIN[0]), (10, 1460, (100, 100), None), (20, 1395, (100, 100), None),
        (20, 1396, (100, 100), outages.BEGAN_AGAIN[0]), (20, 1460, (100,), None), (20, 1460, (9, 100), None),
        (20, 1460, (10, 100), outages.BEGAN_AGAIN[0]),
    ],
)  # fmt: skip
def test_a_window_that_collapsed_shows_as_one_segment_alone(trips, ends, after, told):
    later = [packet(21 + at, ms * 10**6) for at, ms in enumerate(after)]
    made = flow(packet(20, 0, length=ends), *later, sides=(half(rtt_minimum_ns=trips * 10**6), half()))
    assert outages._went_on(made, gap(), 1) == told


@pytest.mark.parametrize(("apart", "told"), [(10, None), (9, outages.BEGAN_AGAIN[0])])
def test_who_sends_one_at_a_time_did_so_before(apart, told):
    before = [packet(8, -apart * 10**6), packet(9, 0)]
    later = [packet(20, 0), packet(21, 10**8), packet(22, 10**8)]
    made = flow(*before, *later, sides=(half(rtt_minimum_ns=20 * 10**6), half()))
    assert outages._went_on(made, gap(), 1) == told


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        (RETRANSMISSION, outages.SENT_BEFORE[0]),
        (RETRANSMISSION | SPURIOUS_RETRANSMISSION, None),
        (OUT_OF_ORDER, outages.SENT_BEFORE[0]),
    ],
)
def test_octets_that_were_sent_before(marks, told):
    assert outages._went_on(flow(packet(20, marks=marks)), gap(), 1) == told
