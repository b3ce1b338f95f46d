"""``netanalyze rules [ID]``: the causes, grouped by phase, and the page of each."""

from difflib import get_close_matches

import click

from netanalyze.diagnosis.vocabulary import CAUSES, GO_FINDINGS, PHASES

TITLES = {
    "capture": "The capture itself",
    "local": "This machine",
    "dns": "DNS",
    "tcp": "TCP",
    "tls": "TLS",
    "http": "HTTP and proxies",
    "go": "The go command's ways (they stand beside a cause)",
}
"""Phases as people read them."""


@click.command()
@click.argument("cause", metavar="[ID]", required=False)
def rules(cause: str | None) -> None:
    """List the causes a verdict may name, or print the page of one.

    \b
    Examples:
      netanalyze rules                            all causes, by phase
      netanalyze rules tls                        those of one phase
      netanalyze rules tls/client-hello-dropped   what it is, what to do
    """
    meanings = {cause.id: cause.meaning for cause in CAUSES.values()} | GO_FINDINGS
    if cause is None:
        click.echo("\n".join(line for phase in (*PHASES, "go") for line in [*_listed(phase, meanings), ""]).rstrip())
        click.echo("\nnetanalyze rules ID prints the page of one.")
    elif cause.rstrip("/") in TITLES:
        click.echo("\n".join(_listed(cause.rstrip("/"), meanings)))
    else:
        click.echo(_page(cause, meanings))


def _listed(phase: str, meanings: dict[str, str]) -> list[str]:
    from netanalyze.report.sheet import wrapped

    lines = [TITLES[phase]]
    for cause, meaning in meanings.items():
        if cause.startswith(f"{phase}/"):
            lines.append(f"  {cause}")
            lines.extend(f"      {line}" for line in wrapped(meaning, 74))
    return lines


def _page(cause: str, meanings: dict[str, str]) -> str:
    from netanalyze.rules import page, rule_ids

    try:
        return f"{cause}\n\n{page(cause).strip()}"
    except KeyError:
        pass
    if cause in meanings:
        return f"{cause}\n\n{meanings[cause]}\n\nNo rule has a page of it; the verdict names it from the ledger."
    known = list(dict.fromkeys([*meanings, *rule_ids()]))
    near = [id for id in known if id.partition("/")[2] == cause]
    near = near or get_close_matches(cause, known, 3, 0.6)
    near = near or [id for id in known if cause.lower() in id][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "netanalyze rules lists them"
    raise click.UsageError(f"no cause {cause!r}; {hint}")
