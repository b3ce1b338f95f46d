"""``netanalyze slice FILE``: the frames that prove a finding, as a capture of its own."""

from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage, sentence_of
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.wording import Verbatim, counted, message

SECTIONS = {
    "Which frames": ["--finding", "--flow", "--whole-flow"],
    **WORDS_SECTION,
    "What is written": ["--out", "--force", "--no-redact", "--quiet"],
}
EXAMPLES = """
netanalyze slice hang.pcapng -o proof.pcapng
netanalyze slice hang.pcapng --finding 0 --finding 2 -o proof.pcapng
netanalyze slice hang.pcapng --proof-only -o frames.pcapng
netanalyze slice hang.pcapng --flow 7 -o flow7.pcapng
"""


@click.command("slice", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=completers.files)
@click.option("--finding", "findings", metavar="N", type=int, multiple=True,
              help="Frames of this finding, counted from 0 as in --json; repeatable. Default: the verdict's.")  # fmt: skip
@click.option("--flow", "flows", metavar="N", type=int, multiple=True, help="All frames of this flow, too; repeatable.")
@click.option("--whole-flow/--proof-only", default=True,
              help="Keep the findings' flows and lookups as well, by default; or only the frames that are cited.")  # fmt: skip
@click.option("-o", "--out", metavar="OUT", required=True, help="The pcapng file to write.")
@words_options
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    files: tuple[str, ...], findings: tuple[int, ...], flows: tuple[int, ...], whole_flow: bool, out: str,
    trace: IO[str] | None, client: str | None, force: bool, quiet: bool,
) -> int:  # fmt: skip
    """Write the frames that prove a finding, with comments that say what they show.

    What belongs to them is kept as well: their flows, the lookups that led to
    them, the run that the recording bears. So the slice can be analysed like
    the whole, and the verdict is the same. --proof-only leaves that out.

    The comments are those of pcapng: Wireshark shows them in the packet list
    and above each frame.
    """
    from netanalyze.api import analyze
    from netanalyze.notebook.reading import FrameReader
    from netanalyze.notebook.slices import write_slice

    if "-" in files:
        raise click.UsageError("a slice reads its capture twice; save standard input to a file first")
    check_outputs({"-o": out}, force, files, reports=False)
    reader = FrameReader(files)
    result = analyze(files, trace=None if trace is None else trace.read(), client=client)
    try:
        written = write_slice(result, reader, out, findings or None, flows, whole_flow, force)
    except (IndexError, ValueError) as error:
        raise WrongUsage(sentence_of(error)) from error
    if not quiet:
        frames = counted(result.capture.packets, "{number} frame", "{number} frames")
        tell(message("{path}: {count} of {frames}", path=Verbatim(out), count=written, frames=frames))
    return 0
