"""go's folders: whether they can be written to, have room, are locked, or hold damaged files."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from netanalyze.doctor.go_settings import GoSettings
from netanalyze.doctor.machine import Machine, kernel_table
from netanalyze.doctor.places import word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.findings import Threshold
from netanalyze.live.processes import locks, proc
from netanalyze.units import size
from netanalyze.wording import Text, message

ROOM = Threshold(500_000_000, "octets", source="measured: a toolchain's zip is 75 MB, and 270 MB unpacked",
                 why="less holds no toolchain beside the modules of a larger project")  # fmt: skip
LEAST_ROOM = Threshold(20_000_000, "octets", source="go help cache: a build of net/http alone writes 15 MB",
                       why="nothing can be built in less")  # fmt: skip
LEAST_INODES = Threshold(2_000, "files", source="measured: golang.org/x/tools alone unpacks to 1,900 files",
                         why="one large module takes as many")  # fmt: skip
SET_HOME = 'export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"'
LOOKED_AT = 20_000
"""Names of the download cache that are looked at."""
LOOK_S = 2.0
SYSTEMS = ("bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr")
"""First parts of paths below which all is the system's (hier(7))."""
NETWORKED = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "afs", "ceph", "virtiofs")
"""File systems whose locks and metadata go over a wire, or to another machine."""


@dataclass(frozen=True)
class CacheFolder:
    """A folder go writes to: ``kind`` as of Access, of the nearest part of its path that exists."""

    name: str
    path: str
    nearest: str = ""
    kind: str = "folder"
    writable: bool = True
    foreign_owner: bool = False
    room: int | None = None
    inodes: int | None = None
    file_system: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class HeldLock:
    """A lock file of the module cache that a process holds."""

    path: str
    pid: int
    command: str


@dataclass(frozen=True)
class GoCaches:
    """go's folders, the locks held in the module cache, and files of it that are not whole."""

    settings: GoSettings
    folders: tuple[CacheFolder, ...] = ()
    held: tuple[HeldLock, ...] = ()
    damaged: tuple[str, ...] = ()
    homeless: bool = False


def gather(machine: Machine, settings: GoSettings) -> GoCaches:
    """Look at the folders; of the module cache's names no more than ``LOOKED_AT``, for no longer than ``LOOK_S``."""
    paths = {name: settings.value(name) for name in ("GOMODCACHE", "GOCACHE", "GOPATH")}
    paths |= {"TMPDIR": settings.value("GOTMPDIR") or machine.value("TMPDIR") or "/tmp"}
    folders = tuple(cache_folder(machine, name, path) for name, path in paths.items() if path)
    modules = paths["GOMODCACHE"]
    lock_files, damaged = _download_cache(os.path.join(modules, "cache")) if modules.startswith("/") else ([], [])
    return GoCaches(settings, folders, tuple(held_locks(lock_files)), tuple(damaged), not machine.home)


def cache_folder(machine: Machine, name: str, path: str) -> CacheFolder:
    """What is to be known of a folder that a client writes to, or of the nearest one above it."""
    if not path.startswith("/"):
        return CacheFolder(name, path)
    nearest = path
    while not os.path.lexists(nearest) and nearest != "/":
        nearest = os.path.dirname(nearest)
    seen = machine.access(nearest)
    try:
        room = os.statvfs(nearest)
    except OSError:
        return CacheFolder(name, path, nearest, seen.kind, seen.writable)
    return CacheFolder(
        name, path, nearest, seen.kind, seen.writable and (seen.kind != "folder" or seen.executable),
        foreign_owner=seen.owner != os.geteuid(),
        room=room.f_bavail * room.f_frsize,
        inodes=room.f_favail if room.f_files else None,
        file_system=file_system(nearest),
        read_only=bool(room.f_flag & os.ST_RDONLY),
    )  # fmt: skip


