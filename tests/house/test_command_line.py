"""Every command and option says what it does."""

import click
import pytest
from sources import ROOT

from netanalyze.cli.main import COMMANDS, netanalyze

CONTEXT = click.Context(netanalyze, info_name="netanalyze")
commands = pytest.mark.parametrize("name", netanalyze.list_commands(CONTEXT))


def command(name):
    """A command by its name."""
    found = netanalyze.get_command(CONTEXT, name)
    assert found is not None
    return found


@commands
def test_every_option_has_help(name):
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"netanalyze {name}: {parameter.opts[0]} has no help"
            assert parameter.help[0].isupper(), f"{parameter.opts[0]}: its help is a sentence"
            assert parameter.help.rstrip().endswith("."), f"{parameter.opts[0]}: its help is a sentence"


@commands
def test_every_command_has_a_page_that_fits_80_columns(name):
    found = command(name)
    text = found.get_help(click.Context(found, CONTEXT, info_name=name, max_content_width=80, terminal_width=80))
    assert found.help
    assert max(map(len, text.splitlines())) <= 80


@commands
def test_every_command_is_in_the_readme(name):
    assert f"netanalyze {name}" in (ROOT / "README.md").read_text()


def test_the_list_of_commands_is_whole():
    here = {path.stem for path in (ROOT / "netanalyze" / "cli").glob("*.py")}
    for name, entry in COMMANDS.items():
        assert entry.module.rpartition(".")[2] in here, f"{name} has no module"
        assert entry.help.endswith(".")
