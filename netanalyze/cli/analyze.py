"""``netanalyze analyze FILE…``: the verdict on a capture."""

import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netanalyze.report.language import LANGUAGES, wished

if TYPE_CHECKING:
    from netanalyze.result import Result

CLIENTS = ("go", "git", "curl", "pip", "npm", "wget", "cargo", "node", "apt", "ssh", "docker", "generic")
STATUS = {"healthy": 0, "degraded": 1, "hung": 1, "failed": 1, "unusable": 3}
"""Exit status by the verdict's status."""
CAPTURES = (".pcap", ".pcapng", ".cap", ".gz", ".tgz", ".zst", ".lz4")


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON (form: netanalyze/schema.json).")
@click.option("--html", metavar="OUT", help="Write a report as one HTML file; - prints it.")
@click.option("--markdown", metavar="OUT", help="Write the report in Markdown; - prints it.")
@click.option("--summary", metavar="FILE", help="Add a short summary in Markdown to FILE, for a CI job; - prints it.")
@click.option(
    "--trace", metavar="FILE", help="What the command printed (go -x lines, its error); - reads standard input."
)
@click.option(
    "--client", type=click.Choice(CLIENTS), help="What the command was, where packets and trace do not show it."
)
@click.option(
    "--host", "hosts", metavar="H", multiple=True, help="Judge the flows to this name or address; repeatable."
)
@click.option("--between", metavar="T1 T2", nargs=2, type=float,
              help="Judge what was under way then; seconds from the start of the capture.")  # fmt: skip
@click.option("--kernels", type=click.Choice(["auto", "plain", "compiled"]), default="auto", show_default=True,
              help="How packets are counted: as plain Python or as machine code (numba).")  # fmt: skip
@click.option("--width", metavar="N", type=click.IntRange(min=40),
              help="Columns of the printed report; else the terminal's, 100 at most, or 80.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; auto: on a terminal, unless NO_COLOR is set.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the reports; else the locale's.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on standard error.")
def analyze(
    files: tuple[str, ...],
    as_json: bool,
    html: str | None,
    markdown: str | None,
    summary: str | None,
    trace: str | None,
    client: str | None,
    hosts: tuple[str, ...],
    between: tuple[float, float] | None,
    kernels: str,
    width: int | None,
    color: str,
    lang: str | None,
    quiet: bool,
) -> int:
    """Name the cause, the culprit, the proof and the fix from captures.

    Reads pcap and pcapng, also compressed, and what netanalyze recorder
    made; - is standard input. Several files are one capture, merged by time.

    \b
    Examples:
      netanalyze analyze hang.pcap
      netanalyze analyze hang.pcap --trace stderr.txt --html report.html
      tcpdump -r big.pcap -w - host 192.0.2.1 | netanalyze analyze -
      netanalyze analyze hang.pcap --json | jq .verdict.cause
    """
    outputs = {"--html": html, "--markdown": markdown, "--summary": summary}
    _check_outputs(as_json, outputs, files)
    if between is not None and not (all(map(math.isfinite, between)) and between[0] <= between[1]):
        raise click.UsageError("--between needs two times in seconds, the earlier one first")
    if [*files, trace].count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only")

    text = None if trace is None else _trace(trace)
    result = _analysed(files, text, client, hosts, between, kernels, quiet)
    for option, out in outputs.items():
        if out is not None and (out == "-" or option != "--summary"):
            _write(out, _rendered(option.strip("-"), result, lang or wished()))
    if summary not in (None, "-"):
        from netanalyze.report.summary import append

        append(summary, result, lang or wished())
    if as_json:
        from netanalyze.report.json import render as document

        _print(document(result))
    elif "-" not in outputs.values():
        from netanalyze.report.terminal import render

        _print(render(result, width or _width(), _coloured(color), not _speaks_unicode(), lang or wished()))
    return STATUS[result.verdict.status]


def _analysed(
    files: Sequence[str],
    trace: str | None,
    client: str | None,
    hosts: Sequence[str],
    between: tuple[float, float] | None,
    kernels: str,
    quiet: bool,
) -> "Result":
    from netanalyze.api import analyze as analysed
    from netanalyze.cli.progress import Bar

    with Bar(quiet) as bar:

        def note(text: str) -> None:
            if not quiet:
                bar.note(f"netanalyze: {text}")

        return analysed(
            files, trace=trace, client=client, hosts=hosts, between=between, progress=bar, kernels=kernels, notes=note
        )


def _check_outputs(as_json: bool, outputs: Mapping[str, str | None], files: Sequence[str]) -> None:
    """Complain before the work about what could not be written after it."""
    printed = ["--json"] if as_json else []
    printed += [f"{option} -" for option, out in outputs.items() if out == "-"]
    if len(printed) > 1:
        raise click.UsageError(f"{' and '.join(printed)} cannot both be printed; give one a file name")
    for option, out in outputs.items():
        if out is None or out == "-":
            continue
        path = Path(out)
        if path.is_dir() or not path.resolve().parent.is_dir():
            raise click.UsageError(f"{option} {out}: {'a folder' if path.is_dir() else 'there is no such folder'}")
        same = path.exists() and any(Path(f).exists() and path.samefile(f) for f in files if f != "-")
        if same or path.suffix.lower() in CAPTURES:
            raise click.UsageError(f"{option} {out} would overwrite a capture; name the file to write after {option}")


def _trace(name: str) -> str:
    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return Path(name).read_text(encoding="utf-8", errors="replace")


def _rendered(form: str, result: "Result", language: str) -> str:
    import importlib

    text = importlib.import_module(f"netanalyze.report.{form}").render(result, language)
    assert isinstance(text, str)
    return text


def _write(out: str, text: str) -> None:
    if out == "-":
        _print(text)
    else:
        Path(out).write_text(text, encoding="utf-8", errors="backslashreplace")


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, 40), 100) if sys.stdout.isatty() else 80


def _coloured(wish: str) -> bool:
    if wish != "auto":
        return wish == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
