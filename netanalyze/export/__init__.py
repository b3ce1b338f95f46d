"""A result in the forms that other programs read: Zeek's logs, HAR, trace events, CSV (Parquet: netanalyze.interop.parquet).

Each form is a function of a result that gives the files it consists of, by name; ``FORMATS`` has them all.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from netanalyze.result import Result

File = tuple[str, bytes]
"""A name and what is in it."""


class Form(NamedTuple):
    """A form of export: where it is made, and whether it is several files in a folder."""

    module: str
    function: str
    folder: bool

    def files(self, result: Result) -> Iterator[File]:
        """What is to be written."""
        make: Callable[[Result], Iterator[File]] = getattr(
            import_module(f"netanalyze.export.{self.module}"), self.function
        )
        return make(result)


FORMATS = {
    "zeek": Form("zeek", "tab_separated", folder=True),
    "zeek-json": Form("zeek", "json_lines", folder=True),
    "har": Form("har", "archive", folder=False),
    "trace": Form("trace_events", "trace", folder=False),
    "csv": Form("tables", "as_csv", folder=True),
}
"""What they are and who reads them: docs/export.md."""
