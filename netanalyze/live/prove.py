"""Whether the advice helps: the command again, with the change that a verdict offers for one run, beside what it was.

Only what a command line alone can change is tried: variables before the command, of a list that weakens no check. Each try
has caches of its own, so that nothing lasting is changed, and nothing that lay in a cache makes it look better.
"""

import contextlib
import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from netanalyze.clients import client_by_name
from netanalyze.errors import NetanalyzeError
from netanalyze.live.command.plan import Options
from netanalyze.result import Result, Tried
from netanalyze.wording import Text, Verbatim, message

if TYPE_CHECKING:
    from netanalyze.report.language import Language

TRIES_MOST = 3
LEAST_PATIENCE_NS = 60_000_000_000
"""A try gets a minute, or as long as the run before took if that is longer: what helps must not be slower."""
MAY_BE_CHANGED = {
    "GOPROXY", "GOTOOLCHAIN", "GOMAXPROCS", "GO111MODULE",
    "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
    "npm_config_registry", "npm_config_fetch_timeout", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT",
    "GIT_TERMINAL_PROMPT", "GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME",
}  # fmt: skip
"""None of these lets anything through that was refused before, or names a program."""
ONLY = {
    "GODEBUG": ("tlsmlkem=0", "netedns0=0", "http2client=0"),
    "GOAUTH": ("off",),
    "GOSUMDB": ("sum.golang.org", "sum.golang.google.cn"),
    "GIT_SSH_COMMAND": ("ssh -o ControlMaster=no -o BatchMode=yes",),
    "NODE_OPTIONS": ("--dns-result-order=ipv4first",),
}
"""Variables that may, with the values that do not."""
A_FOLDER = "$(mktemp -d)"
"""How advice writes a folder of its own; a try has its own in its place."""
CACHES = {"GOMODCACHE": "go", "PIP_CACHE_DIR": "pip", "npm_config_cache": "npm"}
"""Where a try keeps what it fetches, below its folder."""


@dataclass(frozen=True)
class Change:
    """What a try sets, and the command line that does the same."""

    settings: Mapping[str, str]
    command: str


def changes(result: Result, argv: Sequence[str]) -> Iterator[Change]:
    """What the verdict offers for one run and may be tried, in its order."""
    client = result.run.client if result.run is not None else None
    usual = shlex.split(client_by_name(client).again or "") if client else []
    for step in result.verdict.fix:
        change = _change(str(step.command or ""), list(argv), usual)
        if change is not None:
            yield change


def _change(command: str, argv: list[str], usual: list[str]) -> Change | None:
    """The variables that stand before the command that was run; None for any other line, or one that is not ours to try.

    Args:
        usual: what advice says in place of a command that is too long for it.
    """
    try:
        rest = shlex.split(command.replace(A_FOLDER, A_FOLDER.replace(" ", "")))
    except ValueError:
        return None
    settings = {}
    while rest and "=" in rest[0]:
        name, _, value = rest.pop(0).partition("=")
        settings[name] = value
    if not settings or not all(_is_harmless(name, value) for name, value in settings.items()):
        return None
    if rest == argv:
        return Change(settings, command)
    if not usual or rest != usual:
        return None
    front = [f"{name}={shlex.quote(value) if value else ''}" for name, value in settings.items()]
    return Change(settings, " ".join([*front, shlex.join(argv)]))


def _is_harmless(name: str, value: str) -> bool:
    if name in ONLY:
        return value in ONLY[name]
    if name in CACHES:  # whatever it says, a folder of the try's own comes in its place
        return True
    return name in MAY_BE_CHANGED and not set("$`\n\0") & set(value)


