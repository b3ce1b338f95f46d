"""Help that one finds one's way in: options in groups, examples at the end."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from netanalyze.cli.slips import no_command


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
        heading_of = {name: heading for heading, names in self.sections.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*self.sections, "Other options")}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if record is not None and not isinstance(one, click.Argument):
                heading = next((heading_of[name] for name in one.opts if name in heading_of), "Other options")
                rows[heading].append(record)
        for heading, records in rows.items():
            if records:
                with formatter.section(heading if self.sections else "Options"):
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
