"""``netanalyze settle``: ask the network which bit of a message dies, and where on the path."""

import json
import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli import completers
from netanalyze.cli.live import as_duration
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import put, width_of_print
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import WrongUsage
from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.output_files import write_text
from netanalyze.report.language import LANGUAGES, Language, wished
from netanalyze.wording import Verbatim, message

if TYPE_CHECKING:
    from netanalyze.result import Result
    from netanalyze.settle.settlement import SentRow, Settlement
    from netanalyze.settle.target import SettleTarget

COMMAND = "netanalyze.settle.command"
"""Under which the command line's context keeps the command that is to be run."""
HEALTHY, NAMED, NOT_SETTLED = 0, 1, 3
SECTIONS = {
    "What is asked": ["--address", "--sni", "--patience", "--idle", "--trace-firewall", "--dry-run"],
    "What is reported": ["--json", "--json-to", "--force", "--lang", "--quiet"],
}
EXAMPLES = """
netanalyze settle proxy.golang.org
netanalyze settle 192.0.2.1:8443 --sni registry.example.test
netanalyze settle hang.pcap --dry-run
netanalyze settle --patience 60s -- go mod download
"""


class SettleCommand(Sectioned):
    """What stands behind ``--`` is a command to run, and nothing of it an option or a target of ours."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, of what stands before ``--``."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[COMMAND] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The three ways to say what is to be settled."""
        return ["[OPTIONS]", "FILE | HOST[:PORT] | -- COMMAND"]


