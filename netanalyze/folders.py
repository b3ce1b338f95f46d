"""Folders, opened one component after the other and then held: nobody turns the path into another one meanwhile.

``open(2)`` follows whatever symbolic links it meets. Here each component is opened relative to the one before
(``openat(2)``, O_NOFOLLOW), is judged by its descriptor, and a link is followed only where the caller agrees. Where a
system cannot look without opening (O_PATH: Linux can, macOS and Windows cannot) a folder is its path.
"""

import errno
import os
import stat
from collections.abc import Callable
from typing import Self

from netanalyze.owners import hand_over, trusted_users

HELD = hasattr(os, "O_PATH") and os.open in os.supports_dir_fd
"""Whether this system lets a folder be held."""
GUARDED = os.open in os.supports_dir_fd
"""Whether it lets names be looked up in a folder that is open: then a folder of ours can be told from others' everywhere."""
MOST_LINKS = 40
"""Symbolic links followed on one way (path_resolution(7))."""
OTHERS = 0o022
"""Mode bits by which somebody else than the owner may write (with an ACL, the group's bits are its mask: acl(5))."""
_CLOSED = getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_LOOK = getattr(os, "O_PATH", 0) | _CLOSED
"""To hold something without reading it; opening a device so does nothing to it (open(2))."""
_ENTER = _LOOK | getattr(os, "O_DIRECTORY", 0)
"""To hold a folder, and nothing else: also where there is no O_PATH."""

Judge = Callable[[os.stat_result], bool]


PRIVATE = 0o600
"""Of what is made: its owner reads and writes it."""


