"""Help in the reader's language: the sentences stand in English with their commands, their Chinese in zh.toml beside this.

``--lang`` anywhere before ``--`` decides, else the locale; a stream that cannot say Chinese is given English.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from netanalyze.cli.sections import ARGUMENTS
from netanalyze.patterns import lazy_pattern
from netanalyze.report.language import LANGUAGES, Language, wished
from netanalyze.wording import message

AS_IT_STANDS = "\b"
"""A line of its own with which click's help begins a paragraph that is not wrapped."""
_EXTRA = lazy_pattern(r"  \[(.+)\]$")
_PIECE = lazy_pattern(r"[（“《]*(?:[\u2e80-\u9fff\uff00-\uffef]|[!-~\u00a0-\u2e7f]+)[，。；：、）”》！？…]*| ")
"""What may not be broken: a word, or a sign of Chinese with its brackets and stops."""


def asked_for(arguments: Sequence[str]) -> str | None:
    """The language that ``--lang`` names among the arguments, None where it does not.

    >>> asked_for(["analyze", "--lang", "zh"]), asked_for(["live", "--", "x", "--lang=zh"])
    ('zh', None)
    """
    own = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    for word, behind in zip(own, [*own[1:], ""]):
        if word in [f"--lang={code}" for code in LANGUAGES]:
            return word.partition("=")[2]
        if word == "--lang" and behind in LANGUAGES:
            return behind
    return None


def language_of(context: click.Context) -> Language:
    """The language in which the help of this context is said."""
    code = asked_for(context.meta.get(ARGUMENTS, ())) or wished()
    try:
        "中文".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        code = "en"
    return Language(code)


def paragraphs(text: str, language: Language) -> str:
    """A command's help: each paragraph is a sentence of the catalogue; of one that is not wrapped, each line."""
    if language.english:
        return text
    return "\n\n".join(_paragraph(part, language) for part in text.split("\n\n"))


def _paragraph(part: str, language: Language) -> str:
    if not part.startswith(AS_IT_STANDS):
        return language.say(" ".join(part.split()))
    lines = part.removeprefix(AS_IT_STANDS).strip("\n").split("\n")
    return "\n".join([AS_IT_STANDS, *(_indented(line, language.say(line.strip())) for line in lines)])


def _indented(line: str, text: str) -> str:
    return line[: len(line) - len(line.lstrip())] + text


def option_text(option: click.Option, text: str, language: Language) -> str:
    """What an option does: its own sentence, and what click adds in brackets behind it."""
    if language.english:
        return text
    extra = _EXTRA.search(text) if text != option.help else None
    if extra is None:
        return language.say(text)
    added = "；".join(_added(part, language) for part in extra[1].split("; "))
    return f"{language.say(text[: extra.start()])}  [{added}]"


def _added(part: str, language: Language) -> str:
    name, _, value = part.partition(": ")
    return language.say(message("default: {value}", value=value)) if name == "default" else language.say(part)


def example(line: str, language: Language) -> str:
    """A line to type; what stands behind three blanks says what it does."""
    typed, _, explained = line.partition("   ")
    if language.english or not explained:
        return line
    return f"{typed}{' ' * (len(line) - len(typed) - len(explained.lstrip()))}{language.say(explained.strip())}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns; Chinese is broken between any two signs, but no line begins with a stop.

    >>> wrapped("读取 pcap，也读 pcapng。", 12)
    ['读取 pcap，', '也读', 'pcapng。']
    """
    from netanalyze.report.sheet import cells

    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and cells(line) + cells(piece) > width:
            lines.append(line.rstrip())
            line = ""
        if line or piece != " ":
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


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
