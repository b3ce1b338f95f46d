"""What the place that a command prints to can show: how wide it is, colour, letters beyond ASCII."""

import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from netanalyze.output_files import write_text
from netanalyze.patterns import lazy_pattern
from netanalyze.wording import Message, Text, Verbatim

if TYPE_CHECKING:
    from netanalyze.report.language import Language

_STOPS = lazy_pattern(r"(x{5})[.,:;]+")
"""What is hidden, and the stops behind it: in a sentence they are taken for a part of the value."""
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


def tell(text: Text, language: "Language | None" = None, begins: str = "") -> None:
    """One line on standard error, with no secret in it and nothing that a terminal might obey: a file's name may have both.

    Args:
        text: what is told.
        language: in which; None: as the command line or the locale asks for.
        begins: what stands before it as it is.
    """
    import click

    from netanalyze.cli.spoken import language_of_line
    from netanalyze.report.sheet import clean

    click.echo(clean(begins + spoken_line(text, language or language_of_line())), err=True)


def spoken_line(text: Text, language: "Language") -> str:
    """The text in a language, without secrets.

    Secrets are looked for where the English has them: its blanks end a value, and Chinese has none. Only where each word
    by itself shows all that the sentence does is the sentence that is translated made of words without them.
    """
    from netanalyze.redaction import redacted

    plain = redacted(str(text))
    if language.english:
        return plain
    hidden = _without_secrets(text)
    if _STOPS.sub(r"\1", str(hidden)) == _STOPS.sub(r"\1", plain):
        return language.say(hidden)
    return redacted(language.say(hidden))


def _without_secrets(text: Text) -> Text:
    """The text with each word in it redacted."""
    from netanalyze.redaction import redacted

    if isinstance(text, Message):
        words = {name: _without_secrets(word) if isinstance(word, Text) else word for name, word in text.words.items()}
        return replace(text, words=words)
    return Verbatim(redacted(text)) if isinstance(text, Verbatim) else redacted(text)


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
