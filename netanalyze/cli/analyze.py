"""``netanalyze analyze FILE…``: the verdict on a capture."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli import completers, exit_status
from netanalyze.cli.json_to import JsonTo, check_tables, tables_option, write_documents
from netanalyze.cli.outputs import EachByItself, check_outputs, force_option
from netanalyze.cli.printed import coloured, put, put_into, speaks_unicode, width_of_print
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage, WrongValue, sentence_of
from netanalyze.report.language import LANGUAGES, wished
from netanalyze.wording import Verbatim, chained, message

if TYPE_CHECKING:
    from netanalyze.moments import Moment
    from netanalyze.result import Result

CLIENTS = ("go", "git", "curl", "pip", "npm", "wget", "cargo", "node", "apt", "ssh", "docker", "generic")
LOOKED_AT = 4096
"""Octets of a trace in which a NUL shows that it is no text."""


SECTIONS = {
    "What is known beside the packets": ["--trace", "--client"],
    "What to judge": ["--host", "--between", "--memory"],
    "What to print": ["--oneline", "--brief", "--json", "--tables", "--width", "--color", "--lang", "--quiet"],
    "What to write beside it": ["--json-to", "--html", "--markdown", "--summary", "--junit", "--force", "--no-redact"],
    "What it ends with": ["--exit-verdict", "--fail-on"],
}
EXAMPLES = """
netanalyze analyze hang.pcap
netanalyze analyze hang.pcap --trace stderr.txt --html report.html
netanalyze analyze hang.pcap --between 14:03:10 14:03:40
tcpdump -r big.pcap -w - host 192.0.2.1 | netanalyze analyze -
for f in *.pcap; do netanalyze analyze --oneline $f; done
netanalyze analyze hang.pcap --json --tables none | jq .verdict.cause
go mod download -x 2>&1 | netanalyze analyze --trace -
"""


class MomentType(click.ParamType):
    """A moment of ``--between``: seconds as a number, a clock's time as the text it is."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The moment, if it is one."""
        from netanalyze import moments

        try:
            found = moments.read(str(value))
            moments.check((found, found) if isinstance(found, float) else (str(value), str(value)))
        except ValueError as error:
            raise WrongValue(sentence_of(error), ctx, param) from error
        return found if isinstance(found, float) else str(value)


