"""How time and memory grow: netanalyze on the shapes of ``shapes.py`` at several times their size, and others at their own.

    python benchmarks/growth.py short dns --times 0.25 0.5 1 2 --beside tshark --plot docs/pictures/performance.svg

Processor seconds of whole processes, their user and system time, which a machine that is busy with other work disturbs less
than wall time; the largest resident set. netanalyze prints its report. growth: how many times as long as in proportion to the
smallest size. A table in Markdown, and a plot: seconds against size, beside the line on which the smallest size lies.
"""

import argparse
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compare import programs
from run import measured
from shapes import SHAPES, make


def spent(argv: list[str]) -> tuple[float, float]:
    """Processor seconds and MB of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, memory = measured(argv)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def grown(shape: str, times: list[float], beside: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Figures of a shape at some sizes; other programs at its own size alone."""
    for size in times:
        path = folder / "shape.pcap"
        make(shape, path, size)
        commands = programs(str(path))
        commands["netanalyze"].remove(
            "--json"
        )  # in which each flow and lookup has a row: what that takes is another matter
        names = ["netanalyze", *(beside if size == 1 else [])]
        figures = {name: spent(commands[name]) for name in names}
        yield {"shape": shape, "times": size, "MB": os.path.getsize(path) / 1e6, **figures}


def head(beside: list[str]) -> str:
    """The head of the table in Markdown."""
    columns = ["shape", "times", "capture MB", "s", "growth", "peak MB", *(f"{name}, times as long" for name in beside)]
    return "| " + " | ".join(columns) + " |\n|---|" + "---:|" * (len(columns) - 1)


def line(row: dict[str, Any], first: float, beside: list[str]) -> str:
    """A line of it; ``first`` is what size one would take if time grew in proportion from the smallest."""
    seconds, memory = row["netanalyze"]
    others = [f"{row[name][0] / seconds:.2f}" if name in row else "" for name in beside]
    cells = [row["shape"], f"{row['times']:g}", f"{row['MB']:.0f}", f"{seconds:.1f}"]
    return "| " + " | ".join([*cells, f"{seconds / first / row['times']:.2f}", f"{memory:.0f}", *others]) + " |"


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Seconds against size, a line for each shape, dashed where it would lie if it grew in proportion."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "netanalyze"
    figure, drawn = pyplot.subplots(figsize=(6.4, 4))
    for shape in dict.fromkeys(row["shape"] for row in rows):
        own = [row for row in rows if row["shape"] == shape]
        sizes, seconds = [row["times"] for row in own], [row["netanalyze"][0] for row in own]
        (curve,) = drawn.plot(sizes, seconds, "o-", label=shape)
        drawn.plot(sizes, [seconds[0] / sizes[0] * size for size in sizes], "--", color=curve.get_color(), alpha=0.5)
    drawn.set_xscale("log", base=2)
    drawn.set_yscale("log", base=2)
    drawn.set_xticks(
        sorted({row["times"] for row in rows}), [f"{one:g}" for one in sorted({row["times"] for row in rows})]
    )
    drawn.set_xlabel("times the shape's own size")
    drawn.set_ylabel("processor seconds")
    drawn.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Make the captures, measure, print the table, draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="+", choices=sorted(SHAPES))
    parser.add_argument(
        "--times", type=float, nargs="+", default=[0.25, 0.5, 1, 2], help="sizes, as multiples of the usual one"
    )
    parser.add_argument("--beside", action="append", default=[], choices=["tshark", "tcptrace"])
    parser.add_argument("--plot", type=Path, help="draw the growth to this file (.svg or .png)")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print(head(options.beside), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for shape in options.shapes:
            first = 0.0
            for row in grown(shape, options.times, options.beside, Path(folder)):
                first = first or row["netanalyze"][0] / row["times"]
                print(line(row, first, options.beside), flush=True)
                rows.append(row)
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