def prove(
    result: Result, options: Options, run: Callable[[Options], tuple[Result | None, int]], say: Callable[[Text], None]
) -> tuple[Tried, ...]:
    """Try what the verdict offers, one change after the other, until a run ends well; at most ``TRIES_MOST``.

    Args:
        result: of the run that failed.
        options: with which it was run.
        run: runs a command under watch; gives the result and the exit status.
        say: tells a person what is about to be done.
    """
    tried: list[Tried] = []
    offered = list(changes(result, options.argv))[:TRIES_MOST]
    if not offered:
        say(message("no fix of this verdict can be tried by running the command again with other settings"))
    for change in offered:
        say(message("trying: {command} (in caches of its own)", command=Verbatim(change.command)))
        folder = tempfile.mkdtemp(prefix="netanalyze-")
        asked = _options(options, result, change, folder)
        try:
            again, status = run(asked)
        except (NetanalyzeError, OSError) as error:
            why = error.sentence if isinstance(error, NetanalyzeError) else error.strerror or str(error)
            say(message("it could not be tried: {why}", why=why))
            continue
        finally:
            _remove(folder)
        if again is None:
            continue
        verdict = again.verdict
        helped = status == 0 and verdict.status in ("healthy", "degraded")
        wall = again.run.wall if again.run is not None else None
        tried.append(Tried(change.command, verdict.status, verdict.cause, wall, status, helped))
        if helped or _interrupted(again, asked):
            break
    return tuple(tried)


def _interrupted(result: Result, options: Options) -> bool:
    """Whether a person ended a run, as against its patience."""
    run = result.run
    if run is None or run.wall is None or run.exit_code is not None:
        return False
    return run.wall < (options.patience_ns or 0) / 1e9


def _options(options: Options, result: Result, change: Change, folder: str) -> Options:
    """Those of a try: its settings and caches, and an end to it also where no patience was asked for."""
    took = result.run.end_ns - result.run.start_ns if result.run is not None and result.run.wall is not None else 0
    patience = options.patience_ns or max(LEAST_PATIENCE_NS, took)
    caches = {name: str(Path(folder) / part) for name, part in CACHES.items()}
    recording = str(Path(folder) / "try.pcapng")
    settings = {**change.settings, **caches}
    return replace(options, patience_ns=patience, path=recording, force=False, settings=settings)


def _remove(folder: str) -> None:
    """A folder with all that is in it, though go makes its modules read-only; what a command left running may take some away."""
    for path, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                os.fchmod(descriptor, stat.S_IRWXU)
            finally:
                os.close(descriptor)
    shutil.rmtree(folder, ignore_errors=True)


def table(result: Result, status: int, tried: Sequence[Tried], language: "Language | None" = None) -> str:
    """Before and after, a line each, in 80 columns; and what that proves."""
    from netanalyze.report.language import ENGLISH
    from netanalyze.report.sheet import cells, left, right, shortened

    say = (language or ENGLISH).say
    wall = result.run.wall if result.run is not None else None
    rows = [(say("as it was"), result.verdict.status, result.verdict.cause, wall, status)]
    rows += [(_settings(one.command), one.status, one.cause, one.seconds, one.exit_code) for one in tried]
    width = max(9, *(min(cells(row[0]), 26) for row in rows))
    heads = [f"{'':{width}}", left(say("status"), 8), left(say("cause"), 26), right(say("seconds"), 7), say("exit")]
    lines = ["  ".join(heads)]
    for name, how, cause, took, code in rows:
        time = "?" if took is None else f"{took:.1f}"
        row = [
            left(shortened(name, width), width),
            left(say(how.upper()), 8),
            f"{(cause or '-')[:26]:26}",
            f"{time:>7}",
            str(code),
        ]
        lines.append("  ".join(row))
    helped = next((one for one in tried if one.helped), None)
    lines.append(
        say(message("It helps: {command}", command=Verbatim(helped.command)) if helped else "None of them helped.")
    )
    return "\n".join(lines)


def _settings(command: str) -> str:
    words = shlex.split(command)
    return " ".join(word for at, word in enumerate(words) if all("=" in before for before in words[: at + 1]))
