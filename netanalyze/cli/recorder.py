"""``netanalyze recorder``: the shell script that records where there is no Python."""

import sys
from importlib.resources import files

import click

PARTS = ("begin.sh", "looks.sh", "run.sh")
"""The script's parts, in netanalyze/recorder; only together do they make a program."""


def script() -> bytes:
    """The whole script, with the line ends that a shell needs."""
    folder = files("netanalyze") / "recorder"
    return b"".join((folder / name).read_bytes() for name in PARTS)


@click.command()
def recorder() -> int:
    """Print a shell script that records a command on a machine without Python.

    The script needs a POSIX shell, tar and gzip, and takes packets too where
    there is a tcpdump. What it writes is read by netanalyze analyze.

    \b
    Examples:
      netanalyze recorder > record.sh
      sh record.sh go mod download            # there
      netanalyze analyze netanalyze-record-*.tgz
    """
    sys.stdout.flush()
    sys.stdout.buffer.write(script())
    sys.stdout.buffer.flush()
    return 0
