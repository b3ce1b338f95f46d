"""Modules that exist only in the laboratory, as a module proxy serves them (go.dev/ref/mod, "GOPROXY protocol").

``example.com/lib01`` … have a few kilobytes each, ``example.com/big`` 20 MB; all at v1.0.0. Content is pseudo-random
from the module's name, so it does not compress and is the same in every run.
"""

import functools
import io
import json
import random
import zipfile

VERSION = "v1.0.0"
LIBRARIES = tuple(f"example.com/lib{number:02d}" for number in range(1, 41))
BIG = "example.com/big"
BIG_OCTETS = 20_000_000
MIDDLE = "example.com/middle"
MIDDLE_OCTETS = 2_000_000


def size(module: str) -> int:
    """Octets of a module's payload file: 3 to 40 kB for a library."""
    if module == BIG:
        return BIG_OCTETS
    if module == MIDDLE:
        return MIDDLE_OCTETS
    return random.Random(module).randrange(3_000, 40_000)


@functools.lru_cache(maxsize=64)
def archive(module: str) -> bytes:
    """The module's zip: go.mod, one Go file and the payload, all under ``module@version/``."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archived:
        root = f"{module}@{VERSION}/"
        for name, content in (
            ("go.mod", go_mod(module).encode()),
            ("doc.go", f"package {module.rpartition('/')[2]}\n".encode()),
            ("payload.bin", random.Random(module).randbytes(size(module))),
        ):
            archived.writestr(zipfile.ZipInfo(root + name, (2024, 1, 1, 0, 0, 0)), content)
    return memory.getvalue()


def go_mod(module: str) -> str:
    """The module's own go.mod: it requires nothing."""
    return f"module {module}\n\ngo 1.21\n"


def requirements(libraries: int, big: bool, middle: bool = False, others: tuple[str, ...] = ()) -> str:
    """The client's go.mod: the first ``libraries`` small modules, perhaps the large ones, and ``others`` verbatim."""
    wanted = [f"{module} {VERSION}" for module in LIBRARIES[:libraries]]
    wanted += [f"{BIG} {VERSION}"] if big else []
    wanted += [f"{MIDDLE} {VERSION}"] if middle else []
    lines = "".join(f"\t{line}\n" for line in (*wanted, *others))
    return f"module example.org/client\n\ngo 1.21\n\nrequire (\n{lines})\n"


def served(path: str) -> tuple[int, str, bytes]:
    """Status, content type and body for the path of a GET; 404 for what does not exist, sumdb included."""
    module, at, file = path.removeprefix("/").partition("/@v/")
    if not at or (module not in LIBRARIES and module not in (BIG, MIDDLE)):
        return 404, "text/plain", b"not found: no such module in this laboratory\n"
    if file == "list":
        return 200, "text/plain", f"{VERSION}\n".encode()
    if file == f"{VERSION}.info":
        return 200, "application/json", json.dumps({"Version": VERSION, "Time": "2024-01-01T00:00:00Z"}).encode()
    if file == f"{VERSION}.mod":
        return 200, "text/plain", go_mod(module).encode()
    if file == f"{VERSION}.zip":
        return 200, "application/zip", archive(module)
    return 404, "text/plain", b"not found: no such version in this laboratory\n"
