"""Kernels: plain functions over integers and arrays that numba may compile.

``@kernel`` marks a function and leaves it as it is: an ordinary Python function that can be
stepped through. ``Engine.run`` calls it either as it is, with memoryviews in place of arrays
(their elements are Python integers), or compiled to machine code. This is the only module that
knows numba.

Rules for a kernel: index arrays element by element; no slices, no array methods; keep every
intermediate value below 2**63; read a column into a local before subtracting. Plain and compiled
must give the same arrays, octet for octet: tests/laws holds every kernel to that.

Compiled code is kept in a per-user directory keyed by the hash of *all* kernel sources, this
package's version and Python's (numba's own key misses an edited helper in another file). Where
there is no such directory, a temporary one serves; where there is none either, code is compiled
anew in each process. None of this ever raises.
"""

import functools
import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_KERNELS: dict[Callable[..., Any], None] = {}

PLAIN_NS_PER_PACKET = 12_000
"""Plain Python's cost of one packet through all kernels (measured: 8 to 12 µs on a 2024 server core)."""
LOAD_NS = 700_000_000
"""Importing numba and loading the compiled kernels from the cache (measured: 0.5 to 0.7 s)."""
COMPILE_NS = 20_000_000_000
"""Compiling all kernels, once for each machine and version (measured: 12 to 20 s)."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark ``function`` as a kernel; it is returned unchanged. Kernels may call kernels."""
    _KERNELS[function] = None
    return function


def numba_installed() -> bool:
    """Whether numba can be imported (it is not imported to find out)."""
    return importlib.util.find_spec("numba") is not None


def _fingerprint() -> str:
    """Hash of all kernel sources, the version of this package, of Python, numba's and the machine."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel" in source or path.name == "kernel.py":
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source)
    digest.update(f"{sys.version} {platform.machine()} {platform.node()}".encode())
    try:
        from importlib.metadata import version

        digest.update(version("numba").encode())
    except Exception:
        digest.update(b"numba unknown")
    return digest.hexdigest()[:16]


def _writable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except (OSError, RuntimeError):
        return False


@functools.cache
def cache_directory() -> Path | None:
    """Where compiled kernels are kept: per user, else temporary per user, else None. Never raises."""
    fingerprint = _fingerprint()
    candidates = []
    base = os.environ.get("NETANALYZE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        candidates.append((Path(base) if base else Path.home() / ".cache") / "netanalyze" / fingerprint)
    except RuntimeError:  # no home directory can be determined
        pass
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    temporary = Path(tempfile.gettempdir()) / f"netanalyze-{user}" / fingerprint
    candidates.append(temporary)
    for path in candidates:
        if not _writable(path):
            continue
        if path is temporary and hasattr(os, "getuid") and path.parent.stat().st_uid != os.getuid():
            continue  # somebody else made it: code is not loaded from there
        return path
    return None


def compiled_before() -> bool:
    """Whether an earlier run has left compiled kernels of these very sources behind."""
    path = cache_directory()
    return path is not None and (path / "complete").exists()


@functools.cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The machine-code form of a kernel; the kernels it calls are compiled with it."""
    import numba
    from numba.core import config

    names = dict(function.__globals__)
    for name in function.__code__.co_names:
        value = names.get(name)
        if isinstance(value, types.FunctionType) and value in _KERNELS:
            names[name] = compiled(value)
    twin = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
    path = cache_directory()
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = str(path) if path else before
        return numba.njit(nogil=True, cache=path is not None, error_model="numpy", boundscheck=False)(twin)
    except Exception:  # numba found no place for its cache after all
        return numba.njit(nogil=True, error_model="numpy", boundscheck=False)(twin)
    finally:
        config.CACHE_DIR = before


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
        self.compiled = mode == "compiled"
        if mode == "auto" and plain_ns > LOAD_NS:
            saves = f"plain Python will take about {plain_ns // 1_000_000_000 + 1} s"
            if not numba_installed():
                self.note = f"{saves}; pip install 'netanalyze[fast]' (numba) makes it about 1 s"
            elif compiled_before():
                self.compiled = True
            elif plain_ns > COMPILE_NS // 4:
                # compiling once costs more than this run saves, but every later run gains
                self.compiled = True
                self.note = "compiling the kernels, once for this version: some 15 s"

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a kernel; arrays must be contiguous (lists are passed as they are). Returns what it returns."""
        if self.compiled:
            return compiled(function)(*arguments)
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
