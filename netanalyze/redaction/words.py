"""The words of a shell's command line, with where each stands: total, any text has some (POSIX, Shell Command Language 2.2)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from netanalyze.patterns import lazy_pattern

_PIECE = lazy_pattern(r"\\(?:.|$)|'[^']*+(?:'|$)|\"(?:[^\"\\]|\\.)*+(?:\"|$)|[^\s\\'\";|&()<>]++", re.DOTALL)
_BETWEEN = lazy_pattern(r"[\s;|&()<>]++|.", re.DOTALL)
_ENDS = ";|&()\n"
_ESCAPED = lazy_pattern(r"\\(.)", re.DOTALL)
_IN_DOUBLE = lazy_pattern(r"\\([\"\\$`\n])")


class Word(NamedTuple):
    """A word, or what stands between two: as it is ``written``, and its ``value`` without quotes."""

    written: str
    value: str
    is_word: bool

    @property
    def ends_command(self) -> bool:
        """It stands between words and a new command begins behind it."""
        return not self.is_word and any(mark in self.written for mark in _ENDS)

    def quoted(self, value: str) -> str:
        """Another value in this word's place, quoted as this one is."""
        name, equals, rest = value.partition("=")
        for mark in ("'", '"'):
            if equals and self.written.startswith(f"{name}={mark}"):
                return f"{name}={mark}{rest}{mark}" if mark not in rest else value
            if mark in self.written:
                return f"{mark}{value}{mark}" if mark not in value else value
        return value


def shell_words(text: str) -> Iterator[Word]:
    """The words of ``text`` and what is between them, in order: joined as written they are the text."""
    at = 0
    while at < len(text):
        pieces = []
        while found := _PIECE.match(text, at):
            if found.end() == at:
                break
            pieces.append(found[0])
            at = found.end()
        if pieces:
            yield Word("".join(pieces), "".join(map(_bare, pieces)), True)
        elif between := _BETWEEN.match(text, at):
            at = between.end()
            yield Word(between[0], between[0], False)


def _bare(piece: str) -> str:
    if piece.startswith("'"):
        return piece[1:].removesuffix("'")
    if piece.startswith('"'):
        inside = piece[1:-1] if len(piece) > 1 and piece.endswith('"') else piece[1:]
        return _IN_DOUBLE.sub(r"\1", inside)
    return _ESCAPED.sub(r"\1", piece)
