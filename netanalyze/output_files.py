"""Files that netanalyze writes. Nothing else in this package opens a file for writing (tests/house keeps it so).

- What exists is not overwritten, unless the user says so (``force``).
- A file is made new (O_CREAT, O_EXCL, O_NOFOLLOW) in a folder that is held open, under a name of its own beside the one it
  is to have, and renamed when it is whole; where writing fails, nothing is left of it.
- A file that grows for as long as a command runs (``growing``) has its own name from the first octet on, so that it is found
  where it was wanted if we are killed; only where it replaces another it stands beside that, as ``NAME.XXXXXXXX.part``.
- Its owner alone may read it (0600), whatever the umask; under sudo that is the person who called sudo.
- A pipe or device that the user names is written to as it is: ``/dev/stdout``, ``/dev/null``, a named pipe.
"""

import errno
import os
import stat
from collections.abc import Iterable
from typing import IO, Any, BinaryIO, Self

from netanalyze.errors import OutputRefused
from netanalyze.folders import Folder, open_folder
from netanalyze.owners import hand_over, trusted_users
from netanalyze.patterns import lazy_pattern
from netanalyze.wording import Verbatim, message

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
NEW_TO_READ_TOO = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
NOT_WAITING = getattr(os, "O_NONBLOCK", 0)
NAME_MOST = 200
"""Characters of a name that its unfinished file bears (file systems allow 255 octets)."""
NO_SECOND_NAMES = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
"""What link(2) says where a file system has no hard links."""
REMEDY = "give another name, or --force to replace it"
_DESCRIPTOR = lazy_pattern(r"/dev/(?:fd/([0-9]{1,7})|(stdin|stdout|stderr))|/proc/self/fd/([0-9]{1,7})")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}


class _Target:
    """Where a file is to be, judged before anything is made.

    Attributes:
        folder: held open; None for a descriptor of ours.
        special: what is there is a pipe, a device or a descriptor, and is written to as it is.

    Raises:
        OutputRefused: something is there that must not be replaced.
    """

    def __init__(self, path: str, force: bool):
        self.path, self.name = path, os.path.basename(path)
        self.folder: Folder | None = None
        self._number = _descriptor_named(path)
        self.special = self._number is not None
        self.seen: os.stat_result | None = None
        if self.special:
            return
        if not self.name or self.name in (".", ".."):
            raise OutputRefused(path, "a folder", "name the file to write")
        try:
            self.folder = open_folder(os.path.dirname(path) or ".")
        except FileNotFoundError:
            raise OutputRefused(path, "there is no such folder", "make it, or name another") from None
        except OSError as error:
            raise OutputRefused(path, str(error.strerror), "name another folder") from error
        try:
            self._judge(self.folder, force)
        except BaseException:
            self.folder.close()
            raise

    def _judge(self, folder: Folder, force: bool) -> None:
        seen = folder.status(self.name)
        if seen is not None and stat.S_ISLNK(seen.st_mode) and seen.st_uid in trusted_users():
            beyond = folder.status(self.name, follow=True)
            self.special = beyond is not None and _is_special(beyond)
            seen = beyond if self.special else seen
        elif seen is not None:
            self.special = _is_special(seen)
        self.seen = seen
        if seen is None:
            return
        if self.special:
            if folder.is_shared() and seen.st_uid not in trusted_users() and not force:
                raise OutputRefused(self.path, "a pipe or device of another user", REMEDY)
        elif stat.S_ISDIR(seen.st_mode):
            raise OutputRefused(self.path, "a folder", "name the file to write")
        elif stat.S_ISBLK(seen.st_mode) or stat.S_ISSOCK(seen.st_mode):
            raise OutputRefused(self.path, "no file that can be written to", "give another name")
        elif not force:
            what = "a symbolic link is called so" if stat.S_ISLNK(seen.st_mode) else "the file exists"
            raise OutputRefused(self.path, what, REMEDY)

    def open_special(self) -> int:
        """The pipe or device, opened for writing.

        Raises:
            OutputRefused: it was exchanged meanwhile.
        """
        if self._number is not None:
            return os.dup(self._number)
        assert self.folder is not None, "judged before"
        assert self.seen is not None, "judged before"
        descriptor = self.folder.open(self.name, os.O_WRONLY | getattr(os, "O_NOCTTY", 0), follow=True)
        opened = os.fstat(descriptor)
        if (opened.st_dev, opened.st_ino) != (self.seen.st_dev, self.seen.st_ino):
            os.close(descriptor)
            raise OutputRefused(
                self.path, "it was exchanged while it was opened", "name a file in a folder of your own"
            )
        return descriptor

    def close(self) -> None:
        """Let go of the folder."""
        if self.folder is not None:
            self.folder.close()


