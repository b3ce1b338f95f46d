"""``netanalyze batch PATHS… -o DATASET``: many captures, each a row of a dataset."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli import completers
from netanalyze.cli.printed import tell
from netanalyze.cli.sections import Sectioned
from netanalyze.wording import Text, Verbatim, chained, message

if TYPE_CHECKING:
    from netanalyze.fleet.batch import Progress
    from netanalyze.fleet.cluster import Cluster
    from netanalyze.fleet.rows import Tables

SECTIONS = {"What is written": ["--out", "--brief", "--quiet"], "How it is done": ["--jobs", "--engine", "--scheduler"]}
EXAMPLES = """
netanalyze batch captures/ -o dataset
netanalyze batch ci-runs/*.pcapng -o dataset --jobs 4
netanalyze batch ci-runs/ -o dataset --brief | jq .summary
netanalyze batch runs/ -o dataset --engine dask --scheduler tcp://head:8786
netanalyze summary dataset
"""
FIRST_S, EVERY_S = 5.0, 30.0
"""Where standard error is no terminal a line comes after so long, and then so often."""
A_FILE = 50_000
"""Octets that take as long to be analysed as a file's opening, hash and verdict: what an estimate counts a file for."""


@click.command("batch", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("paths", metavar="PATHS...", nargs=-1, required=True, shell_complete=completers.files)
@click.option("-o", "--out", metavar="DATASET", required=True,
              help="The folder of the dataset; one that is there is added to.")  # fmt: skip
@click.option("-j", "--jobs", metavar="N", type=click.IntRange(1, 1024),
              help="Processes that analyse; else as many as there are processors for them.")  # fmt: skip
@click.option("--engine", type=click.Choice(["processes", "dask"]), default="processes",
              help="Who analyses: processes of this machine, or the workers of a Dask cluster.")  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS",
              help="Dask's scheduler, as tcp://HOST:8786; else that of Dask's settings, or workers here.")  # fmt: skip
@click.option("--brief", is_flag=True,
              help="Print each capture's verdict as it is done, as JSON of a kilobyte at the most on one line.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress, and nothing said at the end.")
def command(
    paths: tuple[str, ...], out: str, jobs: int | None, engine: str, scheduler: str | None, brief: bool, quiet: bool
) -> int:  # fmt: skip
    """Analyse many captures into a Parquet dataset, a row for each.

    PATHS are captures, and folders in which captures are looked for by their
    names; URLs of either, too (s3://, https://). What the dataset has
    already, by the hash of its content, is not done again: a batch that was
    killed goes on where it was. A file that cannot be analysed is a row with
    its error. Tables: docs/batch.md.
    """
    from netanalyze.fleet.batch import batch
    from netanalyze.fleet.rows import brief_line

    def printed(rows: "Tables") -> None:
        click.echo(brief_line(rows))

    for path in paths:
        if path == "-":
            raise click.UsageError("a batch reads files; standard input is analysed by netanalyze analyze -")
    with _engine(engine, scheduler, jobs) as cluster, Estimate(quiet) as estimate:
        state = batch(paths, out, jobs, estimate, engine=cluster, each=printed if brief else None)
    if not quiet:
        tell(message("{path}: {what}", path=Verbatim(out), what=summed_up(state)), begins="netanalyze: ")
    return 0


def _engine(engine: str, scheduler: str | None, jobs: int | None) -> "AbstractContextManager[Cluster | None]":
    """The cluster, where one is asked for; it is reached before anything is written."""
    if engine == "processes":
        if scheduler is not None:
            raise click.UsageError("--scheduler is Dask's: give --engine dask with it")
        return nullcontext()
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is of this machine; a scheduler's workers have their own number of threads")
    from netanalyze.fleet.cluster import Cluster

    return Cluster(scheduler, jobs)


def summed_up(state: "Progress") -> Text:
    """What was done, in one line."""
    parts: list[Text] = [
        message("{done} of {all} files analysed", done=state.done - state.before - state.bad, all=state.files)
    ]
    parts += [message("{before} files were there already", before=state.before)] if state.before else []
    parts += [message("{bad} cannot be analysed (runs.error says why)", bad=state.bad)] if state.bad else []
    return chained("{first}, {then}", parts)


class Estimate:
    """How far a batch is and how long it will take: a bar on a terminal, else a line now and then."""

    def __init__(self, quiet: bool):
        self._quiet, self._begun, self._next = quiet, time.monotonic(), FIRST_S
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Estimate":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, state: "Progress") -> None:
        """Told after each file."""
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._draw(state)
            return
        passed = time.monotonic() - self._begun
        if passed >= self._next and state.done < state.files:
            self._next = passed + EVERY_S
            sys.stderr.write(f"netanalyze: {line(state, passed)}\n")
            sys.stderr.flush()

    def _draw(self, state: "Progress") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        if self._bar is None:
            columns = (TextColumn("captures"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("captures", total=state.files, left="")
            self._bar.start()
        passed = time.monotonic() - self._begun
        self._bar.update(self._task, completed=state.done, left=line(state, passed).partition(", ")[2])


def line(state: "Progress", passed: float) -> str:
    """``120 of 400 files, 3 cannot be analysed, 24 s left``.

    >>> from netanalyze.fleet.batch import Progress
    >>> line(Progress(files=400, octets=0, done=100, bad=3), 30.0)
    '100 of 400 files, 3 cannot be analysed, 90 s left'
    """
    parts = [f"{state.done} of {state.files} files"]
    parts += [f"{state.bad} cannot be analysed"] if state.bad else []
    done, whole = (octets + A_FILE * files for octets, files in
                   ((state.done_octets, state.done), (max(state.octets, state.done_octets), state.files)))  # fmt: skip
    if done:
        parts.append(f"{_span(passed * (whole - done) / done)} left")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
