"""Versions of TLS that may be agreed upon."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.observed import ObservedRun, grouped
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.policy.rules.tls_names import asked_for
from netanalyze.wording import message


def _check(run: ObservedRun, versions: Sequence[str]) -> Iterator[Breach]:
    strange = [row for row in run.hellos if row["version"] and row["version"] not in versions]
    for (host, version), rows in grouped(strange, lambda row: (asked_for(run, row), row["version"])).items():
        said = message("{handshakes} handshakes with {host} agreed upon {version}", handshakes=len(rows), host=host,
                       version=version)  # fmt: skip
        yield breach(host, said, run, [row["flow_id"] for row in rows], [row["server_hello_frame"] for row in rows])


def _learn(runs: Sequence[ObservedRun]) -> list[str] | None:
    return sorted({row["version"] for run in runs for row in run.hellos if row["version"]}) or None


RULE = PolicyRule("tls", "versions", ValueKind.VERSIONS, "Versions of TLS that may be agreed upon.", _check, _learn)
