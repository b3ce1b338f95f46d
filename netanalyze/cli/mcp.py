"""``netanalyze mcp``: the tools of an agent, over standard input and output."""

import click

from netanalyze.cli import completers
from netanalyze.cli.sections import Sectioned

EXAMPLES = """
netanalyze mcp --folder ~/captures
"""


@click.command("mcp", cls=Sectioned, examples=EXAMPLES)
@click.option("--folder", "folders", multiple=True, metavar="DIR", shell_complete=completers.folders,
              type=click.Path(exists=True, file_okay=False),
              help="Files below this folder may be read (repeatable); without it no file is.")  # fmt: skip
def command(folders: tuple[str, ...]) -> int:
    """Serve an agent by the Model Context Protocol, over standard input and output.

    It has four tools: analyze a capture, watch a command that runs, explain a
    cause, show the frames of a proof. None of them runs a command, sends a
    packet, or reads a file outside of the folders given here.
    """
    from netanalyze.agents.server import serve

    serve(folders)
    return 0
