"""Search lists: names tried with one suffix after the other (resolv.conf(5), ``search`` and ``ndots``)."""

from netanalyze.flows.lookups import Lookup

NEAR_NS = 30_000_000_000
"""Steps of one walk follow each other within this."""


def search_steps(lookups: list[Lookup]) -> dict[int, Lookup]:
    """Lookups that were only a suffix tried: ``id(lookup)`` to the lookup of the name that was meant.

    A step is a name that came back empty and begins with another name that the same client asked for next
    to it.
    """
    found: dict[int, Lookup] = {}
    for step in lookups:
        if step.addresses:
            continue
        for meant in lookups:
            near = abs(meant.start_ns - step.start_ns) <= NEAR_NS
            if near and meant is not step and meant.client == step.client and step.name.startswith(meant.name + "."):
                found[id(step)] = meant
    return found
