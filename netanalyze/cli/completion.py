"""``netanalyze completion SHELL``: the script by which a shell completes commands, options, causes and the rest."""

import click

from netanalyze.cli.sections import Sectioned

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_NETANALYZE_COMPLETE"
"""By this the script asks netanalyze what there is (``netanalyze.cli.main.run``)."""
EXAMPLES = """
eval "$(netanalyze completion bash)"        # in ~/.bashrc
eval "$(netanalyze completion zsh)"         # in ~/.zshrc
netanalyze completion fish > ~/.config/fish/completions/netanalyze.fish
"""


@click.command(cls=Sectioned, examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the script by which a shell completes.

    It completes commands, options and their values, causes, scenarios,
    interfaces, namespaces and files. It is click's own.
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    assert kind is not None, "click has all three"
    # not .source(): for bash that runs a bash to look at its version, which need not be the one that reads the script
    made = kind(root, {}, "netanalyze", VARIABLE)
    click.echo(made.source_template % made.source_vars())
    return 0
