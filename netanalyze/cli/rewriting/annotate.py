"""``netanalyze annotate FILE -o OUT``: the whole capture, with the findings on their frames."""

from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.wording import Verbatim, message

SECTIONS = {
    **WORDS_SECTION,
    "What is written": ["--out", "--force", "--no-redact", "--quiet"],
}
EXAMPLES = """
netanalyze annotate hang.pcap -o annotated.pcapng
netanalyze wireshark install     netanalyze.cause is a field then
tshark -r annotated.pcapng -Y netanalyze.cause
"""


@click.command("annotate", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=completers.files)
@click.option("-o", "--out", metavar="OUT", required=True, help="The pcapng file to write.")
@words_options
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    files: tuple[str, ...], out: str, trace: IO[str] | None, client: str | None, force: bool, quiet: bool
) -> int:  # fmt: skip
    """Write the whole capture with comments: what each frame proves.

    Where a wait began, its frame says what was waited for. Wireshark shows
    comments in the packet list and above each frame; with the plug-in that
    netanalyze wireshark install puts in place they are fields.
    """
    from netanalyze.api import analyze
    from netanalyze.notebook.annotations import write_annotated
    from netanalyze.notebook.reading import FrameReader

    if "-" in files:
        raise click.UsageError("annotating reads its capture twice; save standard input to a file first")
    check_outputs({"-o": out}, force, files, reports=False)
    reader = FrameReader(files)
    result = analyze(files, trace=None if trace is None else trace.read(), client=client)
    count = write_annotated(result, reader, out, force)
    if not quiet:
        said = "{path}: comments on {count} of {number} frames"
        tell(message(said, path=Verbatim(out), count=count, number=result.capture.packets))
    return 0
