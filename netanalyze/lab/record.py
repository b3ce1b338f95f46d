"""Runs a scenario: builds its network, arms tcpdump on the client, lets the real command go, keeps what came of it.

A recording is ``NAME.pcapng`` (and ``NAME.far.pcapng`` from the servers' side, on request), ``NAME.stderr.txt`` (what the
command printed), ``NAME.stamped.txt`` (the same, each line after its time in epoch seconds), ``NAME.delays.jsonl`` (what the
laboratory held up: ``journal``) and an entry in ``labels.json`` with the true cause, the exit status (null: killed at the time
limit, which is what "hung" looks like) and the wall time in seconds. It is held against what the scenario says it must
show; what it lacks are its ``mistakes``.
"""

import contextlib
import json
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from netanalyze.folders import make_folder
from netanalyze.lab import addresses, journal
from netanalyze.lab.perform import command
from netanalyze.lab.scenario import Command, Scenario, list_scenarios, load
from netanalyze.lab.scores.shown import mistakes
from netanalyze.lab.staged import staged
from netanalyze.lab.tap import SETTLE_S, tapped
from netanalyze.output_files import write_text

FAR = Command()  # the servers' side is captured whole, whatever the client's capture leaves out
_labels = threading.Lock()


@dataclass(frozen=True)
class Recording:
    """One run as it was kept.

    Attributes:
        exit_code: None if the command was killed at its time limit.
        mistakes: what it lacks of what its scenario declares; empty for a recording that can be trusted.
        far: the capture at the servers' side, if it was asked for.
    """

    scenario: Scenario
    capture: Path
    stderr: Path
    exit_code: int | None
    wall_s: float
    mistakes: tuple[str, ...] = ()
    far: Path | None = None
    seed: int = 1

    def printed(self) -> str:
        """What the command printed."""
        return self.stderr.read_text(errors="replace")

    def label(self) -> dict:
        """The entry in ``labels.json``."""
        truth = self.scenario.truth
        return {
            "cause": truth.cause,
            "role": truth.role,
            "host": truth.host and addresses.filled(truth.host),
            "status": truth.status,
            "note": self.scenario.title + (f"; {self.scenario.note}" if self.scenario.note else ""),
            "also_accept": list(truth.also_accept),
            **({"beside": list(truth.beside)} if truth.beside else {}),
            "exit_code": self.exit_code,
            "wall_s": round(self.wall_s, 3),
            "packets_only_accept": list(truth.packets_only_accept),
            **({"seed": self.seed} if self.seed != 1 else {}),
            **({"mistakes": list(self.mistakes)} if self.mistakes else {}),
        }


def run(name: str | Scenario, folder: str | Path, seed: int = 1, far_side: bool = False) -> Recording:
    """Record one scenario into ``folder``; the network is gone when this returns or raises.

    Args:
        seed: other numbers draw other losses, jitters and orders; 1 is as declared.
        far_side: capture at the servers too.
    """
    scenario = load(name) if isinstance(name, str) else name
    if seed != 1 and scenario.wire is not None:
        scenario = replace(scenario, wire=scenario.wire | {"seed": scenario.wire.get("seed", 1) + seed - 1})
    folder = Path(folder)
    make_folder(folder)
    recording = _run(scenario, folder, seed, far_side)
    found = mistakes(scenario, recording.capture, recording.printed(), recording.exit_code, recording.wall_s)
    return replace(recording, mistakes=tuple(found))


def journal_of(capture: Path) -> Path:
    """Where the delays that the laboratory made lie beside a capture."""
    return capture.with_name(f"{capture.stem}.{journal.FILE}")


def write_labels(recordings: list[Recording], folder: str | Path) -> None:
    """Add ``recordings`` to the ``labels.json`` of ``folder``, replacing entries of the same name."""
    path = Path(folder) / "labels.json"
    with _labels:
        labels = json.loads(path.read_text()) if path.exists() else {}
        labels |= {recording.scenario.name: recording.label() for recording in recordings}
        write_text(path, json.dumps(dict(sorted(labels.items())), indent=1) + "\n", force=True)


def read_recordings(folder: str | Path) -> list[Recording]:
    """The recordings that the ``labels.json`` of a folder tells of, where their scenarios still exist, sorted by name.

    Raises:
        OSError: there is no ``labels.json``.
    """
    folder = Path(folder)
    labels = json.loads((folder / "labels.json").read_text())
    found = []
    for name in sorted(set(labels) & set(list_scenarios())):
        label, capture, stderr = labels[name], folder / f"{name}.pcapng", folder / f"{name}.stderr.txt"
        if capture.is_file() and stderr.is_file():
            lacking = tuple(label.get("mistakes", ()))
            scenario, seed = load(name), label.get("seed", 1)
            found.append(Recording(scenario, capture, stderr, label["exit_code"], label["wall_s"], lacking, seed=seed))
    return found


def _run(scenario: Scenario, folder: Path, seed: int, far_side: bool) -> Recording:
    capture, stderr = folder / f"{scenario.name}.pcapng", folder / f"{scenario.name}.stderr.txt"
    far = folder / f"{scenario.name}.far.pcapng" if far_side else None
    if scenario.conversations:
        from netanalyze.lab.reproduction.play import played

        return Recording(scenario, capture, stderr, *played(scenario, capture, stderr, seed), seed=seed)
    with staged(scenario) as ready, contextlib.ExitStack() as ends:
        network = ready.network
        if far is not None:
            ends.enter_context(tapped(network, network.servers, far, FAR))
        with tapped(network, network.client, capture, scenario.command, seed):
            code, wall = command(network, scenario, ready.environment, ready.project, stderr)
            time.sleep(SETTLE_S)
        delays = ready.folder / journal.FILE
        write_text(journal_of(capture), delays.read_text() if delays.exists() else "", force=True)
    return Recording(scenario, capture, stderr, code, wall, far=far, seed=seed)
