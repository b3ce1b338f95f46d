"""``--json-to FILE|FD``: where the result goes as JSON, looked at before any work is done for it.

A number is a descriptor that whoever called netanalyze has open for writing (``3>result.json`` in a shell). It is kept
from the commands that are started: one that stays behind would keep a reader of it waiting for the end.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli.outputs import EachByItself
from netanalyze.cli.slips import WrongUsage, WrongValue
from netanalyze.numerals import integer
from netanalyze.output_files import write_pieces, write_to_descriptor
from netanalyze.wording import message

if TYPE_CHECKING:
    from netanalyze.result import Result

STANDARD = (0, 1, 2)


class JsonTo(click.ParamType):
    """An option's value: the name of a file, or the number of an open descriptor."""

    name = "FILE|FD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """The file's name as it is, or the descriptor.

        Raises:
            click.BadParameter: neither; says what to write instead.
        """
        if isinstance(value, int):
            return value
        if value == "-":
            raise WrongValue("- is standard output, which --json prints on", ctx, param)
        number = integer(value, most=10**39)
        if number is None:
            return str(value)
        if not is_writable(number):
            said = "descriptor {number} is not open for writing"
            if 2 < number < 10:
                said = "descriptor {number} is not open for writing; a shell opens it: … --json-to {number} {number}>result.json"
            raise WrongValue(message(said, number=value), ctx, param)
        if number not in STANDARD:
            os.set_inheritable(number, False)
        return number


class Tables(click.ParamType):
    """The value of ``--tables``: all, none, or names of tables with commas between."""

    name = "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names.

        Raises:
            click.BadParameter: one of them is no table's; says which there are.
        """
        from netanalyze.result import TABLES

        if isinstance(value, tuple) or value in ("all", "none"):
            return {"all": TABLES, "none": ()}.get(value, value)
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in TABLES:
                said = "{name} is no table; they are {names}, or all, or none"
                raise WrongValue(message(said, name=repr(name), names=", ".join(TABLES)), ctx, param)
        return names


def tables_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--tables``."""
    return click.option(
        "--tables", type=Tables(), metavar="NAMES",
        help="Of the JSON's tables only these (flows,dns); none: the verdict, findings and no table.",
    )(command)  # fmt: skip


def check_tables(tables: tuple[str, ...] | None, as_json: bool, json_to: str | int | None) -> None:
    """See that ``--tables`` is not given where there is no JSON.

    Raises:
        WrongUsage: it is.
    """
    if tables is not None and not as_json and json_to is None:
        raise WrongUsage(message("--tables says what is in the JSON: it needs --json or --json-to"))


def is_writable(descriptor: int) -> bool:
    """Whether a descriptor is open for writing and was handed to this process, and not opened by itself."""
    try:
        if descriptor not in STANDARD and not os.get_inheritable(descriptor):
            return False  # what exec(2) hands on is inheritable; what Python opens is not
        if sys.platform == "win32":
            return True
        import fcntl

        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except (OSError, OverflowError):
        return False


def write_documents(
    forms: EachByItself,
    result: "Result",
    printed: bool,
    target: str | int | None,
    tables: tuple[str, ...] | None,
    force: bool,
) -> None:
    """Write the result as JSON to a file or a descriptor, which stays open, and print it; each where it is wished.

    Args:
        tables: those that are in it; None: all.
    """
    if not printed and target is None:
        return
    from netanalyze.report.json import pieces
    from netanalyze.result import TABLES

    chosen = TABLES if tables is None else tables

    if target is not None:
        with forms.attempt():
            if isinstance(target, str):
                write_pieces(target, pieces(result, chosen), force)
            else:
                write_to_descriptor(target, pieces(result, chosen))
    if printed:
        with forms.attempt():
            for text in pieces(result, chosen):
                sys.stdout.write(text)
            sys.stdout.flush()
