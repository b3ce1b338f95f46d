"""A sweep: one fault after the other, from hardly felt to unbearable, each run beside its twin without the fault.

A run of a sweep is named FAULT-LEVEL-CLIENT. It is right if its fault is named where it cost ``COST_S`` and half of what the twin
took, and if nothing is named where it cost next to nothing; in between either is right. What the verdict says that the run had
taken without its cause is held against what packets show of the twin: neither knows how long the client took to start.

``DIR/sweep.json`` holds what is known of each run, so that a sweep that was broken off goes on where it stopped.
"""

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from netanalyze.folders import make_folder
from netanalyze.lab.record import Recording, run
from netanalyze.lab.scenario import Command, Links, Scenario, Truth
from netanalyze.output_files import write_text

FILE = "sweep.json"
COST_S, PART = 2.0, 0.5
"""What must be named: as netanalyze.causes.pacing."""
LITTLE_S, LITTLE = 0.5, 0.2
"""What must not: less than both, seconds and part of the twin's time."""
NEAR = 0.25
"""How far ``without_it`` may be from the time that packets show of the twin."""
TWINS = 3
"""So often a twin is run, and the middle one counts: what the machine was busy with beside it is no part of the run."""
DELAY_S, SNAPLEN, LIMIT_S, HUNG_S = 0.02, 120, 120.0, 25.0
CONGESTION = "reno"
URL = "https://proxy.golang.org/example.com/middle/@v/v1.0.0.zip"
FETCH = "fetch('{url}').then(r=>r.arrayBuffer()).then(b=>console.log(b.byteLength))"
CLIENTS: dict[str, tuple[str, ...]] = {
    "go": Command().argv,
    "curl": ("curl", "-sS", "-o", "file", URL),
    "wget": ("sh", "-c", f'exec wget -q --ca-certificate="$SSL_CERT_FILE" -O file {URL}'),
    "git": ("git", "clone", "-q", "https://github.com/example/tool", "tool"),
    "pip": ("pip", "download", "-q", "laboratory"),
    "node": ("node", "-e", FETCH.format(url=URL)),
    "python": ("python3", "-c", f"import urllib.request as u; print(len(u.urlopen('{URL}').read()))"),
}
"""Commands that fetch a few hundred kilobytes to two megabytes, by the name of the client."""


@dataclass(frozen=True)
class SweepFault:
    """A fault in eight intensities; ``made`` gives what a scenario has of one, ``causes`` are the names that are right."""

    causes: tuple[str | None, ...]
    levels: tuple[float, ...]
    made: Callable[[float], dict[str, Any]]


def _wire(**members: Any) -> dict[str, Any]:
    return {"wire": {"delay": DELAY_S} | members}


def _pause(seconds: float) -> dict[str, Any]:
    conduct = {"path": "*", "pause_after": 100_000, "pause": seconds}
    hosts = ("proxy.golang.org", "files.pythonhosted.org")
    return _wire() | {"sites": {host: {"conducts": [conduct]} for host in hosts}}


def _mtu(octets: float) -> dict[str, Any]:
    return _wire() | {"network": Links(mtu_down=int(octets), icmp=False, congestion=CONGESTION)}


FAULTS: dict[str, SweepFault] = {
    "loss": SweepFault(("tcp/loss",), (0.25, 0.5, 1, 2, 3, 4, 6, 9), lambda p: _wire(loss_down=p / 100)),
    "delay": SweepFault((None, "tcp/high-latency"), (5, 10, 20, 40, 80, 120, 200, 300), lambda ms: {"wire": {"delay": ms / 1e3}}),
    "rate": SweepFault(
        ("tcp/throttled",), (2000, 1000, 700, 400, 200, 100, 50, 25), lambda kb: _wire(rate=int(kb * 1000), queue=60_000)
    ),
    "queue": SweepFault(
        ("tcp/throttled", "tcp/loss"), (256, 128, 64, 32, 16, 8, 6, 4),
        lambda kb: _wire(rate=300_000, queue=int(kb * 1000)),
    ),
    "reorder": SweepFault(
        ("tcp/reordering", "tcp/loss"), (0.5, 1, 2, 5, 10, 15, 20, 30),
        lambda p: _wire(reorder=p / 100, reorder_delay=0.03),
    ),
    "duplicate": SweepFault(("tcp/reordering",), (1, 2, 5, 10, 20, 30, 40, 50), lambda p: _wire(duplicate=p / 100)),
    "pause": SweepFault(("http/body-stalled", "http/body-slow"), (0.2, 0.5, 1, 2, 3, 4, 5, 8), _pause),
    "outage": SweepFault(
        ("tcp/outage", "tcp/loss"), (0.2, 0.5, 1, 2, 3, 5, 8, 12), lambda s: _wire(outage_after=100_000, outage=s)
    ),
    "mtu": SweepFault(("tcp/mtu-black-hole",), (1499, 1492, 1480, 1450, 1420, 1400, 1350, 1280), _mtu),
}  # fmt: skip
NOTHING = "twin"


