"""Which program may speak to which hosts."""

from collections.abc import Iterator, Mapping, Sequence

from netanalyze.policy.matching import allowed_by, literal, matches
from netanalyze.policy.observed import ObservedRun, Row, grouped, host_of
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message

ANYBODY = "*"


def _of_programs(run: ObservedRun) -> list[Row]:
    return [flow for flow in run.contacts if flow["process"]]


def _check(run: ObservedRun, hosts_of: Mapping[str, Sequence[str]]) -> Iterator[Breach]:
    """The first line whose pattern is right for a program holds; one that no line is for may speak to all."""
    for (program, host), flows in grouped(_of_programs(run), lambda flow: (flow["process"], host_of(flow))).items():
        allowed = next((hosts for pattern, hosts in hosts_of.items() if matches(pattern, program)), None)
        strange = [
            flow for flow in flows
            if allowed is not None and not allowed_by(allowed, flow["host"], flow["resp_address"])
        ]  # fmt: skip
        if strange:
            said = message("{flows} flows of {program} to {host}, with which it may not speak", flows=len(strange),
                           program=program, host=host)  # fmt: skip
            yield breach(program, said, run, strange)


def _learn(runs: Sequence[ObservedRun]) -> dict[str, list[str]] | None:
    """Each program and its hosts; no other program may speak to any."""
    hosts: dict[str, set[str]] = {}
    for run in runs:
        for flow in _of_programs(run):
            hosts.setdefault(literal(flow["process"]), set()).add(literal(host_of(flow)))
    return {**{program: sorted(names) for program, names in sorted(hosts.items())}, ANYBODY: []} if hosts else None


RULE = PolicyRule(
    "processes", "", ValueKind.BY_NAME, "Programs, and the hosts that each may speak to; the first line that fits holds.",
    _check, _learn, lambda run: bool(_of_programs(run)) or not run.contacts,
    message("no flow's program is known: record with netanalyze live"),
)  # fmt: skip
