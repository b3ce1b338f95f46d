"""Holds netanalyze against tshark and tcptrace on the shapes of ``shapes.py``: wall time, ratios, peak memory, growth.

    python benchmarks/compare.py                          every shape at its own size, five rounds
    python benchmarks/compare.py short --rounds 3 --times 1 2 4 8
    python benchmarks/compare.py many --only netanalyze

Whole processes, output to a file that is thrown away; the programs take turns, medians count. A line for each size: seconds
and MB of each program, how many times as long as netanalyze the others take, and netanalyze's seconds for each size one.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from run import FIELDS, NETANALYZE, measured, prepare
from shapes import SHAPES, make

DNS_FIELDS = ["-e", "dns.qry.name", "-e", "dns.flags.rcode", "-e", "dns.time"]


def programs(capture: str) -> dict[str, list[str]]:
    """What is run, by name: the work of each on one capture."""
    return {
        "netanalyze": [*NETANALYZE, capture],
        "tshark": ["tshark", "-r", capture, *FIELDS, *DNS_FIELDS],
        "tcptrace": ["tcptrace", "-n", capture],
    }


def compared(capture: str, rounds: int, only: list[str]) -> dict[str, tuple[float, float]]:
    """Median seconds and most MB of each program, which take turns."""
    prepare(capture)
    taken: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, argv in programs(capture).items():
            if not only or name in only:
                taken.setdefault(name, []).append(measured(argv))
    return {name: (statistics.median(s for s, _ in ones), max(m for _, m in ones)) for name, ones in taken.items()}


def main() -> None:
    """Make the captures, measure, print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", choices=[[], *sorted(SHAPES)], help="which; all where none is named")
    parser.add_argument("--times", type=float, nargs="+", default=[1], help="sizes, as multiples of the usual one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", default=[], choices=["netanalyze", "tshark", "tcptrace"])
    options = parser.parse_args()
    names = options.only or ["netanalyze", "tshark", "tcptrace"]
    print("| shape | times | " + " | ".join(f"{name} s | MB | ratio" for name in names) + " | growth |")
    print("|---|---:|" + "---:|" * (3 * len(names) + 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.pcap"
        for shape in options.shapes or sorted(SHAPES):
            first = 0.0
            for times in options.times:
                make(shape, path, times)
                found = compared(str(path), options.rounds, options.only)
                own = found[names[0]][0]
                first = first or own / times
                cells = " | ".join(f"{s:.2f} | {mb:.0f} | {s / own:.2f}" for s, mb in found.values())
                print(f"| {shape} | {times:g} | {cells} | {own / first / times:.2f} |", flush=True)


if __name__ == "__main__":
    main()
