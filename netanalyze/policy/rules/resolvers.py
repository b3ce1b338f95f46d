"""Resolvers that may be asked, and names that may be asked for."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by, literal
from netanalyze.policy.observed import ObservedRun, grouped
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message


def _check_resolvers(run: ObservedRun, allowed: Sequence[str]) -> Iterator[Breach]:
    strange = [flow for flow in run.to_resolvers if not allowed_by(allowed, flow["resp_address"])]
    for resolver, flows in grouped(strange, lambda flow: flow["resp_address"] or "").items():
        said = message(
            "{flows} flows to the resolver {resolver}, which is not allowed", flows=len(flows), resolver=resolver
        )
        yield breach(resolver, said, run, flows)


def _check_names(run: ObservedRun, names: Sequence[str]) -> Iterator[Breach]:
    strange = [row for row in run.lookups if not allowed_by(names, row["qname"])]
    for name, rows in grouped(strange, lambda row: (row["qname"] or "").lower()).items():
        said = message("{queries} queries for {name}, which may not be looked up", queries=len(rows), name=name)
        yield breach(name, said, run, [row["flow_id"] for row in rows], [row["query_frame"] for row in rows])


def _learn_resolvers(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({flow["resp_address"] for run in runs for flow in run.to_resolvers if flow["resp_address"]})


def _learn_names(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({literal(row["qname"].lower()) for run in runs for row in run.lookups if row["qname"]})


RULES = (
    PolicyRule("resolvers", "allowed", ValueKind.PATTERNS, "Resolvers that may be asked, by address.",
               _check_resolvers, _learn_resolvers),
    PolicyRule("resolvers", "names", ValueKind.NAMES, "Names that may be looked up.", _check_names, _learn_names),
)  # fmt: skip
