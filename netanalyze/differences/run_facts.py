"""What of a run is compared with another: its surroundings, where its seconds went, what it asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netanalyze.differences.occurrences import Occurrence, occurrences
from netanalyze.report.commands import command_line
from netanalyze.result import Result
from netanalyze.result.ledger import LedgerRow
from netanalyze.units import SECOND_NS
from netanalyze.wording import Text, english


@dataclass(frozen=True)
class HostShare:
    """Where seconds went: a phase of the ledger, and whose; ``who`` is '' for this machine."""

    phase: str
    who: str


class ComparedRun:
    """A run as it is compared.

    Args:
        result: what an analysis found.
    """

    def __init__(self, result: Result):
        self.result = result

    @property
    def name(self) -> str:
        """How it is called: its files, as they may be shown."""
        return ", ".join(self.result.capture.files)

    @property
    def seconds(self) -> float:
        """How long it took: all of its ledger."""
        return sum(row.ns for row in self.result.ledger) / SECOND_NS

    @cached_property
    def phases(self) -> dict[str, float]:
        """Seconds by phase; they add up to all of it."""
        found: dict[str, float] = {}
        for row in self.result.ledger:
            found[row.phase] = found.get(row.phase, 0.0) + row.ns / SECOND_NS
        return found

    @cached_property
    def shares(self) -> dict[HostShare, float]:
        """Seconds by phase and host; they add up to all of it."""
        found: dict[HostShare, float] = {}
        for row in self.result.ledger:
            share = HostShare(row.phase, self._who(row))
            found[share] = found.get(share, 0.0) + row.ns / SECOND_NS
        return found

    @cached_property
    def _hosts(self) -> dict[int, str]:
        return {row["flow_id"]: row["host"] or row["resp_address"] for row in self.result.flows.rows()}

    @cached_property
    def _asked_names(self) -> set[str]:
        return {row["qname"] for row in self.result.dns.rows() if row["qname"]}

    def _who(self, row: LedgerRow) -> str:
        """Whose the seconds of a row are: a name that was looked up, the host of a flow, who is to blame."""
        if row.phase in ("local", "idle"):
            return ""
        if row.phase == "dns":
            note = english(row.note) if row.note else ""
            for word in str(note).replace(",", " ").split():
                if word in self._asked_names:
                    return word
            if row.culprit is not None:
                return row.culprit.host or row.culprit.address or ""
        blamed = "" if row.culprit is None else row.culprit.host or row.culprit.address or ""
        if blamed and row.culprit is not None and row.culprit.role == "http-proxy":
            return blamed  # and not the host that it was asked to connect to
        return self._hosts.get(-1 if row.flow_id is None else row.flow_id, blamed)

    @cached_property
    def asked(self) -> list[Occurrence]:
        """What it asked, in order."""
        return occurrences(self.result)

    @cached_property
    def environment(self) -> dict[str, Text]:
        """What is known of its surroundings: the command, its exit status, variables, and where it was captured."""
        run = self.result.run
        found: dict[str, Text] = {"vantage": self.result.capture.vantage or ""}
        if run is not None:
            if run.argv:
                found["command"] = command_line(run)
            if run.client:
                found["client"] = run.client
            if run.exit_code is not None:
                found["exit status"] = str(run.exit_code)
            found.update(flat(run.environment or {}))
        return found

    @cached_property
    def resolvers(self) -> dict[str, str]:
        """Who was asked for names, and how many queries were answered."""
        queries: dict[str, list[int]] = {}
        for row in self.result.dns.rows():
            if row["kind"] == "dns" and row["resolver"]:
                counts = queries.setdefault(row["resolver"], [0, 0])
                counts[0] += 1
                counts[1] += row["response_ns"] is not None
        return {resolver: f"{answered}/{count}" for resolver, (count, answered) in queries.items()}

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Which addresses of each host were connected to."""
        hosts: dict[str, set[str]] = {}
        for row in self.result.flows.rows():
            if row["judged"] and row["transport"] == "tcp" and row["host"]:
                hosts.setdefault(row["host"], set()).add(row["resp_address"])
        return {host: " ".join(sorted(found)) for host, found in hosts.items()}

    @cached_property
    def modules(self) -> dict[str, str]:
        """Modules and packages that were asked for: versions, and who gave them (netanalyze.result.modules)."""
        versions: dict[str, list[str]] = {}
        for row in self.result.modules.rows():
            parts = (row["version"], row["source"], row["host"], "failed" if row["failed"] else None)
            versions.setdefault(f"{row['ecosystem']} {row['name']}", []).append(
                " ".join(part for part in parts if part)
            )
        return {name: ", ".join(sorted(found)) for name, found in versions.items()}

    @cached_property
    def causes(self) -> dict[str, str]:
        """Causes that were found, how often, and the seconds that the ledger gives each."""
        counts: dict[str, int] = {}
        for finding in self.result.findings:
            counts[finding.cause] = counts.get(finding.cause, 0) + 1
        costs: dict[str, float] = {}
        for row in self.result.ledger:
            if row.cause:
                costs[row.cause] = costs.get(row.cause, 0.0) + row.ns / SECOND_NS
        return {cause: f"{count}, {costs.get(cause, 0.0):.1f} s" for cause, count in counts.items()}


def flat(value: Any, name: str = "") -> dict[str, str]:
    """What a nested value holds, by dotted names; a list of plain values is one text.

    >>> flat({"mtu": 1500, "route": None, "resolvers": ["192.0.2.1", "192.0.2.2"], "offloads": {"eth0": {"gro": True}}})
    {'mtu': '1500', 'resolvers': '192.0.2.1, 192.0.2.2', 'offloads.eth0.gro': 'true'}
    """
    if value is None:
        return {}
    if isinstance(value, (list, tuple)):
        if not any(isinstance(member, (Mapping, list, tuple)) for member in value):
            return {name: ", ".join(map(_plain, value))}
        value = dict(enumerate(value, 1))
    if not isinstance(value, Mapping):
        return {name: _plain(value)}
    return {
        key: text
        for part, member in value.items()
        for key, text in flat(member, f"{name}.{part}" if name else str(part)).items()
    }


def _plain(value: Any) -> str:
    """A value as JSON has it, a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)
