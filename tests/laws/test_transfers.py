"""What limits a transfer: made-up ones whose limit is known, and laws that hold for any.

The price of a limit is held against the twin: the same transfer without it.
"""

from dataclasses import replace

import numpy as np
import pytest
from downloads import MILLISECOND, Download
from feeding import RECORDINGS, batches, examples, interfaces, name, read
from hypothesis import given
from hypothesis import strategies as st
from traffic import traffic

from netanalyze.analyzer import Analyzer
from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.transfers.transfer import LATENCY, LOSS, PATH, RECEIVER, SENDER
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.kernel import Engine
from netanalyze.tracking.bins import BIN, BINS_MOST, Bins, coarser, merged


def transfers_of(capture, cuts=(), mode="plain"):
    """The transfers of a capture that was fed in batches cut like this, and of the flow they belong to."""
    analyzer = Analyzer(Engine(mode=mode), Diagnostics())
    for batch in batches(capture, cuts):
        analyzer.feed(batch, interfaces(capture))
    analyzer.finish()
    return [one for flow in analyzer._flows for one in transfers(flow)]


def verdict_of(made, client=None):
    """What is said of a made-up capture."""
    capture, analyzer = made.capture(), Analyzer(Engine(mode="plain"), Diagnostics())
    for batch in batches(capture, ()):
        analyzer.feed(batch, interfaces(capture))
    return analyzer.finish(client=client).verdict


def the_transfer(made):
    """The one transfer of a made-up capture."""
    found = transfers_of(made.capture())
    assert len(found) == 1
    assert found[0].direction == (0 if made.up else 1)
    return found[0]


