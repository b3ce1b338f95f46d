"""The laboratory: real commands, a fault between them and the server, and the true cause written down.

`namespaces` makes the machines, `serve` and what it starts are the servers, `relay` is the bad wire, `between` what stands in
between, `scenario` reads the declarations under ``scenarios/``, `record` runs one and keeps capture, output and label,
`shown` holds the recording against what the scenario declares, `judge` the verdict against the truth, `batch` runs many and
`scoreboard` prints how that went. Needs root on Linux.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanalyze.lab.record import Recording, run, write_labels
    from netanalyze.lab.scenario import Scenario, list_scenarios, load

__all__ = ["Recording", "Scenario", "list_scenarios", "load", "run", "write_labels"]
_PLACES = {
    "Recording": "record", "run": "record", "write_labels": "record",
    "Scenario": "scenario", "list_scenarios": "scenario", "load": "scenario",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """What is exported, read when it is first asked for: a process of the laboratory needs its own module alone."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
