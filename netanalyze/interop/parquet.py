"""Tables as Parquet files, for DuckDB, Polars, Spark and the like. Needs pyarrow, which nothing else here needs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netanalyze.errors import MissingProgram
from netanalyze.folders import make_folder
from netanalyze.output_files import OutputFile, check_output

if TYPE_CHECKING:
    from netanalyze.notebook.analysis import Analysis

AS_JSON = ("quantities", "attributes")
"""Columns whose values have no common type: they are written as JSON text."""


def write_tables(analysis: "Analysis", folder: Path, tables: Iterable[str], force: bool = False) -> list[Path]:
    """Write each table to ``folder/NAME.parquet``; each column carries its unit and meaning as metadata.

    Returns:
        The files written.

    Raises:
        MissingProgram: pyarrow is not installed.
        KeyError: there is no such table.
        OutputRefused: a file is there, and ``force`` was not given; then none is written.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingProgram("to_parquet()", "pyarrow", "pip install pyarrow") from error
    from netanalyze.notebook.analysis import TABLES

    wanted = list(tables)
    for name in wanted:
        if name not in TABLES:
            raise KeyError(f"no table {name!r}; there are {', '.join(TABLES)}")
    make_folder(folder)
    written = []
    for name in wanted:
        check_output(folder / f"{name}.parquet", force)
    for name in wanted:
        frame = getattr(analysis, name)
        for column in frame.columns.intersection(list(AS_JSON)):
            frame = frame.assign(**{column: [json.dumps(value, default=str) for value in frame[column]]})
        table = _described(pyarrow.Table.from_pandas(frame, preserve_index=False), analysis, name)
        written.append(folder / f"{name}.parquet")
        with OutputFile(written[-1], force) as file:
            parquet.write_table(table, file.stream, compression="zstd")
    return written


def _described(table: Any, analysis: "Analysis", name: str) -> Any:
    """The table with unit, meaning and source of each declared column."""
    try:
        meanings = analysis.columns(name).to_dict("index")
    except KeyError:
        return table
    schema = table.schema
    for place, field in enumerate(schema):
        if field.name in meanings:
            schema = schema.set(place, field.with_metadata(meanings[field.name]))
    return table.cast(schema)
