"""The last runs of ``netanalyze live``, kept in their user's state directory: bounded in number and octets, the oldest go first.

A run without ``-w`` leaves nothing in the folder it was called in. What it recorded is ``NAME.pcapng`` here, and what a list
says of it is ``NAME.json`` beside it. They are kept only in a folder that nobody but we or root could have written
(``netanalyze.folders.open_guarded_folder``); else a run keeps nothing. As root the environment is not asked: the place is in
the home of the password database. All of it can be deleted at any time.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from netanalyze.folders import OTHERS, Folder, open_guarded_folder
from netanalyze.output_files import write_in_folder
from netanalyze.owners import trusted_users

MOST_RUNS = 20
MOST_OCTETS = 1_000_000_000
"""Of all runs together."""
MOST_OF_ONE = 250_000_000
"""Of one run, so that those before it stay; frames beyond are analysed and not kept."""
RECORDING, SUMMARY = ".pcapng", ".json"
SUMMARY_MOST = 16 * 1024


@dataclass(frozen=True)
class KeptRun:
    """One run.

    Attributes:
        name: of its files, without their ending.
        path: of the recording.
        octets: it has.
        ended_ns: when it was written last, ns since the epoch.
        summary: what ``KeptRuns.summarize`` was given; empty of a run that was killed.
    """

    name: str
    path: str
    octets: int
    ended_ns: int
    summary: Mapping[str, Any]

    def text(self, member: str) -> str:
        """A text of the summary; empty where there is none."""
        value = self.summary.get(member)
        return value if isinstance(value, str) else ""

    @property
    def wall_ns(self) -> int | None:
        """How long the command took, ns; None where that is not known."""
        value = self.summary.get("wall_ns")
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


class KeptRuns:
    """The folder of kept runs, held open. A context manager."""

    def __init__(self, folder: Folder):
        self._folder, self.path = folder, folder.path

    def runs(self) -> list[KeptRun]:
        """All of them, the newest first. Links, files of others and files with a second name are none."""
        return [
            KeptRun(
                stem, os.path.join(self.path, stem + RECORDING), seen.st_size, seen.st_mtime_ns, self._summary(stem)
            )
            for stem, seen in self._recordings()
        ]

    def _recordings(self) -> list[tuple[str, os.stat_result]]:
        """Name without ending, and status, of each; the newest first."""
        seen = ((name, self._folder.status(name)) for name in self._folder.names() if name.endswith(RECORDING))
        kept = ((name.removesuffix(RECORDING), one) for name, one in seen if one is not None and _is_kept(one))
        return sorted(kept, key=lambda one: (-one[1].st_mtime_ns, one[0]))

    def _summary(self, name: str) -> Mapping[str, Any]:
        text = self._folder.read_own(name + SUMMARY)
        try:
            read = json.loads(text.decode()) if text is not None and len(text) <= SUMMARY_MOST else {}
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}

    def summarize(self, path: str, summary: Mapping[str, Any]) -> None:
        """What a list says of the run that was recorded in ``path``; where it cannot be written, it says less."""
        text = json.dumps(dict(summary), separators=(",", ":"))
        try:
            if len(text) <= SUMMARY_MOST:
                name = os.path.basename(path).removesuffix(RECORDING)
                write_in_folder(self._folder, name + SUMMARY, text.encode())
        except OSError:
            pass

    def make_room(self, runs: int = 0, octets: int = 0) -> None:
        """Remove the oldest runs until so many more, of so many octets together, find room; and summaries of no run."""
        left = MOST_OCTETS - octets
        kept = set()
        for number, (name, seen) in enumerate(self._recordings()):
            left -= seen.st_size
            if number < MOST_RUNS - runs and left >= 0:
                kept.add(name)
            else:
                self._remove(name + RECORDING)
        for name in self._folder.names():
            if name.endswith(SUMMARY) and name.removesuffix(SUMMARY) not in kept:
                self._remove(name)

    def _remove(self, name: str) -> None:
        try:
            self._folder.remove(name)
        except OSError:
            pass  # it counts again the next time

    def close(self) -> None:
        """Let go of the folder."""
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_kept_runs(make: bool = False) -> KeptRuns | None:
    """This user's kept runs; None where there are none, or where no folder is safe to keep them in. Never raises.

    Args:
        make: make the folder where it is missing.
    """
    place = place_of_kept_runs()
    folder = open_guarded_folder(place, make) if place else None
    return KeptRuns(folder) if folder else None


def place_of_kept_runs() -> str:
    """The folder they are kept in: ``$XDG_STATE_HOME/netanalyze``, by default below ``~/.local/state``; empty: not known."""
    home = os.path.expanduser("~")
    named = os.environ.get("XDG_STATE_HOME", "")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        import pwd

        named = ""
        try:
            home = pwd.getpwuid(0).pw_dir
        except KeyError:
            return ""
    if not named.startswith("/"):  # a relative one is to be ignored (XDG Base Directory Specification)
        named = os.path.join(home, ".local", "state")
    return os.path.join(named, "netanalyze") if named.startswith("/") else ""


def _is_kept(status: os.stat_result) -> bool:
    """Whether a file is a regular one of ours, or of the person behind sudo, with one name, and not open to others' writing."""
    ours = stat.S_ISREG(status.st_mode) and status.st_uid in trusted_users()
    return ours and status.st_nlink == 1 and not status.st_mode & OTHERS
