"""~/.netrc, which go, git and curl take passwords from: by its presence and its form, never by its content."""

from collections.abc import Iterator
from dataclasses import dataclass

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.wording import message

OTHERS = 0o077


@dataclass(frozen=True)
class Netrc:
    """The file: ``kind`` as of Access.

    Attributes:
        named: NETRC names it (go reads that; curl and git read ~/.netrc).
    """

    path: str
    kind: str = "missing"
    mode: int = 0o600
    readable: bool = True
    named: bool = False


def gather(machine: Machine) -> Netrc:
    """Look at the file, not into it."""
    path = machine.value("NETRC") or machine.below_home(".netrc")
    found = machine.access(path)
    return Netrc(path, found.kind, found.mode, found.readable, bool(machine.value("NETRC")))


def judge(facts: Netrc) -> Iterator[Remark]:
    """All that is to be said of the file."""
    if facts.kind == "missing" and not facts.named:
        return
    yield from or_ok(_faults(facts), "netrc/file", "netrc", facts.path)


def _faults(facts: Netrc) -> Iterator[Remark]:
    path = word(facts.path)
    if facts.kind == "missing":
        yield wrong(
            "netrc/missing",
            "NETRC",
            message("{path} is not there: private hosts are asked without a password", path=facts.path),
            "unset NETRC",
        )
    elif facts.kind != "file":
        yield wrong(
            "netrc/no-file",
            "netrc",
            message("{path} is no file: whoever reads it may wait for ever", path=facts.path),
            f"mv {path} {path}.old",
        )
    elif not facts.readable:
        yield wrong(
            "netrc/unreadable",
            "netrc",
            message("{path} may not be read: private hosts are asked without a password", path=facts.path),
            f'sudo chown "$(id -u)" {path}',
        )
    elif facts.mode & OTHERS:
        yield doubtful(
            "netrc/readable-by-others",
            "netrc",
            message("passwords stand in {path}, and others may read it", path=facts.path),
            f"chmod 600 {path}",
        )
