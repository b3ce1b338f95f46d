"""The lines of what a command printed: their stamps taken off, colours and secrets taken out."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_NS = 2**63 - 1
"""A stamp that does not fit a signed 64-bit number of ns is no stamp."""


@dataclass(frozen=True)
class TraceLine:
    """One line as printed, without its stamp; ``number`` counts from 1, ``time_ns`` is since the epoch."""

    number: int
    time_ns: int | None
    text: str


_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,18}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})(?: |$)"
)
_EPOCH = re.compile(r"([0-9]{9,11})(?:\.([0-9]{1,18}))?(?: |$)")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SECRET_URL = re.compile(r"(://)(?!git@|hg@|xxxxx@)[^/\s@\"']{1,500}@")
_SECRET_HEADER = re.compile(r"(?i)((?:proxy-)?authorization[\"']?\s?[:=]\s?[\"']?)\S.*")


def _nanoseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:9].ljust(9, "0"))


def _stamp(text: str) -> tuple[int | None, int]:
    """The time a line's stamp tells, in ns, and where the line itself begins; ``(None, 0)`` without a stamp."""
    match = _EPOCH.match(text)
    if match:
        time_ns = int(match[1]) * 1_000_000_000 + _nanoseconds(match[2])
        return (time_ns, match.end()) if time_ns <= LATEST_NS else (None, 0)
    match = _RFC3339.match(text)
    if not match:
        return None, 0
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    try:
        whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - EPOCH
    except ValueError:
        return None, 0
    if second > 60:
        return None, 0
    total = whole.days * 86_400 + whole.seconds + (second == 60)
    zone = match[8]
    if zone not in "Zz":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        total += offset if zone[0] == "-" else -offset
    time_ns = total * 1_000_000_000 + _nanoseconds(match[7])
    return (time_ns, match.end()) if abs(time_ns) <= LATEST_NS else (None, 0)


def read_lines(text: str) -> tuple[TraceLine, ...]:
    """The lines of a text, each with the time it bears (RFC 3339, or seconds since the epoch), secrets blotted out.

    >>> read_lines("1700000000.5 # get https://me:secret@a.test/x\\n")[0]
    TraceLine(number=1, time_ns=1700000000500000000, text='# get https://xxxxx@a.test/x')
    """
    lines = []
    parts = text.split("\n")
    if parts and not parts[-1]:
        parts.pop()
    for number, raw in enumerate(parts, 1):
        raw = _ANSI.sub("", raw.rstrip("\r"))
        time_ns, begin = _stamp(raw)
        shown = raw[begin:].rpartition("\r")[2]
        if "@" in shown:
            shown = _SECRET_URL.sub(r"\1xxxxx@", shown)
        if "uthorization" in shown:
            shown = _SECRET_HEADER.sub(r"\1xxxxx", shown)
        lines.append(TraceLine(number, time_ns, shown))
    return tuple(lines)
