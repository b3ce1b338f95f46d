"""``netanalyze``: the group of commands, and what holds for all of them: errors, exit statuses, broken pipes.

Exit statuses: 0 healthy, 1 degraded, hung or failed, 2 wrong usage or input that cannot be read, 3 a capture that
cannot carry a verdict, 70 an error of our own. ``live`` ends with its command's own status.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple, NoReturn

import click

from netanalyze.cli.bytecode import keep_bytecode
from netanalyze.errors import CommandNotFound, LiveError, NetanalyzeError

USAGE, INTERNAL, INTERRUPTED, BROKEN_PIPE, LIVE_UNAVAILABLE = 2, 70, 130, 141, 125


class Entry(NamedTuple):
    """A command: the module and the name it has there, and what ``--help`` says of it without importing it."""

    module: str
    name: str
    help: str


COMMANDS = {
    "analyze": Entry("netanalyze.cli.analyze", "analyze", "Name the cause from a capture file."),
    "live": Entry("netanalyze.cli.live", "live", "Run a command under a capture and name the cause."),
    "recorder": Entry(
        "netanalyze.cli.recorder", "recorder", "Print a shell script that records where there is no Python."
    ),
    "slice": Entry("netanalyze.cli.slice", "command", "Save a finding's or a flow's frames as pcapng."),
    "verify": Entry("netanalyze.cli.verify", "command", "Read a capture with tshark, too, and compare."),
    "rules": Entry("netanalyze.cli.rules", "rules", "List the causes, or print the page of one."),
    "lab": Entry("netanalyze.cli.lab", "lab", "Make real hangs on purpose, and see them named."),
    "version": Entry("netanalyze.cli.version", "version", "Print the versions of netanalyze and what it runs on."),
}


class LazyGroup(click.Group):
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

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the first argument names; a typo is told what it is like."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            known = self.list_commands(ctx)
            near = get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            if "." in name or "/" in name:
                hint = f"to analyse a file: netanalyze analyze {name}"
            raise click.UsageError(f"no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table above: nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
def netanalyze() -> None:
    """Names the cause when a command hangs on the network, from the packets.

    \b
    Examples:
      netanalyze analyze hang.pcap
      netanalyze analyze hang.pcapng --trace stderr.txt --html report.html
      netanalyze rules tls/client-hello-dropped

    Exit status of analyze: 0 healthy; 1 degraded, hung or failed; 2 wrong
    usage or unreadable input; 3 a capture that cannot carry a verdict.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script: runs a command, and ends the process with its status. Never shows a traceback unasked."""
    keep_bytecode()
    _tolerant_streams()
    status = run(list(sys.argv[1:] if arguments is None else arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status = BROKEN_PIPE
    if status == BROKEN_PIPE:  # nobody reads on: Python's own flush at exit must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run a command and return its exit status; errors are told on standard error in one line."""
    try:
        if instruction := os.environ.get("_NETANALYZE_COMPLETE"):
            from click.shell_completion import shell_complete

            return shell_complete(netanalyze, {}, "netanalyze", "_NETANALYZE_COMPLETE", instruction)
        with netanalyze.make_context("netanalyze", arguments) as context:
            status = netanalyze.invoke(context)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # no arguments at all: the help is the answer
        click.echo(error.ctx.get_help() if error.ctx else str(error), err=True)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "netanalyze"
        complain(f"{error.format_message().rstrip('.')} (see {path} --help)")
        return USAGE
    except click.ClickException as error:
        complain(error.format_message())
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except CommandNotFound as error:
        complain(str(error))
        return error.status
    except LiveError as error:
        complain(str(error))
        return LIVE_UNAVAILABLE
    except NetanalyzeError as error:
        complain(str(error))
        return USAGE
    except OSError as error:
        if error.filename is None and not error.strerror:
            return internal(error, arguments)
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))
        return USAGE
    except Exception as error:
        return internal(error, arguments)


def complain(text: str) -> None:
    """One line on standard error, with nothing in it that a terminal might obey."""
    from netanalyze.report.sheet import clean

    click.echo(f"netanalyze: {clean(text)}", err=True)


def internal(error: BaseException, arguments: Sequence[str]) -> int:
    """An error of our own: an apology, the traceback only when it is asked for."""
    if os.environ.get("NETANALYZE_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    files = [argument for argument in arguments[1:] if not argument.startswith("-")]
    about = f" with {' '.join(files)}" if files else ""
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    complain(f"sorry, an error of our own{about}: {what} (NETANALYZE_DEBUG=1 shows where)")
    return INTERNAL


def _tolerant_streams() -> None:
    """What a stream's encoding cannot say is written as an escape; it never stops a report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
