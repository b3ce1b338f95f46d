"""What reports are made of without secrets: texts, sentences that remember their words, and whatever holds them."""

import dataclasses
import functools
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from netanalyze.redaction.switch import redacts
from netanalyze.redaction.text import redacted
from netanalyze.redaction.variables import recorded_proxies, recorded_variables
from netanalyze.wording import Message, Text


def redacted_value(value: Any) -> Any:
    """``value`` without secrets in any text of it; the very same object where there are none.

    Texts, sentences of netanalyze.wording, mappings, sequences and frozen dataclasses are gone through; anything else
    stays as it is.
    """
    return _redacted(value) if redacts() else value


_NO_TEXT = frozenset({int, float, bool, type(None), bytes})
"""Kinds in which there is no text: most of what is asked for, so they are asked for first."""


@functools.cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The fields that a dataclass is made with; None where it is none."""
    return tuple(one.name for one in dataclasses.fields(kind) if one.init) if dataclasses.is_dataclass(kind) else None


def _redacted(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _NO_TEXT:
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Message):
        return _message(value)
    if isinstance(value, (list, tuple)):
        if _NO_TEXT.issuperset(map(type, value)):
            return value
        items = [_redacted(item) for item in value]
        if all(map(operator.is_, items, value)):
            return value
        return kind(items) if not hasattr(value, "_fields") else kind(*items)
    if (names := _fields(kind)) is not None:
        changed = _changed((name, getattr(value, name)) for name in names)
        return dataclasses.replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        changed = _changed(value.items())
        return {**value, **changed} if changed else value
    return value


def _changed(members: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """By name, what of the members is another without its secrets."""
    return {name: new for name, old in members if type(old) not in _NO_TEXT and (new := _redacted(old)) is not old}


def _message(whole: Message) -> Text:
    """A sentence without secrets in its words; as plain English where only the whole of it shows that there is one."""
    words, plain = _redacted(whole.words), str(whole)
    text = redacted(plain)
    if words is whole.words:
        return whole if text == plain else text
    made = dataclasses.replace(whole, words=words)
    return made if text == str(made) else text


def redacted_environment(environment: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is told of a run's surroundings (``go_env``, ``proxies``, ``resolvers`` …), without secrets."""
    if environment is None or not redacts():
        return environment
    lists = {"go_env": recorded_variables, "proxies": recorded_proxies}
    return {
        name: lists[name](value) if name in lists and isinstance(value, dict) else redacted_value(value)
        for name, value in environment.items()
    }
