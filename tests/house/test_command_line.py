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
def test_every_option_stands_in_one_section_of_its_commands_help(name):
    found = command(name)
    sections = getattr(found, "sections", {})
    listed = [option for names in sections.values() for option in names]
    options = [one.opts for one in found.params if isinstance(one, click.Option)]
    assert len(listed) == len(set(listed)), f"netanalyze {name}: an option stands in two sections"
    for option in listed:
        assert any(option in names for names in options), f"netanalyze {name} has no {option}; its sections name it"
    for names in options if len(options) > 4 else ():
        assert set(names) & set(listed), f"netanalyze {name}: please put {names[-1]} into a section"


@commands
def test_every_example_names_options_that_are_there(name):
    for line in getattr(command(name), "examples", "").split("\n"):
        for program, _, arguments in (part.strip().partition(" ") for part in line.split("|")):
            words = arguments.partition(" -- ")[0].split()
            if program == "netanalyze" and words:
                known = {option for one in command(words[0]).params for option in (*one.opts, *one.secondary_opts)} | {
                    "-h",
                    "--help",
                }
                if not isinstance(command(words[0]), click.Group):
                    assert {word for word in words if word.startswith("-") and word != "-"} <= known, line


@commands
def test_every_command_is_in_the_readme(name):
    assert f"netanalyze {name}" in (ROOT / "README.md").read_text()


def test_the_list_of_commands_is_whole():
    here = {path.stem for path in (ROOT / "netanalyze" / "cli").rglob("*.py")}
    for name, entry in COMMANDS.items():
        assert entry.module.rpartition(".")[2] in here, f"{name} has no module"
        assert entry.help.endswith(".")
