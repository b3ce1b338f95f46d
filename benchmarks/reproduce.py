"""How often a capture's fault is made again: ``netanalyze reproduce`` and ``lab run``, held against the verdict on the capture.

    sudo python benchmarks/reproduce.py [--jobs 2] [-o DIR] CAPTURE...

A row a capture. Right is the same cause (and so its phase), the same role of the culprit, and seconds within 30 %, or within
the 0.2 s that a run of processes is uncertain by. Captures whose verdict names no cause are not counted.
"""

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from netanalyze.api import analyze
from netanalyze.errors import NetanalyzeError
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.record import run
from netanalyze.lab.reproduction.made import NotReproducible, reproduction
from netanalyze.lab.reproduction.scenario_file import read_scenario, scenario_text
from netanalyze.notebook.reading import FrameReader

NEAR, UNCERTAIN_S = 0.3, 0.2


def told(verdict):
    """A verdict in a few words."""
    role = verdict.culprit.role if verdict.culprit else None
    return f"{verdict.status} {verdict.cause} {role} {verdict.seconds:.2f} s"


def same(before, after):
    """Whether the verdict is the same one."""
    roles = [one.culprit.role if one.culprit else None for one in (before, after)]
    near = abs(before.seconds - after.seconds) <= max(NEAR * before.seconds, UNCERTAIN_S)
    return before.cause == after.cause and roles[0] == roles[1] and near


def again(folder, path):
    """The name of a capture, whether its fault was made again (None: it has none), and both verdicts in words."""
    path = Path(path)
    name = path.parent.name if path.stem == "capture" else path.stem
    try:
        result = analyze([str(path)], kernels="plain")
    except NetanalyzeError as error:
        return name, None, str(error)
    if result.verdict.cause is None:
        return name, None, told(result.verdict)
    try:
        file = folder / f"{name}.toml"
        file.write_text(scenario_text(reproduction(result, FrameReader([str(path)]), name)))
        capture = run(read_scenario(file), folder).capture
        verdict = analyze([str(capture)], kernels="plain").verdict
    except NotReproducible as error:
        return name, False, f"{told(result.verdict)}: {error}"
    except Exception as error:  # one that breaks is one that is not made again
        return name, False, f"{told(result.verdict)}: {type(error).__name__}: {error}"
    return name, same(result.verdict, verdict), f"{told(result.verdict)} -> {told(verdict)}"


def main():
    """Make all of them again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="+", metavar="CAPTURE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", metavar="DIR", help="Keep scenarios and recordings here.")
    asked = parser.parse_args()
    require_laboratory()
    sweep()
    counted = right = 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(asked.jobs) as pool:
        folder = Path(asked.output or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, made, words in pool.map(partial(again, folder), asked.captures):
            counted += made is not None
            right += bool(made)
            print(f"{'-' if made is None else 'right' if made else 'WRONG':6}{name}: {words}", flush=True)
    print(f"\n{right} of {counted} captures with a fault made again")


if __name__ == "__main__":
    main()
