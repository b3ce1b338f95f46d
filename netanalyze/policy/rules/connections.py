"""How many connections a run may open, in all and to one host."""

from collections.abc import Iterator, Sequence

from netanalyze.findings import Threshold
from netanalyze.policy.observed import ObservedRun, grouped, host_of
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wording import message

SPREAD = Threshold(
    2, "times", source="RFC 8305 section 5: a client may open a second connection beside each that is slow",
    why="how many of a pool's connections are opened depends on what comes back first",
)  # fmt: skip
LEAST = Threshold(
    4, "connections", source="RFC 8305 section 5 for both address families, twice",
    why="two connections more of a run that had one are no other behaviour",
)  # fmt: skip


def _check_most(run: ObservedRun, most: int) -> Iterator[Breach]:
    opened = run.connections
    if len(opened) > most:
        said = message("{connections} connections in all, {most} allowed", connections=len(opened), most=most)
        yield breach("", said, run, opened[most:])


def _check_each(run: ObservedRun, most: int) -> Iterator[Breach]:
    for host, opened in grouped(run.connections, host_of).items():
        if len(opened) > most:
            said = message("{connections} connections to {host}, {most} allowed", connections=len(opened), host=host,
                           most=most)  # fmt: skip
            yield breach(host, said, run, opened[most:])


def _learnt(number: int) -> int:
    return max(round(number * SPREAD.value), round(LEAST.value))


def _learn_most(runs: Sequence[ObservedRun]) -> int:
    return _learnt(max((len(run.connections) for run in runs), default=0))


def _learn_each(runs: Sequence[ObservedRun]) -> int:
    counts = [len(opened) for run in runs for opened in grouped(run.connections, host_of).values()]
    return _learnt(max(counts, default=0))


RULES = (
    PolicyRule("connections", "most", ValueKind.COUNT, "Connections (TCP, QUIC) of a run, at most.",
               _check_most, _learn_most),
    PolicyRule("connections", "most_per_host", ValueKind.COUNT, "Connections of a run to one host, at most.",
               _check_each, _learn_each),
)  # fmt: skip