def file_system(path: str) -> str:
    """The type of the file system a path is in, by the longest mount point that it begins with (proc_pid_mounts(5))."""
    real, found = os.path.realpath(path), ("", "")
    for row in kernel_table("/proc/self/mounts"):
        words = row.split(" ")
        if len(words) > 2:
            point = words[1].replace("\\040", " ")
            if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(found[0]):
                found = (point, words[2])
    return found[1]


def _download_cache(folder: str) -> tuple[list[str], list[str]]:
    """Lock files, and files that are not whole: an empty zip, .mod or .info; a zip that does not end as zips do."""
    lock_files, damaged, looked = [], [], 0
    until = time.monotonic() + LOOK_S
    for place, inner, names in os.walk(folder):
        inner.sort()
        for name in sorted(names):
            looked += 1
            path = os.path.join(place, name)
            if name == "lock" or name.endswith(".lock"):
                lock_files.append(path)
            elif name.endswith((".zip", ".mod", ".info")) and not _is_whole(path):
                damaged.append(path)
        if looked > LOOKED_AT or time.monotonic() > until:
            break
    return lock_files, damaged


END_OF_ZIP = b"PK\x05\x06"
"""Signature of the end of central directory record (APPNOTE.TXT 4.3.16), within 22 octets of the end without a comment."""


def _is_whole(path: str) -> bool:
    try:
        length = os.lstat(path).st_size
        if length == 0 or not path.endswith(".zip"):
            return length > 0
        with open(path, "rb") as file:
            file.seek(max(length - 22, 0))
            return END_OF_ZIP in file.read(22)
    except OSError:
        return True  # it may not be read: another check says so


def held_locks(lock_files: list[str]) -> Iterator[HeldLock]:
    """Who holds which of these files (proc_locks(5))."""
    inodes = {}
    for path in lock_files:
        try:
            inodes[os.stat(path).st_ino] = path
        except OSError:
            continue
    for lock in locks.read_locks() if inodes else ():
        path = inodes.get(lock.inode, "")
        # another file system may have a file of that number; who has this one open is its holder
        if path and lock.holder and any(name == os.path.realpath(path) for _, name in proc.descriptors(lock.holder)):
            program = next(iter(proc.command_line(lock.holder)), "?")
            yield HeldLock(path, lock.holder, program.rpartition("/")[2])


def judge(facts: GoCaches) -> Iterator[Remark]:
    """All that is to be said of go's folders."""
    off = facts.settings.value("GOCACHE") == "off"
    chosen = "off" in (facts.settings.variables.get("GOCACHE"), facts.settings.saved.get("GOCACHE"))
    if facts.homeless and ((off and not chosen) or not facts.settings.value("GOMODCACHE")):
        yield wrong(
            "go-cache/no-home", "HOME", message("it is not set, so go has no place for modules or builds"), SET_HOME
        )
    elif off:
        yield wrong(
            "go-cache/gocache-off",
            "GOCACHE",
            message("go builds nothing without its build cache"),
            facts.settings.drop("GOCACHE"),
        )
    for folder in facts.folders:
        if folder.path != "off":
            yield from or_ok(_folder(facts, folder), "go-cache/folder", folder.name, _room(folder))
    for held in facts.held[:5]:
        yield doubtful(
            "go-cache/lock-held",
            held.path.rpartition("/cache/")[2],
            message(
                "{program} (pid {pid}) holds this lock, and every other go waits for it",
                program=held.command,
                pid=held.pid,
            ),
            f"kill {held.pid}",
        )
    if facts.damaged:
        path = facts.damaged[0]
        rest = len(facts.damaged) - 1
        why = (
            message("it is not whole, and go takes it for what it should be")
            if not rest
            else message(
                "it is not whole, nor are {number} more, and go takes them for what they should be", number=rest
            )
        )
        names = " ".join(word(one) for one in facts.damaged[:20])
        yield wrong("go-cache/damaged", path.rpartition("/cache/download/")[2] or path, why, f"rm -f {names}")


def _room(folder: CacheFolder) -> Text:
    return (
        message("{path}, {room} free", path=folder.path, room=size(folder.room))
        if folder.room is not None
        else folder.path
    )


