"""``netanalyze anonymise FILE -o OUT``: a capture that may be shown to others."""

import os

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage
from netanalyze.wording import Verbatim, message

SECTIONS = {"How": ["--key"], "What is written": ["--out", "--force", "--quiet"]}
EXAMPLES = """
netanalyze anonymise hang.pcap -o shown.pcapng
netanalyze anonymise monday.pcap -o 1.pcapng --key team.key
netanalyze anonymise tuesday.pcap -o 2.pcapng --key team.key    same names
"""
SECRET_LEAST, SECRET_MOST = 16, 65536
"""Octets of a key."""


@click.command("anonymise", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.option("-o", "--out", metavar="OUT", required=True, help="The pcapng file to write.")
@click.option("--key", metavar="KEYFILE",
              help="Exchange by the key in this file, made where there is none; else by a key that nobody keeps.")  # fmt: skip
@force_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing about what was written.")
def command(file: str, out: str, key: str | None, force: bool, quiet: bool) -> int:
    """Write a capture without its addresses, names and contents.

    Addresses, MACs and names are exchanged alike everywhere: headers, DNS,
    TLS, HTTP, and the recording's own run and trace. Payload that no analysis
    reads is blank. Times, lengths and checksums' rightness stay, so that the
    verdict stays the same, which is checked. What stays: docs/anonymise.md.
    """
    from netanalyze.anonymity.file import anonymise, new_secret

    if file == "-":
        raise click.UsageError("a capture is read several times for this; save standard input to a file first")
    check_outputs({"-o": out}, force, (file,), reports=False)
    made = anonymise(file, out, new_secret() if key is None else _secret(key), force)
    if not quiet:
        tell(message("{path}: {number} frames", path=Verbatim(out), number=made.frames))
    if not made.same_verdict:
        other = message("the verdict on {path} is another one than on the original", path=Verbatim(out))
        tell(other, begins="netanalyze: ")
    return 0


def _secret(path: str) -> bytes:
    """What is in the key file."""
    from netanalyze.anonymity.file import new_secret
    from netanalyze.foreign_files import open_foreign
    from netanalyze.output_files import write_octets

    if not os.path.exists(path):
        secret = new_secret()
        write_octets(path, secret)
        return secret
    with open_foreign(path) as file:
        secret = file.read(SECRET_MOST)
    if len(secret) < SECRET_LEAST:
        said = "--key {path} has {count} octets; a key has {least} or more"
        raise WrongUsage(message(said, path=Verbatim(path), count=len(secret), least=SECRET_LEAST))
    return secret
