"""A reproduction as a file: TOML that ``netanalyze lab run FILE`` reads again."""

import json
from dataclasses import fields
from pathlib import Path
from sys import float_info
from typing import Any

from netanalyze.errors import NetanalyzeError
from netanalyze.lab.relay import Wire
from netanalyze.lab.reproduction.conversation import conversations
from netanalyze.lab.reproduction.members import COUNT_MOST, LONGEST_S, Check, number, whole
from netanalyze.lab.scenario import Command, Scenario, Truth, parse
from netanalyze.wording import Verbatim, message

FILE_MOST = 64 * 2**20
LEAST_S = 0.001
SNAPLEN_MOST = 262_144
"""The most that tcpdump takes (MAXIMUM_SNAPLEN of libpcap)."""


class NoScenario(NetanalyzeError):
    """The file holds no conversations that can be played; says why."""


def scenario_text(scenario: Scenario) -> str:
    """A scenario of conversations as TOML."""
    lines = [f"title = {_value(scenario.title)}", f"note = {_value(scenario.note)}", "", "[truth]"]
    lines += _members(scenario.truth, Truth("", ""))
    lines += ["", "[command]", *_members(scenario.command, Command())]
    if scenario.wire:
        lines += ["", "[wire]", *(f"{name} = {_value(value)}" for name, value in scenario.wire.items())]
    for one in scenario.conversations:
        lines += ["", "[[conversations]]", *(f"{name} = {_value(value)}" for name, value in one.items())]
    return "\n".join(lines) + "\n"


def _members(thing: Any, usual: Any) -> list[str]:
    """The members of a section that are not what they are anyway."""
    pairs = [(one.name, getattr(thing, one.name)) for one in fields(thing)]
    return [f"{name} = {_value(value)}" for name, value in pairs if value is not None and value != getattr(usual, name)]


def _value(value: Any) -> str:
    """A string, number, truth value or list as TOML; a list of text has a line for each."""
    if isinstance(value, (list, tuple)):
        parts = [_value(item) for item in value]
        if any(isinstance(item, str) and " " in item for item in value):
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
        return "[" + ", ".join(parts) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def read_scenario(path: str | Path) -> Scenario:
    """The scenario of conversations in a file. Nothing else is taken: a file from elsewhere must run no command of its own.

    Raises:
        OSError: it cannot be read.
        NoScenario: it is none.
    """
    path = Path(path)
    if path.stat().st_size > FILE_MOST:
        said = "{path}: larger than {size}: no scenario of conversations"
        raise NoScenario(message(said, path=Verbatim(path), size=f"{FILE_MOST // 2**20} MiB"))
    try:
        scenario = parse(path.stem, path.read_text(encoding="utf-8"))
        talks = conversations(scenario.conversations)
        wire, command = _wire(scenario), _command(scenario.command)
        _check_truth(scenario)
    except (ValueError, TypeError, KeyError, RecursionError) as error:  # tomllib's and Unicode's are ValueErrors
        said = "{path}: no scenario of conversations: {why}"
        raise NoScenario(message(said, path=Verbatim(path), why=Verbatim(error))) from None
    if not talks:
        said = "{path}: it has no [[conversations]]; netanalyze reproduce writes files that have"
        raise NoScenario(message(said, path=Verbatim(path)))
    return Scenario(
        scenario.name, scenario.title, scenario.truth, scenario.note, conversations=scenario.conversations, wire=wire,
        command=command,
    )  # fmt: skip


def _named(section: str, check: Check, value: Any) -> Any:
    """What a check gives; its error says of what.

    Raises:
        TypeError, ValueError: as of the check.
    """
    try:
        return check(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{section}: {error}") from None


def _command(command: Command) -> Command:
    """How long it takes and how it is recorded, and nothing else of it."""
    limit = _named("[command] time_limit", number(LEAST_S, float_info.max), command.time_limit)
    return Command(
        argv=("conversations",), time_limit=min(float(limit), LONGEST_S),
        interface="any" if command.interface == "any" else "eth0",
        snaplen=_named("[command] snaplen", whole(0, SNAPLEN_MOST), command.snaplen),
        lose=float(_named("[command] lose", number(0, 1), command.lose)),
    )  # fmt: skip


def _wire(scenario: Scenario) -> dict[str, Any]:
    """The numbers of a wire, and nothing else of it."""
    if scenario.wire is None:
        return {}
    if not isinstance(scenario.wire, dict):
        raise TypeError("[wire]: no table")
    usual = {one.name: one.default for one in fields(Wire) if type(one.default) in (int, float)}
    given = {name: value for name, value in scenario.wire.items() if name in usual}
    return {
        name: _named(
            f"[wire] {name}", whole(0, COUNT_MOST) if type(usual[name]) is int else number(0, LONGEST_S), value
        )
        for name, value in given.items()
    }


def _check_truth(scenario: Scenario) -> None:
    """Whether what the verdict is held against is text, and its time a number."""
    truth = scenario.truth
    texts = {"title": scenario.title, "note": scenario.note, "[truth] spent": truth.spent}
    texts |= {
        f"[truth] {name}": getattr(truth, name)
        for name in ("cause", "role", "host")
        if getattr(truth, name) is not None
    }
    for name, value in texts.items():
        if not isinstance(value, str):
            raise TypeError(f"{name}: {value!r:.60} is no text")
    if truth.seconds is not None:
        _named("[truth] seconds", number(0, float_info.max), truth.seconds)
