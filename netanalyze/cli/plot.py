"""``netanalyze plot FILE KIND -o OUT``: one figure of an analysis, for a paper, a ticket, a talk."""

from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage, sentence_of
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.wording import Verbatim, chained, message

OF_ALL, OF_A_FLOW = ("waterfall", "ledger", "dns"), ("sequence", "rtt", "throughput", "window", "ladder")
OF_A_SIDE = ("sequence", "window")
FORMATS = (".svg", ".png", ".pdf")
SECTIONS = {
    **WORDS_SECTION,
    "What is drawn": ["--flow", "--side"],
    "What is written": ["--out", "--force", "--no-redact", "--quiet"],
}
EXAMPLES = """
netanalyze plot hang.pcap waterfall -o hang.svg
netanalyze plot hang.pcap ladder -o hang.png            of the flow to blame
netanalyze plot slow.pcap sequence -o slow.svg --flow 2
"""


@click.command("plot", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.argument("kind", metavar="KIND", type=click.Choice(OF_ALL + OF_A_FLOW))
@click.option("-o", "--out", metavar="OUT", required=True, help="The picture to write; .svg, .png or .pdf by its name.")
@click.option("--flow", "flow_id", metavar="N", type=click.IntRange(0),
              help="The flow, as reports number it; without it the one to blame, else the one with the most octets.")  # fmt: skip
@click.option("--side", type=click.Choice(["client", "server"]),
              help="Whose octets; else of whoever sent more in vain, or more. Of sequence and window.")  # fmt: skip
@words_options
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    file: str, kind: str, out: str, flow_id: int | None, side: str | None, trace: IO[str] | None, client: str | None,
    force: bool, quiet: bool,
) -> int:  # fmt: skip
    """Draw one figure of a capture, as SVG, PNG or PDF.

    \b
    KIND is of the whole capture:
      waterfall    lookups and flows over time, with their phases
      ledger       where the time went
      dns          what was asked, and what came of it
    or of one TCP flow (a ladder of any):
      sequence     octets over time, acknowledged, SACKed, sent again
      rtt          round trips over time
      throughput   octets a second
      window       octets under way, and what the window allowed
      ladder       packets between client and server
    Needs matplotlib.
    """
    from netanalyze.notebook.plots import check_matplotlib

    ending = next((ending for ending in FORMATS if out.lower().endswith(ending)), None)
    if ending is None:
        said = "-o {out} does not say which picture; end its name in {endings}"
        raise WrongUsage(message(said, out=Verbatim(out), endings=", ".join(FORMATS)))
    if flow_id is not None and kind in OF_ALL:
        said = "{kind} is of the whole capture; --flow is of {others}"
        raise WrongUsage(message(said, kind=Verbatim(kind), others=Verbatim(", ".join(OF_A_FLOW))))
    if side is not None and kind not in OF_A_SIDE:
        others = chained("{first} and {other}", list(OF_A_SIDE))
        raise WrongUsage(
            message("{kind} is not of one side; --side is of {others}", kind=Verbatim(kind), others=others)
        )
    check_outputs({"-o": out}, force, (file,))
    check_matplotlib("netanalyze plot")
    picture = _picture(file, kind, ending[1:], flow_id, side, None if trace is None else trace.read(), client)
    from netanalyze.output_files import write_octets

    write_octets(out, picture, force)
    if not quiet:
        tell(out)
    return 0


def _picture(
    file: str, kind: str, form: str, flow_id: int | None, side: str | None, words: str | None, client: str | None
) -> bytes:
    """The figure as a file's octets."""
    import netanalyze
    from netanalyze.notebook.style import picture_octets

    analysis = netanalyze.open(file, trace=words, client=client)
    if kind in OF_ALL:
        return picture_octets(getattr(analysis.plot, kind)(), form)
    chosen = analysis.blamed_flow(tcp=kind != "ladder") if flow_id is None else flow_id
    if chosen is None:
        said = "{file} has no flow of which there is a {kind}"
        raise WrongUsage(message(said, file=Verbatim(file), kind=Verbatim(kind)))
    try:
        flow = analysis.flow(chosen)
    except IndexError as error:
        raise WrongUsage(message("{path}: {what}", path=Verbatim(file), what=sentence_of(error))) from error
    if kind != "ladder" and flow.facts["transport"] != "tcp":
        said = "{path}: flow {number} is {transport}; {kind} is of TCP, ladder of any"
        given = {"number": chosen, "transport": flow.facts["transport"], "kind": Verbatim(kind)}
        raise WrongUsage(message(said, path=Verbatim(file), **given))
    options = {"side": side} if kind in OF_A_SIDE else {}
    return picture_octets(getattr(flow.plot, kind)(**options), form)
