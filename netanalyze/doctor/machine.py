"""The machine that is looked at: its variables, files, programs, the kernel's tables. All that gathers asks this."""

import json
import os
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from netanalyze.foreign_files import read_foreign
from netanalyze.numerals import hexadecimal

PATIENCE_S = 5.0
"""How long a program may take to print its own settings."""
LISTENS, BOUND = "0A", "07"
"""States in /proc/net/tcp and udp: TCP_LISTEN, and TCP_CLOSE, which a bound UDP socket has (proc_pid_net(5))."""
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
"""What docker and podman leave in a container's root."""


class Printed(NamedTuple):
    """What a program printed, and how it ended."""

    status: int
    out: str
    error: str


class Access(NamedTuple):
    """What a path is: ``kind`` is ``missing``, ``file``, ``folder``, ``socket`` or ``other``; ``mode`` its permissions."""

    kind: str
    mode: int = 0
    owner: int = 0
    readable: bool = False
    writable: bool = False
    executable: bool = False


@dataclass(frozen=True)
class Machine:
    """A machine as a command that is run here would find it.

    Attributes:
        environment: of that command.
        folder: where it is run.
        root: whose ``etc`` is the system's.
        gone: the folder where it is run is not there any more.
    """

    environment: Mapping[str, str]
    folder: str
    root: str = "/"
    gone: bool = False

    def value(self, *names: str) -> str:
        """The first of these variables that is set to something; else an empty text."""
        return next((self.environment[name] for name in names if self.environment.get(name)), "")

    @property
    def home(self) -> str:
        """The home folder; empty where the environment names none."""
        return self.environment.get("HOME", "")

    def below_home(self, *parts: str) -> str:
        """A path in the home folder."""
        return os.path.join(self.home or "/", *parts)

    def text(self, path: str) -> str | None:
        """The beginning of a regular file; None where there is none that may be read."""
        try:
            return read_foreign(os.path.join(self.folder, path))
        except (OSError, ValueError):
            return None

    def system_text(self, path: str) -> str | None:
        """As ``text``, of a file of the system."""
        try:
            return read_foreign(path, self.root)
        except (OSError, ValueError):
            return None

    def system_path(self, path: str) -> str:
        """Where a file of the system lies."""
        return path if self.root == "/" else self.root.rstrip("/") + path

    def expanded(self, path: str) -> str:
        """A path with the command's home folder in place of ``~``."""
        return self.below_home(path[2:]) if path.startswith("~/") else path

    def access(self, path: str) -> Access:
        """What a path is and what we may do with it."""
        place = os.path.join(self.folder, path)
        try:
            found = os.stat(place)
        except (OSError, ValueError):
            return Access("missing")
        kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISSOCK, "socket"))
        kind = next((name for is_one, name in kinds if is_one(found.st_mode)), "other")
        allowed = [os.access(place, right) for right in (os.R_OK, os.W_OK, os.X_OK)]
        return Access(kind, stat.S_IMODE(found.st_mode), found.st_uid, *allowed)

    def program(self, name: str) -> str | None:
        """Where a program is on the command's PATH, or by its own path; None where it is not, or may not be run."""
        return shutil.which(name, path=self.environment.get("PATH", os.defpath))

    def printed(self, *argv: str, more: Mapping[str, str] = {}) -> Printed | None:
        """What a program prints; None where there is none, or it takes too long.

        Args:
            argv: only what prints settings and sends nothing.
            more: variables beside the command's.
        """
        path = self.program(argv[0])
        if path is None:
            return None
        try:
            done = subprocess.run(
                [path, *argv[1:]], env={**self.environment, **more}, cwd=self.folder, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=PATIENCE_S, check=False, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
        return Printed(done.returncode, done.stdout, done.stderr)

    @cached_property
    def listening(self) -> frozenset[int]:
        """TCP ports at which something listens here, in this network namespace."""
        return _ports(("tcp", "tcp6"), LISTENS)

    @cached_property
    def bound(self) -> frozenset[int]:
        """UDP ports that something here has."""
        return _ports(("udp", "udp6"), BOUND)

    @property
    def is_container(self) -> bool:
        """Whether this looks like the inside of a container."""
        return any(os.path.exists(self.system_path(path)) for path in CONTAINER_MARKS)


def kernel_table(path: str) -> list[str]:
    """The rows of a table of proc; none where it cannot be read."""
    try:
        return read_foreign(path, most=1 << 22).splitlines()
    except OSError:
        return []


def _ports(tables: Sequence[str], state: str) -> frozenset[int]:
    found = set()
    for table in tables:
        for row in kernel_table(f"/proc/self/net/{table}")[1:]:
            words = row.split()
            if len(words) > 3 and words[3] == state:
                found.add(hexadecimal(words[1].rpartition(":")[2]) or 0)
    return frozenset(found)


def json_object(text: str | None) -> dict[str, Any] | None:
    """A JSON object; None for any other text."""
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def toml_table(text: str | None) -> dict[str, Any] | None:
    """A TOML document; None for any other text."""
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def at(tree: Any, *keys: str) -> Any:
    """A member of nested objects; None where there is none."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or the one that a value is."""
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
