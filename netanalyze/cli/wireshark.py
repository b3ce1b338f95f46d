"""``netanalyze wireshark install``: the plug-in that makes findings fields in Wireshark and tshark."""

import contextlib
import os
from importlib import resources
from pathlib import Path

import click

from netanalyze.cli.outputs import force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.sections import Sectioned
from netanalyze.owners import sudo_ids
from netanalyze.wording import Verbatim, message

NAME = "netanalyze.lua"
EXAMPLES = """
netanalyze wireshark install
netanalyze wireshark show > netanalyze.lua    to put it somewhere yourself
"""


def folder() -> Path:
    """Where Wireshark looks for a person's own plug-ins (its user's guide, appendix B.4); under sudo the caller's."""
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "Wireshark" / "plugins"
    home, caller = Path.home(), sudo_ids()
    if caller is not None:
        import pwd

        with contextlib.suppress(KeyError):
            home = Path(pwd.getpwuid(caller[0]).pw_dir)
    return home / ".local" / "lib" / "wireshark" / "plugins"


@click.command("wireshark", cls=Sectioned, examples=EXAMPLES)
@click.argument("what", metavar="install|show", type=click.Choice(["install", "show"]))
@force_option
def command(what: str, force: bool) -> int:
    """Put the plug-in where Wireshark finds it, or print it.

    It reads what netanalyze annotate writes on frames. Its fields:
    netanalyze.verdict, .cause, .evidence, .waiting_for, .waiting_time.
    """
    from netanalyze.folders import make_folder
    from netanalyze.output_files import write_text

    text = resources.files("netanalyze.interop").joinpath(NAME).read_text(encoding="utf-8")
    if what == "show":
        click.echo(text, nl=False)
        return 0
    place = folder() / NAME
    if not place.exists() or place.read_text(encoding="utf-8", errors="replace") != text:
        make_folder(place.parent)
        write_text(place, text, force)
    tell(message("{path} is in place; Wireshark reads it at its next start", path=Verbatim(str(place))))
    return 0
