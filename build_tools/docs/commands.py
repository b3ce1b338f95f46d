"""docs/reference/commands.md: every command as its own help has it."""

import inspect
from collections.abc import Iterator

import click

from build_tools.docs.cells import cell

NAME = "netanalyze"
WIDTH = 10_000
"""Columns of click's own lines: none is broken."""
AS_IT_STANDS = "\b"
"""A line of its own with which click's help begins a paragraph that is not wrapped."""

INTRODUCTION = """# Commands

Each of these is what `netanalyze COMMAND --help` prints; `python -m build_tools.docs` wrote the page from it. Secrets are left
out of all that is written, and nothing that is there is overwritten without `--force`.
"""


def render() -> str:
    """The page."""
    from netanalyze.cli.main import COMMANDS, netanalyze

    context = click.Context(netanalyze, info_name=NAME, terminal_width=WIDTH)
    rows = [f"| [`{name}`](#netanalyze-{name}) | {COMMANDS[name].help} |" for name in netanalyze.list_commands(context)]
    parts = [INTRODUCTION, "\n".join(["| command | what it does |", "|---|---|", *rows]) + "\n"]
    for name in netanalyze.list_commands(context):
        found = netanalyze.get_command(context, name)
        assert found is not None
        parts += _chapters(found, context, (NAME, name))
    return "\n".join(parts)


def _chapters(command: click.Command, above: click.Context, path: tuple[str, ...]) -> Iterator[str]:
    """A command, and those below it."""
    context = click.Context(command, above, info_name=path[-1], terminal_width=WIDTH)
    yield f"{'#' * len(path)} {' '.join(path)}\n"
    yield f"    {' '.join((*path, *command.collect_usage_pieces(context)))}\n"
    yield from map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n"))
    yield from _options(command, context)
    if examples := getattr(command, "examples", "").strip():
        yield "\n".join(f"    {line.strip()}" for line in examples.splitlines()) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _chapters(found, context, (*path, name))


def _paragraph(text: str) -> str:
    if text.startswith(AS_IT_STANDS):
        lines = text.removeprefix(AS_IT_STANDS).strip("\n").splitlines()
        return "\n".join(f"    {line}" for line in lines) + "\n"
    return f"{' '.join(text.split())}\n"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    from netanalyze.cli.sections import options_by_section

    for heading, records in options_by_section(command, context).items():
        rows = [(names, text) for names, text in records if "--help" not in names]
        if rows:
            yield f"| {heading} | |\n|---|---|\n" + "\n".join(f"| {_code(n)} | {cell(t)} |" for n, t in rows) + "\n"


def _code(text: str) -> str:
    """Words to type in a cell: renderers differ on how a bar in backticks is written."""
    return f"`{text}`" if "|" not in text else f"<code>{text.replace('|', '&#124;')}</code>"
