"""Ask the network what packets alone cannot tell: which bit of a message dies, and between which hops of the path.

A few connections, one thing varied at a time, each beside a control (``HelloQuestion``, ``DialQuestion``,
``ResolverQuestion``), and then what dies with a rising TTL (``HopQuestion``).
Nothing is sent but what ``words.plan`` says beforehand.
"""

from collections.abc import Callable

from netanalyze.settle.settlement import SentRow, Settlement
from netanalyze.settle.target import NothingToSettle, SettleTarget, typed_target

__all__ = ["NothingToSettle", "SettleTarget", "Settlement", "settle", "typed_target"]


def settle(target: SettleTarget, tell: Callable[[SentRow], None] = lambda row: None) -> Settlement:
    """Send the probes that separate what may be, at most twelve connections and twelve more for the place, 60 s in all.

    Args:
        tell: called with each ``SentRow`` as it is known.
    """
    from netanalyze.settle.hops import find_place
    from netanalyze.settle.run import Probing

    probing = Probing(target, tell)
    found = probing.settle()
    found.place = find_place(probing)
    found.seconds = probing.elapsed
    return found
