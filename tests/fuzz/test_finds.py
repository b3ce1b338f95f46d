"""What a search broke once stays whole; and the search itself can be begun."""

import subprocess
import sys
from pathlib import Path

import pytest
from seeds import CAPTURES, FINDS, seeds
from targets import TARGETS

FOUND = sorted(path for path in FINDS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_breaks_no_more(path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_seeds_and_nothing_at_all(name):
    TARGETS[name](b"")
    for count, octets in enumerate(seeds(name, [CAPTURES / "tls", CAPTURES / "dns", CAPTURES / "http"])):
        TARGETS[name](octets)
        if count >= 20:
            break


def test_the_command_names_its_targets():
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--list"], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == list(TARGETS)