@click.command("settle", cls=SettleCommand, sections=SECTIONS, examples=EXAMPLES)
@click.argument("target", metavar="FILE|HOST[:PORT]", required=False, shell_complete=completers.files)
@click.option("--address", metavar="ADDRESS", help="Send to this address of the host first.")
@click.option("--sni", metavar="NAME", help="The name in the hellos; else the host's.")
@click.option(
    "--patience", callback=as_duration, metavar="TIME", help="End COMMAND after so long (60s, 2min), then settle."
)
@click.option(
    "--idle",
    type=click.FloatRange(1, 7200),
    metavar="SECONDS",
    help="Where nothing dies: leave connections idle for so long, and ask again, beside one that is used at once.",
)
@click.option(
    "--trace-firewall",
    is_flag=True,
    help="Where this machine drops it: have nft trace it to the very rule (root; a table of nft for so long).",
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was sent, what came and what is settled as JSON.")
@click.option("--json-to", "json_to", type=click.Path(dir_okay=False), metavar="FILE", help="Write the JSON to FILE.")
@force_option
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of what is printed; else the locale's.")
@click.option("-q", "--quiet", is_flag=True, help="Print what is settled and nothing else.")
def settle(
    target: str | None, address: str | None, sni: str | None, patience: int | None, idle: float | None,
    trace_firewall: bool, dry_run: bool, as_json: bool, json_to: str | None, force: bool, lang: str | None, quiet: bool,
) -> int:  # fmt: skip
    """Ask the network which bit of a message dies, and where.

    Of a FILE the verdict says whom to ask; of a COMMAND, which is run first as live does, likewise. Sends to the host, and
    to this machine's resolvers, the fewest probes that separate what may be, one thing varied at a time: at most 12
    connections for what dies and 12 for where, 60 s in all (an idle time comes to that). What is sent is said beforehand.

    Exit status: 0 nothing dies; 1 it is named what does; 3 not settled.
    """
    command = click.get_current_context().meta.get(COMMAND, ())
    if bool(command) == bool(target):
        raise click.UsageError("give a FILE, a HOST[:PORT] or, behind --, a COMMAND to run")
    if sys.platform == "win32":
        raise NotPermitted("send these probes on Windows", "a Linux or macOS machine on the same network")
    if trace_firewall and not dry_run:
        _require_trace()
    check_outputs({"--json-to": json_to}, force)
    language = Language(lang or wished())
    asked, result = _asked(target or "", command, patience, idle or 0.0, quiet, language)
    asked = replace(_with_options(asked, address, sni), trace=trace_firewall)
    _say_plan(asked, language, quiet and not dry_run, out=dry_run)
    if dry_run:
        return HEALTHY
    found = _settled(asked, language, quiet or as_json)
    _report(found, result, language, as_json, json_to, force)
    return NAMED if found.named else HEALTHY if found.bit == "none" else NOT_SETTLED


def _require_trace() -> None:
    """Refuse before anything is sent where nft cannot be had.

    Raises:
        NotPermitted: this is not Linux, or not root.
        MissingProgram: nft is not installed.
    """
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise NotPermitted(
            "let nft trace these probes", "sudo netanalyze settle --trace-firewall …, that is to run it as root"
        )
    if shutil.which("nft") is None:
        raise MissingProgram("--trace-firewall", "nft", "apt-get install nftables")


def _asked(
    target: str, command: tuple[str, ...], patience: int | None, idle: float, quiet: bool, language: Language
) -> "tuple[SettleTarget, Result | None]":
    """Whom to ask: the host as it was typed, or whom the verdict on a file or a command names; and that result."""
    from netanalyze.settle.target import typed_target

    if command:
        result = _run(command, patience, quiet, language)
    elif os.path.isfile(target):
        from netanalyze.api import analyze

        result = analyze([target])
    else:
        return replace(typed_target(target), idle=idle), None
    from netanalyze.report.oneline import render
    from netanalyze.settle.from_verdict import target_of

    if not quiet:
        click.echo(render(result, language.code), err=True, nl=False)
    return target_of(result, idle), result


def _run(command: tuple[str, ...], patience: int | None, quiet: bool, language: Language) -> "Result":
    """Run a command under a capture, as ``netanalyze live`` does, and judge it.

    Raises:
        NothingToSettle: it could not be judged.
    """
    from netanalyze.live.command.plan import Options
    from netanalyze.live.session import Session
    from netanalyze.settle.target import NothingToSettle

    outcome = Session(
        Options(argv=command, patience_ns=patience, quiet=quiet, output_to_stderr=True, language=language.code)
    ).run()
    if outcome.result is None:
        why = message("netanalyze analyze {path} says why", path=Verbatim(outcome.path))
        raise NothingToSettle("the run could not be judged", why)
    return outcome.result


def _with_options(asked: "SettleTarget", address: str | None, sni: str | None) -> "SettleTarget":
    """The target with what options say of it.

    Raises:
        click.UsageError: an address that is none, a name that is none.
    """
    from netanalyze.paste import HOST, checked
    from netanalyze.settle.target import CONNECTION
    from netanalyze.urls import is_address

    if address is not None:
        if not is_address(address):
            said = "--address {address} is no IP address; write it as 192.0.2.1 or 2001:db8::1"
            raise WrongUsage(message(said, address=Verbatim(address)))
        asked = replace(asked, addresses=(address,), focus=CONNECTION)
    if sni is not None:
        if checked(sni, HOST) is None or is_address(sni):
            raise WrongUsage(message("--sni {name} is no host name; write it as proxy.golang.org", name=Verbatim(sni)))
        asked = replace(asked, sni=sni)
    return asked


def _say_plan(asked: "SettleTarget", language: Language, quiet: bool, out: bool) -> None:
    """Say what will be sent."""
    from netanalyze.live.command.environment import resolver_settings
    from netanalyze.settle.words import plan
    from netanalyze.urls import authority

    if not quiet:
        resolvers = list(asked.resolvers) or resolver_settings()["resolvers"][:3]
        head = authority(asked.host, asked.port)
        click.echo(head + language.colon, err=not out)
        for line in plan(asked, resolvers):
            for part in _wrapped(language.say(line)):
                click.echo(f"  {part}", err=not out)


def _settled(asked: "SettleTarget", language: Language, quiet: bool) -> "Settlement":
    from netanalyze.settle import settle as ask
    from netanalyze.settle.document import line_of

    def tell(row: "SentRow") -> None:
        if not quiet:
            click.echo(line_of(row, language), err=True)

    return ask(asked, tell)


def _report(
    settlement: "Settlement", result: "Result | None", language: Language, as_json: bool, json_to: str | None, force: bool
) -> None:  # fmt: skip
    """What is settled, in the forms asked for."""
    from netanalyze.settle.document import document, text

    made: dict[str, Any] = document(settlement, result)
    written = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if json_to is not None:
        write_text(json_to, written, force)
    put(written if as_json else text(settlement, language, width_of_print(), result))


def _wrapped(text: str) -> list[str]:
    from netanalyze.report.sheet import wrapped

    return wrapped(text, width_of_print() - 2)
