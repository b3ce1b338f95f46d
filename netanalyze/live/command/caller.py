"""Who called sudo: the command runs as that person, with that person's groups and environment.

sudo strips the environment, but the sudo process itself was started with the whole of it; root may read it there
(proc_pid_environ(5)).
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netanalyze.numerals import integer
from netanalyze.own_environment import given_environment

ID_MOST = 2**32 - 2
"""The largest user or group number of Linux; the next one means none (setresuid(2))."""
GENERATIONS = 16
"""How far up the ancestors sudo is looked for."""


@dataclass(frozen=True)
class Caller:
    """The person behind sudo, and the environment sudo was called with as far as it can be known."""

    uid: int
    gid: int
    name: str
    groups: tuple[int, ...]
    environment: dict[str, str]

    def popen_options(self) -> dict[str, Any]:
        """What lets ``subprocess`` start a process as this person."""
        return {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}

    def become(self) -> None:
        """Give up root for good: this process is the caller's from now on."""
        os.setgroups(list(self.groups))
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        os.environ.clear()
        os.environ.update(self.environment)


def sudo_caller() -> Caller | None:
    """The person who called sudo; None where nobody did, or it was root."""
    uid, gid = integer(os.environ.get("SUDO_UID", "0"), ID_MOST), integer(os.environ.get("SUDO_GID", "0"), ID_MOST)
    if os.geteuid() != 0 or not uid or gid is None:
        return None
    name, home, shell = os.environ.get("SUDO_USER", ""), "/", "/bin/sh"
    try:
        known = pwd.getpwuid(uid)
        name, home, shell = known.pw_name, known.pw_dir, known.pw_shell
        groups = tuple(os.getgrouplist(name, gid))
    except (KeyError, OSError):
        groups = (gid,)
    environment = environment_before_sudo()
    if environment is None:
        environment = {key: value for key, value in given_environment().items() if not key.startswith("SUDO_")}
        environment |= {"HOME": home, "USER": name, "LOGNAME": name, "SHELL": shell}
    return Caller(uid, gid, name, groups, environment)


def environment_before_sudo() -> dict[str, str] | None:
    """The environment of the nearest ancestor called sudo; None if there is none or it cannot be read."""
    process = os.getppid()
    for _ in range(GENERATIONS):
        folder = Path(f"/proc/{process}")
        try:
            if (folder / "comm").read_text().strip() == "sudo":
                rows = (folder / "environ").read_bytes().split(b"\0")
                pairs = (os.fsdecode(row).partition("=") for row in rows if b"=" in row)
                return {key: value for key, _, value in pairs} or None
            parent = integer((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
        if parent is None or parent <= 1:
            return None
        process = parent
    return None
