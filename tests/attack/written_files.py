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
OUT, IN_A_FOLDER = "OUT", "FOLDER/"
COMMANDS = {
    **{
        f"analyze {option}": ["analyze", "-q", str(CAPTURE), option, OUT]
        for option in ("--html", "--markdown", "--json-to", "--junit")
    },
    **{name: [name, "-q", str(CAPTURE), "-o", OUT] for name in ("slice", "annotate", "anonymise")},
    "plot": ["plot", "-q", str(CAPTURE), "ledger", "-o", f"{OUT}.svg"],
    **{f"export {form}": ["export", "-q", str(CAPTURE), form, "-o", OUT] for form in ("har", "trace")},
    "export zeek": ["export", "-q", str(CAPTURE), "zeek", "-o", f"{IN_A_FOLDER}conn.log"],
    "export csv": ["export", "-q", str(CAPTURE), "csv", "-o", f"{IN_A_FOLDER}flows.csv"],
    "export parquet": ["export", "-q", str(CAPTURE), "parquet", "-o", f"{IN_A_FOLDER}flows.parquet"],
    "settle --json-to": ["settle", "127.0.0.1:9", "--json-to", OUT],
    **{f"summary {option}": ["summary", "nothing-is-read", option, OUT] for option in ("--html", "--markdown")},
    **{f"last {option}": ["last", option, OUT] for option in ("--html", "--markdown", "--json-to")},
    "check --junit": ["check", str(CAPTURE), "--policy", str(CAPTURE.with_name("truth.toml")), "--junit", OUT],
    "check -o": ["check", "--learn", str(CAPTURE), "-o", OUT],
    "watch -w": ["watch", str(os.getpid()), "-w", OUT],
    **{f"live {option}": ["live", "-i", "lo", option, OUT] for option in ("-w", "--html", "--json-to", "--junit")},
}
"""Each option of each command that names a file."""


def untouched(folder: Path, path: Path, precious: Path) -> bool:
    """Whether everything planted is as it was."""
    there = os.path.lexists(path) and (path.is_symlink() or path.read_text() == PRECIOUS)
    return there and precious.read_text() == PRECIOUS and not (folder / "made").exists()


@attack("an output whose name is taken: a file, a link, a link to nowhere, a second name", long=True)
def taken_names(folder):
    """Nothing is changed, and live does not release its command."""
    for option, words in COMMANDS.items():
        for plant in PLANTS:
            place = folder / f"{option} {plant.__name__}".replace(" ", "-")
            place.mkdir()
            named = next(word for word in words if word.startswith((OUT, IN_A_FOLDER)))
            written, precious, released = named.removeprefix(IN_A_FOLDER), place / "precious", place / "released"
            precious.write_text(PRECIOUS)
            plant(place / written, precious)
            given = [str(place if named != written else place / written) if word == named else word for word in words]
            tail = ["--", "touch", str(released)] if words[0] == "live" else []
            argv = [sys.executable, "-m", "netanalyze.cli.main", *given, *tail]
            done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=place)
            said = "--force" in done.stderr and done.returncode == (125 if words[0] == "live" else 2)
            held = said and untouched(place, place / written, precious) and not released.exists()
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
