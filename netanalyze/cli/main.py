"""``netanalyze``: the group of commands, and what holds for all of them: errors, exit statuses, broken pipes.

Exit statuses: 0 healthy, 1 degraded, hung or failed, 2 wrong usage or input that cannot be read, 3 a capture that
cannot carry a verdict, 70 an error of our own. ``live`` ends with its command's own status. What ``--exit-verdict`` and
``--fail-on`` make of them: netanalyze.cli.exit_status.
"""

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple, NoReturn

import click

from netanalyze.cli.sections import Commands
from netanalyze.cli.slips import complaint, sentence_of
from netanalyze.cli.start import interruption
from netanalyze.cli.start.bytecode import keep_bytecode
from netanalyze.errors import CommandNotFound, LiveError, NetanalyzeError
from netanalyze.isolation import debugging
from netanalyze.output_files import write_nowhere
from netanalyze.own_environment import settle_home
from netanalyze.wording import Text, Verbatim, message

MADE_BETWEEN = 200_000
"""Objects that are made before garbage is looked for: hardly any of what a start or an analysis makes is in a circle."""
USAGE, INTERNAL, INTERRUPTED, BROKEN_PIPE, LIVE_UNAVAILABLE = 2, 70, 130, 141, 125


class Entry(NamedTuple):
    """A command: the module and the name it has there, and what ``--help`` says of it without importing it."""

    module: str
    name: str
    help: str


COMMANDS = {
    "analyze": Entry("netanalyze.cli.analyze", "analyze", "Name the cause from a capture file."),
    "live": Entry("netanalyze.cli.live", "live", "Run a command under a capture and name the cause."),
    "last": Entry("netanalyze.cli.last", "last", "Give the report of the last run of live again."),
    "doctor": Entry("netanalyze.cli.doctor", "doctor", "Say what in the settings will hinder a client."),
    "watch": Entry("netanalyze.cli.watch", "command", "Say what a silent command waits for."),
    "mcp": Entry("netanalyze.cli.mcp", "command", "Serve an agent's tools (MCP)."),
    "settle": Entry("netanalyze.cli.settle", "settle", "Ask the network which bit dies, and where on the path."),
    "recorder": Entry(
        "netanalyze.cli.recorder", "recorder", "Print a shell script that records where there is no Python."
    ),
    "slice": Entry("netanalyze.cli.rewriting.slice", "command", "Save a finding's or a flow's frames as pcapng."),
    "reproduce": Entry("netanalyze.cli.reproduce", "command", "Write a capture's fault as a scenario of lab."),
    "annotate": Entry(
        "netanalyze.cli.rewriting.annotate", "command", "Write the capture with the findings on its frames."
    ),
    "anonymise": Entry(
        "netanalyze.cli.rewriting.anonymise", "command", "Write a capture without its addresses, names and contents."
    ),
    "wireshark": Entry(
        "netanalyze.cli.wireshark", "command", "Make findings fields in Wireshark: install its plug-in."
    ),
    "export": Entry("netanalyze.cli.export", "command", "Write Zeek's logs, HAR, trace events, CSV or Parquet."),
    "modules": Entry("netanalyze.cli.modules", "command", "List what each module or package cost, and who gave it."),
    "check": Entry("netanalyze.cli.fleet.check", "command", "Say whether a run does what a policy allows."),
    "batch": Entry("netanalyze.cli.fleet.batch", "command", "Analyse many captures into a Parquet dataset."),
    "summary": Entry(
        "netanalyze.cli.fleet.summary", "command", "Sum a dataset up: causes, resolvers, hosts, since when."
    ),
    "compare": Entry(
        "netanalyze.cli.several.compare", "command", "Say where on a path it happened, from several points."
    ),
    "diff": Entry("netanalyze.cli.several.diff", "command", "Say what is not the same in two runs of one command."),
    "plot": Entry("netanalyze.cli.plot", "command", "Draw one figure of a capture: SVG, PNG, PDF."),
    "verify": Entry("netanalyze.cli.verify", "command", "Read a capture with tshark, too, and compare."),
    "rules": Entry("netanalyze.cli.rules", "rules", "List the causes, or print the page of one."),
    "lab": Entry("netanalyze.cli.lab", "lab", "Make real hangs on purpose, and see them named."),
    "completion": Entry("netanalyze.cli.completion", "completion", "Print the script by which a shell completes."),
    "help": Entry("netanalyze.cli.help", "help_", "Print the help of a command, or the page of a cause."),
    "version": Entry("netanalyze.cli.version", "version", "Print the versions of netanalyze and what it runs on."),
}


