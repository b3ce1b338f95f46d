"""A dataset on disk: a folder for each table, in it Parquet files, a part of each table at a time.

A part of ``runs`` is written after those of all other tables: it is what says that they are whole. What was killed between
them leaves files that no part of ``runs`` vouches for; whoever opens the dataset to add to it removes them. So a dataset is
whole at any moment, and what it has, by the hash of the capture, is not done again.
"""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from netanalyze.errors import MissingProgram, NetanalyzeError, OutputRefused
from netanalyze.fleet.rows import Tables
from netanalyze.fleet.schema import TABLES, VERSION, Field
from netanalyze.folders import make_folder, open_folder
from netanalyze.foreign_files import open_foreign
from netanalyze.output_files import OutputFile, write_text
from netanalyze.version import __version__
from netanalyze.wording import Text, Verbatim, message

MARK = "dataset.json"
"""The file that says that a folder is a dataset, and of which form."""
PART = re.compile(r"\.?part-\d{6,}\.parquet")
ROWS_OF_AN_OCTET = 100
"""Rows that an octet of a part may stand for: a row of ours has a hash and times of its own, some octets each."""
ROWS_MOST = 200_000
"""Of all tables together, held until they are written: some 200 MB at the most."""


class NotADataset(NetanalyzeError):
    """``path`` is no folder that ``netanalyze batch`` has made, or one of another form."""

    def __init__(self, path: str):
        super().__init__(path)
        self.path = path

    @property
    def sentence(self) -> Text:
        """What it is not, and what makes one."""
        said = "{path}: no dataset of this version; netanalyze batch PATHS -o {path} makes one"
        return message(said, path=Verbatim(self.path))


class BadPart(NetanalyzeError):
    """``path`` is no part of a table that ``netanalyze batch`` has written: ``why``."""

    def __init__(self, path: str, why: Text):
        super().__init__(path, why)
        self.path, self.why = path, why

    @property
    def sentence(self) -> Text:
        """What is wrong with it, and what to do."""
        said = "{path}: no part of a dataset ({why}); remove the dataset, and make it again by netanalyze batch"
        return message(said, path=Verbatim(self.path), why=self.why)


class Dataset:
    """A dataset that is added to, by one process at a time. A context manager: at its end what it holds is written.

    Args:
        folder: made where there is none.

    Attributes:
        hashes: of the captures that it has.

    Raises:
        MissingProgram: pyarrow is not installed.
        OutputRefused: the folder holds something else, a dataset of another form, or another process adds to it.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        _pyarrow()
        _prepare(self.folder)
        self._held = _hold(self.folder)
        try:
            parts = sorted(self._folder("runs").glob("part-*.parquet"))
            self._clean({path.name for path in parts})
            self._next = 1 + max((int(path.stem.partition("-")[2]) for path in parts), default=0)
            self.hashes: set[str] = set()
            self._of_size: dict[int, set[str]] = {}
            for part in parts:
                held = read_part(part, ["hash", "size"]).to_pydict()
                self._note(held["hash"], held["size"])
        except BaseException:
            os.close(self._held)
            raise
        self._rows = 0
        self._empty()

    def add(self, rows: Tables) -> None:
        """Take what is kept of one capture; it is written with others, at the latest when they are ROWS_MOST rows."""
        for name, columns in rows.items():
            self._rows += len(columns[0])
            for held, more in zip(self._columns[name], columns):
                held.extend(more)
        runs = dict(zip((field.name for field in TABLES["runs"]), rows["runs"]))
        self._note(runs["hash"], runs["size"])
        if self._rows > ROWS_MOST:
            self.write()

    def hashes_of_size(self, size: int) -> frozenset[str]:
        """Of the captures that it has, those of so many octets: no other can be the same."""
        return frozenset(self._of_size.get(size, ()))

    def _note(self, hashes: Iterable[str | None], sizes: Iterable[int | None]) -> None:
        for digest, size in zip(hashes, sizes):
            if digest:
                self.hashes.add(digest)
                self._of_size.setdefault(size or 0, set()).add(digest)

    def write(self) -> None:
        """Write what is held as one more part of each table.

        Raises:
            OSError: it cannot be written; the dataset stays as it was.
        """
        if not self._columns["runs"][0]:
            return
        import pyarrow
        from pyarrow import parquet

        for name in (*(name for name in TABLES if name != "runs"), "runs"):
            arrays = [arrow_array(field, values) for field, values in zip(TABLES[name], self._columns[name])]
            table = pyarrow.Table.from_arrays(arrays, schema=arrow_schema(name))
            with OutputFile(self._folder(name) / f"part-{self._next:06d}.parquet", hidden=True) as file:
                parquet.write_table(table, file.stream, compression="zstd")
        self._next += 1
        self._rows = 0
        self._empty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Also where it was interrupted: what is held is of captures that are done."""
        try:
            self.write()
        finally:
            os.close(self._held)

    def _empty(self) -> None:
        self._columns: Tables = {name: [[] for _ in fields] for name, fields in TABLES.items()}

    def _folder(self, table: str) -> Path:
        return self.folder / table

    def _clean(self, whole: set[str]) -> None:
        """Remove what was being written when the process before this one was killed."""
        for table in TABLES:
            make_folder(self._folder(table))
            with open_folder(str(self._folder(table))) as folder:
                for name in folder.names():
                    if PART.match(name) and name not in whole:
                        folder.remove(name)


