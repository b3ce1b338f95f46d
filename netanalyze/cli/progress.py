"""A progress bar for long reads: on standard error, only on a terminal, only after half a second."""

import sys
import time
from types import TracebackType
from typing import Any

PATIENCE_S = 0.5
"""A read that takes longer gets a bar (rich is imported then)."""


class Bar:
    """Call it with (octets done, octets in all or None); nothing is shown on a stream that is no terminal."""

    def __init__(self, quiet: bool = False):
        self._shown = not quiet and sys.stderr.isatty()
        self._begun = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def __call__(self, done: int, total: int | None) -> None:
        """``done`` of ``total`` octets are read; ``total`` None where that cannot be known (a pipe, gzip)."""
        if not self._shown:
            return
        if self._bar is None:
            if time.monotonic() - self._begun < PATIENCE_S:
                return
            self._start()
        self._bar.update(self._task, completed=done, total=total)

    def note(self, text: str) -> None:
        """A line on standard error, above the bar where there is one."""
        if self._bar is None:
            sys.stderr.write(text + "\n")
        else:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        from netanalyze.cli.spoken import language_of_line

        word = language_of_line().say("reading")
        columns = (TextColumn(word), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(word, total=None)
        self._bar.start()
