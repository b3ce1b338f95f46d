"""The progress bar: only on a terminal, only after a while."""

import io
import sys

from netanalyze.cli import progress
from netanalyze.report.language import Language


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nothing_on_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(progress, "PATIENCE_S", 0)
    with progress.Bar() as bar:
        bar(1, 2)
    assert sys.stderr.getvalue() == ""


def test_nothing_for_a_short_read_or_when_quiet(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.Bar() as bar:
        bar(1, 2)
    monkeypatch.setattr(progress, "PATIENCE_S", 0)
    with progress.Bar(quiet=True) as bar:
        bar(1, 2)
    assert sys.stderr.getvalue() == ""


def test_long_read_gets_a_bar_with_or_without_a_total(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "PATIENCE_S", 0)
    monkeypatch.setenv("TERM", "xterm")
    with progress.Bar() as bar:
        bar(1, None)
        bar(1_000_000, 2_000_000)
        bar.note("half-way")
    assert "reading" in sys.stderr.getvalue()
    assert "half-way" in sys.stderr.getvalue()


def test_the_bar_speaks_the_language_of_the_command(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "PATIENCE_S", 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("netanalyze.cli.spoken.language_of_line", lambda: Language("zh"))
    with progress.Bar() as bar:
        bar(1, 2)
    assert "正在读取" in sys.stderr.getvalue()
