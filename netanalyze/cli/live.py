"""``netanalyze live``: run a command under capture, and say why it hung or failed."""

import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from netanalyze.cli import completers, exit_status
from netanalyze.cli.json_to import JsonTo, check_tables, tables_option, write_documents
from netanalyze.cli.outputs import EachByItself, check_outputs, force_option
from netanalyze.cli.printed import coloured, put, put_into, speaks_unicode, width_of_print
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongValue, complaint, sentence_of
from netanalyze.errors import CommandNotFound, NetanalyzeError
from netanalyze.report.language import LANGUAGES, wished
from netanalyze.units import nanoseconds, octets
from netanalyze.wording import Text, Verbatim, message

if TYPE_CHECKING:
    from netanalyze.live.command.plan import Options
    from netanalyze.live.outcome import Outcome
    from netanalyze.result import Result

COULD_NOT_START = 125
NOT_HERE = (
    "live runs on Linux and macOS. On Windows, record with Wireshark (or: dumpcap -w hang.pcapng) while the command hangs, "
    "then: netanalyze analyze hang.pcapng"
)
SMALLEST = 64 * 1024


def as_duration(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """The duration that an option has, as ns; None where it is not given."""
    if value is None:
        return None
    try:
        return nanoseconds(value)
    except ValueError as error:
        said = "{value} is no duration such as 60s or 2min ({why})"
        raise WrongValue(message(said, value=repr(value), why=sentence_of(error))) from error


def _size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """A size as octets."""
    if value is None:
        return None
    try:
        found = octets(value)
    except ValueError as error:
        said = "{value} is no size such as 100MB or 1GiB ({why})"
        raise WrongValue(message(said, value=repr(value), why=sentence_of(error))) from error
    if found < SMALLEST:
        raise WrongValue(message("a recording needs {size} at the least", size=f"{SMALLEST // 1024} KiB"))
    return found


class LiveCommand(Sectioned):
    """Wrong usage ends with 125, as of env(1) and timeout(1): 2 may be the command's own status."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, but for the status."""
        try:
            return super().parse_args(ctx, exit_status.with_values(args, self.get_params(ctx)))
        except click.UsageError as error:
            _complain(message("{what} (see {command} --help)", what=complaint(error), command="netanalyze live"))
            ctx.exit(COULD_NOT_START)


SECTIONS = {
    "What is joined, where it runs already": ["--pid", "--container", "--netns"],
    "How it is run": ["--patience", "--prove-fix", "--trace", "--no-trace", "--syscalls", "--as-root"],
    "What is captured": ["--interface", "--filter", "--snaplen", "--backend"],
    "What is recorded": ["--write", "--slim", "--everybody", "--max-size", "--force", "--no-redact"],
    "What is reported": [
        "--brief",
        "--json",
        "--json-to",
        "--tables",
        "--html",
        "--markdown",
        "--summary",
        "--junit",
        "--lang",
        "--quiet",
    ],
    "What it ends with": ["--exit-verdict", "--fail-on"],
}
EXAMPLES = """
netanalyze live -- go mod download
netanalyze live -i eth0 -w hang.pcapng -- git fetch
netanalyze live --patience 60s --html report.html -- npm ci
sudo netanalyze live --pid 4711
netanalyze live -- sh -c 'curl -sf https://example.com | sh'
"""


@click.command(
    "live", cls=LiveCommand, sections=SECTIONS, examples=EXAMPLES, context_settings={"allow_interspersed_args": False}
)
@click.option("-i", "--interface", "interfaces", multiple=True, metavar="IFACE",
              shell_complete=completers.interfaces,
              help="Capture here (repeatable; any for all). Without it the route decides, and the end says which.")  # fmt: skip
@click.option("-f", "--filter", "expression", default="", metavar="FILTER", help="Capture filter, man pcap-filter.")
@click.option("-w", "--write", "path", type=click.Path(dir_okay=False), metavar="FILE",
              help="Record to this pcapng file; without it the run is kept for netanalyze last.")  # fmt: skip
@click.option(
    "--patience", callback=as_duration, metavar="TIME", help="End the command after so long (60s, 2min) and judge."
)
@click.option("--prove-fix", is_flag=True,
              help="Run COMMAND again with what the verdict offers, in caches of its own; at most three times.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what --json was asked for.")
@click.option("--json", "as_json", is_flag=True,
              help="Print the result as JSON on standard output, at the end; COMMAND's goes to standard error.")  # fmt: skip
@click.option("--brief", is_flag=True,
              help="Print the verdict alone, as JSON of a kilobyte at the most, in the same way.")  # fmt: skip
@click.option("--json-to", "json_to", type=JsonTo(), metavar="FILE|FD",
              help="Write the JSON to FILE, or to the open descriptor of that number; COMMAND's output stays.")  # fmt: skip
@tables_option
@click.option("--html", "html", type=click.Path(dir_okay=False), metavar="FILE", help="Write the report as HTML.")
@click.option("--markdown", "markdown", type=click.Path(dir_okay=False), metavar="FILE",
              help="Write the report in Markdown.")  # fmt: skip
@click.option("--summary", "summary", type=click.Path(dir_okay=False), metavar="FILE",
              help="Add a short summary in Markdown to FILE, for the page of a CI job.")  # fmt: skip
@click.option("--trace", type=click.Choice(["on", "shown", "deep"]), default="on", show_default=True,
              help="Let go say what it requests (-x), shown or not; deep adds its resolver and HTTP/2.")  # fmt: skip
@click.option("--no-trace", is_flag=True, help="Leave the command's environment and output alone (no -x).")
@click.option("--slim", is_flag=True, help="Cut encrypted bulk payload in the recording to its headers.")
@click.option("--syscalls", is_flag=True, help="Let strace tell exactly when the command waits for locks and children.")
@click.option(
    "--everybody", is_flag=True, help="Record other programs' traffic, too; else what is certainly theirs is left out."
)
@click.option("--max-size", "most", callback=_size, metavar="SIZE", help="The recording grows no larger (100MB, 1GiB).")
@click.option("--exit-verdict", type=click.Choice(exit_status.KINDS), metavar="[any|each]",
              help="Exit with the verdict (0 healthy, 1 not, 3 unusable), not the command; =each: 10 degraded, 11 hung, "
              "12 failed, 13 unexplained.")  # fmt: skip
@exit_status.fail_on_option
@exit_status.junit_option
@click.option("--snaplen", type=click.IntRange(64, 1_048_576), default=262_144, show_default=True,
              help="Octets kept of a frame.")  # fmt: skip
@click.option("--backend", type=click.Choice(["auto", "dumpcap", "raw", "tcpdump"]), default="auto", show_default=True,
              help="What captures; auto takes dumpcap where it may capture.")  # fmt: skip
@force_option
@no_redact_option
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the reports; else the locale's.")
@click.option("--as-root", is_flag=True, help="Under sudo: run the command as root, not as the one who called sudo.")
@click.option("--pid", type=click.IntRange(1), metavar="PID", help="Join a command that runs (and hangs) already.")
@click.option("--container", metavar="NAME", help="Join what runs in a container.")
@click.option(
    "--netns",
    metavar="NAME",
    shell_complete=completers.namespaces,
    help="Join what runs in a network namespace, by name or path.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, shell_complete=completers.commands)
def live(
    interfaces: tuple[str, ...], expression: str, path: str | None, patience: int | None, prove_fix: bool, quiet: bool,
    as_json: bool, brief: bool,
    json_to: str | int | None, tables: tuple[str, ...] | None, html: str | None,
    markdown: str | None, summary: str | None, trace: str, no_trace: bool, slim: bool, everybody: bool, syscalls: bool,
    most: int | None,
    exit_verdict: str | None, fail_on: str | None, junit: str | None,
    snaplen: int, backend: str, force: bool, lang: str | None, as_root: bool,
    pid: int | None, container: str | None, netns: str | None,
    command: tuple[str, ...],
) -> int:  # fmt: skip
    """Run COMMAND under capture and name the cause if it hangs or fails.

    The command keeps its terminal, input, output and signals, and its exit status becomes this one's: 125 if netanalyze
    could not start, 126 or 127 if the command cannot be run, 128+n if signal n killed it.

    With --json standard output has the JSON and nothing else: COMMAND's standard output becomes its standard error.

    With --pid, --container or --netns what runs already is watched from outside until its cause is known, and never
    touched.
    """
    joined = sum(one is not None for one in (pid, container, netns))
    if refusal := _refusal(bool(command), joined, prove_fix):
        _complain(refusal)
        return COULD_NOT_START
    from netanalyze.live.signals import blocked

    with blocked():
        from netanalyze.live.command.plan import Options
        from netanalyze.live.outcome import failed, interrupted, recorded

    try:
        check_tables(tables, as_json, json_to)
        check_outputs(
            {
                "-w": path,
                "--json-to": json_to,
                "--html": html,
                "--markdown": markdown,
                "--summary": summary,
                "--junit": junit,
            },
            force,
            reports=False,
        )
    except click.UsageError as error:
        _complain(complaint(error))
        return COULD_NOT_START
    options = Options(
        argv=command, interfaces=interfaces, expression=expression, path=path, patience_ns=patience,
        trace=not no_trace, shown=trace == "shown", deep=trace == "deep", slim=slim, most=most,
        everybody=everybody, syscalls=syscalls,
        snap_length=snaplen, backend=backend, quiet=quiet, as_root=as_root, output_to_stderr=as_json or brief, force=force,
        language=lang or wished(),
    )  # fmt: skip
    outcome = _outcome(options, (pid, container, netns) if joined else None)
    if outcome is None:
        return COULD_NOT_START
    if outcome.result is not None:
        try:
            result = outcome.result
            if prove_fix:
                result = _proved(result, outcome.status, options, not (as_json or brief or quiet))
            outputs = json_to, tables, html, markdown, summary, junit, fail_on, lang or wished(), force
            _report(result, quiet or prove_fix, as_json, brief, *outputs)
        except (OSError, ValueError, NetanalyzeError) as error:
            why = (isinstance(error, OSError) and error.strerror) or sentence_of(error)
            _complain(message("the report could not be written: {why}", why=why))
        except KeyboardInterrupt:  # the command's status stays
            _complain(interrupted(outcome.again))
    if outcome.failure is not None:
        _complain(failed(outcome))
    for note in outcome.warnings if quiet else outcome.notes:
        _complain(note)
    if not quiet:
        _complain(recorded(outcome))
    if (exit_verdict or fail_on) and outcome.result is not None:
        return exit_status.status_of(outcome.result.verdict, exit_verdict or "any", fail_on or exit_status.DEFAULT)
    return outcome.status


def _outcome(options: "Options", joins: tuple[int | None, str | None, str | None] | None) -> "Outcome | None":
    """What became of the run, or of what it ``joins`` (process, container, namespace); None where it could not begin, and why is
    said."""
    from netanalyze.live.signals import blocked

    with blocked():
        from netanalyze.live.session import Session

    try:
        if joins is None:
            return Session(options).run()
        from netanalyze.live.attach import Attach, find_target

        return Session(Attach(find_target(*joins), options)).run()
    except CommandNotFound:
        raise
    except NetanalyzeError as error:
        _complain(error.sentence)
    except OSError as error:  # no descriptor is left, no process may be made, …
        path, what = Verbatim(error.filename or "live"), error.strerror or str(error)
        _complain(message("{path}: {what}", path=path, what=what))
    return None


def _refusal(given: bool, joined: int, prove_fix: bool) -> Text | None:
    """Why what was asked for cannot be: ``given`` is whether there is a command, ``joined`` how many things to watch."""
    if joined > 1 or given == bool(joined):
        said = message("give a COMMAND to run, or one of --pid, --container and --netns")
        return message("{what} (see {command} --help)", what=said, command="netanalyze live")
    if joined and prove_fix:
        return "--prove-fix runs the command again; what is joined was begun by somebody else"
    return NOT_HERE if sys.platform == "win32" else None


def _report(
    result: "Result", quiet: bool, as_json: bool, brief: bool, json_to: str | int | None, tables: tuple[str, ...] | None,
    html: str | None, markdown: str | None, summary: str | None, junit: str | None, fail_on: str | None, language: str,
    force: bool,
) -> None:  # fmt: skip
    """The result in the forms that were asked for; the report for people goes to standard error, after the command's."""
    forms = EachByItself()
    if html:
        from netanalyze.notebook.segments import with_whole_flow
        from netanalyze.report.html import render as page

        with forms.attempt():
            put_into(html, page(with_whole_flow(result), language), force)
    if markdown:
        from netanalyze.report.markdown import render as written

        with forms.attempt():
            put_into(markdown, written(result, language), force)
    if summary:
        from netanalyze.report.summary import append

        with forms.attempt():
            append(summary, result, language)
    exit_status.write_junit(forms, result, junit, fail_on, language, force)
    write_documents(forms, result, as_json, json_to, tables, force)
    if brief:
        from netanalyze.report.brief import as_line
        from netanalyze.report.brief import brief as short

        with forms.attempt():
            put(as_line(short(result)) + "\n")
    elif not as_json and not quiet:
        with forms.attempt():
            _print(result, language)
    forms.tell()


def _print(result: "Result", language: str) -> None:
    """The report for people."""
    from netanalyze.report.terminal import render

    err = sys.stderr
    width, colour, unicode = width_of_print(err), coloured(stream=err), speaks_unicode(err)
    err.write("\n" + render(result, width, colour, not unicode, language))
    sys.stderr.flush()


def _proved(result: "Result", status: int, options: "Options", printed: bool) -> "Result":
    """The result with what became of the command where its fix was tried; the report, and before and after, are printed."""
    from netanalyze.live.prove import prove, table
    from netanalyze.live.session import Session
    from netanalyze.report.language import Language

    if printed:
        with contextlib.suppress(OSError):
            _print(result, options.language)
    if result.verdict.status not in ("hung", "failed", "degraded"):
        return result

    def run(again: "Options") -> "tuple[Result | None, int]":
        outcome = Session(again).run()
        return outcome.result, outcome.status

    tried = prove(result, options, run, _complain)
    if tried and printed:
        click.echo("\n" + table(result, status, tried, Language(options.language)), err=True)
    return replace(result, tried=tried)


def _complain(text: Text) -> None:
    """One line on standard error, with nothing in it that a terminal might obey."""
    from netanalyze.cli.printed import tell

    tell(text, begins="netanalyze: ")
