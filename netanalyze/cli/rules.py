"""``netanalyze rules [ID]``: the causes, grouped by phase, and the page of each."""

import click

from netanalyze.cli import completers
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage, no_cause
from netanalyze.report.language import ENGLISH, LANGUAGES, Language, wished

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
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the page; else the locale's.")
def rules(cause: str | None, markdown: bool, lang: str | None) -> None:
    """List the causes a verdict may name, or print the page of one."""
    from netanalyze.causes import PHASES, causes

    language = Language(lang or wished())
    meanings = {cause.id: language.say(cause.meaning) for cause in causes().values()}
    if markdown:
        from netanalyze.report.causes_page import render

        click.echo(render(), nl=False)
    elif cause is None:
        click.echo("\n".join(line for phase in PHASES for line in [*_listed(phase, meanings, language), ""]).rstrip())
        click.echo(f"\n{language.say('netanalyze rules ID prints the page of one.')}")
    elif cause.rstrip("/") in TITLES:
        click.echo("\n".join(_listed(cause.rstrip("/"), meanings, language)))
    else:
        show(cause, language)


def _listed(phase: str, meanings: dict[str, str], language: Language) -> list[str]:
    from netanalyze.report.wide import wrapped

    lines = [language.say(TITLES[phase])]
    for cause, meaning in meanings.items():
        if cause.startswith(f"{phase}/"):
            lines.append(f"  {cause}")
            lines.extend(f"      {line}" for line in wrapped(meaning, 74))
    return lines


def show(cause: str, language: Language = ENGLISH) -> None:
    """Print the page of a cause, in English where it is not translated.

    Raises:
        click.UsageError: there is no such cause; names those that it may have been meant for.
    """
    from netanalyze.causes import causes
    from netanalyze.report.cause_page import cause_page

    if cause not in causes():
        raise WrongUsage(no_cause(cause, list(causes())))
    click.echo(f"{cause}\n\n{cause_page(cause, language)}")
