"""Other users, and folders that are theirs alone, for tests of what root and an ordinary user may trust."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
ORDINARY, OTHER = 54_321, 54_322
"""Two user numbers that nobody has."""
PLACES = ("/run", "/var/lib", "/opt")


CAN_CHANGE = IS_ROOT and shutil.which("setpriv") is not None
WHY_NOT = "needs root and setpriv: it is about files of different users"


def as_user(uid: int) -> list[str]:
    """What runs a program as a user who may read everything (the interpreter may lie in root's home), and write as any user.

    Without root: nothing, and the user is ourselves.
    """
    if not CAN_CHANGE or uid == 0:
        return []
    right = "-all,+dac_read_search"
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", f"--inh-caps={right}",
            f"--ambient-caps={right}"]  # fmt: skip


@contextlib.contextmanager
def own_folder(uid: int = ORDINARY) -> Iterator[Path]:
    """A folder of a user's (without root: ours), where every folder on the way is root's or theirs, and nobody else's."""
    from netanalyze.folders import OTHERS

    places = [Path(place) for place in PLACES] if IS_ROOT else [Path.home()]
    chosen = next((p for p in places if p.is_dir() and not p.is_symlink() and not p.stat().st_mode & OTHERS), None)
    if chosen is None:
        raise RuntimeError(f"none of {', '.join(map(str, places))} is a folder that only root or we can write to")
    folder = Path(tempfile.mkdtemp(prefix="netanalyze-test-", dir=chosen))
    try:
        folder.chmod(0o755)
        if IS_ROOT:
            os.chown(folder, uid, uid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
