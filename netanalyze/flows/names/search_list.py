"""Search lists: names tried with one suffix after the other (resolv.conf(5), ``search`` and ``ndots``)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.screen import odd, of_names

NEAR_NS = 30_000_000_000
"""Steps of one walk follow each other within this."""


def search_steps(lookups: Sequence[Lookup]) -> dict[int, Lookup]:
    """Lookups that were only a suffix tried: ``id(lookup)`` to the lookup of the name that was meant.

    A step is a name that came back empty and begins with another name that the same client asked for next
    to it.
    """
    empty = [lookup for lookup in odd(lookups) if not lookup.addresses]
    meant = {name for step in empty for name in beginnings(step.name)}
    asked: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for lookup in sorted(of_names(lookups, meant) if meant else (), key=_start):
        asked[lookup.client, lookup.name].append(lookup)
    found: dict[int, Lookup] = {}
    for step in empty:
        near = [last for name in beginnings(step.name) if (last := _last(asked.get((step.client, name)), step))]
        if near:
            found[id(step)] = max(near, key=_start)
    return found


def _start(lookup: Lookup) -> int:
    return lookup.start_ns


def beginnings(name: str) -> Iterator[str]:
    """What a name begins with, up to each of its dots.

    >>> list(beginnings("a.example.org"))
    ['a', 'a.example']
    """
    at = name.find(".")
    while at >= 0:
        yield name[:at]
        at = name.find(".", at + 1)


def _last(lookups: list[Lookup] | None, step: Lookup) -> Lookup | None:
    """The last of some lookups, in order of time, that lies near a step."""
    at = bisect_right(lookups, step.start_ns + NEAR_NS, key=_start) if lookups else 0
    return lookups[at - 1] if lookups and at and lookups[at - 1].start_ns >= step.start_ns - NEAR_NS else None
