"""Files that options name: looked at before any work is done for them, and never overwritten unasked (``--force``)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from netanalyze.cli.slips import WrongUsage
from netanalyze.errors import NetanalyzeError, OutputRefused
from netanalyze.output_files import check_output
from netanalyze.wording import Verbatim, message

CAPTURES = (".pcap", ".pcapng", ".cap", ".snoop", ".gz", ".tgz", ".zst", ".lz4")
APPENDED = "--summary"
"""The option whose file is added to: it may be there."""
force_option = click.option("--force", is_flag=True, help="Replace files that are there already.")


def check_outputs(
    outputs: Mapping[str, str | int | None], force: bool, captures: Sequence[str] = (), reports: bool = True
) -> None:
    """Complain before the work about what could not be written after it; makes nothing.

    Args:
        outputs: option -> the file it names; None, ``-`` and descriptors are left out.
        captures: what is read, and must not be written to.
        reports: they are texts: a name that ends like a capture's is a slip.

    Raises:
        click.UsageError: names the option, the file, what is in the way, and what to do.
    """
    named: dict[str, str] = {}
    for option, out in outputs.items():
        if not isinstance(out, str) or out == "-":
            continue
        path = Path(out)
        same = os.path.exists(out) and any(Path(f).exists() and path.samefile(f) for f in captures if f != "-")
        if same or (reports and path.suffix.lower() in CAPTURES):
            said = "{option} {path} would overwrite a capture; name the file to write after {option}"
            raise WrongUsage(message(said, option=option, path=Verbatim(out)))
        try:
            is_file = check_output(out, force or option == APPENDED)
        except OutputRefused as refused:
            raise WrongUsage(message("{option} {what}", option=option, what=refused.sentence)) from refused
        except OSError as error:  # links in a circle, a name that is too long
            said = "{option} {path}: {what}; name another file"
            what = str(error.strerror)
            raise WrongUsage(message(said, option=option, path=Verbatim(out), what=what)) from error
        place = os.path.realpath(out)
        if is_file and place in named:
            said = "{first} and {option} cannot both be {path}; give one another name"
            raise WrongUsage(message(said, first=named[place], option=option, path=Verbatim(out)))
        named[place] = option


class EachByItself:
    """Forms of a report, written one after the other: one that cannot be written keeps no other from being written."""

    def __init__(self) -> None:
        self._failed: Exception | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Write one of them within."""
        try:
            yield
        except (OSError, ValueError, NetanalyzeError) as error:
            self._failed = self._failed or error

    def tell(self) -> None:
        """Raise what kept the first of them from being written, if one was."""
        if self._failed is not None:
            raise self._failed
