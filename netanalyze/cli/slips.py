"""Slips of the hand: a command, an option, a value that is not there is answered with what was meant.

Nothing is guessed into being: the wrong word stays wrong, and the answer is one line, in the reader's language.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import click

from netanalyze.errors import NetanalyzeError
from netanalyze.wording import Message, Text, Verbatim, chained, message

OTHER_WORDS = {
    "analyse": "analyze",
    "analysis": "analyze",
    "diagnose": "analyze",
    "read": "analyze",
    "why": "analyze",
    "run": "live",
    "exec": "live",
    "watch": "live",
    "capture": "live",
    "attach": "live",
    "anonymize": "anonymise",
    "record": "recorder",
    "cut": "slice",
    "extract": "slice",
    "proof": "slice",
    "tshark": "verify",
    "causes": "rules",
    "cause": "rules",
    "explain": "rules",
    "rule": "rules",
    "complete": "completion",
    "completions": "completion",
    "man": "help",
    "scenarios": "lab",
}
"""What people call a command that has another name here."""
OTHER_OPTIONS: dict[str, Text] = {
    "-r": "a capture is named without an option: netanalyze analyze FILE",
    "-v": message("did you mean {names}?", names="-V"),
    "-?": message("did you mean {names}?", names="-h"),
}
"""Options of like programs, and what to write here."""


def among(word: str, names: Iterable[str], most: int = 2, alike: float = 0.6) -> list[str]:
    """Those of ``names`` that a word may have been meant for, the likeliest first.

    >>> among("--jsn", ["--json", "--html"]), among("anlyze", ["analyze", "live"]), among("x", ["analyze"])
    (['--json'], ['analyze'], [])
    """
    from difflib import get_close_matches

    return get_close_matches(word, list(names), most, alike)


def did_you_mean(near: Sequence[str], otherwise: Text) -> Text:
    """The end of a complaint: ``did you mean a or b?``, or what stands there if nothing is like it."""
    return message("did you mean {names}?", names=chained("{first} or {other}", near)) if near else otherwise


def no_command(name: str, names: Sequence[str], of: str = "") -> Text:
    """The complaint about a command that is not there.

    >>> str(no_command("anlyze", ["analyze", "live"])), str(no_command("causes", ["rules"]))
    ("no command 'anlyze'; did you mean analyze?", "no command 'causes'; did you mean rules?")
    """
    meant = OTHER_WORDS.get(name.lower(), "")
    near = [meant] if meant in names else among(name.lower(), names, 1, 0.5)
    hint = did_you_mean(near, message("there are {names}", names=Verbatim(", ".join(names))))
    if of:
        return message("no command {name} of {group}; {hint}", name=repr(name), group=Verbatim(of), hint=hint)
    return message("no command {name}; {hint}", name=repr(name), hint=hint)


def no_cause(typed: str, names: Sequence[str]) -> Text:
    """The complaint about a cause that is not there.

    >>> str(no_cause("client-hello-dropped", ["tls/client-hello-dropped"]))
    "no cause 'client-hello-dropped'; did you mean tls/client-hello-dropped?"
    """
    near = [one for one in names if one.partition("/")[2] == typed.lower()]
    near = near or among(typed.lower(), names, 3)
    near = near or [one for one in names if typed.lower() in one][:3]
    return message("no cause {name}; {hint}", name=repr(typed), hint=did_you_mean(near, "netanalyze rules lists them"))


class WrongUsage(click.UsageError):
    """Wrong usage that is told in a sentence with words in it."""

    def __init__(self, sentence: Text, ctx: click.Context | None = None):
        super().__init__(str(sentence), ctx)
        self.sentence = sentence


class Refusal(click.ClickException):
    """What cannot be done with what was given, told in a sentence."""

    def __init__(self, sentence: Text):
        super().__init__(str(sentence))
        self.sentence = sentence


class WrongValue(click.BadParameter):
    """A value that is none of its option's; a sentence says why."""

    def __init__(self, sentence: Text, ctx: click.Context | None = None, param: click.Parameter | None = None):
        super().__init__(str(sentence), ctx, param)
        self.sentence = sentence


def sentence_of(error: BaseException) -> Text:
    """What an error says: ours in a sentence, the system's with the file it is about, any other as it stands."""
    if isinstance(error, NetanalyzeError):
        return error.sentence
    if isinstance(error, OSError) and error.strerror:
        what = str(error.strerror)
        return message("{path}: {what}", path=Verbatim(error.filename), what=what) if error.filename else what
    first = error.args[0] if len(error.args) == 1 else None
    return first if isinstance(first, Message) else str(error)


