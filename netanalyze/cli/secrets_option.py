"""``--no-redact``, of every command that records or reports."""

import click

from netanalyze.redaction import show_secrets


def _show(context: click.Context, _: click.Parameter, value: bool) -> bool:
    """Until the command ends nothing is hidden."""
    if value:
        context.with_resource(show_secrets())
    return value


no_redact_option = click.option(
    "--no-redact", is_flag=True, expose_value=False, is_eager=True, callback=_show,
    help="Hide nothing: passwords in URLs, tokens, cookies, values of options and variables that are called like secrets, "
    "and the arguments of commands in GOAUTH and the like are written as they were seen, and what is written says "
    "'not redacted'. Either way clear-text traffic is in the recorded frames as it went over the wire.",
)  # fmt: skip
