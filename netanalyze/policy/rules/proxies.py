"""HTTP proxies: which a run may go through. What is asked of them are hosts of their own rules."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by
from netanalyze.policy.observed import ObservedRun, Row, grouped
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message


def through_proxies(run: ObservedRun) -> list[Row]:
    """The flows on which a proxy was asked, as the frames show it: CONNECT, or a whole URL (RFC 9112 section 3.2)."""
    asked = [row for row in run.requests if row["source"] == "frames"]
    asked = [row for row in asked if row["method"] == "CONNECT" or "://" in (row["target"] or "")]
    numbers = dict.fromkeys(row["flow_id"] for row in asked)
    return [run.by_number[number] for number in numbers if number in run.by_number]


def _check(run: ObservedRun, allowed: Sequence[str]) -> Iterator[Breach]:
    strange = [flow for flow in through_proxies(run) if not allowed_by(allowed, flow["resp_address"])]
    for proxy, flows in grouped(strange, lambda flow: flow["resp_address"] or "").items():
        sentence = message(
            "{connections} connections through the proxy {proxy}, which is not allowed",
            connections=len(flows),
            proxy=proxy,
        )
        yield breach(proxy, sentence, run, flows)


def _learn(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({flow["resp_address"] for run in runs for flow in through_proxies(run) if flow["resp_address"]})


RULE = PolicyRule(
    "proxies",
    "allowed",
    ValueKind.PATTERNS,
    "HTTP proxies that may be gone through, by address; [] means none.",
    _check,
    _learn,
)
