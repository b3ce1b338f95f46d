"""``netanalyze modules FILE``: what each module or package of a run cost, and who gave it."""

import json
from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.printed import put, speaks_unicode, width_of_print
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import Refusal
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.report.language import LANGUAGES, wished
from netanalyze.wording import Verbatim, message

ORDERS = ("start", "seconds", "octets", "name")
SECTIONS = {
    **WORDS_SECTION,
    "What is printed": ["--sort", "--json", "--width", "--lang", "--no-redact"],
}
EXAMPLES = """
netanalyze modules run.pcapng                   a recording of live
netanalyze modules run.pcap --trace go-x.txt    what the command printed
netanalyze modules run.pcapng --sort seconds    the costliest first
"""


@click.command("modules", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@words_options
@click.option("--sort", "order", type=click.Choice(ORDERS), default="start", show_default=True,
              help="By when each was first asked for, by what it cost, by octets, by name.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("--width", metavar="N", type=click.IntRange(min=40), help="Columns of what is printed.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the table; else the locale's.")
@no_redact_option
def command(
    file: str, trace: IO[str] | None, client: str | None, order: str, as_json: bool, width: int | None, lang: str | None
) -> int:  # fmt: skip
    """List what each module or package cost, and who gave it.

    Of go's modules, and packages of pip, npm and cargo: DNS, connect, TLS,
    wait, transfer, octets and tries of each, as far as its requests can be
    read in clear, or the command told of them (go -x, under --trace or in a
    recording of live). What came from a cache was not asked for.
    """
    from netanalyze.api import analyze
    from netanalyze.report.modules import in_order, render
    from netanalyze.result.parts import table_json

    result = analyze([file], trace=None if trace is None else trace.read(), client=client)
    if as_json:
        put(json.dumps(table_json(result.modules, result.capture.start_ns), indent=1) + "\n")
        return 0
    rows = in_order(result.modules, order)
    if not rows:
        raise Refusal(
            message(
                "{path}: no request for a module or package can be read. Encrypted ones are known from what go -x prints: "
                "give it with --trace, or record with netanalyze live.",
                path=Verbatim(file),
            )
        )
    put(render(rows, width or width_of_print(), lang or wished(), not speaks_unicode()))
    return 0
