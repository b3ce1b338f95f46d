"""Who called sudo: the command runs as that person, with that person's groups and environment.

sudo strips the environment, but the sudo process itself was started with the whole of it; root may read it there
(proc_pid_environ(5)).
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    try:
        uid, gid = int(os.environ.get("SUDO_UID", "0")), int(os.environ.get("SUDO_GID", "0"))
    except ValueError:
        return None
    if os.geteuid() != 0 or uid == 0:
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
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SUDO_")}
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
            process = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
        if process <= 1:
            return None
    return None
