"""No way past a proxy: neither past a module proxy to a repository, nor past an HTTP proxy."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by
from netanalyze.policy.observed import ObservedRun, grouped, host_of
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.policy.rules.proxies import through_proxies
from netanalyze.wording import message

FALLBACK = "go/direct-fallback"
"""The cause that says that go turned from its proxies to a repository."""


def _check_fallback(run: ObservedRun, allowed: bool) -> Iterator[Breach]:
    if allowed:
        return
    for row in run.findings:
        if row["cause"] == FALLBACK:
            host = row["host"] or row["address"] or ""
            said = message("what the module proxies did not give was asked of {host} itself", host=host)
            yield breach(host, said, run, [row["flow_id"]], row["frames"] or ())
    asked: dict[str, list[tuple[int, int]]] = {}
    for fetch in run.fetches:
        if fetch.direct:
            asked.setdefault(fetch.name, []).append((fetch.flow_id, fetch.frame))
    for name, made in asked.items():
        said = message("{module} was asked of its own host, past every module proxy", module=name)
        yield breach(name, said, run, [flow for flow, _ in made], [frame for _, frame in made])


def _check_proxies(run: ObservedRun, proxies: Sequence[str]) -> Iterator[Breach]:
    past = [flow for flow in run.connections if not allowed_by(proxies, flow["resp_address"])]
    for host, flows in grouped(past, host_of).items():
        said = message("{connections} connections to {host} past the proxy", connections=len(flows), host=host)
        yield breach(host, said, run, flows)


def _learn_fallback(runs: Sequence[ObservedRun]) -> bool:
    return any(True for run in runs for _ in _check_fallback(run, False))


def _learn_proxies(runs: Sequence[ObservedRun]) -> list[str] | None:
    """Their addresses, where everything went through them."""
    proxies = {flow["resp_address"] for run in runs for flow in through_proxies(run)}
    other = any(flow["resp_address"] not in proxies for run in runs for flow in run.connections)
    return None if other or not proxies else sorted(proxies)


RULES = (
    PolicyRule("direct", "allowed", ValueKind.FLAG, "Whether modules may be asked of their own hosts, past module proxies.",
               _check_fallback, _learn_fallback),
    PolicyRule("direct", "proxies", ValueKind.PATTERNS, "HTTP proxies, by address, past which no connection goes.",
               _check_proxies, _learn_proxies),
)  # fmt: skip
