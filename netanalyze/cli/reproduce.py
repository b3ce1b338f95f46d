"""``netanalyze reproduce FILE``: the fault of a capture as a scenario that the laboratory runs."""

import os
from pathlib import Path
from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.output_files import write_text
from netanalyze.wording import Verbatim, message

SECTIONS = {**WORDS_SECTION, "What is written": ["--out", "--force", "--quiet"]}
EXAMPLES = """
netanalyze reproduce hang.pcapng
netanalyze reproduce hang.pcapng -o hang.toml
sudo netanalyze lab run hang.toml
"""


@click.command("reproduce", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=completers.files)
@click.option("-o", "--out", metavar="OUT", help="The file to write; else FILE's name with .toml, in this folder.")
@words_options
@force_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    files: tuple[str, ...], out: str | None, trace: IO[str] | None, client: str | None, force: bool, quiet: bool
) -> int:
    """Write the verdict's fault as a scenario of the laboratory, to send along.

    It holds the conversations that the verdict rests on, and what became of them on the way: who said what and when, what was
    lost and how often. Application data is zeros and secrets in the clear are crossed out; names and addresses stay. On
    another machine, without the network it happened on, netanalyze lab run OUT makes it again between two kernels.

    Exit status: 0 it is written, 2 it cannot be.
    """
    from netanalyze.api import analyze
    from netanalyze.lab.reproduction.made import reproduction
    from netanalyze.lab.reproduction.scenario_file import scenario_text
    from netanalyze.notebook.reading import FrameReader

    if "-" in files:
        raise click.UsageError("a capture is read twice for this; save standard input to a file first")
    path = out or f"{Path(files[0]).name.partition('.')[0] or 'capture'}.toml"
    check_outputs({"-o": path}, force, files, reports=False)
    reader = FrameReader(files)
    result = analyze(files, trace=None if trace is None else trace.read(), client=client)
    scenario = reproduction(result, reader, Path(path).stem)
    write_text(path, scenario_text(scenario), force)
    if not quiet:
        seconds = scenario.command.time_limit
        tell(
            message(
                "{path}: {cause}, {conversations} conversations, {octets} octets; it takes {seconds} s: sudo netanalyze lab run "
                "{path}",
                path=Verbatim(path), cause=scenario.truth.cause, conversations=len(scenario.conversations),
                octets=f"{os.path.getsize(path):,}", seconds=f"{seconds:.0f}",
            )
        )  # fmt: skip
    return 0
