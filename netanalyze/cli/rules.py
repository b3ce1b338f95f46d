"""``netanalyze rules [ID]``: the causes, grouped by phase, and the page of each."""

import click

from netanalyze.cli import completers
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import no_cause

TITLES = {
    "capture": "The capture itself",
    "local": "This machine",
    "dns": "DNS",
    "tcp": "TCP",
    "tls": "TLS",
    "http": "HTTP and proxies",
    "quic": "QUIC",
    "go": "The go command's ways (they stand beside a cause)",
}
"""Phases as people read them."""


EXAMPLES = """
netanalyze rules                            all causes, by phase
netanalyze rules tls                        those of one phase
netanalyze rules tls/client-hello-dropped   what it is, what to do
"""


@click.command(cls=Sectioned, examples=EXAMPLES)
@click.argument("cause", metavar="[ID]", required=False, shell_complete=completers.causes)
@click.option("--markdown", is_flag=True, help="Print the table of all causes, as docs/causes.md has it.")
def rules(cause: str | None, markdown: bool) -> None:
    """List the causes a verdict may name, or print the page of one."""
    from netanalyze.causes import PHASES, causes

    meanings = {cause.id: cause.meaning for cause in causes().values()}
    if markdown:
        from netanalyze.report.causes_page import render

        click.echo(render(), nl=False)
    elif cause is None:
        click.echo("\n".join(line for phase in PHASES for line in [*_listed(phase, meanings), ""]).rstrip())
        click.echo("\nnetanalyze rules ID prints the page of one.")
    elif cause.rstrip("/") in TITLES:
        click.echo("\n".join(_listed(cause.rstrip("/"), meanings)))
    else:
        show(cause)


def _listed(phase: str, meanings: dict[str, str]) -> list[str]:
    from netanalyze.report.sheet import wrapped

    lines = [TITLES[phase]]
    for cause, meaning in meanings.items():
        if cause.startswith(f"{phase}/"):
            lines.append(f"  {cause}")
            lines.extend(f"      {line}" for line in wrapped(meaning, 74))
    return lines


def show(cause: str) -> None:
    """Print the page of a cause.

    Raises:
        click.UsageError: there is no such cause; names those that it may have been meant for.
    """
    from netanalyze.causes import causes, page

    if cause not in causes():
        raise click.UsageError(no_cause(cause, list(causes())))
    click.echo(f"{cause}\n\n{page(cause).strip()}")
