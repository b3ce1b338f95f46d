"""A reproduction as a file: TOML that ``netanalyze lab run FILE`` reads again."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from netanalyze.errors import NetanalyzeError
from netanalyze.lab.reproduction.conversation import conversation
from netanalyze.lab.scenario import Command, Scenario, Truth, parse

FILE_MOST = 64 * 2**20
LONGEST_S = 3600.0
"""What a file may ask for: a run of an hour at most."""


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
        raise NoScenario(f"{path}: larger than {FILE_MOST // 2**20} MiB: no scenario of conversations")
    try:
        scenario = parse(path.stem, path.read_text(encoding="utf-8"))
        talks = [conversation(dict(members)) for members in scenario.conversations]
    except (ValueError, TypeError, KeyError) as error:  # tomllib's and Unicode's errors are ValueErrors
        raise NoScenario(f"{path}: no scenario of conversations: {error}") from None
    if not talks:
        raise NoScenario(f"{path}: it has no [[conversations]]; netanalyze reproduce writes files that have")
    played = Scenario(
        scenario.name, scenario.title, scenario.truth, scenario.note, conversations=scenario.conversations, wire=_wire(scenario),
        command=Command(
            argv=("conversations",), time_limit=min(float(scenario.command.time_limit), LONGEST_S),
            interface="any" if scenario.command.interface == "any" else "eth0", snaplen=int(scenario.command.snaplen),
            lose=float(scenario.command.lose),
        ),
    )  # fmt: skip
    return played


def _wire(scenario: Scenario) -> dict[str, Any]:
    """The numbers of a wire, and nothing else of it."""
    return {name: value for name, value in (scenario.wire or {}).items() if isinstance(value, (int, float))}
