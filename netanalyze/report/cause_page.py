"""The page of a cause in the reader's language: ``zh_pages.toml`` beside the causes of a phase, else the English one."""

import functools
from collections.abc import Mapping
from pathlib import Path

from netanalyze.causes import page
from netanalyze.report.language import Language

REFERENCES = "\n\nReferences\n"
"""Where the last part of a page begins: it is the same in every language."""


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
    references = english.rpartition(REFERENCES)[2]
    return f"{translated[name].strip()}\n\n{language.say('References')}\n{references}"


@functools.cache
def pages_of(phase: str, code: str) -> Mapping[str, str]:
    """The pages of a phase in a language by their causes' names, each without its references; none where there are none."""
    import tomllib

    file = Path(__file__).parents[1] / "causes" / phase / f"{code}_pages.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
