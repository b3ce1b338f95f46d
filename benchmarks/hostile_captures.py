"""Seconds that captures cost which are small for it: each shape of tests/laws at n, 2n and 4n.

    hostile_captures.py [--size N] [WORD]...    only the shapes whose names have one of these words

What the law of linear work cannot see, C's work within a line, shows here: a column that grows by more than about two. Each
is analysed in a process of its own, kernels plain; seconds are the processor's, memory is the most the process had.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

LAWS = Path(__file__).parents[1] / "tests" / "laws"
SIZE, TIMES = 2000, (1, 2, 4)
ALONE = (
    "import sys; from test_work_is_linear import *; reported(SHAPES[sys.argv[1]](int(sys.argv[2])), Path(sys.argv[3]))"
)


def spent(shape: str, size: int, path: Path) -> tuple[float, int]:
    """Processor seconds and MiB of the analysis of a shape."""
    from costly import SHAPES
    from test_work_is_linear import capture_file

    capture_file(SHAPES[shape](size), path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    away = {**os.environ, "PYTHONPATH": f"{LAWS}{os.pathsep}{LAWS.parents[1]}"}
    process = subprocess.Popen([sys.executable, "-c", ALONE, shape, str(size), str(path)], env=away)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (seconds if process.returncode == 0 else float("nan")), used.ru_maxrss // 1024


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help="only shapes whose name has one of these words")
    parser.add_argument("--size", type=int, default=SIZE, metavar="N", help=f"the smallest of the three sizes ({SIZE})")
    options = parser.parse_args()
    sys.path[:0] = [str(LAWS), str(LAWS.parents[1])]
    from test_work_is_linear import SHAPES

    print(f"{'shape':40} {'MB':>6} {'s':>7} {'s':>7} {'s':>7} {'growth':>6} {'MiB':>6}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.pcap"
        for shape in SHAPES:
            if options.words and not any(word in shape for word in options.words):
                continue
            figures = [spent(shape, times * options.size, path) for times in TIMES]
            seconds = [one for one, _ in figures]
            line = " ".join(f"{one:7.2f}" for one in seconds)
            megabytes = path.stat().st_size / 1e6
            print(f"{shape:40} {megabytes:6.1f} {line} {seconds[-1] / seconds[-2]:6.2f} {figures[-1][1]:6}", flush=True)


if __name__ == "__main__":
    main()
