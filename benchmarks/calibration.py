#!/usr/bin/env python3
"""How often verdicts are right, by how sure they are.

    calibration.py captures     what is under it: hit.pcapng beside expect.toml, capture.pcap beside truth.toml
    calibration.py FOLDER       FOLDER/expected.json: a list of {file, accept_status, accept_cause}
    calibration.py FOLDER       FOLDER/labels.json: {name: {cause, also_accept, packets_only_accept}}

Well calibrated is who is right in about as many of the verdicts of a row as their mean confidence says. Surer than right is
loud; less sure than right is only modest.
"""

import json
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

from netanalyze.api import analyze

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
"""Rows of the table: confidence from one to the next."""


def expectations(folder: Path):
    """(capture, statuses that are right or None for any, causes that are right) of a folder."""
    if (folder / "expected.json").exists():
        for row in json.loads((folder / "expected.json").read_text()):
            yield folder / row["file"], set(row["accept_status"]), set(row["accept_cause"])
    elif (folder / "labels.json").exists():
        for name, label in json.loads((folder / "labels.json").read_text()).items():
            path = next(iter(sorted(folder.glob(f"{name}.pcap*"))), None)
            if path is not None:
                yield path, None, _causes(label)
    for file in sorted(folder.rglob("truth.toml")):
        yield file.parent / "capture.pcap", None, _causes(tomllib.loads(file.read_text()))
    for file in sorted(folder.rglob("expect.toml")):
        expected = tomllib.loads(file.read_text())["hit"]
        told = expected.get("status")
        statuses = None if told is None else {told} if isinstance(told, str) else set(told)
        yield file.parent / "hit.pcapng", statuses, {expected["cause"]}


def _causes(label):
    found = {label.get("cause"), *label["also_accept"], *label["packets_only_accept"]}
    return {None if cause == "null" else cause for cause in found}


def main(folders: list[str]) -> int:
    """Print the table, one row a range of confidence, healthy verdicts and others apart."""
    rows: dict[tuple[bool, int], list[tuple[float, bool]]] = defaultdict(list)
    for folder in map(Path, folders):
        for path, statuses, causes in expectations(folder):
            verdict = analyze([path]).verdict
            right = verdict.cause in causes and (statuses is None or verdict.status in statuses)
            row = max(at for at, edge in enumerate(EDGES) if verdict.confidence >= edge)
            rows[verdict.status == "healthy", row].append((verdict.confidence, right))
    print(f"{'verdicts':10} {'confidence':>12} {'number':>7} {'mean':>6} {'right':>6}")
    for healthy, row in sorted(rows, reverse=True):
        ones = rows[healthy, row]
        mean, right = sum(sure for sure, _ in ones) / len(ones), sum(good for _, good in ones) / len(ones)
        name = "healthy" if healthy else "others"
        print(f"{name:10} {EDGES[row]:5.2f} - {min(EDGES[row + 1], 1):4.2f} {len(ones):7} {mean:6.2f} {right:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
