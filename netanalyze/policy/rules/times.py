"""How long a lookup and a connect may take."""

from collections.abc import Iterable, Iterator, Sequence

from netanalyze.findings import Threshold
from netanalyze.policy.observed import ObservedRun, Row, grouped, host_of
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds
from netanalyze.wording import message

MARGIN = Threshold(
    3, "times", source="RFC 6298 section 2: a first timeout is the round trip and four times its half, three round trips",
    why="times that differ by less are one network's ordinary spread",
)  # fmt: skip
LEAST = Threshold(
    0.9, "s", source="RFC 6298 section 2: the first timeout of a SYN is 1 s; Go net/dnsconfig_unix.go: the shortest is 1 s",
    why="a lookup or connect that was sent again takes longer than this, one that was not seldom does",
)  # fmt: skip


def _took(run: ObservedRun, begun: int | None, over: int | None) -> tuple[int, bool] | None:
    """How long it took, ns, and whether it came to an end: what did not lasted to the end of the run."""
    if begun is None:
        return None
    if over is not None:
        return over - begun, True
    return None if run.end_ns == NEVER_NS else (run.end_ns - begun, False)


def _lookup(run: ObservedRun, row: Row) -> tuple[int, bool] | None:
    return _took(run, row["query_ns"], row["response_ns"])


def _connect(run: ObservedRun, row: Row) -> tuple[int, bool] | None:
    """To the SYN-ACK, or to the RST that refused it."""
    return _took(run, row["syn_ns"], row["syn_ack_ns"] if row["syn_ack_ns"] is not None else row["resp_rst_ns"])


def _check_lookup(run: ObservedRun, bound: float) -> Iterator[Breach]:
    late = [row for row in run.lookups if (took := _lookup(run, row)) and took[0] > bound * SECOND_NS]
    for name, rows in grouped(late, lambda row: (row["qname"] or "").lower()).items():
        worst, answered = max(took for row in rows if (took := _lookup(run, row)))
        template = (
            "the lookup of {name} took {time}, over the bound of {bound}" if answered
            else "the lookup of {name} had no answer after {time}, over the bound of {bound}"
        )  # fmt: skip
        said = message(template, name=name, time=duration(worst), bound=_bound(bound))
        frames = [row[frame] for row in rows for frame in ("query_frame", "response_frame")]
        yield breach(name, said, run, [row["flow_id"] for row in rows], frames)


def _check_connect(run: ObservedRun, bound: float) -> Iterator[Breach]:
    late = [row for row in run.connections if (took := _connect(run, row)) and took[0] > bound * SECOND_NS]
    for host, rows in grouped(late, host_of).items():
        worst, answered = max(took for row in rows if (took := _connect(run, row)))
        template = (
            "the connect to {host} took {time}, over the bound of {bound}" if answered
            else "the connect to {host} had no answer after {time}, over the bound of {bound}"
        )  # fmt: skip
        yield breach(host, message(template, host=host, time=duration(worst), bound=_bound(bound)), run, rows)


def _bound(bound: float) -> str:
    return duration(round(bound * SECOND_NS))


def _learnt(spans: Iterable[tuple[int, bool] | None]) -> float | None:
    """MARGIN times the longest, LEAST at least; None where there was none."""
    known = [span[0] for span in spans if span is not None]
    return max(LEAST.value, round(seconds(max(known)) * MARGIN.value, 1)) if known else None


def _learn_lookup(runs: Sequence[ObservedRun]) -> float | None:
    return _learnt(_lookup(run, row) for run in runs for row in run.lookups)


def _learn_connect(runs: Sequence[ObservedRun]) -> float | None:
    return _learnt(_connect(run, row) for run in runs for row in run.connections)


RULES = (
    PolicyRule("times", "lookup", ValueKind.SECONDS, "Seconds from a query to its answer, at most.",
               _check_lookup, _learn_lookup),
    PolicyRule("times", "connect", ValueKind.SECONDS, "Seconds from the first SYN to the answer to it, at most.",
               _check_connect, _learn_connect),
)  # fmt: skip
