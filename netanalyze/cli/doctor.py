"""``netanalyze doctor``: what the settings of this machine will do to a client, before it is run."""

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from netanalyze.cli.printed import coloured, put, speaks_unicode, width_of_print
from netanalyze.cli.sections import Sectioned
from netanalyze.doctor import CLIENTS
from netanalyze.report.language import LANGUAGES, wished

if TYPE_CHECKING:
    from netanalyze.doctor.gathered import Gathered
    from netanalyze.doctor.probe.visit import Round

REGIONS = ("cn",)
NOT_HERE = "doctor reads the tables of Linux; elsewhere, see: netanalyze analyze --help"
SECTIONS = {
    "What is looked at": ["--client"],
    "What is sent, only when asked": ["--probe", "--mirrors"],
    "What to print": ["--json", "--width", "--color", "--lang"],
}
EXAMPLES = """
netanalyze doctor
netanalyze doctor --client go
netanalyze doctor --client go --probe --mirrors cn
netanalyze doctor --json | jq '.lines[] | select(.level == "wrong")'
"""


@click.command("doctor", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.option("--client", "clients", type=click.Choice(CLIENTS), multiple=True,
              help="Whose settings (repeatable); without it those of all that are installed.")  # fmt: skip
@click.option("--probe", is_flag=True,
              help="Then ask the mirrors that are configured for one small package each, as the clients do, and rank "
              "them; what is sent where is told first.")  # fmt: skip
@click.option("--mirrors", "regions", type=click.Choice(REGIONS), multiple=True,
              help="With --probe: ask the well-known mirrors of a region as well.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON (form: docs/doctor.schema.json).")
@click.option("--width", metavar="N", type=click.IntRange(min=40),
              help="Columns of what is printed; else the terminal's, 100 at most, or 80.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; auto: on a terminal, unless NO_COLOR is set.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the lines; else the locale's.")
def doctor(
    clients: tuple[str, ...], probe: bool, regions: tuple[str, ...], as_json: bool, width: int | None, color: str,
    lang: str | None,
) -> int:  # fmt: skip
    """Say what in the settings will hinder a client, and how to mend it.

    Without --probe not a packet is sent, and nothing is ever changed. Each line
    is ok, doubtful (it is slow, weak, or not what was meant) or wrong (a run
    fails by it), and has the command that mends it. Exit status: 0 nothing
    wrong; 1 something wrong, or no configured mirror of a client works.
    """
    if not sys.platform.startswith("linux"):
        raise click.UsageError(NOT_HERE)
    if regions and not probe:
        raise click.UsageError("--mirrors names whom --probe asks; give both")
    from netanalyze.doctor.examine import examine
    from netanalyze.doctor.gathered import Gathered
    from netanalyze.doctor.machine import Machine
    from netanalyze.doctor.remark import Level
    from netanalyze.doctor.report import dumped, render
    from netanalyze.live.command.caller import sudo_caller
    from netanalyze.own_environment import given_environment

    caller = sudo_caller()
    if caller is not None and not probe:  # which captures as root, and asks as the caller
        caller.become()
    environment = caller.environment if caller is not None else given_environment()
    folder = _folder()
    machine = Machine(environment, folder or "/", gone=folder is None)
    examination = examine(machine, clients)
    language = lang or wished()
    probed = (
        _probed(examination.gathered or Gathered(machine), examination.clients, regions, language) if probe else None
    )
    if as_json:
        put(dumped(examination, probed))
    else:
        shown = width or width_of_print(), coloured(color), not speaks_unicode()
        put(render(examination, *shown, language, probed))
    if probed is not None:
        from netanalyze.doctor.probe.ranking import is_served

        return 0 if examination.level is not Level.WRONG and is_served(probed.ranked) else 1
    return 1 if examination.level is Level.WRONG else 0


def _folder() -> str | None:
    """Where we are run; None where that was removed meanwhile."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def _probed(gathered: "Gathered", clients: tuple[str, ...], regions: tuple[str, ...], language: str) -> "Round":
    """What came of asking the mirrors; whom and how often is told before."""
    from netanalyze.doctor.probe.mirrors import mirrors
    from netanalyze.doctor.probe.ranking import measured
    from netanalyze.doctor.probe.visit import Round, announced, probe
    from netanalyze.measured_mirrors import keep_mirrors
    from netanalyze.report.language import Language

    asked = mirrors(gathered, clients, regions)
    if not asked:
        click.echo("netanalyze: no setting of these clients names a server that could be asked", err=True)
        return Round([], 0)
    for place, text in enumerate(announced(asked)):
        click.echo(("    " if place else "netanalyze: ") + Language(language).say(text), err=True)
    found = probe(asked)
    keep_mirrors(measured(found.ranked), time.time_ns())
    return found
