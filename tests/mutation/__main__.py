"""How many small faults in the package the fast suites catch, and which they do not.

python -m tests.mutation --count 100 --seed 1 [--folder causes/tls]...
python -m tests.mutation --all --folder diagnosis/rests.py
"""

import argparse
import os
import sys
import tempfile
import time
import tomllib
from pathlib import Path

os.environ["NETANALYZE_KERNELS"] = "plain"  # machine code would be that of the kernels as they are

import pytest

from tests.mutation.sites import ROOT, drawn, files, mutants
from tests.mutation.warm import CAUGHT, LATE, SURVIVED, Warm

SUITES = (
    "tests/rules",
    *(f"tests/unit/{part}" for part in ("rules", "flows", "diagnosis", "conversations", "clients")),
    *(
        f"tests/laws/test_{law}.py"
        for law in ("smooth_flows", "screen", "screens", "dns_columns", "dns_pairs", "transfers")
    ),
)
"""The fast tests of what judges, and the laws that hold its column forms to its objects: two minutes together."""
FOLDERS = ("causes", "tracking", "conversations", "flows", "diagnosis")
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
"""Mutants that do the same as the original, each with who says so and why: no test can catch them."""


def main() -> int:
    """Read the command line, try the mutants, tell of those that survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="how many mutants, drawn from all")
    parser.add_argument("--seed", type=int, default=1, help="which draw")
    parser.add_argument("--folder", action="append", help="a folder or file of the package (default: all that judges)")
    parser.add_argument("--all", action="store_true", help="every mutant there is, in place of a draw")
    parser.add_argument("--limit", type=float, default=60, help="seconds of tests after which a mutant has survived")
    options = parser.parse_args()
    folders = options.folder or FOLDERS
    if options.all:
        chosen = [one for path in files(folders) for site in mutants(path) for one in site]
    else:
        chosen = drawn(folders, options.count, options.seed)
    signed = tomllib.loads(EQUIVALENT.read_text()) if EQUIVALENT.exists() else {}
    start = time.monotonic()
    warm = Warm(chosen, options.limit, lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    os.chdir(ROOT)
    scratch = tempfile.TemporaryDirectory()
    status = pytest.main(
        [
            "-p",
            "no:terminal",
            "-o",
            "addopts=--strict-markers",
            "-o",
            "tmp_path_retention_policy=none",
            "--basetemp",
            f"{scratch.name}/tests",
            *SUITES,
        ],
        plugins=[warm],
    )
    scratch.cleanup()
    if status or len(warm.outcomes) != len(chosen):
        return int(status) or 2
    caught = sum(outcome in (CAUGHT, LATE) for outcome in warm.outcomes)
    for mutant, outcome in zip(chosen, warm.outcomes):
        if outcome == SURVIVED:
            reason = signed.get(mutant.path, {}).get(mutant.line(), "")
            print(f"{mutant.place()}: {mutant.line()}" + (f"   # the same: {reason}" if reason else ""))
    print(f"{caught} of {len(chosen)} caught in {time.monotonic() - start:.0f} s (seed {options.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