EXAMPLES = """
netanalyze analyze hang.pcap
netanalyze live -- go mod download
netanalyze rules tls/client-hello-dropped
netanalyze help analyze
"""
RUN_BY_LIVE = ("go", "git", "curl", "pip", "npm", "wget", "cargo", "node", "apt", "ssh", "docker", "python", "sudo")
"""Words that are no slip of ours, but a command that somebody wants to run."""


SPOKEN = ("en", "zh")
"""As netanalyze.report.language has them, which a mere start does not import."""


class LazyGroup(Commands):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands that are there, in the order of ``COMMANDS``."""
        return [name for name, entry in COMMANDS.items() if find_spec(entry.module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None or cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(importlib.import_module(entry.module), entry.name)
        assert isinstance(command, click.Command)
        return command

    def unknown(self, ctx: click.Context, name: str, args: Sequence[str]) -> Text:
        """What is said of a name that is no command: a cause, a file, a command to be run are told as such."""
        from netanalyze.cli.completers import cause_ids
        from netanalyze.paste import quoted

        shown = repr(name)
        if name in cause_ids():
            return message("no command {name}; its page: netanalyze rules {cause}", name=shown, cause=name)
        if "." in name or "/" in name:
            file = quoted(name) or "FILE"
            return message("no command {name}; to analyse a file: netanalyze analyze {file}", name=shown, file=file)
        if name in RUN_BY_LIVE:
            line = " ".join(word if word.startswith("-") else quoted(word) or "ARGUMENT" for word in args)
            return message(
                "no command {name}; to run it under a capture: netanalyze live -- {line}", name=shown, line=line
            )
        return super().unknown(ctx, name, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table above: nothing is imported for it."""
        from netanalyze.cli.spoken import language_of

        say = language_of(ctx).say
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(COMMANDS[name].help)) for name in self.list_commands(ctx)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples; who reads another Chinese than ours is told of it, and not given it unasked."""
        from netanalyze.cli.spoken import language_of
        from netanalyze.report.language import is_traditional

        super().format_epilog(ctx, formatter)
        if language_of(ctx).english and is_traditional():
            formatter.write("\n简体中文：netanalyze --lang zh --help\n")


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version, of which one line is all that is asked for, and import nothing else for it."""
    if wanted and not ctx.resilient_parsing:
        from netanalyze.version import __version__

        click.echo(f"netanalyze {__version__}")
        ctx.exit()


def _speak(ctx: click.Context, _: click.Parameter, code: str | None) -> None:
    """The language is that of every command that has the option."""
    if code is not None:
        ctx.default_map = {name: {"lang": code} for name in COMMANDS}


@click.group(cls=LazyGroup, examples=EXAMPLES, context_settings={"max_content_width": 80})
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.option(
    "--lang", type=click.Choice(SPOKEN), expose_value=False, callback=_speak,
    help="Language of help and reports; else the locale's. zh is Simplified Chinese.",
)  # fmt: skip
def netanalyze() -> None:
    """Names the cause when a command hangs on the network, from the packets.

    Exit status of analyze: 0 healthy; 1 degraded, hung or failed; 2 wrong
    usage or unreadable input; 3 a capture that cannot carry a verdict.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script: runs a command, and ends the process with its status. Never shows a traceback unasked."""
    gc.set_threshold(MADE_BETWEEN)
    try:
        interruption.unwind()
        settle_home()
        keep_bytecode()
        _tolerant_streams()
        given = list(sys.argv[1:] if arguments is None else arguments)
        status = _flushed(run(given), given)
    except interruption.Interrupted as signalled:  # outside of any command
        status = signalled.status
    interruption.is_over()
    if interruption.is_this_program() and sys.gettrace() is sys.getprofile() is None:
        _leave(status)
    sys.exit(status)


