"""``--json-to FILE|FD``: where the result goes as JSON, looked at before any work is done for it.

A number is a descriptor that whoever called netanalyze has open for writing (``3>result.json`` in a shell). It is kept
from the commands that are started: one that stays behind would keep a reader of it waiting for the end.
"""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli.outputs import EachByItself
from netanalyze.cli.slips import WrongValue
from netanalyze.numerals import integer
from netanalyze.output_files import write_text, write_to_descriptor
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
    forms: EachByItself, result: "Result", printed: bool, target: str | int | None, force: bool
) -> None:
    """Write the result as JSON to a file or a descriptor, which stays open, and print it; each where it is wished."""
    if not printed and target is None:
        return
    from netanalyze.report.json import pieces, render

    if target is not None:
        with forms.attempt():
            if isinstance(target, str):
                write_text(target, render(result), force)
            else:
                write_to_descriptor(target, render(result))
    if printed:
        with forms.attempt():
            for text in pieces(result):
                sys.stdout.write(text)
            sys.stdout.flush()
