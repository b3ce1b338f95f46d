"""The reader's language: English, or Chinese by the catalogues zh.toml (``"English" = "Chinese"``, one entry a
sentence): one here, and one beside the causes of each phase.

A sentence that is not in the catalogue stays English, as names, commands and what programs printed do.
"""

import functools
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from netanalyze.patterns import lazy_pattern
from netanalyze.wording import Message, Text, Verbatim, ended

LANGUAGES = ("en", "zh")
_WORD = lazy_pattern(r"\{(\w+)\}")
_CHINESE, _LATIN = lazy_pattern(r"[\u4e00-\u9fff]"), lazy_pattern(r"[0-9A-Za-z]")


class Language:
    """One language; ``say`` gives what stands in its catalogue, and English where nothing does."""

    def __init__(self, code: str = "en"):
        if code not in LANGUAGES:
            raise ValueError(f"{code!r} is none of {', '.join(LANGUAGES)}")
        self.code = code
        self.english = code == "en"

    def say(self, text: Text) -> str:
        """The text in this language.

        >>> Language("zh").say("Capture"), Language("zh").say("no such sentence")
        ('抓包', 'no such sentence')
        """
        if self.english or not text or isinstance(text, Verbatim):
            return str(text)
        sentences = catalogue(self.code)
        if isinstance(text, Message) and text.template in sentences:
            words = {name: self.say(word) if isinstance(word, Text) else word for name, word in text.words_set.items()}
            return ended(_filled(sentences[text.template], words), text.ends, "。")
        return sentences.get(str(text), str(text))

    def listed(self, texts: Iterable[Text]) -> str:
        """The texts one after the other, with commas as this language has them."""
        return (", " if self.english else "，").join(map(self.say, texts))

    def labelled(self, label: Text, text: str) -> str:
        """A text behind its label: ``Run: go build``; the text stands as it is.

        >>> Language().labelled("Run", "go build"), Language("zh").labelled("Run", "go build")
        ('Run: go build', '命令：go build')
        """
        return f"{self.say(label)}{self.colon}{' ' if self.english else ''}{text}"

    def aside(self, text: str) -> str:
        """A text in brackets behind another, with the space that belongs before it."""
        return f" ({text})" if self.english else f"（{text}）"

    @property
    def colon(self) -> str:
        """The colon as this language writes it."""
        return ":" if self.english else "："


ENGLISH = Language()


def _filled(template: str, words: Mapping[str, object]) -> str:
    """A template with its words; one that is not given stays as it is.

    Between Chinese and Latin letters or figures there is a space, between Chinese and Chinese none: which of them a word
    is, the template cannot know.

    >>> waits = "{who} 在等待{what}"
    >>> _filled(waits, {"who": "git", "what": "磁盘"}), _filled(waits, {"who": "命令", "what": "go"})
    ('git 在等待磁盘', '命令在等待 go')
    """
    parts = _WORD.split(template)
    text = parts[0]
    for name, behind in zip(parts[1::2], parts[2::2]):
        text = _joined(_joined(text, str(words.get(name, f"{{{name}}}"))), behind)
    return text


def _joined(left: str, right: str) -> str:
    """Two pieces of a sentence, spaced by what meets."""
    before, after = left.rstrip(" "), right.lstrip(" ")
    if not before or not after:
        return left + right
    one, other = before[-1], after[0]
    if _CHINESE.match(one) and _CHINESE.match(other):
        return before + after
    mixed = (_CHINESE.match(one) and _LATIN.match(other)) or (_LATIN.match(one) and _CHINESE.match(other))
    return f"{before} {after}" if mixed else left + right


@functools.cache
def catalogue(code: str) -> Mapping[str, str]:
    """The sentences of a language by their English; read once, and only where somebody reads that language."""
    import tomllib

    said: dict[str, str] = {}
    for file in catalogue_files(code):
        for table in tomllib.loads(file.read_text(encoding="utf-8")).values():
            said |= table
    return said


def catalogue_files(code: str) -> list[Path]:
    """The files of a language: one of each part that speaks, the reports' first, and one beside the causes of each phase."""
    package = Path(__file__).parents[1]
    own = Path(__file__).with_name(f"{code}.toml")
    others = sorted(path for path in package.glob(f"*/{code}.toml") if path != own)
    return [own, *others, *sorted((package / "causes").glob(f"*/{code}.toml"))]


TRADITIONAL = ("tw", "hk", "mo", "hant")
"""Regions, and the script, of a Chinese that is not written as ours is."""


def _locale(environment: Mapping[str, str]) -> str:
    """The locale of messages (POSIX: LC_ALL before LC_MESSAGES before LANG), in small letters; '' for none."""
    return next((environment[n].lower() for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(n)), "")


def is_traditional(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the locale asks for Chinese in traditional characters, of which there is no catalogue.

    >>> is_traditional({"LANG": "zh_TW.UTF-8"}), is_traditional({"LANG": "zh_CN.UTF-8"})
    (True, False)
    """
    name = _locale(environment).partition(".")[0].replace("-", "_")
    return name.startswith("zh_") and not set(name.split("_")).isdisjoint(TRADITIONAL)


def wished(environment: Mapping[str, str] = os.environ) -> str:
    """The language the locale asks for (POSIX: LC_ALL before LC_MESSAGES before LANG), English if it is not known.

    Simplified characters are given to nobody who asked for traditional ones.

    >>> wished({"LANG": "zh_CN.UTF-8"}), wished({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}), wished({"LANG": "zh_TW"}), wished({})
    ('zh', 'en', 'en', 'en')
    """
    code = _locale(environment)[:2]
    return code if code in LANGUAGES and not is_traditional(environment) else "en"