def _leave(status: int) -> NoReturn:
    """End without taking apart what was made, which takes a tenth of a small capture's time, and seconds after many flows.

    What commands begin they put away themselves; nothing of this package is left to the interpreter's end.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)


def _flushed(status: int, arguments: Sequence[str]) -> int:
    """The exit status once standard output has taken, or not, what it still had to write."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status = BROKEN_PIPE
    except OSError as error:  # a full disk; the command that failed to print has said so
        if status == 0:
            complain(message("{path}: {what}", path=message("standard output"), what=str(error.strerror)), arguments)
            status = USAGE
    else:
        if status != BROKEN_PIPE:
            return status
    write_nowhere(1)  # or Python's own flush at exit would complain
    return status


def run(arguments: list[str]) -> int:
    """Run a command and return its exit status; errors are told on standard error in one line."""
    try:
        if instruction := os.environ.get("_NETANALYZE_COMPLETE"):
            from click.shell_completion import shell_complete

            return shell_complete(netanalyze, {}, "netanalyze", "_NETANALYZE_COMPLETE", instruction)
        with netanalyze.make_context("netanalyze", list(arguments)) as context:
            status = netanalyze.invoke(context)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # no arguments at all: the help is the answer
        click.echo(error.ctx.get_help() if error.ctx else str(error), err=True)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "netanalyze"
        complain(message("{what} (see {command} --help)", what=complaint(error), command=path), arguments)
        return USAGE
    except click.ClickException as error:
        complain(complaint(error), arguments)
        return USAGE
    except (click.Abort, KeyboardInterrupt) as interrupted:
        complain("interrupted", arguments)
        return getattr(interrupted, "status", INTERRUPTED)
    except BrokenPipeError:
        return BROKEN_PIPE
    except CommandNotFound as error:
        complain(error.sentence, arguments)
        return error.status
    except LiveError as error:
        complain(error.sentence, arguments)
        return LIVE_UNAVAILABLE
    except NetanalyzeError as error:
        complain(error.sentence, arguments)
        return USAGE
    except OSError as error:
        if error.filename is None and not error.strerror:
            return internal(error, arguments)
        complain(sentence_of(error), arguments)
        return USAGE
    except Exception as error:
        return internal(error, arguments)


def complain(text: Text, arguments: Sequence[str]) -> None:
    """One line on standard error, in the language that the arguments or the locale ask for."""
    from netanalyze.cli.printed import tell
    from netanalyze.cli.spoken import language_of_line

    tell(text, language_of_line(arguments), "netanalyze: ")


REPORT_IT = (
    "Please tell whoever gave you netanalyze: this line, the command line, what NETANALYZE_DEBUG=1 prints, "
    "and what netanalyze version prints"
)
"""There is no address that every copy of this program could name."""


def internal(error: BaseException, arguments: Sequence[str]) -> int:
    """An error of our own: an apology, the traceback only when it is asked for."""
    if debugging():
        import traceback

        traceback.print_exception(error)
    files = [argument for argument in arguments[1:] if not argument.startswith("-")]
    what = Verbatim(f"{type(error).__name__}: {error}".rstrip(": "))
    sorry = message(
        "sorry, an error of our own: {what} (NETANALYZE_DEBUG=1 shows where). {then}", what=what, then=REPORT_IT
    )
    if files:
        sorry = message(
            "sorry, an error of our own with {files}: {what} (NETANALYZE_DEBUG=1 shows where). {then}",
            files=Verbatim(" ".join(files)), what=what, then=REPORT_IT,
        )  # fmt: skip
    complain(sorry, arguments)
    return INTERNAL


def _tolerant_streams() -> None:
    """What a stream's encoding cannot say is written as an escape; it never stops a report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
