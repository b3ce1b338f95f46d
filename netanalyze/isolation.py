"""One part of the analysis that fails takes nothing else with it.

Where something looks at what strangers sent, and the rest can do without it (a rule, advice, what a command printed), it
runs ``isolated``: an exception there is an error of ours, counted as a diagnostic that names the part. The verdict
stands, and the exit status is the verdict's. Whoever looks for such errors sets ``NETANALYZE_DEBUG=1``, as our tests do: then
they are raised.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from netanalyze.diagnostics import Diagnostics

PACKAGE = Path(__file__).parent
DEBUG = "NETANALYZE_DEBUG"


def debugging() -> bool:
    """Whether errors of our own are to be seen, not told of."""
    return os.environ.get(DEBUG) == "1"


@contextmanager
def isolated(part: str, diagnostics: Diagnostics, kind: str = "part_failed") -> Iterator[None]:
    """What is done inside may fail: then it ends there, and ``diagnostics`` says that ``part`` did.

    The detail that is told has the kind of the exception and where it was raised, nothing of what strangers wrote.
    """
    try:
        yield
    except Exception as error:
        if debugging():
            raise
        diagnostics.add(kind, detail=f"{part}: {type(error).__name__} at {place(error)}")


def place(error: BaseException) -> str:
    """The innermost line of this package that an error came through: ``causes/tls/alert.py:42``."""
    frames = [frame for frame in extract_tb(error.__traceback__) if PACKAGE in Path(frame.filename).parents]
    frames = [frame for frame in frames if Path(frame.filename) != Path(__file__)]
    if not frames:
        return "?"
    return f"{Path(frames[-1].filename).relative_to(PACKAGE)}:{frames[-1].lineno}"
