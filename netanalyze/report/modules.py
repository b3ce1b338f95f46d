"""Modules and packages as a table for a terminal: what each cost, and who gave it."""

from collections.abc import Iterable
from typing import Any

from netanalyze.report.language import Language
from netanalyze.report.sheet import ascii_form, cells, clean, left, right, shortened
from netanalyze.result.modules import ModuleTable
from netanalyze.units import duration, size
from netanalyze.wording import Message, counted, message

SPANS = ("lookup_ns", "connect_ns", "tls_ns", "wait_ns", "transfer_ns")
NAMES = 2
"""Columns of the table that are names, the first: the module, and who gave it."""
LEAST_NAME = 20
"""Columns of a terminal that they get, also where it is narrow."""


def spent_ns(row: dict[str, Any]) -> int:
    """All that went into a module, ns: spans of requests side by side count each."""
    return sum(row[name] for name in SPANS if row[name] is not None)


def in_order(table: ModuleTable, order: str) -> list[dict[str, Any]]:
    """The rows by when they were first asked for, by what they cost, by octets (the most first), or by name."""
    keys = {
        "start": lambda row: 0, "seconds": lambda row: -spent_ns(row), "octets": lambda row: -(row["octets"] or 0),
        "name": lambda row: (row["name"], row["version"] or ""),
    }  # fmt: skip
    return sorted(table.rows(), key=keys[order])


def render(rows: list[dict[str, Any]], width: int, language: str = "en", ascii_only: bool = False) -> str:
    """The rows as lines of at most ``width`` columns, with a sum above; names are cut where they must be."""
    spoken = Language(language)
    heads = [
        spoken.say(message(head))
        for head in ("module", "from", "asked", "DNS", "connect", "TLS", "wait", "transfer", "size")
    ]
    table = [heads, *(_cells(row) for row in rows)]
    figures = [place for place in range(NAMES, len(heads)) if any(line[place] for line in table[1:])]
    widths = {place: max(cells(line[place]) for line in table) for place in (*range(NAMES), *figures)}
    room = max(width - sum(widths[place] + 2 for place in figures) - 2, LEAST_NAME)
    if widths[0] + widths[1] > room:
        widths[1] = min(widths[1], max(room // 3, room - widths[0]))
        widths[0] = min(widths[0], room - widths[1])
    lines = [_line(line, widths) for line in table]
    text = "\n".join([spoken.say(_sum(rows)), "", *lines]) + "\n"
    return ascii_form(text) if ascii_only else text


def _sum(rows: list[dict[str, Any]]) -> Message:
    begun = [row["start_ns"] for row in rows if row["start_ns"] is not None]
    ended = [row["end_ns"] for row in rows if row["end_ns"] is not None]
    known = [row["octets"] for row in rows if row["octets"] is not None]
    modules = counted(len(rows), "{number} module", "{number} modules")
    requests = counted(sum(row["requests"] for row in rows), "{number} request", "{number} requests")
    if not (begun and ended and known):
        return message("{modules}, {requests}.", modules=modules, requests=requests)
    return message(
        "{modules}, {requests}, {size} in {seconds}.",
        modules=modules, requests=requests, size=size(sum(known)), seconds=duration(max(ended) - min(begun)),
    )  # fmt: skip


def _cells(row: dict[str, Any]) -> list[str]:
    version = f"@{row['version']}" if row["version"] else ""
    asked = f"{row['requests']}" + (f", {row['failed']} ✗" if row["failed"] else "")
    spans = ["" if row[name] is None else duration(row[name]) for name in SPANS]
    weight = "" if row["octets"] is None else size(row["octets"])
    return [clean(row["name"] + version), clean(row["host"] or ""), asked, *spans, weight]


def _line(line: list[str], widths: dict[int, int]) -> str:
    padded: Iterable[str] = (
        left(shortened(line[place], room), room) if place < NAMES else right(line[place], room)
        for place, room in widths.items()
    )
    return "  ".join(padded).rstrip()
