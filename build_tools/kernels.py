"""The library of compiled kernels, ``netanalyze/_kernels.so``: made of the kernels' own sources by a C compiler.

    python -m build_tools.kernels                 # make it
    python -m build_tools.kernels --source FILE   # only the C file, to read
    python -m build_tools.kernels --sanitize --output /tmp/_kernels.so   # with AddressSanitizer and UBSan

The library calls nothing of Python's, nor of C's own library: one file serves every Python there is. In it stand the names and
arguments of the kernels, and a hash of the sources it was made of (``netanalyze.native``).
"""

import argparse
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from netanalyze.native import LIBRARY, PACKAGE, fingerprint

from .translate import NotInTheSubset, Translation

MARKED = re.compile(rb"^@kernel$", re.MULTILINE)
FLAGS = ("-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Werror")
OPTIMIZED = ("-O2", "-fwrapv", "-g0", "-s", *(["-nostdlib"] if sys.platform == "linux" else []))
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer")
"""Without ``-fwrapv``: a kernel keeps every value below 2**63, and what exceeds it is told."""


class CannotBuild(Exception):
    """There is no compiler, or it refused."""


def compiler() -> str:
    """The C compiler: ``CC``, else the first of the usual names.

    Raises:
        CannotBuild: there is none.
    """
    for name in [os.environ["CC"]] if os.environ.get("CC") else ["cc", "gcc", "clang"]:
        if found := shutil.which(name):
            return found
    raise CannotBuild("no C compiler (gcc or clang) was found")


def sources() -> list[str]:
    """What the library is made of: the modules with kernels and all they import, as paths in the package."""
    names = [p.relative_to(PACKAGE.parent) for p in sorted(PACKAGE.rglob("*.py")) if MARKED.search(p.read_bytes())]
    for name in names:
        importlib.import_module(".".join(name.with_suffix("").parts))
    files = {getattr(m, "__file__", None) for n, m in list(sys.modules.items()) if n.split(".")[0] == PACKAGE.name}
    return sorted(Path(f).relative_to(PACKAGE).as_posix() for f in files if f)


def translated(checked: bool = False) -> str:
    """All kernels as one C file; ``checked``: with every index held against the length of its array.

    Raises:
        NotInTheSubset: a kernel does what has no translation.
    """
    files = sources()
    marked = [name for name in files if MARKED.search((PACKAGE / name).read_bytes())]
    modules = [importlib.import_module(f"{PACKAGE.name}.{name[:-3].replace('/', '.')}") for name in marked]
    return Translation(modules, PACKAGE.name, checked).source(["netanalyze kernels", fingerprint(files), *files, ""])


def build(output: Path = LIBRARY, sanitize: bool = False) -> Path:
    """Make the library; another process never sees half of it.

    Raises:
        NotInTheSubset: a kernel does what has no translation.
        CannotBuild: there is no compiler, it refused, or the folder cannot be written to.
    """
    command = compiler()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernels.c")
        source.write_text(translated(checked=sanitize), encoding="ascii")
        made = Path(folder, LIBRARY.name)
        argv = [command, *FLAGS, *(SANITIZED if sanitize else OPTIMIZED), "-o", str(made), str(source)]
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise CannotBuild(f"{command} refused the kernels: {done.stderr.strip()[:2000]}")
        part = output.with_name(f"{output.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(made, part)
            part.replace(output)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CannotBuild(f"{output}: {error.strerror}") from error
    return output


def main() -> None:
    """Make the library, or its source, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="write the C file there, and compile nothing")
    parser.add_argument("--output", type=Path, default=LIBRARY)
    parser.add_argument("--sanitize", action="store_true", help="with AddressSanitizer and UBSan")
    options = parser.parse_args()
    try:
        if options.source:
            options.source.write_text(translated(), encoding="ascii")
        else:
            print(build(options.output, options.sanitize))
    except (CannotBuild, NotInTheSubset) as error:
        sys.exit(f"build_tools.kernels: {error}")


if __name__ == "__main__":
    main()
