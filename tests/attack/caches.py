"""Code that another user left where root, or a user, might load it from."""

import hashlib
import marshal
import os
import shutil
import struct
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from tests.attack.register import NotHere, attack
from tests.users import CAN_CHANGE, ORDINARY, OTHER, WHY_NOT, as_user, own_folder

ROOT = Path(__file__).resolve().parents[2]
MODULE = "cli/version.py"
"""What is poisoned: a module that ``netanalyze version`` imports once the cache is in use."""
START = """import sys
sys.dont_write_bytecode = True
sys.argv = ["netanalyze", "version"]
from netanalyze.cli.main import main
main()"""


def poisoned(package: Path, mark: Path) -> dict[str, bytes]:
    """Files of bytecode that would make ``mark`` if they were loaded, under every name the cache might look for."""
    source = package / MODULE
    seen = source.stat()
    text = source.read_text() + f"\nimport os\nos.close(os.open({str(mark)!r}, os.O_CREAT | os.O_WRONLY))\n"
    head = MAGIC_NUMBER + struct.pack("<qq", seen.st_mtime_ns, seen.st_size)
    name = f"{hashlib.sha256(os.fsencode(source)).hexdigest()[:32]}.pyc"
    return {name: head + marshal.dumps(compile(text, str(source), "exec"))}


def planted(cache: Path, files: dict[str, bytes], uid: int) -> None:
    """Put files into ``cache/netanalyze/bytecode``, all of it a user's."""
    folder = cache / "netanalyze" / "bytecode"
    folder.mkdir(parents=True)
    for name, octets in files.items():
        (folder / name).write_bytes(octets)
    for path in (cache, folder.parent, *folder.parent.rglob("*")):
        os.chown(path, uid, uid)


def only_file(change):
    """A change to each planted file alone."""

    def changed(cache: Path) -> None:
        for path in (cache / "netanalyze" / "bytecode").iterdir():
            change(path)

    return changed


def second_name(path: Path) -> None:
    path.with_suffix(".other").hardlink_to(path)


def behind_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".other"))
    path.symlink_to(path.with_suffix(".other").name)


def moved(part: str):
    """One folder of the way replaced by a link to it."""

    def change(cache: Path) -> None:
        path = cache / part
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
        os.chown(path, ORDINARY, ORDINARY, follow_symlinks=False)

    return change


WAYS = {
    "as it should be": (lambda cache: None, False),
    "the folder is another user's": (lambda c: os.chown(c / "netanalyze/bytecode", OTHER, OTHER), True),
    "its parent is another user's": (lambda c: os.chown(c / "netanalyze", OTHER, OTHER), True),
    "its parent is sticky, and everybody's": (lambda c: (c / "netanalyze").chmod(0o1777), True),
    "its parent is everybody's": (lambda c: (c / "netanalyze").chmod(0o777), True),
    "its parent is its group's": (lambda c: (c / "netanalyze").chmod(0o770), True),
    "the folder is its group's": (lambda c: (c / "netanalyze/bytecode").chmod(0o770), True),
    "the cache is everybody's": (lambda c: c.chmod(0o1777), True),
    "the cache is another user's": (lambda c: os.chown(c, OTHER, OTHER), True),
    "the folder is a link": (moved("netanalyze/bytecode"), True),
    "its parent is a link": (moved("netanalyze"), True),
    "the file is another user's": (only_file(lambda p: os.chown(p, OTHER, OTHER)), True),
    "the file has a second name": (only_file(second_name), True),
    "the file is a link": (only_file(behind_a_link), True),
    "the file is everybody's": (only_file(lambda p: p.chmod(0o666)), True),
    "the file is its group's": (only_file(lambda p: p.chmod(0o660)), True),
}
"""What is done to a good cache -> whether its code must not run then."""


def ran(package: Path, mark: Path, uid: int, **environment: str) -> bool:
    """Whether the planted code runs when a user starts netanalyze."""
    mark.unlink(missing_ok=True)
    surroundings = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "NETANALYZE_CACHE", "HOME")}
    surroundings |= {"PYTHONPATH": str(package.parent), **environment}
    done = subprocess.run(
        [*as_user(uid), sys.executable, "-c", START],
        cwd=package.parent,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return mark.exists()


def prepared(folder: Path) -> Path:
    """A copy of the package without bytecode of its own."""
    package = folder / "code" / "netanalyze"
    shutil.copytree(ROOT / "netanalyze", package, ignore=shutil.ignore_patterns("__pycache__", "lab", "recorded"))
    return package


@attack("bytecode in a cache that somebody else could have written, by a user")
def users_bytecode(folder):
    """The first case shows that the planted code would run."""
    if not CAN_CHANGE:
        raise NotHere(WHY_NOT)
    folder.chmod(0o755)
    package, mark = prepared(folder), folder / "mark" / "ran"
    mark.parent.mkdir()
    mark.parent.chmod(0o777)
    files = poisoned(package, mark)
    for name, (change, refused) in WAYS.items():
        with own_folder() as base:
            planted(base / "cache", files, ORDINARY)
            change(base / "cache")
            yield name, ran(package, mark, ORDINARY, NETANALYZE_CACHE=str(base / "cache"), HOME="/proc/none") != refused


@attack("bytecode of another user, by root with that user's HOME or cache (sudo -E, env_keep)")
def roots_bytecode(folder):
    """The attacker may also give the folders to root by way of links to folders of root's."""
    if not CAN_CHANGE:
        raise NotHere(WHY_NOT)
    package, mark = prepared(folder), folder / "ran"
    files = poisoned(package, mark)
    for owner in (ORDINARY, 0):
        for variable in ("HOME", "XDG_CACHE_HOME", "NETANALYZE_CACHE"):
            with own_folder(owner) as base:
                cache = base / ".cache"
                planted(cache, files, owner)
                place = base if variable == "HOME" else cache
                name = f"{variable} names a folder of {'root' if owner == 0 else 'another user'}"
                yield name, not ran(package, mark, 0, **{variable: str(place)})
                cache.rename(base / "real")
                cache.symlink_to("real")
                yield f"{name}, behind a link", not ran(package, mark, 0, **{variable: str(place)})
    sticky = folder / "tmp"
    sticky.mkdir()
    sticky.chmod(0o1777)
    planted(sticky / "netanalyze-0", files, ORDINARY)
    (sticky / "netanalyze-0" / "bytecode").symlink_to("netanalyze/bytecode")
    yield "the temporary folder", not ran(package, mark, 0, HOME="/proc/none", TMPDIR=str(sticky))
