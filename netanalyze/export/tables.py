"""The tables as they are, as CSV."""

import csv
import io
from collections.abc import Iterator

from netanalyze.columns import Table
from netanalyze.result import Result

NAMES = ("flows", "dns", "tls", "http", "stalls", "transfers", "events", "tcp_marks")


def as_csv(result: Result) -> Iterator[tuple[str, bytes]]:
    """A file for each table that has rows: times are ns since the epoch, lists are joined by spaces, unknown is empty."""
    for name, table in _filled(result):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(column.name for column in table.schema)
        for row in zip(*(table.values(column) for column in table.schema)):
            writer.writerow(" ".join(map(str, value)) if isinstance(value, (list, tuple)) else value for value in row)
        yield f"{name}.csv", text.getvalue().encode("utf-8", "backslashreplace")


def _filled(result: Result) -> Iterator[tuple[str, Table]]:
    for name in NAMES:
        table: Table = getattr(result, name)
        if len(table):
            yield name, table
