"""Start fast where Python is told to write no bytecode.

``PYTHONDONTWRITEBYTECODE`` (set in many containers) keeps Python from leaving files beside the sources. For
a checkout it also means that each start compiles all modules anew, 0.4 s. This package's own bytecode
goes to the user's cache then; that of others stays as they were told.
"""

import hashlib
import marshal
import os
import struct
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER
from types import CodeType, ModuleType

from netanalyze.user_cache import CodeCache, code_cache


class _Loader(SourceFileLoader):
    """Reads and keeps a module's bytecode in a cache."""

    cache: CodeCache

    def get_code(self, fullname: str) -> CodeType | None:
        """The module's code: as it was kept, if it was made of the source as it is now, else compiled, and kept."""
        path = self.get_filename(fullname)
        seen = os.stat(path)
        head = MAGIC_NUMBER + struct.pack("<qq", seen.st_mtime_ns, seen.st_size)
        name = f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.pyc"
        kept = self.cache.read(name)
        if kept is not None and kept.startswith(head):
            try:
                code = marshal.loads(kept[len(head) :])
                if isinstance(code, CodeType):
                    return code
            except (EOFError, ValueError, TypeError):
                pass  # damaged: it is made again
        code = self.source_to_code(self.get_data(path), path)
        self.cache.write(name, head + marshal.dumps(code))
        return code


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
    cache = code_cache("bytecode")
    if cache is not None:
        _Loader.cache = cache
        sys.meta_path.insert(0, _Finder())
