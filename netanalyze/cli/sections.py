"""Help that one finds one's way in: options in groups, examples at the end."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from netanalyze.cli.slips import no_command

Records = list[tuple[str, str]]


def options_by_section(command: click.Command, ctx: click.Context) -> dict[str, Records]:
    """Heading -> (an option as it is typed, what it does), as help, man pages and the documents have them.

    What stands in no section comes last, under "Other options"; under "Options" where there are no sections.
    """
    sections: Mapping[str, Sequence[str]] = getattr(command, "sections", {})
    last = "Other options" if sections else "Options"
    heading_of = {name: heading for heading, names in sections.items() for name in names}
    rows: dict[str, Records] = {heading: [] for heading in (*sections, last)}
    for one in command.get_params(ctx):
        record = one.get_help_record(ctx)
        if record is not None and not isinstance(one, click.Argument):
            rows[next((heading_of[name] for name in one.opts if name in heading_of), last)].append(record)
    return {heading: records for heading, records in rows.items() if records}


class Sectioned(click.Command):
    """A command whose options stand in sections, each under a heading that says what they are for.

    Args:
        sections: heading -> names of options, as they are typed; an option that stands in none is in the last one.
        examples: lines to type, each with what it does.
    """

    def __init__(self, *arguments: Any, sections: Mapping[str, Sequence[str]] = {}, examples: str = "", **options: Any):
        self.sections, self.examples = sections, examples
        super().__init__(*arguments, **options)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, section by section."""
        for heading, records in options_by_section(self, ctx).items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=26)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.strip("\n").splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line.strip()}\n")


class Commands(Sectioned, click.Group):
    """A group whose help begins with its commands, and that answers a slip with what was meant."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, then what few options there are."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the first argument names."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(self.unknown(ctx, name, args), ctx)
        return super().resolve_command(ctx, args)

    def unknown(self, ctx: click.Context, name: str, args: Sequence[str]) -> str:
        """What is said of a name that is no command."""
        of = f" of {ctx.info_name}" if ctx.parent is not None else ""
        return no_command(name, self.list_commands(ctx), of)
