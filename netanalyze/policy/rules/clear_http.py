"""HTTP that anybody on the way can read."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by, literal
from netanalyze.policy.observed import ObservedRun, Row, grouped, host_of, without_port
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.urls import host_in
from netanalyze.wording import message


def _clear(run: ObservedRun) -> list[Row]:
    """Requests that were read in the frames; what opens a tunnel is none."""
    return [row for row in run.requests if row["source"] == "frames" and row["method"] != "CONNECT"]


def _host(run: ObservedRun, row: Row) -> str:
    """Whom it is for: of a proxy's, the target; else as it names it; else the flow's."""
    target = row["target"] or ""
    named = (host_in(target) if "://" in target else None) or without_port(row["host"] or "")
    flow = run.by_number.get(row["flow_id"])
    return (named or (host_of(flow) if flow is not None else "")).lower()


def _check(run: ObservedRun, clear: Sequence[str]) -> Iterator[Breach]:
    strange = [row for row in _clear(run) if not allowed_by(clear, _host(run, row))]
    for host, rows in grouped(strange, lambda row: _host(run, row)).items():
        said = message("{requests} requests in the clear to {host}", requests=len(rows), host=host)
        yield breach(host, said, run, [row["flow_id"] for row in rows], [row["request_frame"] for row in rows])


def _learn(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({literal(_host(run, row)) for run in runs for row in _clear(run)})


RULE = PolicyRule(
    "http", "clear", ValueKind.PATTERNS, "Hosts to which HTTP may go in the clear; [] means none.", _check, _learn
)
