"""Which command lines may be repeated in an advice although they stand in a file.

Whoever made a recording chose the command line in it. It is repeated only where the program is a client that is known, by
its bare name, its subcommand is one that fetches or builds what lies here, and every option and word behind it is known
to choose no other program and no other file. Options that run programs or write files (``go build -toolexec``,
``git -c core.sshCommand=``, ``--upload-pack``, ``pip --python``, ``npm --script-shell``, ``curl -o``) are in no list, so
no list of bad ones can forget one. Programs without subcommands (curl, wget, ssh, node) are never repeated.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netanalyze.patterns import lazy_pattern


@dataclass(frozen=True)
class _Form:
    """What may stand behind a subcommand: these options, words of this form, at most so many of them."""

    options: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None
    most: int = 0


def _form(options: str = "", words: str | None = None, most: int = 4) -> _Form:
    return _Form(frozenset(options.split()), lazy_pattern(words + r"\Z") if words else None, most if words else 0)


_LOCAL = r"(?:\.|\./(?:[A-Za-z0-9_][A-Za-z0-9_-]*/)*(?:\.\.\.|[A-Za-z0-9_][A-Za-z0-9_-]*)|all|std)"
"""Packages of the module one stands in (``go help packages``); ``..`` leads out of it."""
_MODULE = (
    r"(?:all|[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*(?:@[A-Za-z0-9][A-Za-z0-9.+-]*)?)"
)
"""A module path and its version (``go help mod download``)."""
_REPOSITORY = r"https://(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z0-9-]+(?::\d{1,5})?(?:/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*/?"
"""By https alone: git's other transports (ext::, file paths) can run programs (gitremote-helpers(7), git-remote-ext(1))."""
_REMOTE = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_IMAGE = r"[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?"
_BUILD = _form("-v -x -race -trimpath -a", _LOCAL)
_CARGO = _form("-v --verbose --release --locked --offline --workspace --all-targets")
_NPM = _form("--no-audit --no-fund --prefer-offline --verbose")

_SUBCOMMANDS: Mapping[str, Mapping[str, _Form]] = {
    "go": {
        "mod download": _form("-x -json", _MODULE),
        "mod tidy": _form("-v -x -e"),
        "mod verify": _form(),
        "mod vendor": _form("-v -e"),
        "mod graph": _form(),
        "build": _BUILD,
        "install": _BUILD,
        "test": _form("-v -x -race -short -trimpath", _LOCAL),
        "vet": _form("-v -x", _LOCAL),
        "list": _form("-m -u -json -deps -test -e -versions", rf"(?:{_LOCAL}|{_MODULE})"),
        "get": _form("-u -v -x -t", _LOCAL),
    },
    "git": {
        "fetch": _form("-4 -6 -v -q -p --all --prune --tags --verbose --progress", _REMOTE, 2),
        "pull": _form("-4 -6 -v -q -p --all --prune --tags --verbose --progress --ff-only --rebase", _REMOTE, 2),
        "clone": _form("-4 -6 -v -q --verbose --progress --bare --mirror", _REPOSITORY, 1),
        "ls-remote": _form("-q --heads --tags", _REMOTE, 1),
        "remote update": _form("-p --prune"),
    },
    "pip": {
        "install": _form("-v -U --upgrade -r -e", r"(?:\.|requirements(?:[-_][a-z0-9]+)?\.txt)"),
        "download": _form("-v -r", r"requirements(?:[-_][a-z0-9]+)?\.txt"),
        "check": _form(),
    },
    "npm": dict.fromkeys(("ci", "install", "i", "update", "outdated", "audit"), _NPM),
    "cargo": dict.fromkeys(("fetch", "update", "build", "check", "test"), _CARGO),
    "apt-get": {"update": _form("-q -qq -y")},
    "apt": {"update": _form("-q -qq -y")},
    "docker": {"pull": _form("-q -a", _IMAGE, 1)},
}  # fmt: skip
_SUBCOMMANDS = {**_SUBCOMMANDS, "pip3": _SUBCOMMANDS["pip"], "pnpm": _SUBCOMMANDS["npm"]}


def may_be_repeated(argv: Sequence[str]) -> bool:
    """Whether a command line that stands in a file may be given to a person to paste.

    >>> may_be_repeated(["go", "mod", "download"]), may_be_repeated(["git", "fetch", "--all"])
    (True, True)
    >>> [may_be_repeated(line.split()) for line in ("rm -rf /home", "./go build", "go build -toolexec=./x ./...")]
    [False, False, False]
    """
    known = _SUBCOMMANDS.get(argv[0], {}) if argv else {}
    for length in (2, 1):
        form = known.get(" ".join(argv[1 : 1 + length])) if len(argv) > length else None
        if form is not None:
            return _fits(form, argv[1 + length :])
    return False


def _fits(form: _Form, rest: Sequence[str]) -> bool:
    words = [word for word in rest if word not in form.options]
    return len(words) <= form.most and all(form.words is not None and form.words.match(word) for word in words)
