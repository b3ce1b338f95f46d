"""Policies as TOML: read with what is wrong named by its line, and written so that a person edits on."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any, NamedTuple

from netanalyze.errors import NetanalyzeError
from netanalyze.foreign_files import open_foreign
from netanalyze.policy.rule import PolicyRule, ValueKind
from netanalyze.policy.rules import RULES
from netanalyze.wire.message.tls_names import VERSION_NAMES
from netanalyze.wording import Text, Verbatim, message

MOST_OCTETS = 1 << 20
"""Of a policy: beyond, it is none that somebody reads."""
TABLES = tuple(dict.fromkeys(rule.table for rule in RULES))
VERSIONS = tuple(VERSION_NAMES.values())
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = re.compile(r"\s*\[\s*\"?([\w.-]+)\"?\s*\]")


class BadPolicy(NetanalyzeError):
    """A policy that cannot be followed: ``what`` is wrong in ``line`` (0 unknown) of the file ``path``."""

    def __init__(self, path: str, line: int, what: Text):
        super().__init__(path, line, what)
        self.path, self.line, self.what = path, line, what

    @property
    def sentence(self) -> Text:
        """Where, and what is wrong there."""
        path = Verbatim(self.path)
        if self.line:
            return message("{path}, line {line}: {what}", path=path, line=self.line, what=self.what)
        return message("{path}: {what}", path=path, what=self.what)


class Setting(NamedTuple):
    """A rule, and what the policy says of it."""

    rule: PolicyRule
    value: Any


class Policy(NamedTuple):
    """A policy: where it was read, and its settings, in the order of RULES."""

    path: str
    settings: tuple[Setting, ...]


def read_policy(path: str | PathLike[str]) -> Policy:
    """The policy in a file.

    Raises:
        BadPolicy: it is no TOML, has a table or key that is none of ours, or a value that is not what stands there.
        OSError: it cannot be read.
    """
    name = fspath(path)
    with open_foreign(name) as file:
        octets = file.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        raise BadPolicy(name, 0, message("larger than {count} octets; a policy is a few lines", count=MOST_OCTETS))
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPolicy(name, octets.count(b"\n", 0, error.start) + 1, "not UTF-8, as TOML is") from error
    return parsed(text, name)


def parsed(text: str, name: str) -> Policy:
    """The policy in a text, which was read from a file ``name``."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPolicy(name, 0, message("not TOML: {why}", why=Verbatim(error))) from error
    for table, members in document.items():
        if table not in TABLES:
            raise BadPolicy(
                name,
                line_of(text, table),
                _unknown(message("unknown table {table}", table=f"[{table}]"), table, TABLES),
            )
        if not isinstance(members, dict):
            what = message(
                "{table} is a table: write {head}, and its keys below", table=Verbatim(table), head=f"[{table}]"
            )
            raise BadPolicy(name, line_of(text, table), what)
        keys = [rule.key for rule in RULES if rule.table == table]
        for key in members if keys != [""] else ():
            if key not in keys:
                unknown = message("unknown key {key} in {table}", key=Verbatim(key), table=f"[{table}]")
                raise BadPolicy(name, line_of(text, table, key), _unknown(unknown, key, keys))
    settings = [
        Setting(rule, _checked(rule, document[rule.table], text, name))
        for rule in RULES
        if rule.table in document and (not rule.key or rule.key in document[rule.table])
    ]
    if not settings:
        tables = ", ".join(f"[{table}]" for table in TABLES)
        raise BadPolicy(name, 0, message("it says nothing; there are {names}", names=tables))
    return Policy(name, tuple(settings))


def _checked(rule: PolicyRule, members: Mapping[str, Any], text: str, name: str) -> Any:
    if rule.kind is not ValueKind.BY_NAME:
        value = members[rule.key]
        if not _fits(rule.kind, value):
            line = line_of(text, rule.table, rule.key)
            words = {"name": rule.name, "wanted": _wanted(rule.kind), "value": Verbatim(_shown(value))}
            raise BadPolicy(name, line, message("{name} must be {wanted}, and is {value}", **words))
        return value
    for key, value in members.items():
        if not _fits(ValueKind.PATTERNS, value):
            line = line_of(text, rule.table, key)
            words = {
                "table": f"[{rule.table}]",
                "wanted": rule.kind.value,
                "key": key,
                "value": Verbatim(_shown(value)),
            }
            raise BadPolicy(name, line, message("{table} has {wanted}, and {key} is {value}", **words))
    return members


def _fits(kind: ValueKind, value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is ValueKind.FLAG:
        return isinstance(value, bool)
    if kind is ValueKind.SECONDS:
        return number and 0 < value < float("inf")
    if kind is ValueKind.COUNT:
        return number and isinstance(value, int) and value >= 0
    texts = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return texts and (kind is not ValueKind.VERSIONS or all(one in VERSIONS for one in value))


def _wanted(kind: ValueKind) -> Text:
    if kind is ValueKind.VERSIONS:
        return message("{wanted}, of {names}", wanted=kind.value, names=", ".join(VERSIONS))
    return kind.value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _unknown(what: Text, word: str, names: Iterable[str]) -> Text:
    known = list(names)
    near = difflib.get_close_matches(word, known, 1, 0.5)
    if near:
        return message("{first}; {then}", first=what, then=message("did you mean {names}?", names=Verbatim(near[0])))
    return message("{first}; {then}", first=what, then=message("there are {names}", names=Verbatim(", ".join(known))))


def line_of(text: str, table: str, key: str = "") -> int:
    """The line in which a table begins, or a key of it stands; 0 where it is written in a way that is not looked for.

    >>> line_of('# of ours\\n[tls]\\nversions = []\\n', "tls", "versions")
    3
    """
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        if (head := _HEAD.match(line)) is not None:
            here = head[1]
            if not key and here.partition(".")[0] == table:
                return number
            continue
        word = line.partition("=")[0].strip().strip("\"'")
        if "=" in line and ((here == table and word == key) or (not here and word in (table, f"{table}.{key}"))):
            return number
    return 0


def written(settings: Iterable[Setting], comments: Iterable[str] = ()) -> str:
    """The policy as TOML, each rule with its meaning above it."""
    lines = [f"# {_line(comment)}" for comment in comments]
    table = ""
    for rule, value in settings:
        if rule.table != table:
            table = rule.table
            lines += ["", f"[{table}]"]
        lines.append(f"# {rule.meaning}")
        if rule.kind is ValueKind.BY_NAME:
            lines += [f"{_key(key)} = {_value(hosts)}" for key, hosts in value.items()]
        else:
            lines.append(f"{rule.key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return json.dumps(value)


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """A basic string (TOML 1.0): JSON's escapes are among its own, and DEL is escaped as well."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