WAYS = [
    pytest.param({}, id="down, at the client"),
    pytest.param({"far": True}, id="down, at the server"),
    pytest.param({"up": True, "far": True}, id="up, at the client"),
    pytest.param({"up": True}, id="up, at the server"),
    pytest.param({"version": 6}, id="down, IPv6"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loss", [0.01, 0.04, 0.09])
def test_loss_is_the_limit_and_costs_what_the_twin_was_quicker(way, loss):
    made = Download(loss=loss, **way)
    slow, twin = the_transfer(made), the_transfer(replace(made, loss=0.0))
    assert slow.limit == LOSS
    assert slow.ns > 3 * twin.ns
    assert slow.by_limit()[LOSS] > 0.8 * slow.ns
    assert slow.cost_ns(LOSS) == pytest.approx(slow.ns - twin.ns, rel=0.25)


@pytest.mark.parametrize("way", WAYS)
def test_a_transfer_without_any_trouble_is_limited_by_round_trips(way):
    found = the_transfer(Download(**way))
    assert found.limit == LATENCY
    assert not found.lost
    assert set(found.by_limit()) == {LATENCY}


@pytest.mark.parametrize("rate", [50_000, 200_000])
@pytest.mark.parametrize("loss", [0.0, 0.01])
def test_even_distances_show_a_thin_link_even_where_its_queue_drops_some(rate, loss):
    found = the_transfer(Download(octets=600_000, rate=rate, loss=loss))
    assert found.limit == PATH
    assert found.rate == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize("rate", [25_000, 50_000, 100_000])
def test_a_link_on_which_a_segment_takes_longer_than_a_bin_is_the_cause_also_where_losses_repair(rate):
    made = Download(octets=400_000, rate=rate, loss=0.01)
    assert the_transfer(made).limit == PATH
    found = verdict_of(made)
    assert (found.status, found.cause) == ("degraded", "tcp/throttled")


@pytest.mark.parametrize(("octets", "status"), [(150_000, "healthy"), (400_000, "degraded")])
def test_a_queue_that_ran_over_a_few_times_is_no_cause_and_loss_all_along_is(octets, status):
    made = Download(octets=octets, trip_ns=40 * MILLISECOND, loss=0.1, seed=3)
    assert the_transfer(made).lost >= 8
    assert verdict_of(made, "pip").status == status


@pytest.mark.parametrize("way", WAYS)
def test_a_pause_is_the_senders_and_is_its_whole_cost(way):
    pause = 3_000 * MILLISECOND
    found = the_transfer(Download(pause_ns=pause, **way))
    assert found.limit == SENDER
    assert found.cost_ns(SENDER) == pytest.approx(pause, rel=0.05)


@pytest.mark.parametrize(
    "way", [way for way in WAYS if way.id != "up, at the client"]
)  # there the repeats would show as well
@pytest.mark.parametrize("octets", [400_000, 3_000_000])
@pytest.mark.parametrize("seconds", [2, 9])
def test_without_an_outage_there_is_no_repair_and_no_second_slow_start_either(way, octets, seconds):
    made = Download(octets=octets, trip_ns=120 * MILLISECOND, outage_ns=seconds * 1_000 * MILLISECOND, **way)
    found, twin = verdict_of(made), replace(made, outage_ns=0).capture().frames
    assert found.cause == "tcp/outage"
    assert found.without_it == pytest.approx((twin[-1].time_ns - twin[0].time_ns) / 1e9, rel=0.15)


@pytest.mark.parametrize("rate", [300_000, 600_000])
@pytest.mark.parametrize("loss", [0.02, 0.1])
def test_a_thin_link_bounds_what_a_transfer_had_taken_without_loss(rate, loss):
    made = Download(octets=600_000, trip_ns=100 * MILLISECOND, rate=rate, loss=loss)
    slow, twin = the_transfer(made), the_transfer(replace(made, loss=0.0))
    assert slow.limit == LOSS
    assert slow.link == pytest.approx(rate, rel=0.05)
    assert slow.ns - slow.cost_ns(LOSS) == pytest.approx(twin.ns, rel=0.1)


def test_a_receiver_that_keeps_its_window_bounds_what_a_transfer_had_taken_without_loss():
    made = Download(octets=1_500_000, window=32_000, loss=0.04)
    slow, twin = the_transfer(made), the_transfer(replace(made, loss=0.0))
    assert slow.allowed.fixed
    assert slow.ns - slow.cost_ns(LOSS) == pytest.approx(twin.ns, rel=0.1)


@pytest.mark.parametrize("way", WAYS)
def test_a_window_that_is_filled_again_and_again_is_the_receivers(way):
    assert the_transfer(Download(window=64_000, **way)).limit == RECEIVER


FAULTS = [
    pytest.param({"loss": 0.05}, "tcp/loss", id="loss"),
    pytest.param({"rate": 150_000, "loss": 0.01}, "tcp/throttled", id="a thin link"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("fault", "cause"), FAULTS)
def test_what_slowed_a_transfer_down_is_the_cause_and_its_twin_has_none(way, fault, cause):
    assert verdict_of(Download(**way, **fault)).cause == cause
    assert verdict_of(Download(**way)).status == "healthy"


made_up = st.builds(
    Download,
    octets=st.integers(60_000, 400_000), trip_ns=st.integers(1, 200).map(lambda ms: ms * MILLISECOND),
    loss=st.sampled_from([0.0, 0.0, 0.02, 0.2]), rate=st.sampled_from([0, 0, 100_000, 2_000_000]),
    pause_ns=st.sampled_from([0, 0, 300 * MILLISECOND, 5_000 * MILLISECOND]), window=st.sampled_from([32_000, 4_000_000]),
    up=st.booleans(), far=st.booleans(), version=st.sampled_from([4, 6]), seed=st.integers(0, 99),
)  # fmt: skip


def check_spans(found):
    """Spans lie end to end, from the beginning to the end, and their octets add up."""
    assert found.spans[0].start_ns == found.start_ns
    assert found.spans[-1].end_ns == found.end_ns
    assert all(a.end_ns == b.start_ns and a.limit != b.limit for a, b in zip(found.spans, found.spans[1:]))
    assert sum(found.by_limit().values()) == found.ns
    assert sum(span.octets for span in found.spans) == found.octets
    spent = found.by_limit()
    for limit in spent:  # after a pause, and after losses, its windows are smaller for a while
        assert (
            0 <= found.cost_ns(limit) <= spent[limit] + (limit not in (LATENCY, PATH, RECEIVER)) * spent.get(LATENCY, 0)
        )


@examples(40)
@given(made=made_up)
def test_the_spans_of_a_transfer_add_up_to_its_time(made):
    for found in transfers_of(made.capture()):
        check_spans(found)


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_the_spans_of_recorded_transfers_add_up_to_their_time(path):
    for found in transfers_of(read(path)):
        check_spans(found)


@examples(15)
@given(made=made_up, data=st.data())
def test_cutting_the_capture_anywhere_changes_no_transfer(made, data):
    capture = made.capture()
    cuts = data.draw(st.lists(st.integers(0, len(capture.frames)), min_size=1, max_size=8))
    assert transfers_of(capture, cuts) == transfers_of(capture)


@examples(15)
@given(made=made_up, days=st.integers(1, 10_000), sequence=st.sampled_from([5, 2**31 - 9000, 2**32 - 20_000]))
def test_another_day_and_other_sequence_numbers_change_no_transfer(made, days, sequence):
    shift = days * 86_400 * 10**9
    later = replace(made, begins_ns=made.begins_ns + shift, sequence=sequence)
    told, again = ([(t.limit, t.octets, t.lost, [(s.start_ns - m.begins_ns, s.end_ns - m.begins_ns, s.limit) for s in t.spans])
                    for t in transfers_of(m.capture())] for m in (made, later))  # fmt: skip
    assert told == again


class BothWays(Bins):
    """Bins that are added up by the kernel and by columns, which must be the same."""

    def rows(self, batch, packets, state):
        sent = self._sent_ns.copy()
        by_columns, self._sent_ns = self.by_columns(batch, packets, state), sent
        by_kernel = self.by_kernel(batch, packets, state)
        assert np.array_equal(merged(by_columns), merged(by_kernel))
        return by_kernel


@examples(60)
@given(capture=st.one_of(traffic(), made_up.map(Download.capture)), data=st.data())
def test_kernel_and_columns_fill_the_same_bins(capture, data):
    analyzer = Analyzer(Engine(mode="plain"), Diagnostics())
    analyzer.tracker.bins = BothWays()
    for batch in batches(capture, data.draw(st.lists(st.integers(0, len(capture.frames)), max_size=3))):
        analyzer.feed(batch, interfaces(capture))


@examples(40)
@given(data=st.data())
def test_bins_are_bounded_and_lose_no_octet(data):
    """Two neighbours become one as often as needed: what is in them is added, whichever part was added up first."""
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    rows = np.zeros((3 * BINS_MOST, BIN.WIDTH), dtype=np.int64)
    rows[:, 0] = random.integers(0, 3, len(rows))
    rows[:, BIN.NUMBER] = random.integers(0, random.choice([100, 10**4, 10**7]), len(rows))
    rows[:, 2:] = random.integers(0, 1000, (len(rows), BIN.WIDTH - 2))
    levels = np.zeros(3, dtype=np.int64)
    whole, by_half = coarser(merged(rows), levels)
    half = len(rows) // 2
    part, first = coarser(merged(rows[:half]), levels)
    rest = rows[half:].copy()
    rest[:, BIN.NUMBER] >>= first[rest[:, 0]]
    again, second = coarser(merged(np.concatenate([part, rest])), first)
    assert np.array_equal(whole, again)
    assert np.array_equal(by_half, second)
    assert np.unique(whole[:, 0], return_counts=True)[1].max() <= BINS_MOST
    assert whole[:, BIN.OCTETS].sum() == rows[:, BIN.OCTETS].sum()
