"""``netanalyze last [N]``: the last runs of ``live`` whose recording nobody named, each with its report again."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli import completers
from netanalyze.cli.analyze import analyze
from netanalyze.cli.json_to import JsonTo, tables_option
from netanalyze.cli.outputs import force_option
from netanalyze.cli.printed import tell, width_of_print
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage
from netanalyze.report.language import LANGUAGES
from netanalyze.wording import Message, Verbatim, counted, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from netanalyze.kept_runs import KeptRun
    from netanalyze.report.language import Language

SECTIONS = {
    "Which run": ["--list", "--path", "--as-root"],
    "What to print": ["--oneline", "--brief", "--json", "--tables", "--width", "--color", "--lang", "--quiet"],
    "What to write beside it": ["--json-to", "--html", "--markdown", "--summary", "--force", "--no-redact"],
}
EXAMPLES = """
netanalyze last                          the newest run
netanalyze last 2 --html report.html     the one before it
netanalyze last --list
cp "$(netanalyze last --path)" hang.pcapng
"""
LEAST_WORDS = 12
"""Columns that a command line gets in the list, also where a cause has a long name."""


@click.command("last", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("number", metavar="[N]", type=click.IntRange(1), default=1, shell_complete=completers.kept_runs)
@click.option("--list", "listed", is_flag=True, help="List the runs that are kept, the newest first.")
@click.option("--path", "path_alone", is_flag=True, help="Print where the run's recording is, and no more.")
@click.option("--as-root", is_flag=True, help="Under sudo: root's runs, and not those of the one who called sudo.")
@click.option("--oneline", is_flag=True, help="Print the verdict in one line.")
@click.option("--brief", is_flag=True, help="Print the verdict as JSON of a kilobyte at the most.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
@click.option("--json-to", "json_to", type=JsonTo(), metavar="FILE|FD",
              help="Write the JSON to FILE, or to the open descriptor of that number, beside the report.")  # fmt: skip
@tables_option
@click.option("--html", metavar="OUT", help="Write a report as one HTML file; - prints it.")
@click.option("--markdown", metavar="OUT", help="Write the report in Markdown; - prints it.")
@click.option("--summary", metavar="FILE", help="Add a short summary in Markdown to FILE; - prints it.")
@click.option("--width", metavar="N", type=click.IntRange(min=40), help="Columns of what is printed.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; auto: on a terminal, unless NO_COLOR is set.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the reports; else the locale's.")
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on standard error.")
@click.pass_context
def last(
    context: click.Context, number: int, listed: bool, path_alone: bool, as_root: bool, width: int | None, quiet: bool,
    **report: Any,
) -> int:  # fmt: skip
    """Give the report of the last run of live again.

    N counts from the newest, 1. The 20 newest runs without -w are kept, and
    1 GB of them at the most; the exit status is that of analyze.
    """
    if listed and path_alone:
        raise click.UsageError("--list and --path cannot both be printed")
    if not as_root:
        _become_caller()
    runs = _runs()
    if listed:
        from netanalyze.cli.spoken import language_of

        if runs:
            language = language_of(context)
            click.echo("\n".join(table(runs, width or width_of_print(), time.time_ns(), language)))
        else:
            click.echo(language_of(context).say(_none_of(0)))
        return 0
    if number > len(runs):
        raise WrongUsage(_none_of(len(runs)))
    run = runs[number - 1]
    if path_alone:
        click.echo(run.path)
        return 0
    if not quiet:
        _note(run)
    status = context.invoke(analyze, files=(run.path,), width=width, quiet=quiet, **report)
    assert isinstance(status, int)
    return status


def _become_caller() -> None:
    """Under sudo: the runs are the caller's, as ``live`` keeps them."""
    from netanalyze.owners import sudo_ids

    if sudo_ids() is not None:
        from netanalyze.live.command.caller import sudo_caller

        if (caller := sudo_caller()) is not None:
            caller.become()


def _runs() -> "list[KeptRun]":
    from netanalyze.kept_runs import open_kept_runs

    kept = open_kept_runs()
    if kept is None:
        return []
    with kept:
        return kept.runs()


def _none_of(count: int) -> Message:
    """There is no such run among so many."""
    if not count:
        return message("no run is kept; netanalyze live -- COMMAND makes one")
    return counted(
        count,
        "only {number} run is kept; netanalyze last --list shows them",
        "only {number} runs are kept; netanalyze last --list shows them",
    )


def _note(run: "KeptRun") -> None:
    """Which run it is: it may not be the one that its reader has in mind."""
    ended, command = _clock(run.ended_ns), Verbatim(run.text("command"))
    said = message("the run that ended {time}", time=ended)
    if command:
        said = message("the run that ended {time}: {command}", time=ended, command=command)
    tell(said, begins="netanalyze: ")


def _clock(ended_ns: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(ended_ns // 1_000_000_000))


def _status(status: str, say: "Callable[[str], str]") -> str:
    """How a run went: the word that a verdict begins with, in small letters where it has them."""
    return say(status.upper()).lower() if status else say("not finished")


def table(runs: "Sequence[KeptRun]", width: int, now_ns: int, language: "Language | None" = None) -> list[str]:
    """The runs as lines of at most ``width`` columns; a command line that is longer is cut.

    Args:
        now_ns: of today's runs only the time is said.
        language: of the heads and of how a run went; English where none is given.
    """
    from netanalyze.report.language import ENGLISH
    from netanalyze.report.sheet import cells, clean, left, right, shortened
    from netanalyze.units import duration

    say = (language or ENGLISH).say
    today = _clock(now_ns)[:10]
    rows = [tuple(map(say, ("N", "ENDED", "TOOK", "VERDICT", "CAUSE", "COMMAND")))]
    for number, run in enumerate(runs, 1):
        ended = _clock(run.ended_ns)
        rows.append((
            str(number),
            ended[11:] if ended.startswith(today) else ended[5:],
            duration(run.wall_ns) if run.wall_ns is not None else "",
            _status(clean(run.text("status")), say),
            clean(run.text("cause")),
            clean(run.text("command")),
        ))  # fmt: skip
    columns = [max(cells(row[at]) for row in rows) for at in range(6)]
    columns[5] = max(LEAST_WORDS, width - sum(columns[:5]) - 2 * 5)
    columns[4] = min(columns[4], max(0, width - sum(columns[:4]) - columns[5] - 2 * 5))
    lines = []
    for row in rows:
        cut = [shortened(cell, room) for cell, room in zip(row, columns)]
        padded = [right(cut[0], columns[0]), left(cut[1], columns[1]), right(cut[2], columns[2]),
                  *(left(cut[at], columns[at]) for at in (3, 4, 5))]  # fmt: skip
        lines.append("  ".join(padded).rstrip())
    return lines
