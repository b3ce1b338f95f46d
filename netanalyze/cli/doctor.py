"""``netanalyze doctor``: what the settings of this machine will do to a client, before it is run."""

import os
import shutil
import sys

import click

from netanalyze.cli.sections import Sectioned
from netanalyze.report.language import LANGUAGES, wished

CLIENTS = ("go", "git", "pip", "npm", "cargo", "docker")
NOT_HERE = "doctor reads the tables of Linux; elsewhere, see: netanalyze analyze --help"
SECTIONS = {
    "What is looked at": ["--client"],
    "What to print": ["--json", "--width", "--color", "--lang"],
}
EXAMPLES = """
netanalyze doctor
netanalyze doctor --client go
netanalyze doctor --json | jq '.lines[] | select(.level == "wrong")'
"""


@click.command("doctor", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.option("--client", "clients", type=click.Choice(CLIENTS), multiple=True,
              help="Whose settings (repeatable); without it those of all that are installed.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON (form: docs/doctor.schema.json).")
@click.option("--width", metavar="N", type=click.IntRange(min=40),
              help="Columns of what is printed; else the terminal's, 100 at most, or 80.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; auto: on a terminal, unless NO_COLOR is set.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the lines; else the locale's.")
def doctor(clients: tuple[str, ...], as_json: bool, width: int | None, color: str, lang: str | None) -> int:
    """Say what in the settings will hinder a client, and how to mend it.

    Not a packet is sent and nothing is changed. Each line is ok, doubtful (it
    is slow, weak, or not what was meant) or wrong (a run fails by it), and has
    the command that mends it. Exit status: 0 nothing wrong, 1 something wrong.
    """
    if not sys.platform.startswith("linux"):
        raise click.UsageError(NOT_HERE)
    from netanalyze.doctor.examine import examine
    from netanalyze.doctor.machine import Machine
    from netanalyze.doctor.remark import Level
    from netanalyze.doctor.report import dumped, render
    from netanalyze.live.command.caller import sudo_caller
    from netanalyze.own_environment import given_environment

    caller = sudo_caller()
    if caller is not None:
        caller.become()
    environment = caller.environment if caller is not None else given_environment()
    found = examine(Machine(environment, os.getcwd()), clients)
    if as_json:
        sys.stdout.write(dumped(found))
    else:
        columns = min(max(shutil.get_terminal_size().columns, 40), 100) if sys.stdout.isatty() else 80
        unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
        sys.stdout.write(render(found, width or columns, _coloured(color), not unicode, lang or wished()))
    sys.stdout.flush()
    return 1 if found.level is Level.WRONG else 0


def _coloured(wish: str) -> bool:
    if wish != "auto":
        return wish == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
