"""The captures of a dataset one after the other, as rows of plain values; a part of it in memory at a time."""

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from netanalyze.columns import name_of
from netanalyze.fleet.dataset import read_part, readable
from netanalyze.fleet.schema import OF_RESULT, TABLES

Row = dict[str, Any]
WITH_IT = ("flows", "dns", "tls", "http", "findings")
"""What is given of each capture beside its row of ``runs``."""
OWN_NAMES = {table: {name_of(column): column.name for column in kind.schema} for table, kind in OF_RESULT.items()}
"""Columns as the tables of a result have them: ``syn_ns`` for ``syn``."""


def captures_of(folder: str | PathLike[str]) -> Iterator[tuple[Row, dict[str, list[Row]]]]:
    """Each capture's row of ``runs``, and its rows of WITH_IT; moments and durations are ns, unknown is None.

    Raises:
        NotADataset: no dataset, or one of another form.
        BadPart: a part of it is none.
        MissingProgram: pyarrow is not installed.
    """
    place = readable(folder)
    for part in sorted((place / "runs").glob("part-*.parquet")):
        by_hash: dict[str, dict[str, list[Row]]] = {}
        for table in WITH_IT:
            names = [field.name for field in TABLES[table]]
            for row in _rows(place / table / part.name, names):
                own = OWN_NAMES.get(table, {})
                renamed = {own.get(name, name): value for name, value in row.items()}
                by_hash.setdefault(row["hash"], {name: [] for name in WITH_IT})[table].append(renamed)
        for run in _rows(part, ["hash", "file", "status", "end"]):
            yield run, by_hash.get(run["hash"]) or {name: [] for name in WITH_IT}


def _rows(path: Path, columns: Sequence[str]) -> list[Row]:
    import pyarrow
    from pyarrow import types

    table = read_part(path, columns)
    values = [
        column.cast(pyarrow.int64()).to_pylist()
        if types.is_timestamp(column.type) or types.is_duration(column.type) else column.to_pylist()
        for column in table.columns
    ]  # fmt: skip
    return [dict(zip(table.column_names, row)) for row in zip(*values)]
