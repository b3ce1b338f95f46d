"""From whom modules and packages may come."""

from collections.abc import Iterator, Mapping, Sequence

from netanalyze.policy.matching import allowed_by, literal, matches
from netanalyze.policy.observed import Fetch, ObservedRun
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message

EVERY = "*"


def _check(run: ObservedRun, hosts_of: Mapping[str, Sequence[str]]) -> Iterator[Breach]:
    """The first line whose pattern is right for a module holds; one that no line is for may come from all."""
    strange: dict[tuple[str, str], list[Fetch]] = {}
    for fetch in run.fetches:
        allowed = next((hosts for pattern, hosts in hosts_of.items() if matches(pattern, fetch.name)), None)
        if allowed is not None and not allowed_by(allowed, fetch.host):
            strange.setdefault((fetch.name, fetch.host), []).append(fetch)
    for (name, host), made in strange.items():
        said = message("{module} was asked of {host}, from where it may not come", module=name, host=host)
        yield breach(name, said, run, [one.flow_id for one in made], [one.frame for one in made])


def _learn(runs: Sequence[ObservedRun]) -> dict[str, list[str]] | None:
    hosts = sorted({literal(fetch.host) for run in runs for fetch in run.fetches if fetch.host})
    return {EVERY: hosts} if hosts else None


RULE = PolicyRule(
    "modules", "", ValueKind.BY_NAME,
    "Modules and packages, and the hosts that each may come from; the first line that fits holds.",
    _check, _learn, lambda run: bool(run.fetches),
    message("no request for a module or package can be read: give what go -x printed with --trace"),
)  # fmt: skip
