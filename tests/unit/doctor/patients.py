"""A machine of a test's own: a home, an ``etc``, a project, and an environment in which faults are planted and mended."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from netanalyze.doctor.examine import examine
from netanalyze.doctor.machine import Machine
from netanalyze.lab.machine import go_program

AS_ROOT = 'sudo() { "$@"; }\n'
"""In what mends, sudo is left out: every file is the test's own."""


@cache
def go_folder():
    """Where the go command itself is; what is beside Python may be a script that starts it."""
    root = subprocess.run([go_program(), "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{root}/bin"


@dataclass
class Patient:
    """A healthy machine, until something is planted in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    below: str = ""

    def __post_init__(self):
        if self.environment:
            return
        for name in ("home", "etc", "project", "tmp", "bin"):
            (self.folder / name).mkdir()
        for name in ("pip", "npm", "cargo", "docker"):
            self.program(name)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{self.folder}/bin:{go_folder()}:/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(self.folder / "tmp"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(self.folder),
        }
        self.etc("resolv.conf", "nameserver 127.0.0.11\n")
        self.etc("hosts", "127.0.0.1 localhost\n")
        self.etc("nsswitch.conf", "hosts: files dns\n")
        self.etc("ssl/certs/ca-certificates.crt", "-----BEGIN CERTIFICATE-----\n")

    @property
    def home(self):
        """Its home folder."""
        return self.folder / "home"

    @property
    def project(self):
        """Where commands are run: the project's folder, or the one below it."""
        return self.folder / "project" / self.below

    def etc(self, name, text):
        """Write a file of the system."""
        return self.file(f"etc/{name}", text)

    def file(self, name, text, mode=0o644):
        """Write a file, by its name below the test's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def program(self, name):
        """Put a program on the PATH that does nothing."""
        return self.file(f"bin/{name}", "#!/bin/sh\nexit 0\n", 0o755)

    def sh(self, script):
        """Run a shell script there, and keep the environment that it leaves."""
        left = self.folder / "left"
        done = subprocess.run(
            ["bash", "-c", f"{AS_ROOT}{script}\nenv -0 > {left}"], env=self.environment, cwd=self.project,
            capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert left.exists(), done.stderr
        rows = left.read_text().split("\0")
        self.environment = dict(row.split("=", 1) for row in rows if "=" in row)
        left.unlink()
        return done

    def set(self, **variables):
        """Set variables."""
        self.environment |= variables

    def examine(self, *clients):
        """What the doctor says, by the ids of the lines."""
        machine = Machine(self.environment, str(self.project), str(self.folder))
        return {line.id: line for line in examine(machine, clients).lines}


def free_port():
    """A port at which nothing listens."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def has_git():
    """Whether git is here."""
    return shutil.which("git") is not None


def root():
    """Whether the tests are run as root, who may write everywhere."""
    return os.geteuid() == 0
