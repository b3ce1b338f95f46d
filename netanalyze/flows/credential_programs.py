"""Credential helpers by their command lines: as git and go start them, and as GOAUTH names them."""

import re
import shlex

from netanalyze.patterns import lazy_pattern
from netanalyze.processes import Process

_SHELL_HELPER = lazy_pattern(r".*\b(?:get|store|erase)$", re.DOTALL)
"""What git hands to a shell for a helper of the form "!command": it ends in the operation."""
_MOST_INTERPRETER = 2
"""Words before a script's path: its interpreter and one argument of that (execve(2))."""
_HELPER = lazy_pattern(r"(?:.*/)?git-credential-(?!cache--daemon)[\w.-]+$|docker-credential-[\w.-]+$")


def goauth_commands(setting: str) -> list[list[str]]:
    """The commands that a value of GOAUTH names, in words (go help goauth).

    >>> goauth_commands("off; /opt/token --site corp")
    [['/opt/token', '--site', 'corp']]
    """
    found = []
    for entry in setting.split(";"):
        try:
            words = shlex.split(entry)
        except ValueError:
            continue
        if words and words[0] not in ("off", "netrc", "git"):
            found.append(words)
    return found


def serves(parent: Process, line: tuple[str, ...], configured: list[list[str]]) -> bool:
    """Whether a command line is that of a helper that ``parent`` started."""
    shell = parent.name.startswith("git") and program_name(line[:1]) in ("sh", "bash", "dash") and line[1:2] == ("-c",)
    by_git = shell and len(line) > 2 and bool(_SHELL_HELPER.match(line[2]))
    return (
        (parent.name == "go" and any(runs(line, words) for words in configured))
        or by_git
        or gives_credentials(line, [])
    )


def runs(line: tuple[str, ...], words: list[str]) -> bool:
    """Whether a command line runs a command, or has an interpreter run it: the kernel puts that before the script's path."""
    for at in range(_MOST_INTERPRETER + 1):
        program, *rest = line[at : at + len(words)] or ("",)
        if (program == words[0] or program_name((program,)) == words[0]) and rest == words[1:]:
            return True
    return False


def program_name(words: tuple[str, ...]) -> str:
    """The name of the program in a command line, without its folder."""
    return words[0].rpartition("/")[2] if words else ""


def gives_credentials(line: tuple[str, ...], configured: list[list[str]]) -> bool:
    """Whether a command line is that of a helper, by its name or as it was configured."""
    return bool(line) and (
        any(_HELPER.match(word) for word in (line[0], *(w for w in line[1:2] if w.startswith("/"))))
        or (
            program_name(line) == "git"
            and len(line) > 1
            and line[1].startswith("credential-")
            and "daemon" not in line[1]
        )
        or any(runs(line, words) for words in configured)
    )
