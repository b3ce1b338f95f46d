"""Options that the commands of this folder share."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from netanalyze.cli import exit_status
from netanalyze.report.language import LANGUAGES

Command = Callable[..., Any]


def printed_options(command: Command) -> Command:
    """``--json``, ``--width``, ``--lang``, ``--quiet``."""
    for option in reversed((
        click.option("--json", "as_json", is_flag=True, help="Print the whole of it as JSON."),
        click.option("--width", metavar="N", type=click.IntRange(min=40),
                     help="Columns of what is printed; else the terminal's, 100 at most, or 80."),
        click.option("--lang", type=click.Choice(LANGUAGES), help="Its language; else the locale's."),
        click.option("-q", "--quiet", is_flag=True, help="No progress on standard error."),
    )):  # fmt: skip
        command = option(command)
    return command


def status_options(command: Command) -> Command:
    """``--exit-verdict`` and ``--fail-on``."""
    command = exit_status.fail_on_option(command)
    return click.option(
        "--exit-verdict", type=click.Choice(exit_status.KINDS), default="any", show_default=True,
        help="Exit status: any: 1 if not healthy; each: 10 degraded, 11 hung, 12 failed, 13 unexplained.",
    )(command)  # fmt: skip


def check_files(files: Sequence[str]) -> None:
    """Refuse standard input: captures are read twice, and several come.

    Raises:
        click.UsageError: one of them is ``-``.
    """
    if "-" in files:
        raise click.UsageError("captures that are compared are read twice; save standard input to a file and name that")
