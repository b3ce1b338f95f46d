"""A summary as text, Markdown and HTML: the same sheets, written three ways. Names are strangers': each form escapes them."""

from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from netanalyze.fleet.summary import HOUR, Summary
from netanalyze.report.language import Language
from netanalyze.report.markdown import escaped as in_markdown
from netanalyze.report.sheet import cells, clean
from netanalyze.wording import Text, message

ROWS_MOST = 40
"""Of a sheet, the costliest first; the DataFrames have all."""
LONGEST = 48
"""Columns of a name in the text form."""
INDENT, BETWEEN = "  ", "  "


class SheetOf(NamedTuple):
    """A table to be shown: its title, what stands under it where there are no rows, headings, rows of text."""

    title: Text
    headings: list[Text]
    rows: list[list[str]]
    names: int
    rest: int


def sheets(summed: Summary) -> Iterator[SheetOf]:
    """The sheets, in the order in which they are read."""
    yield _sheet(message("Runs"), summed.runs, 1, {
        "status": (message("verdict"), str), "runs": (message("runs"), str),
        "hours": (message("in all"), _hours), "lost_hours": (message("lost"), _hours),
    })  # fmt: skip
    yield _sheet(message("What it cost"), summed.causes, 1, {
        "cause": (message("cause"), str), "hours": (message("lost"), _hours), "runs": (message("verdict of runs"), str),
        "who": (message("mostly"), str),
    })  # fmt: skip
    yield _sheet(message("What began when"), summed.onsets, 2, {
        "cause": (message("cause"), str), "who": (message("who"), str), "first": (message("first"), _moment),
        "runs": (message("runs"), str), "last": (message("last"), _moment), "before": (message("runs before"), str),
        "since": (message("runs since"), str),
    })  # fmt: skip
    yield _sheet(message("Resolvers"), summed.resolvers, 1, {
        "resolver": (message("resolver"), str), "queries": (message("queries"), str), "success": (message("success"), _share),
        "median": (message("median"), _time), "p95": (message("95 %"), _time), "lost_hours": (message("lost"), _hours),
    })  # fmt: skip
    yield _sheet(message("Hosts"), summed.hosts, 1, {
        "host": (message("host"), str), "connections": (message("connections"), str), "success": (message("success"), _share),
        "requests": (message("requests"), str), "answered": (message("answered"), _share),
        "dns_median": (message("DNS"), _time), "dns_p95": (message("95 %"), _time),
        "connect_median": (message("connect"), _time), "connect_p95": (message("95 %"), _time),
        "tls_median": (message("TLS"), _time), "tls_p95": (message("95 %"), _time),
        "first_byte_median": (message("first byte"), _time), "first_byte_p95": (message("95 %"), _time),
        "lost_hours": (message("lost"), _hours),
    })  # fmt: skip


Columns = dict[str, tuple[Text, Callable[[Any], str]]]


def _sheet(title: Text, frame: pd.DataFrame, names: int, columns: Columns) -> SheetOf:
    shown = frame.head(ROWS_MOST)
    texts = [[form(value) for value in shown[name]] for name, (_, form) in columns.items()]
    rows = [list(row) for row in zip(*texts)]
    return SheetOf(title, [heading for heading, _ in columns.values()], rows, names, len(frame) - len(shown))


def _hours(value: float) -> str:
    """Of hours, in the unit in which it is read: ``41 s``, ``12 min``, ``3.1 h``."""
    seconds = value * HOUR
    if pd.isna(value):
        return ""
    if seconds < 120:
        return "0 s" if seconds == 0 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * HOUR else f"{value:.1f} h"


def _share(value: float) -> str:
    return "" if pd.isna(value) else f"{100 * value:.1f} %"


def _time(value: float) -> str:
    """With three figures; a median of ms is no s."""
    if pd.isna(value):
        return ""
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms" if value >= 0.01 else f"{1000 * value:.1f} ms"


def _moment(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:%Y-%m-%d %H:%M:%S}"


def _headline(summed: Summary, reader: Language) -> str:
    count = int(summed.runs["runs"].sum())
    if pd.isna(summed.begun) or pd.isna(summed.ended):
        return reader.say(message("{count} captures", count=count))
    span = {"begun": _moment(summed.begun), "ended": _moment(summed.ended)}
    return reader.say(message("{count} captures, {begun} to {ended} UTC", count=count, **span))


