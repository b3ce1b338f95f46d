"""Sentences that keep what they were made of, so that a report says them in the reader's language.

A ``Message`` is a value: a template in English and the words that go into it. It is no text. ``Language.say`` makes text of
it at the edge (netanalyze/report/language.py), ``english`` does where only English is wanted: in JSON, in tables, in logs.
An f-string over one is a type error, for mypy (tests/house/message_types.py) as when it runs: no sentence turns English
before anybody asked in which language.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any, Literal

from netanalyze.patterns import lazy_pattern

Begins = Literal["", "capital", "small"]
Ends = Literal["", "stop", "open"]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence: its ``template``, the ``words`` for the template's ``{names}``, and how it is set.

    Attributes:
        begins: with a capital, with a small letter, or as the template does.
        ends: with a full stop, open (as a part of another sentence), or as the template does.
    """

    template: str
    words: Mapping[str, Any] = field(default_factory=dict, hash=False)
    begins: Begins = ""
    ends: Ends = ""

    def __str__(self) -> str:
        """The sentence in English."""
        words = {name: str(word) if isinstance(word, Message) else word for name, word in self.words_set.items()}
        text = _in_number(self.template, self.words).format(**words)
        if self.begins == "capital":
            text = text[:1].upper() + text[1:]
        elif self.begins == "small" and not text[1:2].isupper():
            text = text[:1].lower() + text[1:]
        return ended(text, self.ends, ".")

    @property
    def words_set(self) -> Mapping[str, Any]:
        """The words as a sentence has them: an address of IPv6 that a port follows stands in brackets.

        >>> str(message("{address}:{port} is silent", address="2001:db8::1", port=443))
        '[2001:db8::1]:443 is silent'
        """
        hosts = _with_port(self.template)
        if not hosts:
            return self.words
        from netanalyze.urls import authority  # a command line that has no host to tell starts without it

        return {
            name: authority(word, None) if name in hosts and isinstance(word, str) else word
            for name, word in self.words.items()
        }

    def __format__(self, specification: str) -> str:
        raise TypeError(f"a sentence is said in a language, it is no part of a text: {self.template!r}")


Text = str | Message
"""A sentence of ours, or what is no sentence of ours: a name, a command, what a program printed."""


class Verbatim(str):
    """What is the same in every language, also where a catalogue has such a word: a path, an option, what was typed."""

    __slots__ = ()


def message(template: str, **words: Any) -> Message:
    """The sentence of a template and its words.

    >>> waits = message("{place} answers late.", place="192.0.2.1")
    >>> waits.template, str(waits)
    ('{place} answers late.', '192.0.2.1 answers late.')
    """
    return Message(template, words)


def english(value: Any) -> Any:
    """A value with every sentence in it as English text: what JSON and tables hold.

    >>> english({"waits": [message("{n} packets", n=1)], "port": 443})
    {'waits': ['1 packet'], 'port': 443}
    """
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [english(member) for member in value]
    if isinstance(value, Mapping):
        return {key: english(member) for key, member in value.items()}
    return value


def ended(text: str, ends: Ends, stop: str) -> str:
    """The text with, or without, the full stop of its language at the end.

    >>> ended("one side", "stop", "."), ended("one side.", "open", ".")
    ('one side.', 'one side')
    """
    return text.removesuffix(stop) + (stop if ends == "stop" else "") if ends else text


def saying(**words: Any) -> Callable[[str], Message]:
    """``message`` for several sentences that share their words; each keeps those it names.

    >>> say = saying(host="192.0.2.1", time="2 s")
    >>> str(say("{host} answers late.")), say("ServerHello, {time} later").words
    ('192.0.2.1 answers late.', {'time': '2 s'})
    """
    return lambda template: message(template, **{name: words[name] for name in names(template)})


@functools.cache
def names(template: str) -> tuple[str, ...]:
    """The words that a template names, each once; ``{{`` and ``}}`` stand for braces.

    >>> names("{who} waits for {host}, and {who} alone: {{}}")
    ('who', 'host')
    """
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


_PORT = lazy_pattern(r"\{(\w+)\}:(?=[{\d])")


@functools.cache
def _with_port(template: str) -> frozenset[str]:
    """The words of a template that a colon and a port follow."""
    return frozenset(_PORT.findall(template))


_COUNTED = lazy_pattern(
    r"\{(\w+)\} ((?:more |other |full-size |shorter )?)"
    r"(connections|files|flows|frames|handshakes|holes|keep-alives|lookups|names|octets|packets|processes|queries|records|"
    r"repeats|requests|retransmissions|RSTs|segments|spans|SYNs|times)( were| are| have|)\b"
)
_ONE = {"queries": "query", "processes": "process", " were": " was", " are": " is", " have": " has", "": ""}


def _in_number(template: str, words: Mapping[str, Any]) -> str:
    """The template with one packet where it has packets, if that is how many there are.

    >>> str(message("{octets} octets were sent {n} times", octets=1, n=2))
    '1 octet was sent 2 times'
    """

    def singular(match: re.Match[str]) -> str:
        name, between, noun, verb = match.groups()
        if words.get(name) not in (1, "1"):
            return match[0]
        return f"{{{name}}} {between}{_ONE.get(noun) or noun.removesuffix('s')}{_ONE[verb]}"

    return _COUNTED.sub(singular, template) if 1 in words.values() or "1" in words.values() else template


def counted(number: int, single: str, many: str, **words: Any) -> Message:
    """``single`` or ``many``, by ``number``, which stands in them as ``{number}``.

    >>> str(counted(1, "{number} lookup", "{number} lookups")), str(counted(2000, "{number} lookup", "{number} lookups"))
    ('1 lookup', '2,000 lookups')
    """
    return message(single if number == 1 else many, number=f"{number:,}", **words)


def joined(parts: Sequence[Text]) -> Text:
    """The parts one after the other, with semicolons between them; '' for none.

    >>> str(joined(["no SYN-ACK", "no RST", "no ICMP"]))
    'no SYN-ACK; no RST; no ICMP'
    """
    return (
        functools.reduce(lambda front, part: message("{first}; {then}", first=front, then=part), parts) if parts else ""
    )


def chained(template: str, parts: Sequence[Text]) -> Text:
    """Several things with a word between each and the next: ``{first} or {other}``; names are the same in every language.

    >>> str(chained("{first} and {other}", ["--html -", "--markdown -"]))
    '--html - and --markdown -'
    """
    words: list[Text] = [part if isinstance(part, Message) else Verbatim(part) for part in parts]
    front, behind = names(template)
    return functools.reduce(lambda first, other: message(template, **{front: first, behind: other}), words)


def sentence(text: Text) -> Message:
    """The text as a sentence of its own, with a capital and a full stop.

    >>> str(sentence("one side is silent"))
    'One side is silent.'
    """
    return replace(_as_message(text), begins="capital", ends="stop")


def clause(text: Text) -> Message:
    """The text as a part of another sentence, without a full stop.

    >>> str(clause("One side is silent."))
    'One side is silent'
    """
    return replace(_as_message(text), ends="open")


def within(text: Text) -> Message:
    """The text in the midst of a sentence, with a small letter at its begin.

    >>> str(within("Past the proxy")), str(within("IPv4 first"))
    ('past the proxy', 'IPv4 first')
    """
    return replace(_as_message(text), begins="small")


def _as_message(text: Text) -> Message:
    return text if isinstance(text, Message) else Message(text.replace("{", "{{").replace("}", "}}"))
