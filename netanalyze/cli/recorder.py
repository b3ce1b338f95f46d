"""``netanalyze recorder``: the shell script that records where there is no Python."""

import sys
from importlib.resources import files

import click

from netanalyze.cli.sections import Sectioned
from netanalyze.redaction.shell import filled

PARTS = ("begin.sh", "looks.sh", "command.sh", "run.sh")
"""The script's parts, in netanalyze/recorder; only together do they make a program."""

RULES = "secrets.awk"
"""What hides secrets there, by the tables of netanalyze.redaction."""


def script() -> bytes:
    """The whole script, with the line ends that a shell needs."""
    folder = files("netanalyze") / "recorder"
    parts = "".join((folder / name).read_text(encoding="utf-8") for name in PARTS)
    return filled(parts.replace("@SECRETS@", (folder / RULES).read_text(encoding="utf-8"))).encode()


EXAMPLES = """
netanalyze recorder > record.sh
sh record.sh go mod download            # there
netanalyze analyze netanalyze-record-*.tgz
"""


@click.command(cls=Sectioned, examples=EXAMPLES)
def recorder() -> int:
    """Print a shell script that records a command on a machine without Python.

    The script needs a POSIX shell, tar and gzip, and takes packets too where
    there is a tcpdump. What it writes is read by netanalyze analyze.
    """
    sys.stdout.flush()
    sys.stdout.buffer.write(script())
    sys.stdout.buffer.flush()
    return 0
