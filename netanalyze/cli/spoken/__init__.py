"""Help and lines in the reader's language: the sentences stand in English where they are said, their Chinese in zh.toml.

``--lang`` anywhere before ``--`` decides, else the locale; a stream that cannot say Chinese is given English.
"""

import sys
from collections.abc import Sequence
from typing import TextIO

import click

from netanalyze.cli.sections import ARGUMENTS
from netanalyze.patterns import lazy_pattern
from netanalyze.report.language import LANGUAGES, Language, wished
from netanalyze.wording import message

AS_IT_STANDS = "\b"
"""A line of its own with which click's help begins a paragraph that is not wrapped."""
_EXTRA = lazy_pattern(r"  \[(.+)\]$")


def asked_for(arguments: Sequence[str]) -> str | None:
    """The language that ``--lang`` names among the arguments, the last time it does; None where it does not.

    >>> asked_for(["analyze", "--lang", "zh"]), asked_for(["live", "--", "x", "--lang=zh"])
    ('zh', None)
    """
    own = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    asked = None
    for word, behind in zip(own, [*own[1:], ""]):
        if word in [f"--lang={code}" for code in LANGUAGES]:
            asked = word.partition("=")[2]
        elif word == "--lang" and behind in LANGUAGES:
            asked = behind
    return asked


def language_of(context: click.Context) -> Language:
    """The language in which the help of this context is said."""
    return _sayable(asked_for(context.meta.get(ARGUMENTS, ())), sys.stdout)


def language_of_line(arguments: Sequence[str] | None = None) -> Language:
    """The language of a line on standard error: an error, or what is told at a command's end.

    Args:
        arguments: the words of the command line; None: those of the command that runs.
    """
    context = click.get_current_context(silent=True)
    if arguments is None:
        arguments = () if context is None else context.meta.get(ARGUMENTS, ())
    return _sayable(asked_for(arguments), sys.stderr)


def _sayable(asked: str | None, stream: TextIO) -> Language:
    """The language that was asked for, else the locale's; English where the stream cannot say it."""
    code = asked or wished()
    try:
        "中文".encode(stream.encoding or "ascii")
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
