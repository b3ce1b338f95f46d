"""Kernels: plain functions over integers and arrays that numba may compile.

``@kernel`` marks a function and leaves it as it is: an ordinary Python function that can be
stepped through. ``Engine.run`` calls it either as it is, with memoryviews in place of arrays
(their elements are Python integers), or compiled to machine code (``machine_code``).

A few kernels cost plain Python most of its time on ordinary input. Each of these has a *column form*
beside it (``in_columns``): NumPy expressions for the rows that are ordinary, the kernel itself for the
rest. The kernel is the rule, its column form a quicker way to the same arrays.

Rules for a kernel: index arrays element by element; no slices, no array methods; keep every
intermediate value below 2**63; read a column into a local before subtracting. Plain and compiled
must give the same arrays, octet for octet: tests/laws holds every kernel to that, and every column form.

Compiled code is kept in a per-user directory keyed by the hash of *all* kernel sources, this
package's version and Python's (numba's own key misses an edited helper in another file). Where
there is no such directory, a temporary one serves; where there is none either, code is compiled
anew in each process. None of this ever raises.
"""

import functools
import hashlib
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from netanalyze.machine_code import MachineCode
from netanalyze.machine_code import installed as numba_installed
from netanalyze.machine_code import version as numba_version
from netanalyze.user_cache import user_cache

_KERNELS: dict[Callable[..., Any], None] = {}
_COLUMN_FORMS: dict[Callable[..., Any], Callable[..., Any]] = {}

PLAIN_NS_PER_PACKET = 8_000
"""Plain Python's cost of one packet, column forms at work (measured: 6 to 10 µs on a 2024 server core)."""
LOAD_NS = 100_000_000
"""Importing llvmlite and loading the compiled kernels (measured: 0.06 to 0.1 s)."""
COMPILE_NS = 20_000_000_000
"""Compiling all kernels, once for each machine and version (measured: 12 to 20 s)."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark ``function`` as a kernel; it is returned unchanged. Kernels may call kernels."""
    _KERNELS[function] = None
    return function


def in_columns(of: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as the column form of the kernel ``of``: what ``Engine.run`` calls in its place when plain.

    It takes the kernel's arguments, with arrays as arrays, and must leave and return what the kernel would.
    """

    def mark(form: Callable[..., Any]) -> Callable[..., Any]:
        _COLUMN_FORMS[of] = form
        return form

    return mark


def _fingerprint() -> str:
    """Hash of all kernel sources, the version of this package, of Python, numba's and the machine."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel" in source or path.name in ("kernel.py", "machine_code.py"):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source)
    digest.update(f"{sys.version} {platform.machine()} {platform.node()}".encode())
    digest.update(numba_version().encode())
    return digest.hexdigest()[:16]


@functools.cache
def cache_directory() -> Path | None:
    """Where the compiled forms of these very kernels are kept; None: nowhere. Never raises."""
    return user_cache(_fingerprint())


def compiled_before() -> bool:
    """Whether an earlier run has left compiled kernels of these very sources behind."""
    path = cache_directory()
    return path is not None and (path / "complete").exists()


@functools.cache
def _machine_code() -> MachineCode:
    return MachineCode(_KERNELS, cache_directory())


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The machine-code form of a kernel; the kernels it calls are compiled with it."""
    return lambda *arguments: _machine_code().entry(function, arguments, True)(*arguments)  # type: ignore[misc]


class Engine:
    """Runs kernels, compiled or plain. One engine serves a whole analysis.

    Args:
        packets: about how many packets are expected; the engine compiles when plain Python would
            take longer than loading (or, the first time ever, compiling) machine code.
        mode: ``"auto"``, ``"plain"`` or ``"compiled"``.
    """

    def __init__(self, packets: int = 0, mode: str = "auto"):
        mode = os.environ.get("NETANALYZE_KERNELS", mode) if mode == "auto" else mode
        if mode not in ("auto", "plain", "compiled"):
            raise ValueError(f"mode {mode!r} is none of auto, plain, compiled")
        self.note: str | None = None
        plain_ns = packets * PLAIN_NS_PER_PACKET
        long = plain_ns > COMPILE_NS // 4
        self.compiled = mode == "compiled"
        self.may_compile = self.compiled or long  # costs more than this run saves, but every later run gains
        if mode == "auto" and plain_ns > LOAD_NS:
            if numba_installed():
                self.compiled = long or compiled_before()
                if long and not compiled_before():
                    self.note = "compiling the kernels, once for this version: some 15 s"
            elif long:
                saves = f"plain Python will take about {plain_ns // 1_000_000_000 + 1} s"
                self.note = f"{saves}; pip install 'netanalyze[fast]' (numba) makes it about 1 s"

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a kernel; arrays must be contiguous (lists are passed as they are). Returns what it returns."""
        entry = _machine_code().entry(function, arguments, self.may_compile) if self.compiled else None
        if entry is not None:
            return entry(*arguments)
        if function in _COLUMN_FORMS:
            return _COLUMN_FORMS[function](*arguments)
        return function(*(memoryview(a) if isinstance(a, np.ndarray) else a for a in arguments))

    def cells(self, count: int) -> Any:
        """``count`` zeros that kernels read and write: ``i8`` when compiled, a list (whose elements plain
        Python reaches four times faster than those of a memoryview) when plain."""
        return np.zeros(count, dtype=np.int64) if self.compiled else [0] * count

    def finished(self) -> None:
        """Remember that the compiled kernels are complete in the cache. Never raises."""
        path = cache_directory() if self.compiled else None
        if path is not None:
            try:
                (path / "complete").touch()
            except OSError:
                pass
