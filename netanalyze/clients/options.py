"""The timers that a command line or an environment sets: ``curl -m 5``, ``wget -T 5``, ``PIP_TIMEOUT=5``."""

import itertools
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from netanalyze.clients.client import Client, Option, Timer
from netanalyze.numerals import decimal

TOLERANCE = 0.03, 0.3
"""A timer that was set ends a wait within this share of it, and within so many seconds at the least: a command takes a while
to start, and its capture to end (measured with curl 7.88: 5.01 to 5.06 s after its first packet)."""
LONGEST = 86_400.0
"""What is set to a day and more is no limit."""
_OF_OTHERS = ("kernel", "libc", "second address")
"""How timers are named that are not the client's own: an option replaces none of them, but may end sooner."""
_KEYED = ("-c", "-o", "--config")
"""Options whose value is KEY=VALUE: git, apt and ssh, cargo."""


def with_options(client: Client, words: Sequence[str], environment: Mapping[str, str]) -> Client:
    """The client with the timers that its command line and its environment set, in place of its own of these phases.

    Args:
        words: the command line, wrappers and the program's name included; what is no option of the client's means nothing.
        environment: the variables that are known.

    >>> from netanalyze.clients import client_by_name
    >>> given = with_options(client_by_name("curl"), ["curl", "-sm5", "https://example.org"], {})
    >>> [(t.seconds, t.set_by) for t in given.guards("response")]
    [(5.0, '-m')]
    """
    values = {**environment, **dict(_given(client, words))}
    timers: list[Timer] = []
    for option in client.options:
        word, seconds = next(
            ((w, n) for w in option.words if (n := _seconds(values.get(w), option)) is not None), ("", None)
        )
        if seconds is not None and not any(need in values for need in option.needs) < bool(option.needs):
            timers += [_timer(option, word, phase, seconds) for phase in option.phases]
    if not timers:
        return client
    first: dict[str, float] = {}  # of several that guard a phase the shortest ends it
    for timer in timers:
        first[timer.phase] = min(first.get(timer.phase, timer.seconds), timer.seconds)
    kept = [
        t for t in client.timers
        if t.phase not in first or (t.seconds < first[t.phase] and t.name.startswith(_OF_OTHERS))
    ]  # fmt: skip
    timers = [t for t in timers if t.seconds == first[t.phase]]
    return replace(client, timers=(*kept, *timers), unguarded=tuple(p for p in client.unguarded if p not in first))


def _timer(option: Option, word: str, phase: str, seconds: float) -> Timer:
    share, least = TOLERANCE
    return Timer(
        word, seconds, max(share * seconds, least), phase, option.error_text, option.source,
        fatal=option.fatal, set_by=word, of_transfer=option.of_transfer,
    )  # fmt: skip


def _seconds(value: str | None, option: Option) -> float | None:
    """What a value sets, s; None where it is none, no number, or no limit (0)."""
    figure = decimal(value or "", LONGEST / option.unit)
    seconds = (figure or 0) * option.unit * option.factor
    return seconds if 0 < seconds < LONGEST else None


def _given(client: Client, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(option, value) of every option of the client's on a command line, in order; keys as the client writes them."""
    known = {word: word for option in client.options for word in (*option.words, *option.needs)}
    keys = {word.lower(): word for word in known if not word.startswith("-")}
    for word, following in itertools.pairwise([*_spelled_out(words), ""]):
        name, equals, value = word.partition("=")
        if name in known and word.startswith("--") and equals:
            yield name, value
        elif word in known and word.startswith("-"):
            yield word, following
        elif name in keys.values() and equals:  # NAME=value before the command, as the shell and env have it
            yield name, value
        elif (pair := _keyed(word, following)) and pair[0].lower() in keys:
            yield keys[pair[0].lower()], pair[1]
        elif word.startswith("-") and not word.startswith("--"):
            yield from _run_together(client, word, following, known)


def _spelled_out(words: Sequence[str]) -> Iterator[str]:
    """The words, and those of a text that a shell is given to run."""
    for word in words:
        yield word
        if " " in word:
            try:
                yield from shlex.split(word)
            except ValueError:
                continue


def _keyed(word: str, following: str) -> tuple[str, str] | None:
    """KEY and VALUE behind -c, -o or --config, apart or run together; None in any other word."""
    text = following if word in _KEYED else word[2:] if word[:2] in _KEYED and not word.startswith("--") else ""
    key, equals, value = text.partition("=")
    return (key.strip(), value.strip()) if equals else None


def _run_together(client: Client, word: str, following: str, options: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The option that ends a word of switches (``-sSfm5``), with its value."""
    for at, letter in enumerate(word[1:], 1):
        if f"-{letter}" in options:
            yield f"-{letter}", word[at + 1 :] or following
        if letter not in client.switches:
            return


def variables(environment: Mapping[str, str], clients: Iterable[Client]) -> dict[str, str]:
    """Of an environment what sets a timer of a client's: figures, and nothing else."""
    names = {word for client in clients for option in client.options for word in (*option.words, *option.needs)}
    names = {name for name in names if re.fullmatch(r"[A-Za-z]\w*_\w*", name)}
    return {name: value for name, value in environment.items() if name in names and decimal(value) is not None}