def _folder(facts: GoCaches, folder: CacheFolder) -> Iterator[Remark]:
    settings = facts.settings
    drop = f"unset {folder.name}" if folder.name == "TMPDIR" else settings.drop(folder.name)
    if folder.name != "TMPDIR" and not {folder.name, "GOPATH"} & {*settings.variables, *settings.saved}:
        drop = f'export {folder.name}="$(mktemp -d)"'  # it is where go puts it by itself
    if not folder.path.startswith("/"):
        yield wrong(
            "go-cache/relative",
            folder.name,
            message("{path} is no absolute path, and go refuses it", path=folder.path),
            drop,
        )
        return
    if folder.name == "TMPDIR" and folder.nearest != folder.path:
        yield wrong(
            "go-cache/no-folder",
            folder.name,
            message("{path} is not there, and go makes none", path=folder.path),
            f"mkdir -p {word(folder.path)}",
        )
        return
    yield from writable_folder("go-cache", folder, drop)


def is_systems(path: str) -> bool:
    """Whether a folder is one of the system's, which is not given to a user whatever points to it.

    >>> is_systems("/"), is_systems("/usr/share/go"), is_systems("/srv/"), is_systems("/home/user/.npm"), is_systems("/data/go")
    (True, True, True, False, False)
    """
    parts = path.strip("/").split("/")
    return len(parts) < 2 or parts[0] in SYSTEMS


def _forbidden(subject: str, folder: CacheFolder, otherwise: str) -> Iterator[Remark]:
    """Why a client may not write there at all."""
    name, at = folder.name, word(folder.nearest)
    if folder.kind != "folder":
        yield wrong(f"{subject}/no-folder", name, message("{path} is no folder", path=folder.nearest), otherwise)
    elif folder.read_only:
        yield wrong(
            f"{subject}/read-only",
            name,
            message("{path} is on a file system that is mounted read-only", path=folder.nearest),
            otherwise,
        )
    elif not folder.writable and folder.foreign_owner and folder.nearest != folder.path:  # it is left to its owner
        yield wrong(
            f"{subject}/not-writable",
            name,
            message("{path} is not there, and we may not make it in {above}", path=folder.path, above=folder.nearest),
            otherwise,
        )
    elif not folder.writable and folder.foreign_owner:
        yield wrong(
            f"{subject}/not-writable",
            name,
            message("{path} belongs to somebody else, and we may not write to it", path=folder.nearest),
            otherwise if is_systems(folder.path) else f'sudo chown -R "$(id -u)" {at}',
        )
    elif not folder.writable:
        yield wrong(
            f"{subject}/not-writable",
            name,
            message("{path} may not be written to", path=folder.nearest),
            f"chmod u+rwx {at}",
        )


def writable_folder(subject: str, folder: CacheFolder, otherwise: str) -> Iterator[Remark]:
    """What hinders a client to write into a folder.

    Args:
        otherwise: the command after which the client writes elsewhere.
    """
    name = folder.name
    if forbidden := list(_forbidden(subject, folder, otherwise)):
        yield from forbidden
    elif folder.room is not None and folder.room < LEAST_ROOM.value:
        yield wrong(
            f"{subject}/no-room",
            name,
            message("{room} are free at {path}", room=size(folder.room), path=folder.nearest),
            otherwise,
        )
    elif folder.inodes is not None and folder.inodes < LEAST_INODES.value:
        yield wrong(
            f"{subject}/no-inodes",
            name,
            message(
                "the file system of {path} has room for {number} more files", number=folder.inodes, path=folder.nearest
            ),
            otherwise,
        )
    elif folder.room is not None and folder.room < ROOM.value:
        yield doubtful(
            f"{subject}/little-room",
            name,
            message("{room} are free at {path}", room=size(folder.room), path=folder.nearest),
            otherwise,
        )
    elif folder.file_system in NETWORKED:
        yield doubtful(
            f"{subject}/networked",
            name,
            message(
                "{path} is on {type}: each file and lock is a round trip", path=folder.nearest, type=folder.file_system
            ),
            otherwise,
        )