def arrow_schema(table: str) -> Any:
    """The types of a table in Parquet; each column bears its unit and meaning."""
    pyarrow = _pyarrow()
    return pyarrow.schema(
        [
            pyarrow.field(field.name, _arrow_type(field.kind), metadata={"unit": field.unit, "meaning": field.meaning})
            for field in TABLES[table]
        ]
    )


def arrow_array(field: Field, values: list[Any]) -> Any:
    """A column as Arrow holds it; what is no Unicode (a file's name, a word of a stranger's) is escaped."""
    pyarrow = _pyarrow()
    kind = _arrow_type(field.kind)
    if field.kind == "bool":
        values = [None if value is None else bool(value) for value in values]
    try:
        return pyarrow.array(values, kind)
    except UnicodeEncodeError:
        return pyarrow.array([_escaped(value) for value in values], kind)


def _escaped(value: Any) -> Any:
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _arrow_type(kind: str) -> Any:
    pyarrow = _pyarrow()
    named = {
        "string": pyarrow.string(), "json": pyarrow.string(), "double": pyarrow.float64(), "bool": pyarrow.bool_(),
        "timestamp": pyarrow.timestamp("ns", "UTC"), "duration": pyarrow.duration("ns"),
        "list<string>": pyarrow.list_(pyarrow.string()), "list<int64>": pyarrow.list_(pyarrow.int64()),
    }  # fmt: skip
    return named[kind] if kind in named else pyarrow.type_for_alias(kind)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingProgram("a dataset", "pyarrow", "pip install pyarrow") from error
    return pyarrow


def _prepare(folder: Path) -> None:
    """Make the folder, or see that it is a dataset of this form."""
    name = str(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputRefused(name, "a file", "name a folder for the dataset")
    make_folder(folder)
    mark = folder / MARK
    if not mark.exists():
        if any(not path.name.startswith(MARK) for path in folder.iterdir()):
            raise OutputRefused(name, "a folder of something else", "name a new or empty folder for the dataset")
        write_text(mark, json.dumps({"netanalyze_dataset": VERSION, "netanalyze": __version__}) + "\n")
    elif (form := form_of(folder)) != VERSION:
        other = message("a dataset of form {form}, not {version}", form=form, version=VERSION)
        raise OutputRefused(name, other, "name another folder for the dataset")


def readable(folder: str | os.PathLike[str]) -> Path:
    """The folder, where it is a dataset that can be read here.

    Raises:
        NotADataset: it is none, or one of another form.
        MissingProgram: pyarrow is not installed.
    """
    place = Path(folder)
    if form_of(place) != VERSION:
        raise NotADataset(str(folder))
    _pyarrow()
    return place


def form_of(folder: Path) -> Any:
    """The form of a dataset, None where the folder is none."""
    try:
        with open_foreign(folder / MARK) as file:
            return json.loads(file.read(4096)).get("netanalyze_dataset")
    except (OSError, ValueError, AttributeError):
        return None


def read_part(path: Path, columns: Sequence[str]) -> Any:
    """Columns of one part of a table, as an Arrow table.

    Raises:
        BadPart: it is none, has other columns, or more rows than its octets can hold.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        with open_foreign(path) as file:
            opened = parquet.ParquetFile(file)
            if opened.metadata.num_rows > ROWS_OF_AN_OCTET * os.fstat(file.fileno()).st_size:
                raise BadPart(str(path), "it says that it has more rows than its octets can hold")
            return opened.read(list(columns))
    except (OSError, KeyError, pyarrow.ArrowException) as error:
        raise BadPart(str(path), str(error).partition("\n")[0]) from error


def _hold(folder: Path) -> int:
    """A descriptor of the folder, locked as long as it is open: two that add to it would remove each other's parts."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise OutputRefused(str(folder), "another netanalyze batch adds to it", "wait for its end") from None
        raise
    return descriptor
