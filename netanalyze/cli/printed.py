"""What the place that a command prints to can show: how wide it is, colour, letters beyond ASCII."""

import os
import shutil
import sys
from typing import TextIO

from netanalyze.output_files import write_text

NARROWEST, WIDEST, USUAL = 40, 100, 80
"""Columns: below, a table is no table; above, lines are hard to read; where there is no terminal."""


def width_of_print(stream: TextIO | None = None) -> int:
    """Columns of what is printed (to standard output where nothing is named): the terminal's within bounds, or 80."""
    if not (stream or sys.stdout).isatty():
        return USUAL
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def coloured(wish: str = "auto", stream: TextIO | None = None) -> bool:
    """Whether to print in colour: as wished (always, never), else where a terminal shows it and nobody forbids it.

    Source: no-color.org; a terminal called dumb shows none.
    """
    if wish != "auto":
        return wish == "always"
    return (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def speaks_unicode(stream: TextIO | None = None) -> bool:
    """Whether letters beyond ASCII arrive as they are."""
    return ((stream or sys.stdout).encoding or "").lower().replace("-", "").startswith("utf")


def tell(text: str) -> None:
    """One line on standard error, with no secret in it and nothing that a terminal might obey: a file's name may have both."""
    import click

    from netanalyze.redaction import redacted
    from netanalyze.report.sheet import clean

    click.echo(clean(redacted(text)), err=True)


def put(text: str) -> None:
    """Print to standard output, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def put_into(out: str, text: str, force: bool) -> None:
    """Write a form of the report into the file that was named, or print it (``-``)."""
    if out == "-":
        put(text)
    else:
        write_text(out, text, force)
