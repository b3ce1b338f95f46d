"""Help that one finds one's way in: options in groups, examples at the end, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli.slips import WrongUsage, no_command
from netanalyze.wording import Text

if TYPE_CHECKING:
    from netanalyze.report.language import Language

ARGUMENTS = "netanalyze.arguments"
"""Where a context keeps the words it was called with: they may ask for a language of help."""
Records = list[tuple[str, str]]


def options_by_section(
    command: click.Command, ctx: click.Context, language: "Language | None" = None
) -> dict[str, Records]:  # fmt: skip
    """Heading -> (an option as it is typed, what it does), as help, man pages and the documents have them.

    What stands in no section comes last, under "Other options"; under "Options" where there are no sections.
    """
    from netanalyze.cli import spoken
    from netanalyze.report.language import Language

    language = language or Language()
    sections: Mapping[str, Sequence[str]] = getattr(command, "sections", {})
    last = "Other options" if sections else "Options"
    heading_of = {name: heading for heading, names in sections.items() for name in names}
    rows: dict[str, Records] = {heading: [] for heading in (*sections, last)}
    for one in command.get_params(ctx):
        record = one.get_help_record(ctx)
        if record is not None and isinstance(one, click.Option):
            heading = next((heading_of[name] for name in one.opts if name in heading_of), last)
            rows[heading].append((record[0], spoken.option_text(one, record[1], language)))
    return {language.say(heading): records for heading, records in rows.items() if records}


class Sectioned(click.Command):
    """A command whose options stand in sections, each under a heading that says what they are for.

    Args:
        sections: heading -> names of options, as they are typed; an option that stands in none is in the last one.
        examples: lines to type, each with what it does.
    """

    def __init__(self, *arguments: Any, sections: Mapping[str, Sequence[str]] = {}, examples: str = "", **options: Any):
        self.sections, self.examples = sections, examples
        super().__init__(*arguments, **options)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """``-h`` and ``--help``, whoever asks: click keeps the option made for the first context it sees, also a bare one."""
        ctx.help_option_names = ["-h", "--help"]
        return super().get_help_option_names(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; which language they ask for counts for the help, whatever their order."""
        ctx.meta.setdefault(ARGUMENTS, list(args))
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The help, wrapped for the language it is in."""
        from netanalyze.cli.spoken import language_of

        if language_of(ctx).english:
            return super().get_help(ctx)
        from netanalyze.cli.spoken.formatter import WideFormatter

        formatter = WideFormatter(width=ctx.terminal_width, max_width=ctx.max_content_width)
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it is called."""
        from netanalyze.cli.spoken import language_of

        prefix = language_of(ctx).say("Usage: ")
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does."""
        import inspect

        from netanalyze.cli import spoken
        from netanalyze.cli.spoken.formatter import WideFormatter

        if not isinstance(formatter, WideFormatter):
            return super().format_help_text(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_wide(spoken.paragraphs(inspect.cleandoc(self.help or ""), spoken.language_of(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, section by section."""
        from netanalyze.cli.spoken import language_of

        for heading, records in options_by_section(self, ctx, language_of(ctx)).items():
            with formatter.section(heading):
                formatter.write_dl(records, col_max=26)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        from netanalyze.cli import spoken

        if self.examples:
            language = spoken.language_of(ctx)
            with formatter.section(language.say("Examples")):
                for line in self.examples.strip("\n").splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{spoken.example(line.strip(), language)}\n")


class Commands(Sectioned, click.Group):
    """A group whose help begins with its commands, and that answers a slip with what was meant."""

    command_class = Sectioned

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, then what few options there are."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands; of each the first sentence."""
        import inspect

        from netanalyze.cli import spoken

        language = spoken.language_of(ctx)
        if language.english:
            return super().format_commands(ctx, formatter)
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section(language.say("Commands")):
            formatter.write_dl([
                (name, spoken.paragraphs(inspect.cleandoc(one.help or "").partition("\n\n")[0], language))
                for name, one in found.items() if one is not None
            ])  # fmt: skip

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the first argument names."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise WrongUsage(self.unknown(ctx, name, args), ctx)
        return super().resolve_command(ctx, args)

    def unknown(self, ctx: click.Context, name: str, args: Sequence[str]) -> Text:
        """What is said of a name that is no command."""
        of = str(ctx.info_name) if ctx.parent is not None else ""
        return no_command(name, self.list_commands(ctx), of)
