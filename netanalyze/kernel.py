"""Kernels: plain functions over integers and arrays that are compiled ahead of time.

``@kernel`` marks a function and leaves it as it is: an ordinary Python function that can be stepped through. ``Engine.run``
calls it compiled, where the package was built with a C compiler (``netanalyze.native``), or as it is, with memoryviews in place
of arrays (their elements are Python integers).

A few kernels cost plain Python most of its time on ordinary input. Each of these has a *column form*
beside it (``in_columns``): NumPy expressions for the rows that are ordinary, the kernel itself for the
rest. The kernel is the rule, its column form a quicker way to the same arrays.

Rules for a kernel: plain arguments, integers and arrays; index arrays element by element; no slices, no array methods; keep
every intermediate value below 2**63; read a column into a local before subtracting. An array called ``buffer`` or ``octets`` is
of octets, ``words`` of 32-bit integers, every other one of 64-bit integers. What is not in this subset does not compile
(``build_tools/translate.py``). Plain and compiled must give the same arrays, octet for octet: tests/laws holds every kernel to
that, and every column form.
"""

import functools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from netanalyze import native

_KERNELS: dict[Callable[..., Any], None] = {}
_COLUMN_FORMS: dict[Callable[..., Any], Callable[..., Any]] = {}


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


@functools.cache
def _library() -> tuple[native.Library | None, str]:
    return native.library(_KERNELS)


class Engine:
    """Runs kernels, compiled or plain. One engine serves a whole analysis.

    Args:
        mode: ``"auto"`` (compiled if that is possible), ``"plain"`` or ``"compiled"``.

    Raises:
        ValueError: another mode, or compiled where that is not possible.

    Attributes:
        compiled: whether it runs machine code.
        why: why it does not; empty where it does.
        note: that, where a person waits who edited the kernels; else empty.
    """

    def __init__(self, mode: str = "auto"):
        mode = os.environ.get("NETANALYZE_KERNELS", mode) if mode == "auto" else mode
        if mode not in ("auto", "plain", "compiled"):
            raise ValueError(f"mode {mode!r} is none of auto, plain, compiled")
        self._library, self.why = (None, "plain Python was asked for") if mode == "plain" else _library()
        self.compiled = self._library is not None
        self.note = self.why if mode == "auto" and native.LIBRARY.exists() else ""
        if mode == "compiled" and not self.compiled:
            raise ValueError(f"kernels cannot run compiled: {self.why}")

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a kernel; arrays must be contiguous (lists are passed as they are). Returns what it returns."""
        entry = self._library.entry(function) if self._library else None
        if entry is not None:
            return entry(*arguments)
        if function in _COLUMN_FORMS:
            return _COLUMN_FORMS[function](*arguments)
        return function(*(memoryview(a) if isinstance(a, np.ndarray) else a for a in arguments))

    def cells(self, count: int) -> Any:
        """``count`` zeros that kernels read and write: ``i8`` when compiled, a list (whose elements plain
        Python reaches four times faster than those of a memoryview) when plain."""
        return np.zeros(count, dtype=np.int64) if self.compiled else [0] * count
