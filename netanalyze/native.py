"""Kernels compiled ahead of time: the library beside this file, whose functions are called through ctypes.

``build_tools/kernels.py`` makes it of the kernels' own sources when the package is built or installed. Code is loaded from
this folder alone, as the package's Python is. In a checkout the library holds the hash of the sources it was made of: where
they were edited since, it is made anew if there is a compiler and the folder is ours, and else not used: an edited kernel never
runs as old machine code.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from netanalyze.patterns import lazy_pattern

Kernel = Callable[..., Any]

PACKAGE = Path(__file__).parent
LIBRARY = PACKAGE / "_kernels.so"
BUILDER = PACKAGE.parent / "build_tools"
"""What makes the library; it stands beside the package in a checkout, and nowhere else."""
ABOUT = lazy_pattern(rb"netanalyze kernels\n([0-9a-f]{64})\n([^\0]*)\n\n([^\0]*)\0")
"""What the library says of itself: the hash of the files it was made of, these files, and its kernels, a line each: name, a
letter for each argument (``TYPES``), and how many values are returned (-1 none, 0 one that is no tuple)."""
TYPES = {"b": np.dtype(np.uint8), "w": np.dtype(np.uint32), "q": np.dtype(np.int64)}
"""Types of arrays by their letters, upper case where the array is written to; ``i`` is a number."""


class Library:
    """The compiled kernels. Raises OSError where the file is no library of this machine's."""

    def __init__(self, path: Path = LIBRARY):
        self._code = ctypes.CDLL(str(path))
        about = ABOUT.match(ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(self._code, "about"))) + b"\0")
        self._table = _table(about[3] if about else b"")
        self._entries: dict[Kernel, Kernel] = {}

    def entry(self, function: Kernel) -> Kernel | None:
        """The compiled form of a kernel; None where the library has none."""
        known = self._entries.get(function)
        if known is None and (found := self._table.get(_name(function))) is not None:
            known = self._entries[function] = self._entry(_name(function), *found)
        return known

    def _entry(self, name: str, kinds: str, count: int) -> Kernel:
        code = self._code[f"enter_{name}"]
        code.restype = None
        code.argtypes = [ctypes.c_void_p]
        for kind in kinds:
            code.argtypes += [ctypes.c_int64] if kind == "i" else [ctypes.c_void_p, ctypes.c_int64]

        def call(*arguments: Any) -> Any:
            given: list[int] = []
            for kind, argument in zip(kinds, arguments, strict=True):
                if kind == "i":
                    given.append(int(argument))
                else:
                    given += (_address(name, kind, argument), len(argument))
            values = (ctypes.c_int64 * max(count, 1))()
            code(values, *given)
            return tuple(values) if count > 0 else values[0] if count == 0 else None

        return call


def _table(text: bytes) -> dict[str, tuple[str, int]]:
    """By its name what a kernel takes and how much it returns."""
    return {name: (kinds, int(values)) for name, kinds, values in map(str.split, text.decode("ascii").splitlines())}


def _name(function: Kernel) -> str:
    """What a kernel is called in the library: its module and its own name."""
    return f"{function.__module__.partition('.')[2].replace('.', '_')}_{function.__name__}"


def _address(name: str, kind: str, array: np.ndarray) -> int:
    """Where an array's elements are; a kernel would read or write beside those of another type or layout."""
    if (
        array.dtype != TYPES[kind.lower()]
        or not array.flags.c_contiguous
        or (kind.isupper() and not array.flags.writeable)
    ):
        raise TypeError(
            f"{name}: an array of {array.dtype} where {TYPES[kind.lower()]} is wanted, contiguous, writeable"
        )
    return int(array.__array_interface__["data"][0])


def fingerprint(files: Collection[str]) -> str:
    """The hash of files of this package; empty where one of them cannot be read."""
    digest = hashlib.sha256()
    for name in files:
        try:
            digest.update(name.encode() + b"\0" + (PACKAGE / name).read_bytes() + b"\0")
        except OSError:
            return ""
    return digest.hexdigest()


def is_current(path: Path, kernels: Collection[Kernel]) -> bool:
    """Whether a library was made of the sources as they are now, and has all these kernels, as far as they are this package's."""
    try:
        about = ABOUT.search(path.read_bytes())
    except OSError:
        return False
    if about is None or fingerprint(about[2].decode().splitlines()) != about[1].decode():
        return False
    table = _table(about[3])
    return all(_name(kernel) in table for kernel in kernels if kernel.__module__.startswith("netanalyze."))


def library(kernels: Collection[Kernel]) -> tuple[Library | None, str]:
    """The compiled kernels, or None and why there are none; ``kernels`` are those that it must have. Never raises."""
    if (BUILDER / "kernels.py").is_file() and not is_current(LIBRARY, kernels):
        if why := _made_anew():
            return None, why
    if not LIBRARY.exists():
        return None, "there was no C compiler when the package was built"
    try:
        return Library(), ""
    except (OSError, ValueError, AttributeError) as error:
        return None, f"{LIBRARY} cannot be loaded: {error}"


def _made_anew() -> str:
    """Make the library of the sources as they are now; returns why that cannot be, or nothing."""
    why = "the kernels were edited since they were compiled" if LIBRARY.exists() else "the kernels are not compiled"
    if not hasattr(os, "geteuid") or os.stat(PACKAGE).st_uid != os.geteuid() or not os.access(PACKAGE, os.W_OK):
        return f"{why}, and {PACKAGE} is not ours to write to"
    name = "netanalyze_build_tools"
    spec = importlib.util.spec_from_file_location(
        name, BUILDER / "__init__.py", submodule_search_locations=[str(BUILDER)]
    )
    try:
        assert spec is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        importlib.import_module(f"{name}.kernels").build()
    except Exception as error:
        return f"{why}, and cannot be now: {error}"
    return ""