class Folder:
    """A folder that is held open: what is done with its names happens in that very folder.

    Args:
        path: for people, and for systems on which ``descriptor`` is None.
        descriptor: of the folder; closed by ``close``.
    """

    def __init__(self, path: str, descriptor: int | None):
        self.path, self._descriptor = path, descriptor

    def _named(self, name: str) -> str:
        return name if self._descriptor is not None else os.path.join(self.path, name)

    def open(self, name: str, flags: int, follow: bool = False) -> int:
        """A file of it; one that is made can be read and written by its owner alone, whatever the umask."""
        flags |= _CLOSED | (0 if follow else _NO_LINK)
        descriptor = os.open(self._named(name), flags, PRIVATE, dir_fd=self._descriptor)
        # a umask takes bits of ours away, too
        if flags & os.O_EXCL and os.fstat(descriptor).st_mode & PRIVATE != PRIVATE:
            os.fchmod(descriptor, PRIVATE)
        return descriptor

    def status(self, name: str, follow: bool = False) -> os.stat_result | None:
        """What a name is; None where there is none."""
        try:
            return os.stat(self._named(name), dir_fd=self._descriptor, follow_symlinks=follow)
        except FileNotFoundError:
            return None

    def rename(self, old: str, new: str) -> None:
        """Let ``old`` take the place of ``new``, which may be there."""
        at = self._descriptor
        os.replace(self._named(old), self._named(new), src_dir_fd=at, dst_dir_fd=at)

    def link(self, old: str, new: str) -> None:
        """Give a file a second name.

        Raises:
            FileExistsError: something is called so.
        """
        at = self._descriptor
        os.link(self._named(old), self._named(new), src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Remove a name; harmless where there is none."""
        try:
            os.unlink(self._named(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            pass

    def make(self, name: str) -> None:
        """A folder in it, for the person behind sudo if there is one; harmless where there is a folder of that name.

        Raises:
            OSError: something else is called so, also a link of somebody else that leads nowhere.
        """
        try:
            os.mkdir(self._named(name), 0o700, dir_fd=self._descriptor)
        except FileExistsError:
            if not os.path.isdir(os.path.join(self.path, name)):
                raise
            return
        if self._descriptor is not None:
            made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _CLOSED | _NO_LINK, dir_fd=self._descriptor)
            try:
                hand_over(made)
            except OSError:
                pass  # no owners there: vfat, some network file systems
            finally:
                os.close(made)

    def names(self) -> list[str]:
        """What is in it."""
        if self._descriptor is None:
            return os.listdir(self.path)
        readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | _CLOSED, dir_fd=self._descriptor)
        try:
            return os.listdir(readable)
        finally:
            os.close(readable)

    def read_own(self, name: str) -> bytes | None:
        """What a regular file of ours, of one name, that nobody else may write to, has in it; None of any other. Never raises."""
        try:
            descriptor = self.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        try:
            with os.fdopen(descriptor, "rb") as file:
                return file.read() if is_own(os.fstat(descriptor)) else None
        except OSError:
            return None

    def is_shared(self) -> bool:
        """Whether others may put names into it."""
        return self._descriptor is not None and bool(os.fstat(self._descriptor).st_mode & OTHERS)

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_own(status: os.stat_result) -> bool:
    """Whether this is a regular file of ours, without a second name, that nobody else may write to."""
    ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
    return ours and status.st_nlink == 1 and not status.st_mode & OTHERS


def open_folder(path: str) -> Folder:
    """A folder to write into; the links on the way to it are root's, ours, or those of the person behind sudo.

    Raises:
        OSError: there is none, it may not be entered, or a link of somebody else leads there.
    """
    if not HELD:
        if not os.path.isdir(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return Folder(path, None)
    trusted = trusted_users()
    absolute = path if path.startswith("/") else os.path.join(os.getcwd(), path)
    return Folder(path, resolved(absolute, links=lambda link: link.st_uid in trusted))


def make_folder(path: str | os.PathLike[str]) -> None:
    """A folder to write into, made where it is missing, with those on the way to it: 0700, of the person behind sudo.

    Raises:
        OSError: it cannot be made, or a link of somebody else leads there.
    """
    path = os.fspath(path).rstrip("/") or "/"
    if os.path.isdir(path):
        return
    above, name = os.path.split(path)
    make_folder(above or ".")
    with open_folder(above or ".") as folder:
        folder.make(name)


def open_guarded_folder(path: str, make: bool = True) -> Folder | None:
    """A folder of ours, made where it is missing, that only we and root could have written; None where that is not so.

    Every component on the way from ``/`` belongs to root or to us, is no link, and nobody else may write to it: a sticky
    folder that everybody may write to (``/tmp``) is none of these.
    """
    if not GUARDED or not path.startswith("/") or os.getuid() != os.geteuid():
        return None
    me = os.geteuid()

    def guarded(status: os.stat_result) -> bool:
        return status.st_uid in (0, me) and not status.st_mode & OTHERS

    try:
        held = resolved(path, links=lambda _: False, folders=guarded, make=make, enter=True)
    except OSError:
        return None
    if os.fstat(held).st_uid != me:
        os.close(held)
        return None
    return Folder(path, held)


def resolved(
    path: str, root: str = "/", links: Judge = lambda _: True, folders: Judge = lambda _: True,
    make: bool = False, last: bool = False, enter: bool = False,
) -> int:  # fmt: skip
    """A descriptor (O_PATH) of what an absolute path leads to, as if ``root`` were the root of the file system.

    Args:
        links: whether a symbolic link may be followed.
        folders: whether a folder may be passed.
        make: make folders that are missing, 0700.
        last: the last component may be any file, not only a folder.
        enter: open nothing but folders, not even a link; for systems that cannot look without opening.

    Raises:
        OSError: names ``path``; a link or folder that may not be passed is EACCES.
    """
    stack = [os.open(root, _LOOK | os.O_DIRECTORY)]
    pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    followed = 0
    try:
        _pass(stack[0], folders)
        while pending:
            name = pending.pop()
            if name == "..":
                os.close(stack.pop()) if len(stack) > 1 else None
                continue
            found = _component(stack[-1], name, make, _ENTER if enter else _LOOK)
            seen = os.fstat(found)
            if stat.S_ISLNK(seen.st_mode):
                try:
                    followed += 1
                    if followed > MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                    if not links(seen):
                        raise PermissionError(errno.EACCES, "a symbolic link leads there that is not to be trusted")
                    target = os.readlink("", dir_fd=found)
                finally:
                    os.close(found)
                while target.startswith("/") and len(stack) > 1:
                    os.close(stack.pop())
                pending += [part for part in reversed(target.split("/")) if part not in ("", ".")]
                continue
            stack.append(found)
            if stat.S_ISDIR(seen.st_mode):
                _pass(found, folders)
            elif pending or not last:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return stack.pop()
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        for descriptor in stack:
            os.close(descriptor)


def _component(folder: int, name: str, make: bool, how: int) -> int:
    """A descriptor of a name in a folder: the name itself, also where it is a link."""
    try:
        return os.open(name, how | _NO_LINK, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        os.mkdir(name, 0o700, dir_fd=folder)
        return os.open(name, how | _NO_LINK, dir_fd=folder)


def _pass(folder: int, judge: Judge) -> None:
    if not judge(os.fstat(folder)):
        raise PermissionError(errno.EACCES, "others could write to a folder on the way")
