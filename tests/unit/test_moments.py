"""Moments: seconds from the start, or what a clock showed."""

import time
from datetime import UTC, datetime

import pytest

import netanalyze
from netanalyze import moments
from netanalyze.units import NEVER_NS, SECOND_NS
from tests.house.sources import ROOT

CAPTURE = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"


def at(text):
    """A moment in UTC as ns."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


FIRST, LAST = at("2024-05-01T23:50:00"), at("2024-05-02T00:20:00")


@pytest.fixture(autouse=True)
def somewhere_east(monkeypatch):
    monkeypatch.setenv("TZ", "UTC-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("between", "begin", "end"),
    [
        ((1.5, 3), FIRST + 1_500_000_000, FIRST + 3 * SECOND_NS),
        (("1.5", "1min"), FIRST + 1_500_000_000, FIRST + 60 * SECOND_NS),
        (("23:51Z", "23:52:10.5Z"), at("2024-05-01T23:51:00"), at("2024-05-01T23:52:10") + 500_000_000),
        (("00:05:00Z", "00:06:00Z"), at("2024-05-02T00:05:00"), at("2024-05-02T00:06:00")),
        (("23:55Z", "00:05Z"), at("2024-05-01T23:55:00"), at("2024-05-02T00:05:00")),
        (("23:40Z", "23:55Z"), at("2024-05-01T23:40:00"), at("2024-05-01T23:55:00")),
        (("05:25", "05:30"), at("2024-05-01T23:55:00"), at("2024-05-02T00:00:00")),
        (("01:55:00+02:00", "01:56:00+0200"), at("2024-05-01T23:55:00"), at("2024-05-01T23:56:00")),
        (("2024-05-01 23:55:00Z", "2024-05-02T05:35:00"), at("2024-05-01T23:55:00"), at("2024-05-02T00:05:00")),
        (("23:55:00.123456789Z", 400), at("2024-05-01T23:55:00") + 123_456_789, FIRST + 400 * SECOND_NS),
        ((datetime(2024, 5, 1, 23, 55, tzinfo=UTC), datetime(2024, 5, 2, 5, 30)),
            at("2024-05-01T23:55:00"), at("2024-05-02T00:00:00")),
    ],
)  # fmt: skip
def test_where_on_the_capture_they_are(between, begin, end):
    moments.check(between)
    assert moments.span(between, FIRST, FIRST, LAST) == (begin, end)


@pytest.mark.parametrize(
    "text", ["", "soon", "24:00", "12:60", "12:00:61", "1:2", "2024-13-01T12:00", "nan", "inf", "12:00PM", "--3"]
)
def test_what_is_none_is_said_to_be_none(text):
    with pytest.raises(ValueError, match=r"is no moment|is on no clock"):
        moments.read(text)


@pytest.mark.parametrize("between", [(3, 1), ("2024-05-02T00:00Z", "2024-05-01T00:00Z"), (float("nan"), 1)])
def test_the_order_is_looked_at(between):
    with pytest.raises(ValueError, match=r"the earlier time comes first|it is no time"):
        moments.check(between)


@pytest.mark.parametrize("first", [NEVER_NS, 2**62, -(2**62)])
def test_a_capture_beyond_any_calendar_raises_nothing(first):
    assert moments.span(("12:00", "13:00"), 0, first, first) is not None


def test_clock_and_seconds_judge_the_same():
    by_clock = netanalyze.analyze(CAPTURE, between=("10:20:37Z", "10:20:44Z"))
    start = by_clock.capture.start_ns
    offsets = tuple(
        (at(f"2026-11-22T10:20:{second}") - at("2026-11-22T10:20:36")) / 1e9 - 0.856091 for second in (37, 44)
    )
    assert netanalyze.analyze(CAPTURE, between=offsets).verdict.seconds == pytest.approx(
        by_clock.verdict.seconds, abs=1e-3
    )
    assert start != NEVER_NS