@dataclass(frozen=True)
class Run:
    """One run of a sweep and what was said of it; ``wall_s`` is how long it took, ``shown_s`` how long of that packets show,
    ``base_s`` and ``base_shown_s`` are its twin's."""

    fault: str
    level: float
    client: str
    wall_s: float = 0.0
    exit_code: int | None = None
    cause: str | None = None
    status: str = ""
    confidence: float = 0.0
    without_it: float | None = None
    base_s: float = 0.0
    shown_s: float = 0.0
    base_shown_s: float = 0.0

    @property
    def name(self) -> str:
        """FAULT-LEVEL-CLIENT."""
        return f"{self.fault}-{self.level:g}-{self.client}"

    @property
    def twin(self) -> "Run":
        """The same run without its fault; a delay is none: a longer way is slow and healthy."""
        return Run(NOTHING, self.level if self.fault == "delay" else DELAY_S * 1e3, self.client)

    @property
    def right(self) -> bool:
        """Whether the verdict is right by what the fault cost."""
        if self.fault in (NOTHING, "delay"):
            return self.cause in FAULTS["delay"].causes
        if self.exit_code != 0:
            return self.cause in FAULTS[self.fault].causes
        more, named = self.wall_s - self.base_s, self.cause in FAULTS[self.fault].causes
        if more >= COST_S and more >= PART * self.base_s:
            return named
        little = more < LITTLE_S and more < LITTLE * self.base_s
        return self.cause is None or (named and not little)

    @property
    def off(self) -> float | None:
        """How far ``without_it`` is from what the twin shows, as a part of that; None where the verdict has no figure."""
        if self.without_it is None or self.cause not in FAULTS.get(self.fault, FAULTS["delay"]).causes:
            return None
        if not self.base_shown_s:
            return None  # of a sweep that was begun before that was kept
        return self.without_it / self.base_shown_s - 1


def planned(clients: Iterable[str], faults: Iterable[str], everything: bool) -> list[Run]:
    """The runs of a sweep: all, or of each fault every second intensity, by one client after the other."""
    clients = tuple(clients)
    if everything:
        return [Run(f, level, c) for f, c in product(faults, clients) for level in FAULTS[f].levels]
    found = []
    for at, fault in enumerate(faults):
        levels = FAULTS[fault].levels[1::2]
        found += [Run(fault, level, clients[(at + place) % len(clients)]) for place, level in enumerate(levels)]
    return found


def scenario(entry: Run) -> Scenario:
    """How a run is made."""
    made = {"wire": {"delay": entry.level / 1e3}} if entry.fault == NOTHING else FAULTS[entry.fault].made(entry.level)
    command = Command(
        libraries=1,
        middle=True,
        argv=CLIENTS[entry.client],
        snaplen=SNAPLEN,
        time_limit=HUNG_S if entry.fault == "mtu" else LIMIT_S,
    )
    made = {"network": Links(congestion=CONGESTION)} | made
    return Scenario(
        entry.name, f"{entry.fault} {entry.level:g}, {entry.client}", Truth(None, "healthy"), command=command, **made
    )


def read(folder: Path) -> dict[str, Run]:
    """What is known of the runs of a folder, by name."""
    path = folder / FILE
    rows = json.loads(path.read_text()) if path.is_file() else {}
    return {name: Run(**row) for name, row in rows.items()}


def judged(entry: Run, recording: Recording) -> Run:
    """A run with what netanalyze says of its packets."""
    from netanalyze.api import analyze

    client = None if entry.client == "python" else entry.client
    document = analyze([recording.capture], client=client, kernels="plain").to_json()
    verdict, shown = document["verdict"], document["capture"]["duration"]
    return replace(
        entry, wall_s=round(recording.wall_s, 3), exit_code=recording.exit_code, cause=verdict["cause"],
        status=verdict["status"], confidence=verdict["confidence"], without_it=verdict["without_it"], shown_s=shown,
    )  # fmt: skip


def sweep(runs: list[Run], folder: Path, jobs: int, done: Callable[[Run], None] = lambda entry: None) -> list[Run]:
    """Make and judge the runs that ``folder`` does not know yet, each twin before; gives all of them with their twins' times."""
    make_folder(folder)
    known, lock = read(folder), threading.Lock()

    def make(entry: Run) -> None:
        times = TWINS if entry.fault == NOTHING else 1
        tried = sorted((judged(entry, run(scenario(entry), folder)) for _ in range(times)), key=lambda one: one.shown_s)
        found = tried[times // 2]
        if entry.fault == NOTHING and found.exit_code != 0:
            raise RuntimeError(f"{entry.name}: without any fault {entry.client} ended with {found.exit_code}")
        with lock:
            known[entry.name] = found
            write_text(
                folder / FILE, json.dumps({k: asdict(v) for k, v in sorted(known.items())}, indent=1) + "\n", force=True
            )
            done(found)

    twins = {entry.twin.name: entry.twin for entry in runs}
    for batch in (list(twins.values()), runs):
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(make, [entry for entry in batch if entry.name not in known]))
    twin_of = {entry.name: known[entry.twin.name] for entry in runs}
    return [replace(known[name], base_s=one.wall_s, base_shown_s=one.shown_s) for name, one in twin_of.items()]


def board(runs: list[Run]) -> str:
    """How many verdicts are right, by fault and intensity, and how near ``without_it`` comes to the twin."""
    lines = []
    for fault in dict.fromkeys(one.fault for one in runs):
        mine = [one for one in runs if one.fault == fault]
        levels = []
        for level in sorted({one.level for one in mine}, key=FAULTS[fault].levels.index):
            here = [one for one in mine if one.level == level]
            levels.append(f"{level:g}: {sum(one.right for one in here)}/{len(here)}")
        off = [abs(one.off) for one in mine if one.off is not None]
        near = (
            f"; without it within 25 % in {sum(o <= NEAR for o in off)} of {len(off)}, median {median(off):.0%}"
            if off
            else ""
        )
        lines.append(f"{fault:10} {sum(one.right for one in mine)}/{len(mine)}   {'  '.join(levels)}{near}")
    lines += [
        f"WRONG  {one.name}: {one.wall_s:.1f} s beside {one.base_s:.1f} s: {one.status} {one.cause} {one.confidence:.2f}"
        for one in runs
        if not one.right
    ]
    return "\n".join(lines)
