"""Where code is kept that was made once: bytecode. What is there can be deleted at any time.

Code is loaded only from a folder that nobody but its owner or root could have written (netanalyze.folders), and from a file
in it that is regular, of the same owner, without a second name, and that nobody else may write to. Else there is no cache:
a start takes longer, and nothing else changes. As root the environment is not asked: the place is in the home of the
password database, so that no ``sudo -E`` and no HOME of another user leads anywhere.
"""

import os

from netanalyze.folders import Folder, open_guarded_folder
from netanalyze.output_files import write_in_folder


class CodeCache:
    """A guarded folder that is held open, and what is kept in it by name."""

    def __init__(self, folder: Folder):
        self._folder = folder

    @property
    def path(self) -> str:
        """Where it is."""
        return self._folder.path

    def read(self, name: str) -> bytes | None:
        """What is kept under a name; None where there is nothing, or not surely ours. Never raises."""
        return self._folder.read_own(name)

    def write(self, name: str, octets: bytes) -> None:
        """Keep something; another process never sees half of it. Where it cannot be written, it is not."""
        try:
            write_in_folder(self._folder, name, octets)
        except OSError:
            pass


def code_cache(name: str) -> CodeCache | None:
    """This user's cache of one kind of code; None where no folder is safe to load code from. Never raises.

    For a user other than root ``NETANALYZE_CACHE`` names another place; ``XDG_CACHE_HOME`` is honoured.
    """
    place = _place()
    folder = open_guarded_folder(os.path.join(place, "netanalyze", name)) if place else None
    return CodeCache(folder) if folder else None


def _place() -> str:
    """The folder of caches; empty where it is not known."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        import pwd

        try:
            return os.path.join(pwd.getpwuid(0).pw_dir, ".cache")
        except KeyError:
            return ""
    named = os.environ.get("NETANALYZE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return named or os.path.join(os.path.expanduser("~"), ".cache")
