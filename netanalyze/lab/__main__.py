"""``python -m netanalyze.lab``: list the scenarios, or record some of them into a folder without judging them.

``netanalyze lab`` does that and says how right the verdicts are.
"""

import argparse
import signal
import sys

from netanalyze.lab.batch import play
from netanalyze.lab.namespaces import sweep
from netanalyze.lab.scenario import list_scenarios, load


def main() -> int:
    """List without a folder; with one, record the named scenarios (all of them without names)."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab", description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios; none is all")
    parser.add_argument("--folder", help="where to keep the recordings")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--seed", type=int, default=1, help="of what chance decides")
    options = parser.parse_args()
    names = options.names or list_scenarios()
    if not options.folder:
        for scenario in map(load, names):
            print(f"{scenario.name:28} {scenario.truth.cause or 'healthy':34} {scenario.title}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving cleans up
    sweep()
    outcomes = play(names, options.folder, options.jobs, options.seed, judge=False)
    for outcome in outcomes:
        if recording := outcome.recording:
            print(f"{recording.scenario.name:28} exit {recording.exit_code!s:5} {recording.wall_s:8.3f} s")
        for line in outcome.trouble:
            print(f"{outcome.scenario.name}: {line}", file=sys.stderr)
    return int(any(outcome.trouble for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
