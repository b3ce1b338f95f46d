"""``netanalyze slice FILE``: the frames that prove a finding, as a capture of its own."""

from typing import IO

import click

from netanalyze.cli.analyze import CLIENTS


@click.command("slice")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--finding", "findings", metavar="N", type=int, multiple=True,
              help="Frames of this finding, counted from 0 as in --json; repeatable. Default: the verdict's.")  # fmt: skip
@click.option("--flow", "flows", metavar="N", type=int, multiple=True, help="All frames of this flow, too; repeatable.")
@click.option("--whole-flow", is_flag=True, help="All frames of the findings' flows, not the proof alone.")
@click.option("-o", "--out", metavar="OUT", required=True, help="The pcapng file to write.")
@click.option("--trace", type=click.File("r", encoding="utf-8", errors="replace"), metavar="FILE",
              help="What the command printed; - reads standard input.")  # fmt: skip
@click.option("--client", type=click.Choice(CLIENTS), help="What the command was.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    files: tuple[str, ...], findings: tuple[int, ...], flows: tuple[int, ...], whole_flow: bool, out: str,
    trace: IO[str] | None, client: str | None, quiet: bool,
) -> int:  # fmt: skip
    """Write the frames that prove a finding, with comments that say what they show.

    The comments are those of pcapng: Wireshark shows them in the packet list
    and above each frame.

    \b
    Examples:
      netanalyze slice hang.pcapng -o proof.pcapng
      netanalyze slice hang.pcapng --finding 0 --finding 2 -o proof.pcapng
      netanalyze slice hang.pcapng --flow 7 -o flow7.pcapng
    """
    from netanalyze.api import analyze
    from netanalyze.notebook.reading import Reader
    from netanalyze.notebook.slices import write_slice

    if "-" in files:
        raise click.UsageError("a slice reads its capture twice; save standard input to a file first")
    reader = Reader(files)
    result = analyze(files, trace=None if trace is None else trace.read(), client=client)
    try:
        written = write_slice(result, reader, out, findings or None, flows, whole_flow)
    except (IndexError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    if not quiet:
        click.echo(f"{out}: {written} of {result.capture.packets} frames", err=True)
    return 0