def complaint(error: click.ClickException) -> Text:
    """A usage error in our words, without a full stop at its end."""
    if isinstance(error, click.NoSuchOption):
        return _no_option(error.option_name, error.ctx)
    text = error.format_message().rstrip(".")
    sentence = getattr(error, "sentence", text)
    if not isinstance(error, click.BadParameter) or error.param is None:
        return _read(text) if sentence is text else sentence
    if sentence is not text:
        named = message("Invalid value for {name}: {why}", name=_hint(error), why=sentence)
        return named if str(named) == text else text
    kind = error.param.type
    if isinstance(kind, click.Choice) and "is not one of" in text:
        chosen = text.partition("is not one of")[0].rpartition(": ")[2].strip(" '\"")
        if near := among(chosen.lower(), map(str, kind.choices), 1):
            return message("{what}; {hint}", what=_read(text), hint=did_you_mean(near, ""))
    return _read(text)


def _hint(error: click.BadParameter) -> str:
    """The parameter, as click names it."""
    return "" if error.param is None or error.ctx is None else error.param.get_error_hint(error.ctx)


OF_CLICK = (
    "Missing argument {name}",
    "Missing argument {name}. Choose from: {choices}",
    "Missing option {name}",
    "Missing option {name}. Choose from: {choices}",
    "Missing command",
    "Invalid value for {name}: {why}",
    "{value} is not one of {choices}",
    "{value} is not a valid integer",
    "{value} is not a valid integer range",
    "{value} is not a valid float",
    "{value} is not a valid float range",
    "{value} is not in the range {range}",
    "File {path} does not exist",
    "File {path} is a directory",
    "File {path} is not readable",
    "File {path} is not writable",
    "Directory {path} does not exist",
    "Directory {path} is a file",
    "Path {path} does not exist",
    "Option {name} requires an argument",
    "Option {name} requires {count} arguments",
    "Option {name} does not take a value",
    "Argument {name} takes {count} values",
    "Got unexpected extra argument {words}",
    "Got unexpected extra arguments {words}",
)
"""What click says (click/exceptions.py, types.py, parser.py, core.py), without the full stop; each has its Chinese."""


def _read(text: str) -> Text:
    """A sentence of click's as one with words in it, so that it has its Chinese; any other text as it is.

    >>> said = _read("Invalid value for 'N': 'x' is not a valid integer.")
    >>> said.template, str(said.words["why"])
    ('Invalid value for {name}: {why}', "'x' is not a valid integer")
    """
    line = text.replace("\n\t", " ").rstrip(".")
    for template, pattern in _of_click():
        if found := pattern.fullmatch(line):
            words: dict[str, Any] = {name: Verbatim(word) for name, word in found.groupdict().items()}
            if "why" in words:
                words["why"] = _read(words["why"])
            return message(template, **words)
    return line


@functools.cache
def _of_click() -> list[tuple[str, re.Pattern[str]]]:
    """The templates, each with the pattern of what is made of it: those first that begin with a word, and say most."""
    ordered = sorted(OF_CLICK, key=lambda one: (one.startswith("{"), -len(one)))
    return [(one, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(one)), re.DOTALL)) for one in ordered]


def _no_option(name: str, ctx: click.Context | None) -> Text:
    known = [] if ctx is None else [option for one in ctx.command.params for option in (*one.opts, *one.secondary_opts)]
    owners = [] if ctx is None else _owners(name, ctx)
    near = [] if owners else among(name, [option for option in known if option.startswith("--")], alike=0.7)
    hint = OTHER_OPTIONS.get(name, "")
    if owners and not hint:
        of = chained("{first} and {other}", [f"netanalyze {command}" for command in owners])
        hint = message("it is one of {commands}", commands=of)
    if near or hint:
        return message("no option {name}; {hint}", name=Verbatim(name), hint=did_you_mean(near, hint))
    return message("no option {name}", name=Verbatim(name))


def _owners(name: str, ctx: click.Context) -> list[str]:
    """Other commands that have an option of this name."""
    root = ctx.find_root().command
    if not isinstance(root, click.Group):
        return []
    found = []
    for word in root.list_commands(ctx):
        command = root.get_command(ctx, word)
        if command not in (None, ctx.command) and any(name in one.opts for one in command.params if name != "--help"):
            found.append(word)
    return found
