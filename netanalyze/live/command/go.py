"""The go command: its settings, whether it can be asked to say what it requests (-x), and which lines that adds."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from netanalyze.foreign_files import read_foreign
from netanalyze.patterns import lazy_pattern
from netanalyze.redaction.variables import FROM_ENVIRONMENT, SETTINGS

PATIENCE_S = 5.0

FETCHING = {("mod", "download"), ("mod", "tidy"), ("mod", "graph"), ("get",), ("list",)}
"""Subcommands whose -x tells of the network and little else."""
BUILDING = {("build",), ("install",), ("vet",)}
"""Subcommands whose -x also prints every command of the build.

Not among them: run, test, generate, tool. They start the user's own programs, which would inherit GOFLAGS and share
standard error with go.
"""


def is_go(argv: tuple[str, ...]) -> bool:
    """Whether a command line runs the go command itself."""
    return bool(argv) and os.path.basename(argv[0]) == "go"


def subcommand(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The subcommand of a go command line.

    >>> subcommand(("go", "-C", "x", "mod", "download", "-json")), subcommand(("go", "build", "./..."))
    (('mod', 'download'), ('build',))
    """
    words = list(argv[1:])
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("-C", "--C") else words[1:]
    return tuple(words[:2]) if words[:1] in (["mod"], ["work"]) else tuple(words[:1])


def settings(path: str, environment: dict[str, str], popen_options: dict[str, Any] | None = None) -> dict[str, str]:
    """What decides in ``go env``; empty if go does not say. Asked outside any module, so that go fetches no toolchain.

    As go says it, secrets and all: what is recorded of it passes through ``recorded_variables``.
    """
    asked = environment | {"GOTOOLCHAIN": "local", "PWD": "/"}
    try:
        answer = subprocess.run(
            [os.path.abspath(path), "env", "-json", *SETTINGS], env=asked, cwd="/", stdin=subprocess.DEVNULL,
            capture_output=True, timeout=PATIENCE_S, check=True, **(popen_options or {}),
        )  # fmt: skip
        found = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    if not isinstance(found, dict):
        return {}
    chosen = environment.get("GOTOOLCHAIN") or _saved(_text(found.get("GOENV", "")) or "", "GOTOOLCHAIN")
    found["GOTOOLCHAIN"] = chosen or ""
    found |= {name: environment[name] for name in FROM_ENVIRONMENT if name in environment}
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def saved_settings(environment: dict[str, str], root: str = "/") -> dict[str, str]:
    """What decides of the file that "go env -w" writes, where the environment does not say otherwise; go is not asked.

    Args:
        environment: of the command.
        root: of its file system.
    """
    home = environment.get("XDG_CONFIG_HOME") or (f"{environment['HOME']}/.config" if environment.get("HOME") else "")
    path = environment.get("GOENV") or (f"{home}/go/env" if home else "")  # os.UserConfigDir
    text = _text(path, root)
    if text is None:
        return {}
    found = {name: environment.get(name) or _saved(text, name) for name in SETTINGS}
    return {name: value for name, value in found.items() if value}


def _text(path: str, root: str = "/") -> str | None:
    """The ``go env -w`` file, which the command's environment names; None where there is none."""
    try:
        return read_foreign(path, root) if path.startswith("/") else None
    except OSError:
        return None


def _saved(text: str, name: str) -> str | None:
    """A value of the ``go env -w`` file."""
    return next((line.partition("=")[2].strip() for line in text.splitlines() if line.startswith(name + "=")), None)


def with_trace(argv: tuple[str, ...], flags: str) -> str | None:
    """The GOFLAGS that switch -x on beside what they are; None where it makes no sense or is on already.

    >>> with_trace(("go", "mod", "download"), "-mod=mod"), with_trace(("go", "test"), "")
    ('-mod=mod -x', None)
    """
    if not is_go(argv) or subcommand(argv) not in FETCHING | BUILDING or asks_itself(argv, flags):
        return None
    return f"{flags} -x".strip()


