"""Slips of the hand: a command, an option, a value that is not there is answered with what was meant.

Nothing is guessed into being: the wrong word stays wrong, and the answer is one line.
"""

from collections.abc import Iterable, Sequence

import click

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
OTHER_OPTIONS = {
    "-r": "a capture is named without an option: netanalyze analyze FILE",
    "-v": "did you mean -V?",
    "-?": "did you mean -h?",
}
"""Options of like programs, and what to write here."""


def among(word: str, names: Iterable[str], most: int = 2, alike: float = 0.6) -> list[str]:
    """Those of ``names`` that a word may have been meant for, the likeliest first.

    >>> among("--jsn", ["--json", "--html"]), among("anlyze", ["analyze", "live"]), among("x", ["analyze"])
    (['--json'], ['analyze'], [])
    """
    from difflib import get_close_matches

    return get_close_matches(word, list(names), most, alike)


def did_you_mean(near: Sequence[str], otherwise: str) -> str:
    """The end of a complaint: ``did you mean a or b?``, or what stands there if nothing is like it."""
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def no_command(name: str, names: Sequence[str], of: str = "") -> str:
    """The complaint about a command that is not there.

    >>> no_command("anlyze", ["analyze", "live"]), no_command("causes", ["rules"])
    ("no command 'anlyze'; did you mean analyze?", "no command 'causes'; did you mean rules?")
    """
    meant = OTHER_WORDS.get(name.lower(), "")
    near = [meant] if meant in names else among(name.lower(), names, 1, 0.5)
    return f"no command {name!r}{of}; {did_you_mean(near, 'there are ' + ', '.join(names))}"


def no_cause(typed: str, names: Sequence[str]) -> str:
    """The complaint about a cause that is not there.

    >>> no_cause("client-hello-dropped", ["tls/client-hello-dropped"])
    "no cause 'client-hello-dropped'; did you mean tls/client-hello-dropped?"
    """
    near = [one for one in names if one.partition("/")[2] == typed.lower()]
    near = near or among(typed.lower(), names, 3)
    near = near or [one for one in names if typed.lower() in one][:3]
    return f"no cause {typed!r}; {did_you_mean(near, 'netanalyze rules lists them')}"


def complaint(error: click.UsageError) -> str:
    """A usage error in our words, without a full stop at its end."""
    if isinstance(error, click.NoSuchOption):
        return _no_option(error.option_name, error.ctx)
    text = error.format_message().rstrip(".")
    if isinstance(error, click.BadParameter) and error.param is not None:
        kind = error.param.type
        if isinstance(kind, click.Choice) and "is not one of" in text:
            chosen = text.partition("is not one of")[0].rpartition(": ")[2].strip(" '\"")
            near = among(chosen.lower(), map(str, kind.choices), 1)
            return f"{text}; {did_you_mean(near, '')}" if near else text
    return text


def _no_option(name: str, ctx: click.Context | None) -> str:
    known = [] if ctx is None else [option for one in ctx.command.params for option in (*one.opts, *one.secondary_opts)]
    owners = [] if ctx is None else _owners(name, ctx)
    near = [] if owners else among(name, [option for option in known if option.startswith("--")], alike=0.7)
    hint = OTHER_OPTIONS.get(name, "")
    if owners and not hint:
        hint = f"it is one of {' and '.join(f'netanalyze {command}' for command in owners)}"
    return f"no option {name}; {did_you_mean(near, hint)}" if near or hint else f"no option {name}"


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
