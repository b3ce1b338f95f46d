"""The laboratory's own account of what it held up: each delay it makes, when it began and when it was to end.

Servers, relay and scripts write a line of JSON each into one file, at the moment they hold something up. It is what the
ledger of an analysis is held against: nobody knows better who had the seconds.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from netanalyze.output_files import open_to_append

FILE = "delays.jsonl"
VARIABLE = "NETANALYZE_LAB_JOURNAL"
"""Environment variable with the file's path; without it nothing is written."""

KINDS = (
    "dns-answer", "connect-reply", "server-hello", "response", "body", "body-rate", "outage", "stopped", "lock", "prompt", "work",
)  # fmt: skip
"""What can be held up: a DNS answer; the reply to CONNECT or SOCKS; a ServerHello; a response's head; the rest of a body,
at once or by a rate; every frame; the command itself, stopped; a lock; a program of the command's that waits, or works."""


@dataclass(frozen=True)
class Delay:
    """One thing that was held up, epoch seconds; ``end`` is None where it never came."""

    kind: str
    start: float
    end: float | None
    at: str = ""


def note(kind: str, seconds: float | None, at: str = "", start: float | None = None) -> None:
    """Write down that something is held up for so many seconds from now (or ``start``); None is for ever."""
    if (path := os.environ.get(VARIABLE)) and (seconds is None or seconds > 0):
        write(Path(path), kind, seconds, at, start)


def write(path: Path, kind: str, seconds: float | None, at: str = "", start: float | None = None) -> None:
    """As ``note``, into a file that is named."""
    begun = time.time() if start is None else start
    line = json.dumps(asdict(Delay(kind, begun, None if seconds is None else begun + seconds, at)))
    with open_to_append(path) as file:  # one short write in append mode is whole, whoever else writes
        file.write(line + "\n")


def read(path: Path) -> list[Delay]:
    """The delays a file tells of, in order; none where there is no file."""
    return sorted(_lines(path), key=lambda delay: delay.start) if path.exists() else []


def _lines(path: Path) -> Iterator[Delay]:
    for line in path.read_text().splitlines():
        yield Delay(**json.loads(line))
