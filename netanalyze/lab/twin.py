"""The twin of a scenario: the same run with its fault switched off, which is what the command would have had without it.

Taken away is what the members of a scenario that only make faults say: lost, late and forged frames, router rules, misconduct
of servers, resolvers and the proxy, locks, signals. What makes the run what it is stays: its command, modules, delay each
way, redirections, proxies, what stands between. ``keeps`` of a scenario names what looks like a fault there and is its
setting, or a second fault that is not the truth: ``wire.rate``, ``sites``, ``sites.NAME``, ``dns``, ``router``,
``network``, ``proxy``.

Scenarios whose twins are alike share one recording.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from netanalyze.lab.record import Recording
from netanalyze.lab.scenario import ClientCommand, Links, Rules, Scenario, Truth
from netanalyze.lab.scores.sight import look
from netanalyze.output_files import write_text

SETTING = ("delay", "jitter", "seed")
"""Members of a wire that are how far the servers are, and no fault."""
SITE = ("protocols", "plain", "maximum", "streams", "folder")
"""Members of a site that say what it serves and how, and no misconduct."""
NOT_RUN = ("capture/", "local/configuration")
"""Causes without a twin: of the capture, which is no fault of the run; of what the user asked for, which is the run."""
PATIENCE_S = 90.0
"""A twin has a fault no more; what is not over by then is told, and not compared."""
REAL_DATABASE = "sum.golang.org"
"""Whose key go has, and the laboratory has not: without the fault it would reject the laboratory's answers."""
PROXY = "gateway.corp.test"
TIMES = 2
"""So often a twin is run, and the shorter one counts: what the machine was busy with beside it is no part of the run."""
FOLDER, LABELS = "twins", "twins.json"
_labels = threading.Lock()


@dataclass(frozen=True)
class Twin:
    """What became of a scenario's run without its fault.

    Attributes:
        recording: name of its recording in ``twins``.
        exit_code: None if it was killed at its time limit.
        wall_s: how long it took.
        shown_s: how long of it packets show, from the first to the last: what a capture can know; a client's start is before it.
    """

    recording: str
    exit_code: int | None
    wall_s: float
    shown_s: float


def twin(scenario: Scenario) -> Scenario | None:
    """The scenario without its fault, under its own name; None where it has none, or none that a run could be without."""
    cause = scenario.truth.cause
    if cause is None or cause.startswith(NOT_RUN):
        return None
    keeps = set(scenario.keeps)
    return replace(
        scenario, title="a twin", note="", keeps=(), shows=(), says=(), truth=Truth(None, "healthy"), timed=None,
        command=_command(scenario), client=_client(scenario.client, keeps),
        network=scenario.network if "network" in keeps else Links(),
        wire=_wire(scenario.wire, keeps), router=scenario.router if "router" in keeps else Rules(),
        sites=scenario.sites if "sites" in keeps else _sites(scenario.sites, keeps),
        dns=scenario.dns if "dns" in keeps else (), proxy=_proxy(scenario, keeps),
    )  # fmt: skip


def _command(scenario: Scenario) -> Any:
    """The command without locks, signals, a small disk, false sums and programs that never come back."""
    command = scenario.command
    environment = {name: value for name, value in command.environment.items() if value not in command.scripts}
    if environment.get("GOSUMDB") == REAL_DATABASE:
        environment["GOSUMDB"] = "{sumdb}"
    return replace(
        command, environment=environment, scripts={}, signals=(), lock="", disk=0, sums="", lose=0.0, filter="",
        interface="eth0", time_limit=PATIENCE_S,
    )  # fmt: skip


def _client(client: ClientCommand, keeps: set[str]) -> ClientCommand:
    """The client with a way out; names have their own addresses, unless the router's rules about others are kept."""
    return replace(client, egress=(), route=True, addresses=client.addresses if "router" in keeps else {})


def _wire(wire: dict[str, Any] | None, keeps: set[str]) -> dict[str, Any] | None:
    if wire is None:
        return None
    return {name: value for name, value in wire.items() if name in SETTING or f"wire.{name}" in keeps}


def _sites(sites: dict[str, dict[str, Any]], keeps: set[str]) -> dict[str, dict[str, Any]]:
    """Sites without misconduct; redirections stay, but not those that lead back to the host itself."""
    found: dict[str, dict[str, Any]] = {}
    for name, site in sites.items():
        if f"sites.{name}" in keeps:
            found[name] = site
            continue
        members = {member: value for member, value in site.items() if member in SITE}
        conducts = [
            {"path": conduct.get("path", "*"), "redirect": conduct["redirect"]}
            for conduct in site.get("conducts", ())
            if conduct.get("redirect") and name not in conduct["redirect"]
        ]
        if conducts:
            members["conducts"] = conducts
        if members:
            found[name] = members
    return found


def _proxy(scenario: Scenario, keeps: set[str]) -> dict[str, Any] | None:
    """The proxy without misconduct; one that the command is told to use and that was not there at all is there."""
    proxy = scenario.proxy
    if "proxy" in keeps or (proxy is None and PROXY not in "".join(scenario.command.environment.values())):
        return proxy
    return {name: value for name, value in (proxy or {}).items() if name == "kind"}


def twin_of(recording: Recording) -> Twin:
    """What became of a twin that was just recorded."""
    times = [packet.time for packet in look(recording.capture).packets]
    shown = min(times[-1] - times[0], recording.wall_s) if times else 0.0
    return Twin(recording.scenario.name, recording.exit_code, round(recording.wall_s, 3), round(shown, 3))


def likeness(declared: Scenario) -> str:
    """What two twins have in common that may share a recording: everything but their names."""
    return json.dumps(asdict(replace(declared, name="")), sort_keys=True, default=str)


def families(scenarios: Sequence[Scenario]) -> list[tuple[Scenario, list[str]]]:
    """The different twins of some scenarios, each with the names of those whose twin it is."""
    found: dict[str, tuple[Scenario, list[str]]] = {}
    for scenario in scenarios:
        if (declared := twin(scenario)) is not None:
            found.setdefault(likeness(declared), (declared, []))[1].append(scenario.name)
    return list(found.values())


def write_twins(folder: str | Path, twin: Twin, names: Sequence[str]) -> None:
    """Add the twin of the scenarios ``names`` to the folder's ``twins.json``."""
    path = Path(folder) / LABELS
    with _labels:
        known = json.loads(path.read_text()) if path.exists() else {}
        known |= {name: asdict(twin) for name in names}
        write_text(path, json.dumps(dict(sorted(known.items())), indent=1) + "\n", force=True)


def read_twins(folder: str | Path) -> dict[str, Twin]:
    """The twins that a folder tells of, by scenario; none where it has no ``twins.json``."""
    path = Path(folder) / LABELS
    return {name: Twin(**known) for name, known in json.loads(path.read_text()).items()} if path.exists() else {}