def _size(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """The size, if it is one that an analysis can be done in."""
    if value is not None:
        from netanalyze.tracking.memory import memory_of

        try:
            memory_of(value)
        except ValueError as error:
            said = "{value} is no size such as 500MB or 2GiB ({why})"
            raise WrongValue(message(said, value=repr(value), why=sentence_of(error))) from error
    return value


@click.command(cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, shell_complete=completers.files)
@click.option(
    "--oneline", is_flag=True, help="Print the verdict in one line: the file, what hung, the cause, how sure."
)
@click.option(
    "--brief", is_flag=True, help="Print the verdict as JSON of a kilobyte at the most, for programs and agents."
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON (form: netanalyze/schema.json).")
@click.option("--json-to", "json_to", type=JsonTo(), metavar="FILE|FD",
              help="Write the JSON to FILE, or to the open descriptor of that number, beside the report.")  # fmt: skip
@tables_option
@click.option("--html", metavar="OUT", help="Write a report as one HTML file; - prints it.")
@click.option("--markdown", metavar="OUT", help="Write the report in Markdown; - prints it.")
@click.option("--summary", metavar="FILE", help="Add a short summary in Markdown to FILE, for a CI job; - prints it.")
@exit_status.junit_option
@click.option("--exit-verdict", type=click.Choice(exit_status.KINDS), default="any", show_default=True,
              help="Exit status: any: 1 if not healthy; each: 10 degraded, 11 hung, 12 failed, 13 unexplained.")  # fmt: skip
@exit_status.fail_on_option
@click.option(
    "--trace", metavar="FILE", help="What the command printed (go -x lines, its error); - reads standard input."
)
@click.option(
    "--client", type=click.Choice(CLIENTS), help="What the command was, where packets and trace do not show it."
)
@click.option(
    "--host", "hosts", metavar="H", multiple=True, help="Judge the flows to this name or address; repeatable."
)
@click.option("--between", metavar="T1 T2", nargs=2, type=MomentType(),
              help="Judge what was under way then: seconds from the start of the capture, or times (14:03:10, "
              "2024-05-01T14:03:10Z); without a zone they are this machine's, as in tcpdump.")  # fmt: skip
@click.option("--memory", metavar="SIZE", callback=_size,
              help="Use at most this much memory (500MB, 2GiB; at least 100MB); the report says what was left out.")  # fmt: skip
@click.option("--width", metavar="N", type=click.IntRange(min=40),
              help="Columns of the printed report; else the terminal's, 100 at most, or 80.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; auto: on a terminal, unless NO_COLOR is set.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the reports; else the locale's.")
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on standard error.")
def analyze(
    files: tuple[str, ...],
    oneline: bool,
    brief: bool,
    as_json: bool,
    json_to: str | int | None,
    tables: tuple[str, ...] | None,
    html: str | None,
    markdown: str | None,
    summary: str | None,
    junit: str | None,
    exit_verdict: str,
    fail_on: str | None,
    trace: str | None,
    client: str | None,
    hosts: tuple[str, ...],
    between: "tuple[Moment, Moment] | None",
    memory: str | None,
    width: int | None,
    color: str,
    lang: str | None,
    force: bool,
    quiet: bool,
) -> int:
    """Name the cause, the culprit, the proof and the fix from captures.

    Reads pcap, pcapng and snoop, also compressed, and what netanalyze recorder
    made; - is standard input. Several files are one capture, merged by time.
    With --trace alone the verdict rests on what the command printed.
    """
    if not files and trace is None:
        raise click.MissingParameter(
            ctx=click.get_current_context(), param=click.get_current_context().command.params[0]
        )
    if not files and (hosts or between is not None):
        raise click.UsageError("--host and --between choose among packets; without a capture there are none")
    outputs = {"--html": html, "--markdown": markdown, "--summary": summary}
    check_tables(tables, as_json, json_to)
    _check_printed({"--json": as_json, "--oneline": oneline, "--brief": brief}, outputs)
    check_outputs({**outputs, "--junit": junit, "--json-to": json_to}, force, files)
    if between is not None:
        _check_order(between)
    if [*files, trace].count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only")

    told = None if trace is None else _trace(trace)
    result = _analysed(files, told, client, hosts, between, memory, quiet)
    forms = EachByItself()
    for option, out in outputs.items():
        if out is not None and (out == "-" or option != "--summary"):
            with forms.attempt():
                put_into(out, _rendered(option.strip("-"), result, lang or wished()), force)
    if summary not in (None, "-"):
        from netanalyze.report.summary import append

        with forms.attempt():
            append(summary, result, lang or wished())
    exit_status.write_junit(forms, result, junit, fail_on, lang or wished(), force)
    write_documents(forms, result, as_json, json_to, tables, force)
    if oneline:
        from netanalyze.report.oneline import render as line

        with forms.attempt():
            put(line(result, lang or wished()))
    elif brief:
        from netanalyze.report.brief import as_line
        from netanalyze.report.brief import brief as short

        with forms.attempt():
            put(as_line(short(result)) + "\n")
    elif not as_json and "-" not in outputs.values():
        from netanalyze.report.terminal import render

        with forms.attempt():
            put(render(result, width or width_of_print(), coloured(color), not speaks_unicode(), lang or wished()))
    forms.tell()
    return exit_status.status_of(result.verdict, exit_verdict, fail_on or exit_status.DEFAULT)


def _analysed(
    files: Sequence[str],
    trace: str | None,
    client: str | None,
    hosts: Sequence[str],
    between: "tuple[Moment, Moment] | None",
    memory: str | None,
    quiet: bool,
) -> "Result":
    from netanalyze.api import analyze as analysed
    from netanalyze.cli.progress import Bar

    with Bar(quiet) as bar:

        def note(text: str) -> None:
            if not quiet:
                bar.note(f"netanalyze: {text}")

        return analysed(
            files, trace=trace, client=client, hosts=hosts, between=between, progress=bar, notes=note, memory=memory
        )


def _check_order(between: "tuple[Moment, Moment]") -> None:
    from netanalyze.moments import check

    try:
        check(between)
    except ValueError as error:
        raise click.UsageError("--between needs two times, the earlier one first") from error


def _check_printed(forms: Mapping[str, bool], outputs: Mapping[str, str | None]) -> None:
    """Only one form can be printed."""
    printed = [option for option, wanted in forms.items() if wanted]
    printed += [f"{option} -" for option, out in outputs.items() if out == "-"]
    if len(printed) > 1:
        forms_named = chained("{first} and {other}", printed)
        raise WrongUsage(message("{forms} cannot both be printed; give one a file name", forms=forms_named))


def _trace(name: str) -> str:
    """What the command printed, from a file or standard input: UTF-8, or UTF-16 as PowerShell writes it.

    Raises:
        click.UsageError: it is no text; a capture is named as such.
    """
    octets = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", "replace")
    if b"\0" in octets[:LOOKED_AT]:
        raise WrongUsage(
            message(
                "--trace {file} is no text; a capture is given without --trace: netanalyze analyze {file}",
                file=message("standard input") if name == "-" else Verbatim(name),
            )
        )
    return octets.decode("utf-8-sig", "replace")


def _rendered(form: str, result: "Result", language: str) -> str:
    import importlib

    if form == "html":
        from netanalyze.notebook.segments import with_whole_flow

        result = with_whole_flow(result)
    text = importlib.import_module(f"netanalyze.report.{form}").render(result, language)
    assert isinstance(text, str)
    return text
