"""click's formatter for help of which a sign may take two columns."""

from collections.abc import Iterable
from typing import Any

import click

from netanalyze.cli.spoken import AS_IT_STANDS
from netanalyze.report.wide import wrapped


class WideFormatter(click.HelpFormatter):
    """click's formatter, for text of which a sign may take two columns."""

    def write_heading(self, heading: str) -> None:
        """A heading, with the colon of Chinese."""
        self.write(f"{'':{self.current_indent}}{heading}：\n")

    def write_wide(self, text: str) -> None:
        """Paragraphs, wrapped."""
        for number, part in enumerate(text.split("\n\n")):
            if number:
                self.write_paragraph()
            kept = part.startswith(AS_IT_STANDS)
            lines = part.removeprefix(AS_IT_STANDS).strip("\n").split("\n") if kept else self._lines(part, self.width)
            for line in lines:
                self.write(f"{'':{self.current_indent}}{line}\n")

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Names and what they are, in two columns."""
        listed: Iterable[tuple[str, str]] = list(rows)
        first = min(max(len(name) for name, _ in listed), col_max) + col_spacing
        for name, text in listed:
            lines = self._lines(text, self.width - first)
            beside = len(name) <= first - col_spacing
            self.write(f"{'':{self.current_indent}}{name:{first if beside and lines else 0}}")
            if lines and not beside:
                self.write(f"\n{'':{first + self.current_indent}}")
            self.write(f"\n{'':{first + self.current_indent}}".join(lines) + "\n")

    def _lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), max(width - self.current_indent, 20))
