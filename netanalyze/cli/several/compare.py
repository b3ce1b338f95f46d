"""``netanalyze compare CLIENT [BETWEEN…] SERVER``: captures of one path, and where on it something happened."""

import json
from typing import IO

import click

from netanalyze.cli import completers, exit_status
from netanalyze.cli.printed import put, speaks_unicode, width_of_print
from netanalyze.cli.progress import Bar
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.several import options
from netanalyze.cli.words_options import trace_option

SECTIONS = {
    "What is known beside the packets": ["--trace"],
    "What to print": ["--json", "--width", "--lang", "--quiet"],
    "What it ends with": ["--exit-verdict", "--fail-on"],
}
EXAMPLES = """
netanalyze compare client.pcap server.pcap
netanalyze compare client.pcap gateway.pcap proxy.pcap server.pcap
netanalyze compare client.pcap server.pcap --json | jq .verdict.place
"""


@click.command("compare", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("files", metavar="CLIENT [BETWEEN...] SERVER", nargs=-1, required=True, shell_complete=completers.files)
@trace_option("--trace", "What the client's command printed (go -x lines, its error); - reads standard input.")
@options.printed_options
@options.status_options
def command(
    files: tuple[str, ...],
    trace: IO[str] | None,
    as_json: bool,
    width: int | None,
    lang: str | None,
    quiet: bool,
    exit_verdict: str,
    fail_on: str | None,
) -> int:
    """Say where on a path it happened, from captures of several points.

    The captures are of one path and the same time, in the order of the path.
    Their clocks need not agree: how far they are apart is worked out from the
    packets, with an error that is stated. The cause is the client's, as from
    netanalyze analyze; the other captures say where it is: which span lost,
    delayed, altered or injected what, or which end was silent.
    """
    options.check_files(files)
    if len(files) < 2:
        raise click.UsageError("a comparison needs two captures at least: the client's and the server's")
    from netanalyze.compare.comparison import compare
    from netanalyze.compare.text import render
    from netanalyze.report.json import plain
    from netanalyze.report.language import wished

    words = None if trace is None else trace.read()
    with Bar(quiet) as bar:
        compared = compare(files, bar, trace=words)
    if as_json:
        put(json.dumps(plain(compared.to_json()), indent=1, allow_nan=False) + "\n")
    else:
        put(render(compared, width or width_of_print(), not speaks_unicode(), lang or wished()))
    verdict = compared.path.points[0].result.verdict
    return exit_status.status_of(verdict, exit_verdict, fail_on or exit_status.DEFAULT)
