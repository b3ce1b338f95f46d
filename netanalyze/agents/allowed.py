"""Files that an agent may have read: those below folders that the user has named, and nothing else."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from netanalyze.errors import NetanalyzeError


class NotAllowed(NetanalyzeError):
    """A file that lies outside of the folders which the server was given, or is none."""


class AllowedFolders:
    """Opens files by their real place: no link leads out, whoever makes it and whenever.

    Args:
        folders: what may be read; those that are not there are left out.
    """

    def __init__(self, folders: Sequence[str]):
        self.folders = tuple(Path(os.path.realpath(folder)) for folder in folders if os.path.isdir(folder))

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """An inheritable descriptor of a file.

        Raises:
            NotAllowed: it lies elsewhere, is not there, or is no regular file.
        """
        if "\0" in path:
            raise NotAllowed("a path with a NUL in it names no file")
        real: Path | None
        try:
            real = Path(os.path.realpath(path, strict=True))
        except OSError as error:
            real = None if isinstance(error, FileNotFoundError) else Path(os.sep)
        folder = next((one for one in self.folders if real is not None and real.is_relative_to(one)), None)
        if real is None or folder is None:
            # the same words for both: whether a file is there outside of the folders is nobody's business
            named = ", ".join(map(str, self.folders)) or "none: netanalyze mcp --folder DIR allows one"
            raise NotAllowed(f"no such file in the folders that may be read ({named})")
        descriptor = _walk(folder, real.relative_to(folder).parts)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotAllowed("that is no regular file")
            yield descriptor
        finally:
            os.close(descriptor)


def _walk(folder: Path, parts: Sequence[str]) -> int:
    """A descriptor of what lies below a folder, each step without following a link that has come there meanwhile."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, part in enumerate(parts, 1):
            kind = os.O_DIRECTORY if number < len(parts) else os.O_NONBLOCK
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=at)
            os.close(at)
            at = below
    except OSError as error:
        os.close(at)
        raise NotAllowed(f"it cannot be read: {error.strerror}") from error
    return at
