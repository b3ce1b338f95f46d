"""What a case knows of the command itself, whatever its packets show."""

from typing import TYPE_CHECKING, Any

from netanalyze.clients.client import Client
from netanalyze.units import NEVER_NS

if TYPE_CHECKING:
    from netanalyze.clients.error_lines import ErrorLine
    from netanalyze.clients.trace import Trace


class OfCommand:
    """The questions about its command that a case answers, where nothing is known of one too."""

    client: Client
    trace: "Trace | None"
    run: Any

    @property
    def command_known(self) -> bool:
        """Whether there is a command that waits for what is on the wire, by its traffic, its words or its run."""
        return self.client.name != "generic" or self.trace is not None or self.run is not None

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None where that is not known, or it has not ended."""
        return self.run.exit_code if self.run is not None else None

    @property
    def ended_well(self) -> bool:
        """Whether it ended with 0."""
        return self.exit_code == 0

    @property
    def environment(self) -> dict[str, Any]:
        """What is known of the run's surroundings (live/command/environment.py); empty where nothing is."""
        return (self.run.environment if self.run is not None else None) or {}

    @property
    def go_env(self) -> dict[str, Any]:
        """What ``go env`` says; empty where it was not asked."""
        return self.environment.get("go_env") or {}

    @property
    def timed(self) -> bool:
        """Whether the run's beginning and its end are known."""
        return self.run is not None and NEVER_NS not in (self.run.start_ns, self.run.end_ns)

    @property
    def final_error(self) -> "ErrorLine | None":
        """The error that ended it, where it printed one."""
        return self.trace.final_error if self.trace is not None else None
