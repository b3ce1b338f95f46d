"""``--trace`` and ``--client``: what is known beside the packets, of each command that turns a capture into another form."""

from collections.abc import Callable
from typing import Any

import click

from netanalyze.cli.analyze import CLIENTS

WORDS_SECTION = {"What is known beside the packets": ["--trace", "--client"]}
"""Where a page of help has them."""


def words_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command both: ``trace`` is an open text or None, ``client`` a name or None."""
    client = click.option("--client", type=click.Choice(CLIENTS), help="What the command was.")
    return trace_option("--trace", "What the command printed; - reads standard input.")(client(command))


def trace_option(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that gives an open text, of what a command printed."""
    return click.option(name, type=click.File("r", encoding="utf-8", errors="replace"), metavar="FILE", help=what)