def asks_itself(argv: tuple[str, ...], flags: str = "") -> bool:
    """Whether the user has switched -x on."""
    given = {*argv[1:], *flags.split()}
    return bool(given & {"-x", "--x", "-x=true", "--x=true", "-x=1"})


DEBUG = {"netdns": "2", "http2debug": "1"}
"""What --trace=deep sets in GODEBUG: which resolver is asked for what, and HTTP/2's frames and headers (net, net/http)."""


def with_debug(godebug: str) -> str:
    """GODEBUG with ``DEBUG`` beside what it is; what the user has set there stays.

    >>> with_debug("tlsmlkem=0,netdns=go"), with_debug("")
    ('tlsmlkem=0,netdns=go,http2debug=1', 'netdns=2,http2debug=1')
    """
    given = [pair for pair in godebug.split(",") if pair]
    names = {pair.partition("=")[0] for pair in given}
    return ",".join([*given, *(f"{name}={value}" for name, value in DEBUG.items() if name not in names)])


_DEBUGS = lazy_pattern(r"(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?http2: |go package net: ")
_FETCHES = lazy_pattern(
    r"# get \S+://|# lock /|# git3? |mkdir -p \S.* # [a-z]+[0-9]* \S|[0-9]+\.[0-9]{3}s # |cd .+; (?:git|hg|svn|bzr|fossil) "
    r"|(?:git|hg|svn|bzr|fossil) (?!.*exit status)\S|# ignoring directory "
)
_FOLDER = lazy_pattern(r"cd \S")
_VCS = lazy_pattern(r"(?:git|hg|svn|bzr|fossil) \S")
_BUILDS = lazy_pattern(
    r"WORK=/|mkdir -p \$WORK|cd (?:[./$]|\S+$)|cat >\S+ << 'EOF'|(?:mv|cp|rm -rf?|ln -s|echo|chmod) .*\$WORK|go tool \S"
    r"|(?:\w+='?[^ ]*'? )*\S*/pkg/tool/\S+/(?:asm|cgo|compile|covdata|cover|link|pack|vet) "
    r"|(?:\w+='?[^ ]*'? )*\S*(?:gcc|g\+\+|clang|clang\+\+) .*\$WORK|\$WORK/\S"
)
_HEREDOC, _HEREDOC_END = lazy_pattern(r"cat >\S+ << 'EOF'"), "EOF"


class Hider:
    """Tells the lines that -x adds from go's other words; wherever there is doubt, a line is shown.

    Args:
        builds: the subcommand also prints the commands of a build.
    """

    def __init__(self, builds: bool = False):
        self._builds, self._inside, self._folder = builds, False, False

    def hides(self, line: str) -> bool:
        """Whether ``line`` (without its end) is one that -x added. Ask once for each line, in order."""
        line = line.rstrip("\r")
        if self._inside:
            self._inside = line != _HEREDOC_END
            return True
        after_folder, self._folder = self._folder, bool(_FOLDER.match(line)) and ";" not in line
        if _FETCHES.match(line) or (after_folder and _VCS.match(line)) or self._folder:
            return True
        if self._builds and _BUILDS.match(line):
            self._inside = bool(_HEREDOC.match(line))
            return True
        return False


def hides(argv: tuple[str, ...], traced: bool, deep: bool, shown: bool) -> Callable[[str], bool]:
    """What tells whether a line of go's is kept from the user: those that were added for us, unless they are wanted.

    Args:
        traced: -x was added by us; where the user gave it, its lines are theirs.
        deep: GODEBUG was added to.
        shown: everything is wanted.
    """
    lines = Hider(subcommand(argv) in BUILDING) if traced else None

    def hidden(line: str) -> bool:
        return (deep and bool(_DEBUGS.match(line))) or (lines is not None and lines.hides(line))

    return (lambda line: False) if shown else hidden
