"""``netanalyze export FILE FORMAT``: the analysis in a form that another program reads."""

import os
from typing import IO

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.wording import Verbatim, message

FORMS = ("zeek", "zeek-json", "har", "trace", "csv", "parquet")
SECTIONS = {
    **WORDS_SECTION,
    "What is written": ["--out", "--force", "--no-redact", "--quiet"],
}
EXAMPLES = """
netanalyze export hang.pcap zeek -o logs        conn.log, dns.log, ssl.log
netanalyze export hang.pcap har -o hang.har     for a browser's network panel
netanalyze export hang.pcap trace -o hang.json  for Perfetto or Speedscope
netanalyze export hang.pcap csv -o tables
"""


@click.command("export", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.argument("form", metavar="FORMAT", type=click.Choice(FORMS))
@click.option("-o", "--out", metavar="OUT", required=True,
              help="The file to write (har, trace), or the folder (all others).")  # fmt: skip
@words_options
@force_option
@no_redact_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(
    file: str, form: str, out: str, trace: IO[str] | None, client: str | None, force: bool, quiet: bool
) -> int:  # fmt: skip
    """Write the analysis as Zeek's logs, HAR, trace events, CSV or Parquet.

    FORMAT is zeek, zeek-json, har, trace, csv or parquet. A folder is made
    where there is none; files in it that have the same names stay without
    --force.
    """
    from netanalyze.api import analyze
    from netanalyze.export import FORMATS
    from netanalyze.folders import make_folder
    from netanalyze.output_files import write_octets

    words = None if trace is None else trace.read()
    if form == "parquet":
        return _parquet(file, out, words, client, force, quiet)
    chosen = FORMATS[form]
    if chosen.folder:
        if os.path.exists(out) and not os.path.isdir(out):
            raise WrongUsage(
                message("{path} is a file; {form} wants a folder", path=Verbatim(out), form=Verbatim(form))
            )
    else:
        check_outputs({"-o": out}, force, (file,), reports=False)
    made = list(chosen.files(analyze([file], trace=words, client=client)))
    if chosen.folder:
        make_folder(out)
        check_outputs({name: os.path.join(out, name) for name, _ in made}, force, (file,), reports=False)
    for name, octets in made:
        write_octets(os.path.join(out, name) if chosen.folder else out, octets, force)
    if not quiet:
        written = ", ".join(os.path.join(out, name) for name, _ in made) if chosen.folder else out
        tell(Verbatim(written) or "nothing: there are no rows")
    return 0


def _parquet(file: str, out: str, words: str | None, client: str | None, force: bool, quiet: bool) -> int:
    """All tables of a notebook as Parquet files in a folder."""
    import netanalyze

    written = netanalyze.open(file, trace=words, client=client).to_parquet(out, force=force)
    if not quiet:
        click.echo(", ".join(map(str, written)), err=True)
    return 0
