"""The page of a cause in the reader's language: ``zh_pages.toml`` beside the causes of a phase, else the English one."""

import functools
from collections.abc import Mapping
from pathlib import Path

from netanalyze.causes import page
from netanalyze.report.language import Language
from netanalyze.report.wide import wrapped

REFERENCES = "\n\nReferences\n"
"""Where the last part of a page begins: it is the same in every language."""

TYPED = " " * 8
"""What lines that are typed begin with."""
WIDTH = 80


def cause_page(cause: str, language: Language) -> str:
    """The page of a cause; in English where the causes of its phase are not translated.

    Raises:
        KeyError: no rule is for it.
    """
    english = page(cause)
    phase, _, name = cause.partition("/")
    translated = {} if language.english else pages_of(phase, language.code)
    if name not in translated:
        return english
    lines = [part for line in translated[name].strip().split("\n") for part in _lines(line)]
    references = english.rpartition(REFERENCES)[2]
    return "\n".join([*lines, "", language.say("References"), references])


def _lines(line: str) -> list[str]:
    """A line of a page as it is shown: a paragraph is one line in the file; what is typed stands as it is."""
    if line.startswith(TYPED) or not line.strip():
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return [f"{indent}{part}" for part in wrapped(line.strip(), WIDTH - len(indent))]


@functools.cache
def pages_of(phase: str, code: str) -> Mapping[str, str]:
    """The pages of a phase in a language by their causes' names, each without its references; none where there are none."""
    import tomllib

    file = Path(__file__).parents[1] / "causes" / phase / f"{code}_pages.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
