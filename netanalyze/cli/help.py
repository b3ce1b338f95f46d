"""``netanalyze help [COMMAND]``: the help of a command, or the page of a cause."""

import click
from click.shell_completion import CompletionItem

from netanalyze.cli import completers
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage, no_command
from netanalyze.cli.spoken import language_of
from netanalyze.wording import Verbatim, message

EXAMPLES = """
netanalyze help analyze
netanalyze help lab run
netanalyze help tls/client-hello-dropped
"""


def _topics(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> completers.Items:
    """Commands, and causes once a slash is typed."""
    if "/" in incomplete:
        return completers.causes(ctx, parameter, incomplete)
    root = ctx.find_root().command
    known = root.list_commands(ctx) if isinstance(root, click.Group) else []
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@click.command("help", cls=Sectioned, examples=EXAMPLES)
@click.argument("words", metavar="[COMMAND]...", nargs=-1, shell_complete=_topics)
def help_(words: tuple[str, ...]) -> int:
    """Print the help of a command, or the page of a cause."""
    ctx = click.get_current_context().find_root()
    command: click.Command = ctx.command
    for word in words:
        found = command.get_command(ctx, word) if isinstance(command, click.Group) else None
        if found is None:
            if len(words) == 1 and "/" in word:
                from netanalyze.cli.rules import show

                show(word, language_of(ctx))
                return 0
            known = command.list_commands(ctx) if isinstance(command, click.Group) else []
            none = message("{command} has no commands", command=Verbatim(ctx.command_path))
            raise WrongUsage(no_command(word, known) if known else none, ctx)
        ctx = type(ctx)(found, ctx, info_name=word)
        command = found
    click.echo(command.get_help(ctx))
    return 0
