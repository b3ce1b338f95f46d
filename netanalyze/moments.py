"""Moments as a person names them: seconds from the start of a capture, or what a clock showed."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from netanalyze.units import NEVER_NS, SECOND_NS, nanoseconds
from netanalyze.wording import message

Moment = float | str | datetime
"""Seconds from the start; or a time of day, or a date with one, as text; or that as a ``datetime``."""

_CLOCK = re.compile(
    r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
FORMS = "seconds (12.5), a duration (2min) or a time (14:03:10, 2024-05-01T14:03:10Z)"
"""What a moment may look like."""


class Clock(NamedTuple):
    """What a clock showed: ``day`` None where only the time of day is known; ``zone`` None is this machine's."""

    day: date | None
    of_day: time
    ns: int
    zone: tzinfo | None

    def on(self, day: date) -> int:
        """The moment on a day, ns since the epoch."""
        local = datetime.combine(day, self.of_day, self.zone)
        return int(local.astimezone(UTC).timestamp()) * SECOND_NS + self.ns


def read(text: str) -> float | Clock:
    """A moment from text: seconds as a number, or a clock's time.

    Raises:
        ValueError: it is neither; says what it may look like.

    >>> read("12.5"), read("2min"), read("-1")
    (12.5, 120.0, -1.0)
    >>> read("2024-05-01T14:03:10.25Z").on(date(2024, 5, 1))
    1714572190250000000
    """
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        day, hour, minute, second, fraction, zone = found.groups()
        try:
            return Clock(
                date.fromisoformat(day) if day else None,
                time(int(hour), int(minute), int(second or 0)),
                int((fraction or "").ljust(9, "0")),
                _zone(zone),
            )
        except ValueError as error:
            raise ValueError(message("{text} is on no clock ({why})", text=repr(text), why=str(error))) from None
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    try:
        return sign * nanoseconds(digits) / SECOND_NS
    except ValueError:
        raise ValueError(message("{text} is no moment: {forms}", text=repr(text), forms=FORMS)) from None


def _zone(name: str | None) -> tzinfo | None:
    """The zone that is written behind a time."""
    if not name:
        return None
    if name.upper() in ("Z", "UTC"):
        return UTC
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))


def check(between: tuple[Moment, Moment]) -> None:
    """Let two moments pass that can be in this order.

    Raises:
        TypeError, ValueError: they are no two moments, or the later one comes first.
    """
    if isinstance(between, str) or len(between) != 2:
        raise TypeError(between)
    first, last = map(_taken, between)
    if isinstance(first, float) and isinstance(last, float) and first > last:
        raise ValueError(message("the earlier time comes first"))
    if isinstance(first, Clock) and isinstance(last, Clock) and first.day and last.day:
        if first.on(first.day) > last.on(last.day):
            raise ValueError(message("the earlier time comes first"))


def _taken(moment: Moment) -> float | Clock:
    if isinstance(moment, str):
        return read(moment)
    if isinstance(moment, datetime):
        return Clock(moment.date(), moment.time().replace(microsecond=0), moment.microsecond * 1000, moment.tzinfo)
    if not math.isfinite(moment):
        raise ValueError(message("it is no time"))
    return float(moment)


def span(between: tuple[Moment, Moment], origin_ns: int, first_ns: int, last_ns: int) -> tuple[int, int]:
    """Two moments as ns since the epoch.

    A time without a day is on the capture's first day, or the next, where that is before the capture and this is not
    beyond it; the end of the span comes after its beginning.

    Args:
        origin_ns: where seconds count from.
        first_ns, last_ns: the capture's first and last frame.
    """
    begin, end = (_taken(one) for one in between)
    start = _placed(begin, origin_ns, first_ns, last_ns)
    stop = _placed(end, origin_ns, first_ns, last_ns)
    if stop < start and isinstance(end, Clock) and end.day is None:
        stop += DAY_NS
    return start, stop


DAY_NS = 86_400 * SECOND_NS


def _placed(moment: float | Clock, origin_ns: int, first_ns: int, last_ns: int) -> int:
    if isinstance(moment, float):
        return origin_ns + round(moment * SECOND_NS)
    if moment.day is not None:
        return moment.on(moment.day)
    if first_ns == NEVER_NS:
        return origin_ns
    try:
        day = datetime.fromtimestamp(first_ns // SECOND_NS, UTC).astimezone(moment.zone).date()
        at, tomorrow = moment.on(day), moment.on(day + timedelta(days=1))
    except (ValueError, OverflowError, OSError):  # a capture of no year that a calendar has
        return origin_ns
    return tomorrow if at < first_ns and tomorrow <= last_ns else at
