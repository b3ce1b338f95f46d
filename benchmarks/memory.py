"""What an analysis takes of the memory it was given: the largest resident set beside the bound, on the shapes of ``shapes.py``.

    python benchmarks/memory.py [SHAPE]... [--memory 100 250 500 1000] [--times 1]

Each in a process of its own, which prints its report, and again with the whole JSON; MB. Ends with 1 where one took more than
its bound.
"""

import argparse
import tempfile
from pathlib import Path

from compare import programs
from run import measured
from shapes import SHAPES, make


def main() -> int:
    """Make the captures, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", default=sorted(SHAPES))
    parser.add_argument("--memory", type=int, nargs="+", default=[100, 250, 500, 1000])
    parser.add_argument("--times", type=float, default=1, help="how many times the shapes' usual size")
    options = parser.parse_args()
    print("| shape | bound MB | report MB | JSON MB |\n|---|---:|---:|---:|", flush=True)
    beyond = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.pcap"
        for shape in options.shapes:
            make(shape, path, options.times)
            argv = [word for word in programs(str(path))["netanalyze"] if word != "--json"]
            for bound in [0, *options.memory]:
                given = ["--memory", str(bound)] if bound else []
                report, whole = (measured([*argv, *given, *form])[1] for form in ([], ["--json"]))
                beyond |= bool(bound) and max(report, whole) > bound
                print(f"| {shape} | {bound or 'none'} | {report:.0f} | {whole:.0f} |", flush=True)
    return int(beyond)


if __name__ == "__main__":
    raise SystemExit(main())
