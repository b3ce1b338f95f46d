"""Man pages, made of the commands themselves: ``netanalyze.1``, and one for each command, ``netanalyze-analyze.1``.

    python -m build_tools.man OUT            # OUT/netanalyze.1 and so on; ~/.local/share/man/man1 is where man looks
    man -l OUT/netanalyze-live.1

What a page says stands in the command (its help, its options in their sections, its examples), and nowhere else. The same
sources give the same octets. The form is man(7), for groff and mandoc alike.
"""

import argparse
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
NAME = "netanalyze"
WIDTH = 10_000
"""Columns of click's own lines: none is broken, for man(7) breaks them."""
AS_IT_STANDS = "\b"
"""A line of its own with which click's help begins a paragraph that is not wrapped."""
STATUS = re.compile(r"^Exit status", re.IGNORECASE)


def escaped(text: str) -> str:
    """A text as man(7) has it: nothing in it is a request or an escape, and each hyphen can be pasted.

    >>> print(escaped(".so x\\\\y --json"))
    \\&.so x\\[rs]y \\-\\-json
    """
    text = text.replace("\\", r"\[rs]").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace("^", r"\(ha").replace("~", r"\(ti")
    text = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in text)
    return rf"\&{text}" if text.startswith(".") else text


def pages() -> dict[str, str]:
    """File name -> page, of the program and of each of its commands, those of groups among them."""
    from netanalyze.cli.main import netanalyze

    return dict(_pages(netanalyze, click.Context(netanalyze, info_name=NAME, terminal_width=WIDTH), (NAME,)))


def _pages(command: click.Command, context: click.Context, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    below: dict[str, click.Command] = {}
    if isinstance(command, click.Group):
        named = ((name, command.get_command(context, name)) for name in command.list_commands(context))
        below = {name: found for name, found in named if found is not None}
    yield f"{'-'.join(path)}.1", page(command, context, path, below)
    for name, found in below.items():
        inner = click.Context(found, context, info_name=name, terminal_width=WIDTH)
        yield from _pages(found, inner, (*path, name))


def page(
    command: click.Command, context: click.Context, path: tuple[str, ...], below: dict[str, click.Command]
) -> str:  # fmt: skip
    """One page.

    Args:
        path: the words by which it is called.
        below: its own commands.
    """
    from netanalyze.version import __version__

    title, called = "-".join(path), " ".join(path)
    help_text = inspect.cleandoc(command.help or "")
    parts = help_text.split("\n\n")
    lines = [
        f'.TH "{escaped(title.upper())}" "1" "" "{NAME} {escaped(__version__)}" "{NAME}"',
        ".SH NAME", rf"{escaped(title)} \- {escaped(_summary(help_text))}",
        ".SH SYNOPSIS", rf"\fB{escaped(called)}\fR {escaped(' '.join(command.collect_usage_pieces(context)))}",
        ".SH DESCRIPTION", *_paragraphs(part for part in parts if not STATUS.match(part)),
    ]  # fmt: skip
    if below:
        lines.append(".SH COMMANDS")
        for name, found in below.items():
            lines += [".TP", rf"\fB{escaped(name)}\fR", escaped(_summary(inspect.cleandoc(found.help or "")))]
    lines += _options(command, context)
    if statuses := [part for part in parts if STATUS.match(part)]:
        lines += [".SH EXIT STATUS", *_paragraphs(statuses)]
    if examples := getattr(command, "examples", "").strip():
        lines += [".SH EXAMPLES", ".nf", *(escaped(line.strip()) for line in examples.splitlines()), ".fi"]
    others = [title.rpartition("-")[0]] if len(path) > 1 else []
    others += [f"{title}-{name}" for name in below]
    if others:
        lines += [".SH SEE ALSO", ", ".join(rf"\fB{escaped(name)}\fR(1)" for name in others)]
    return "\n".join(lines) + "\n"


def _summary(help_text: str) -> str:
    """Its first sentence, without the full stop."""
    return " ".join(help_text.partition("\n\n")[0].split()).rstrip(".")


def _paragraphs(parts: Iterable[str]) -> Iterable[str]:
    for number, part in enumerate(parts):
        if number:
            yield ".PP"
        if part.startswith(AS_IT_STANDS):
            yield from (".nf", *map(escaped, part.removeprefix(AS_IT_STANDS).strip("\n").split("\n")), ".fi")
        else:
            yield escaped(" ".join(part.split()))


def _options(command: click.Command, context: click.Context) -> Iterable[str]:
    """The options, in the sections that ``--help`` has them in."""
    from netanalyze.cli.sections import options_by_section

    yield ".SH OPTIONS"
    for heading, records in options_by_section(command, context).items():
        if heading != "Options":
            yield f".SS {escaped(heading)}"
        for names, text in records:
            yield from (".TP", _names(names), escaped(" ".join(text.split())))


def _names(names: str) -> str:
    """An option's names in bold, what it takes in italics."""
    words = re.split(r"(?<![\w-])(--?[A-Za-z][\w-]*)", names)
    marked = [rf"\fB{escaped(word)}\fR" if at % 2 else _taken(word) for at, word in enumerate(words)]
    return "".join(marked).strip()


def _taken(text: str) -> str:
    value = text.strip()
    return escaped(text) if value in ("", ",", "/") else f" \\fI{escaped(value)}\\fR"


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description="Write the man pages.")
    parser.add_argument("out", type=Path, help="the folder to write into; made where it is missing")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (out / name).write_text(text, encoding="ascii")
    print(f"{len(made)} pages in {out}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
