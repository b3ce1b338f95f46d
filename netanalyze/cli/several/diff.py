"""``netanalyze diff RUN_A RUN_B``: two runs of one command, and what is not the same."""

import json
from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.printed import put, speaks_unicode, width_of_print
from netanalyze.cli.progress import Bar
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.several import options
from netanalyze.cli.words_options import trace_option

SECTIONS = {
    "What is known beside the packets": ["--trace-a", "--trace-b"],
    "What to print": ["--json", "--width", "--lang", "--quiet"],
}
EXAMPLES = """
netanalyze diff yesterday.pcapng today.pcapng
netanalyze diff good.pcapng bad.pcapng --trace-a good.txt --trace-b bad.txt
netanalyze diff good.pcapng bad.pcapng --json | jq .phases
"""


@click.command("diff", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("run_a", metavar="RUN_A", shell_complete=completers.files)
@click.argument("run_b", metavar="RUN_B", shell_complete=completers.files)
@trace_option("--trace-a", "What the command printed in run A.")
@trace_option("--trace-b", "What the command printed in run B.")
@options.printed_options
def command(
    run_a: str,
    run_b: str,
    trace_a: IO[str] | None,
    trace_b: IO[str] | None,
    as_json: bool,
    width: int | None,
    lang: str | None,
    quiet: bool,
) -> int:
    """Say what is not the same in two runs of one command.

    By how much B is slower, and whose seconds these are, by phase and by host;
    surroundings, resolvers, addresses, modules and causes that differ; what
    was asked in one of them alone, answered otherwise, or in another order.
    Exit status 0, whatever differs; 2 wrong usage or unreadable input.
    """
    options.check_files((run_a, run_b))
    from netanalyze.differences.difference import diff
    from netanalyze.differences.text import render
    from netanalyze.report.json import plain
    from netanalyze.report.language import wished

    if {trace.name for trace in (trace_a, trace_b) if trace is not None} == {"<stdin>"} and trace_a and trace_b:
        raise click.UsageError("--trace-a and --trace-b cannot both read standard input; give one a file name")
    a, b = (None if trace is None else trace.read() for trace in (trace_a, trace_b))
    with Bar(quiet) as bar:
        found = diff(run_a, run_b, (a, b), bar)
    if as_json:
        put(json.dumps(plain(found.to_json()), indent=1, allow_nan=False) + "\n")
    else:
        put(render(found, width or width_of_print(), not speaks_unicode(), lang or wished()))
    return 0
