"""Captures that are named by a URL: object stores, servers, archives, as fsspec opens them (docs/batch.md)."""

import errno
import os
import re
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from netanalyze.errors import CaptureError, MissingProgram
from netanalyze.wording import Verbatim, message

_URL = re.compile(r"(?i)[a-z][a-z0-9+.-]*://")
_NAME = re.compile(r"[^A-Za-z0-9._-]")
NAME_MOST = 100
"""Letters of a name that are kept where a capture lies meanwhile."""


class RemoteCapture(NamedTuple):
    """A capture somewhere else.

    Attributes:
        url: how it is called.
        size: octets, 0 where nobody says.
        files, path: fsspec's file system, and its name there.
    """

    url: str
    size: int
    files: Any
    path: str


def is_url(path: str) -> bool:
    """Whether a path is a URL, and no file of that name."""
    return _URL.match(path) is not None and not os.path.lexists(path)


def remote_captures(url: str, of_name: Callable[[str], object]) -> list[RemoteCapture]:
    """The captures of a URL: the file it names, those that its ``*`` stands for, or those of a folder.

    Args:
        url: as fsspec has it, ``zip://*.pcap::s3://bucket/week.zip`` too.
        of_name: whether a file of a folder is a capture, by its name.

    Raises:
        MissingProgram: fsspec is not installed.
        FileNotFoundError: there is no such file.
        CaptureError: it cannot be asked, or what fsspec needs for URLs of that kind is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingProgram("a capture by URL", "fsspec", "pip install fsspec") from error
    first, sep, rest = url.partition("::")
    chain = sep + rest
    try:
        files, path = url_to_fs(url)
        if "*" in first:
            folder = first[: first.rindex("/", 0, first.index("*")) + 1]
            found = files.glob(path, detail=True)
        elif not of_name(_last(path)) and files.isdir(path):
            folder = first if first.endswith("/") else first + "/"
            found = {name: one for name, one in files.find(path, detail=True).items() if of_name(_last(name))}
        else:
            return [RemoteCapture(url, files.info(path).get("size") or 0, files, path)]
        root = url_to_fs(folder + chain)[1]
    except FileNotFoundError as error:
        if error.__cause__ is not None and not isinstance(error.__cause__, FileNotFoundError):
            raise _not_asked(url, error.__cause__) from error  # nobody was there to ask
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url) from error
    except ImportError as error:
        raise CaptureError(
            url, message("cannot be opened: {why}", why=Verbatim(error))
        ) from error  # it says what to install
    except Exception as error:  # of whatever library opens URLs of that kind
        raise _not_asked(url, error) from error
    return [
        RemoteCapture(folder + name[len(root) :].lstrip("/") + chain, one.get("size") or 0, files, name)
        for name, one in sorted(found.items())
        if one["type"] == "file"
    ]


class Fetched:
    """Captures from elsewhere, each in a file of this machine for as long as it is looked at; a context manager."""

    def __init__(self) -> None:
        self._folders: dict[str, TemporaryDirectory[str]] = {}

    def __enter__(self) -> "Fetched":
        return self

    def __exit__(self, *_: object) -> None:
        for path in list(self._folders):
            self.drop(path)

    def take(self, capture: RemoteCapture) -> str:
        """Fetch a capture: the path of its file.

        Raises:
            OSError: it cannot be had; ``strerror`` says why.
        """
        folder = TemporaryDirectory(prefix="netanalyze-", ignore_cleanup_errors=True)
        path = os.path.join(folder.name, _NAME.sub("_", _last(capture.path))[-NAME_MOST:] or "capture")
        self._folders[path] = folder
        try:
            capture.files.get_file(capture.path, path)
        except Exception as error:  # of whatever library opens URLs of that kind
            self.drop(path)
            raise OSError(errno.EIO, f"cannot be fetched: {_in_words(error)}", capture.url) from error
        return path

    def drop(self, path: str) -> None:
        """Remove the file of a capture."""
        self._folders.pop(path).cleanup()


def _last(path: str) -> str:
    """The last part of a path, or of a URL without its query."""
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]


def _not_asked(url: str, error: BaseException) -> CaptureError:
    return CaptureError(url, message("cannot be asked for captures: {why}", why=Verbatim(_in_words(error))))


def _in_words(error: BaseException) -> str:
    """What an error says, on one line, with its kind."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