class OutputFile:
    """A file that is being written; ``keep`` gives it its name, ``discard`` leaves nothing of it. A context manager.

    Args:
        path: where it is to be.
        force: replace what is there.
        growing: it is of use while it is written (a recording).
        hidden: until it is whole its name begins with a dot: who reads a folder of Parquet files passes over such.

    Attributes:
        stream: binary, to be written to.
        is_special: it is a pipe or a device, and cannot be read again.
        path: where the octets are at this moment.

    Raises:
        OutputRefused: something is there, or the folder is none to write into.
        OSError: it cannot be made.
    """

    def __init__(self, path: str | os.PathLike[str], force: bool = False, growing: bool = False, hidden: bool = False):
        self._held = -1  # as long as it is held, no other file can have its inode
        self.name, self._force, self._growing = os.fspath(path), force, growing
        self._target = target = _Target(self.name, force)
        self.is_special, self._part, self._done = target.special, "", False
        try:
            if target.special:
                self.stream = os.fdopen(target.open_special(), "wb")
                self.path = self.name
                return
            assert target.folder is not None, "only descriptors have none"
            at_once = growing and target.seen is None
            self._part = (
                target.name if at_once else f"{'.' * hidden}{target.name[:NAME_MOST]}.{os.urandom(4).hex()}.part"
            )
            self.path = os.path.join(os.path.dirname(self.name), self._part)
            try:
                descriptor = target.folder.open(self._part, NEW_TO_READ_TOO if growing else NEW)
            except FileExistsError:
                raise OutputRefused(self.name, "the file exists", REMEDY) from None
            except OSError as error:
                raise OSError(error.errno, error.strerror, self.name) from error
            self.stream = os.fdopen(descriptor, "wb")
            self._held = os.dup(descriptor)
            _given(descriptor)
        except BaseException:
            target.close()
            raise

    def keep(self) -> None:
        """It is whole: close it, and give it its name.

        Raises:
            OSError: what was written last did not fit; nothing is left of it, unless it was ``growing``.
            OutputRefused: meanwhile there is something of that name; says where the octets are.
        """
        if self._done:
            return
        self._done = True
        folder = self._target.folder
        try:
            self.stream.close()
            if folder is not None and self._part not in ("", self._target.name):
                self._rename(folder)
        except OSError:
            if not self._growing:
                self._remove()
            raise
        finally:
            self._target.close()
            if not self._growing:
                self._let_go()

    def _rename(self, folder: Folder) -> None:
        name = self._target.name
        try:
            if not self._force:
                try:
                    folder.link(self._part, name)
                    folder.remove(self._part)
                    self.path = self.name
                    return
                except OSError as error:
                    if error.errno not in NO_SECOND_NAMES:
                        raise
                os.close(folder.open(name, NEW))  # ours by then: it is this that is replaced
            folder.rename(self._part, name)
            self.path = self.name
        except FileExistsError:
            there = message("meanwhile there is a file; yours is {path}", path=Verbatim(self.path))
            raise OutputRefused(self.name, there, "rename one") from None

    def discard(self) -> None:
        """Close it, and leave nothing of it; harmless when done before."""
        if self._done:
            return
        self._done = True
        try:
            self.stream.close()
        except OSError:
            pass
        self._remove()
        self._target.close()
        self._let_go()

    def _remove(self) -> None:
        if self._target.folder is not None and self._is_called(self._part, self._target.folder):
            self._target.folder.remove(self._part)

    def _is_called(self, name: str, folder: Folder) -> bool:
        """Whether a name leads to what we have made."""
        seen = folder.status(name) if name and self._held >= 0 else None
        return seen is not None and os.path.samestat(seen, os.fstat(self._held))

    def _let_go(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def __del__(self) -> None:
        self._let_go()

    def reopened(self) -> BinaryIO:
        """The very file that was kept, from its beginning; only of one that was ``growing``, and once.

        Raises:
            OSError: its name leads to another one by now.
        """
        with open_folder(os.path.dirname(self.path) or ".") as folder:
            if not self._is_called(os.path.basename(self.path), folder):
                raise OSError(errno.ESTALE, "another file has taken its place", self.path)
        held, self._held = self._held, -1
        os.lseek(held, 0, os.SEEK_SET)
        return os.fdopen(held, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.keep()
        else:
            self.discard()


def check_output(path: str | os.PathLike[str], force: bool = False) -> bool:
    """Say before the work what could not be written after it; makes nothing.

    Returns:
        Whether it will be a file: no pipe, no device.

    Raises:
        OutputRefused: what is in the way, and what to do.
    """
    target = _Target(os.fspath(path), force)
    try:
        if target.folder is not None and not target.special:
            folder = os.path.dirname(target.path) or "."
            if not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
                raise OutputRefused(target.path, "the folder cannot be written to", "name another folder")
        return not target.special
    finally:
        target.close()


def write_octets(path: str | os.PathLike[str], octets: bytes, force: bool = False) -> None:
    """Write a whole file.

    Raises:
        OutputRefused, OSError: as of ``OutputFile``; nothing is left of it.
    """
    with OutputFile(path, force) as file:
        file.stream.write(octets)


def write_text(path: str | os.PathLike[str], text: str, force: bool = False) -> None:
    """Write a whole file of UTF-8; what cannot be said in it is escaped."""
    write_pieces(path, [text], force)


def write_pieces(path: str | os.PathLike[str], pieces: Iterable[str], force: bool = False) -> None:
    """The same, of a text that need not be held as a whole."""
    with OutputFile(path, force) as file:
        for text in pieces:
            file.stream.write(text.encode("utf-8", "backslashreplace"))


def write_in_folder(folder: Folder, name: str, octets: bytes) -> None:
    """Write a whole file into a folder of ours that is held open, in the place of what is called so.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    part = f"{name[:NAME_MOST]}.{os.urandom(4).hex()}.part"
    descriptor = folder.open(part, NEW)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
        folder.rename(part, name)
    except BaseException:
        folder.remove(part)
        raise


def open_to_append(path: str | os.PathLike[str]) -> IO[Any]:
    """A text file to add to, made where there is none; never one that a link leads to.

    Raises:
        OutputRefused: it is no regular file with one name, nor a pipe or device that the user may have meant.
        OSError: it cannot be opened.
    """
    target = _Target(os.fspath(path), force=True)
    try:
        if target.special:
            return os.fdopen(target.open_special(), "w", encoding="utf-8", errors="backslashreplace")
        assert target.folder is not None, "only descriptors have none"
        if target.seen is None:
            descriptor = target.folder.open(target.name, NEW)
            _given(descriptor)
        elif not stat.S_ISREG(target.seen.st_mode):
            raise OutputRefused(target.path, "a symbolic link leads elsewhere", "name the file itself")
        else:
            descriptor = target.folder.open(target.name, os.O_WRONLY | os.O_APPEND | NOT_WAITING)
            opened = os.fstat(descriptor)
            if not stat.S_ISREG(opened.st_mode) or opened.st_nlink != 1:
                os.close(descriptor)
                raise OutputRefused(target.path, "the file has other names (hard links)", "name another file")
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")
    finally:
        target.close()


def write_to_descriptor(descriptor: int, pieces: Iterable[str]) -> None:
    """Write a text to a descriptor that we were given; it stays open.

    Raises:
        OSError: it could not be written whole.
    """
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.writelines(pieces)


def write_nowhere(descriptor: int) -> None:
    """From here on, what is written to one of our descriptors is dropped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _descriptor_named(path: str) -> int | None:
    """The descriptor that a path such as ``/dev/stdout`` or ``/dev/fd/63`` stands for; None for all others."""
    found = _DESCRIPTOR.fullmatch(path)
    if found is None:
        return None
    return _STANDARD[found[2]] if found[2] else int(found[1] or found[3])


def _is_special(status: os.stat_result) -> bool:
    return stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode)


def _given(descriptor: int) -> None:
    """Give it to the person behind sudo, where the file system can."""
    try:
        hand_over(descriptor)
    except OSError:
        pass  # no owners there: vfat, some network file systems
