"""``netanalyze summary DATASET``: what many captures say together."""

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import EachByItself, check_outputs, force_option
from netanalyze.cli.printed import put_into, speaks_unicode, width_of_print
from netanalyze.cli.sections import Sectioned
from netanalyze.report.language import LANGUAGES, wished

SECTIONS = {"What is written": ["--markdown", "--html", "--lang", "--force"]}
EXAMPLES = """
netanalyze batch ci-runs/ -o dataset
netanalyze summary dataset
netanalyze summary dataset --html week.html
"""


@click.command("summary", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("dataset", metavar="DATASET", shell_complete=completers.files)
@click.option("--markdown", metavar="OUT", help="Write it in Markdown; - prints it.")
@click.option("--html", metavar="OUT", help="Write it as one HTML file; - prints it.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Its language; else the locale's.")
@force_option
def command(dataset: str, markdown: str | None, html: str | None, lang: str | None, force: bool) -> int:
    """Sum up what netanalyze batch has gathered: causes, resolvers, hosts.

    Which causes cost how many hours, and since when; which resolver and which
    host fails how often, and how long lookups, connects, handshakes and first
    octets take (median and 95th percentile).
    """
    outputs = {"--markdown": markdown, "--html": html}
    check_outputs(outputs, force)
    if markdown == html == "-":
        raise click.UsageError("--markdown - and --html - cannot both be printed; give one a file name")
    from netanalyze.fleet import summary_forms
    from netanalyze.fleet.summary import summary

    summed, language, forms = summary(dataset), lang or wished(), EachByItself()
    for out, form in ((markdown, summary_forms.markdown), (html, summary_forms.html)):
        if out is not None:
            with forms.attempt():
                put_into(out, form(summed, language), force)
    if "-" not in outputs.values():
        with forms.attempt():
            put_into("-", summary_forms.text(summed, language, not speaks_unicode(), width_of_print()), force)
    forms.tell()
    return 0