def _rest(sheet: SheetOf, reader: Language) -> str:
    if not sheet.rows:
        return reader.say(message("none"))
    return reader.say(message("and {count} more", count=sheet.rest)) if sheet.rest else ""


def text(summed: Summary, language: str = "en", ascii_only: bool = False, width: int = 80) -> str:
    """As lines for a terminal of so many columns: of a wider sheet the rest of the columns follows, the names once more."""
    from netanalyze.report.sheet import ascii_form

    reader = Language("en" if ascii_only else language)
    lines = [f"{clean(summed.folder)}: {_headline(summed, reader)}"]
    for sheet in sheets(summed):
        heads = [reader.say(heading) for heading in sheet.headings]
        rows = [heads, *([_cut(clean(value)) for value in row] for row in sheet.rows)]
        widths = [max(map(cells, column)) for column in zip(*rows)]
        lines += ["", reader.say(sheet.title)]
        if sheet.rows:
            for number, block in enumerate(_blocks(widths, sheet.names, width - len(INDENT))):
                lines += [""] * bool(number)
                part = [widths[place] for place in block]
                lines += [_aligned([row[place] for place in block], part, sheet.names) for row in rows]
        lines += [f"  {rest}"] if (rest := _rest(sheet, reader)) else []
    whole = "\n".join(lines) + "\n"
    return ascii_form(whole) if ascii_only else whole


def _blocks(widths: list[int], names: int, room: int) -> Iterator[list[int]]:
    """The columns that fit beside the names, so many at a time; one at the least."""
    block = list(range(names))
    for place in range(names, len(widths)):
        if len(block) > names and sum(widths[one] + len(BETWEEN) for one in block) + widths[place] > room:
            yield block
            block = list(range(names))
        block.append(place)
    yield block


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def _aligned(row: list[str], widths: list[int], names: int) -> str:
    padded = [
        value + " " * (width - cells(value)) if place < names else " " * (width - cells(value)) + value
        for place, (value, width) in enumerate(zip(row, widths))
    ]
    return (INDENT + BETWEEN.join(padded)).rstrip()


def markdown(summed: Summary, language: str = "en") -> str:
    """As GitHub-flavoured Markdown."""
    reader = Language(language)
    parts = [f"## {in_markdown(summed.folder)}: {_headline(summed, reader)}"]
    for sheet in sheets(summed):
        parts.append(f"### {reader.say(sheet.title)}")
        if sheet.rows:
            heads = [reader.say(heading) for heading in sheet.headings]
            marks = ["---" if place < sheet.names else "--:" for place in range(len(heads))]
            rows = [heads, marks, *([in_markdown(value, in_table=True) for value in row] for row in sheet.rows)]
            parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
        if rest := _rest(sheet, reader):
            parts.append(rest)
    return "\n\n".join(parts) + "\n"


STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:90em;padding:0 1em;color-scheme:light dark}"
    "table{border-collapse:collapse}th,td{padding:.2em .7em;text-align:right;border-bottom:1px solid #8884;"
    "font-variant-numeric:tabular-nums}.name{text-align:left;overflow-wrap:anywhere}"
)


def html(summed: Summary, language: str = "en") -> str:
    """As one page that loads nothing."""
    reader = Language(language)
    title = escape(f"{clean(summed.folder)}: {_headline(summed, reader)}")
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{html_body(summed, language)}</body>\n</html>\n"
    )


def html_body(summed: Summary, language: str = "en") -> str:
    """What stands in the page, for a notebook."""
    reader = Language(language)
    parts = [f"<h1>{escape(clean(summed.folder))}</h1>\n<p>{escape(_headline(summed, reader))}</p>\n"]
    for sheet in sheets(summed):
        parts.append(f"<h2>{escape(reader.say(sheet.title))}</h2>\n")
        if sheet.rows:
            heads = "".join(
                _cell("th", reader.say(heading), n < sheet.names) for n, heading in enumerate(sheet.headings)
            )
            rows = (
                "".join(_cell("td", clean(value), n < sheet.names) for n, value in enumerate(row)) for row in sheet.rows
            )
            parts.append(f"<table>\n<tr>{heads}</tr>\n" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>\n")
        if rest := _rest(sheet, reader):
            parts.append(f"<p>{escape(rest)}</p>\n")
    return "".join(parts)


def _cell(tag: str, value: str, is_name: bool) -> str:
    kind = ' class="name"' if is_name else ""
    return f"<{tag}{kind}>{escape(value)}</{tag}>"
