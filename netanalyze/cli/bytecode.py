"""Start fast where Python is told to write no bytecode.

``PYTHONDONTWRITEBYTECODE`` (set in many containers) keeps Python from leaving files beside the sources. For
a checkout it also means that each start compiles all modules anew, 0.4 s. This package's own bytecode
goes to the user's cache then; that of others stays as they were told.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from netanalyze.user_cache import user_cache


class _Loader(SourceFileLoader):
    """Reads and writes a module's bytecode below another directory than its own."""

    prefix = ""

    def get_code(self, fullname: str) -> CodeType | None:
        before = sys.pycache_prefix, sys.dont_write_bytecode
        sys.pycache_prefix, sys.dont_write_bytecode = self.prefix, False
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix, sys.dont_write_bytecode = before


class _Finder(MetaPathFinder):
    """Finds this package's modules where they are, and gives those without bytecode the loader above."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("netanalyze."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader) and not (spec.cached and os.path.exists(spec.cached)):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def keep_bytecode() -> None:
    """From here on, load this package's modules from bytecode in the user's cache where they have none of their own."""
    if not sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return
    directory = user_cache("bytecode")
    if directory is not None:
        _Loader.prefix = str(directory)
        sys.meta_path.insert(0, _Finder())
