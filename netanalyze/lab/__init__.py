"""The laboratory: real commands, a fault between them and the server, and the true cause written down.

`namespaces` makes the machines, `serve` and what it starts are the servers, `relay` is the bad wire, `between` what stands in
between, `scenario` reads the declarations under ``scenarios/``, `record` runs one and keeps capture, output and label,
`shown` holds the recording against what the scenario declares, `judge` the verdict against the truth, `batch` runs many and
`scoreboard` prints how that went. Needs root on Linux.
"""

from netanalyze.lab.record import Recording, run, write_labels
from netanalyze.lab.scenario import Scenario, list_scenarios, load

__all__ = ["Recording", "Scenario", "list_scenarios", "load", "run", "write_labels"]
