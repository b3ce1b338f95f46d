"""Sentences that remember how they were made, so that a report can say them in another language.

Everything inside speaks English: a ``Message`` is that English sentence and can be used as any other text. Beside it
stand its template and the words that were put into it; netanalyze/report/language.py looks the template up in the
catalogue of the reader's language, and the words as well.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any


class Message(str):
    """A sentence in English with the ``template`` and the ``words`` it was made of."""

    template: str
    words: Mapping[str, Any]


def message(template: str, **words: Any) -> Message:
    """The template with its words filled in.

    >>> said = message("{place} answers late.", place="192.0.2.1")
    >>> said, said.template
    ('192.0.2.1 answers late.', '{place} answers late.')
    """
    said = Message(template.format(**words))
    said.template, said.words = template, words
    return said


def counted(number: int, one: str, many: str, **words: Any) -> Message:
    """``one`` or ``many``, by ``number``, which stands in them as ``{number}``.

    >>> counted(1, "{number} lookup", "{number} lookups"), counted(2000, "{number} lookup", "{number} lookups")
    ('1 lookup', '2,000 lookups')
    """
    return message(one if number == 1 else many, number=f"{number:,}", **words)


def joined(parts: Sequence[str]) -> str:
    """The parts one after the other, with semicolons between them; '' for none.

    >>> joined(["no SYN-ACK", "no RST", "no ICMP"])
    'no SYN-ACK; no RST; no ICMP'
    """
    return (
        functools.reduce(lambda said, part: message("{first}; {then}", first=said, then=part), parts) if parts else ""
    )


def sentence(text: str) -> Message:
    """The text as a sentence of its own, with a capital and a full stop.

    >>> sentence("one side is silent"), sentence("Nothing is wrong.")
    ('One side is silent.', 'Nothing is wrong.')
    """
    stop = "" if text.endswith(".") else "."
    said = Message(f"{text[:1].upper()}{text[1:]}{stop}")
    said.template, said.words = f"{{said}}{stop}", {"said": text}
    return said
