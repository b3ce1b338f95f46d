"""Hosts that may be spoken to, by name or address."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by, literal
from netanalyze.policy.observed import ObservedRun, grouped, host_of
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message


def _check(run: ObservedRun, allowed: Sequence[str]) -> Iterator[Breach]:
    for host, flows in grouped(run.contacts, host_of).items():
        strange = [flow for flow in flows if not allowed_by(allowed, flow["host"], flow["resp_address"])]
        if strange:
            said = message("{flows} flows to {host}, which is not allowed", flows=len(strange), host=host)
            yield breach(host, said, run, strange)


def _learn(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({literal(host_of(flow)) for run in runs for flow in run.contacts})


RULE = PolicyRule(
    "hosts", "allowed", ValueKind.PATTERNS, "Hosts that may be spoken to, by name or address.", _check, _learn
)
