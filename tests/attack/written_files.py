"""Names that lead elsewhere, or are taken, where netanalyze writes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.attack.register import attack

CAPTURE = Path(__file__).resolve().parents[2] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
PRECIOUS = "precious"


def planted_file(path: Path, precious: Path) -> None:
    path.write_text(PRECIOUS)


def planted_link(path: Path, precious: Path) -> None:
    path.symlink_to(precious)


def dangling_link(path: Path, precious: Path) -> None:
    path.symlink_to(precious.with_name("made"))


def second_name(path: Path, precious: Path) -> None:
    path.hardlink_to(precious)


PLANTS = (planted_file, planted_link, dangling_link, second_name)
ANALYZE = ("--html", "--markdown", "--json-to")


def untouched(folder: Path, path: Path, precious: Path) -> bool:
    """Whether everything planted is as it was."""
    there = os.path.lexists(path) and (path.is_symlink() or path.read_text() == PRECIOUS)
    return there and precious.read_text() == PRECIOUS and not (folder / "made").exists()


@attack("an output whose name is taken: a file, a link, a link to nowhere, a second name", long=True)
def taken_names(folder):
    """Each option of analyze, slice and live; nothing is changed, and live does not release its command."""
    commands = {option: ["analyze", "-q", str(CAPTURE), option] for option in ANALYZE}
    commands["slice -o"] = ["slice", "-q", str(CAPTURE), "-o"]
    for option in ("-w", *ANALYZE[::2]):
        commands[f"live {option}"] = ["live", "-i", "lo", option]
    for option, words in commands.items():
        for plant in PLANTS:
            place = folder / f"{option} {plant.__name__}".replace(" ", "-").strip("-")
            place.mkdir()
            precious, out, released = place / "precious", place / "out", place / "released"
            precious.write_text(PRECIOUS)
            plant(out, precious)
            tail = ["--", "touch", str(released)] if words[0] == "live" else []
            argv = [sys.executable, "-m", "netanalyze.cli.main", *words, str(out), *tail]
            done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=place)
            said = "--force" in done.stderr and done.returncode == (125 if words[0] == "live" else 2)
            held = said and untouched(place, out, precious) and not released.exists()
            yield f"{option}: {plant.__name__.replace('_', ' ')}", held


@attack("--summary onto a link, a second name, a folder")
def summaries(folder):
    """A summary is added to a file: to the one that was named, and no other."""
    for plant in (planted_link, dangling_link, second_name):
        place = folder / plant.__name__
        place.mkdir()
        precious, out = place / "precious", place / "out"
        precious.write_text(PRECIOUS)
        plant(out, precious)
        argv = [sys.executable, "-m", "netanalyze.cli.main", "analyze", "-q", str(CAPTURE), "--summary", str(out)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        yield plant.__name__.replace("_", " "), done.returncode == 2 and precious.read_text() == PRECIOUS
