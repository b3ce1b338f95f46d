"""What pings tell of a host: that it is there, that it was for a while, or that nothing comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from netanalyze.conversations.pings import Ping
from netanalyze.findings import Threshold
from netanalyze.tracking.addresses import is_group

PATIENCE = Threshold(
    1, "s", source="ping(8), -i: it asks again after a second", why="a reply that is later than the next question is missed"
)  # fmt: skip
ASKED = 3
"""Of fewer requests in vain one may be for the neighbour that has to be asked for first (RFC 1122 section 2.3.2.2), and one the
last of the capture."""
HOSTS_MOST = 3
"""Who pings more hosts than this looks for whoever is there: that most are not is no fault."""


@dataclass(frozen=True)
class Pinged:
    """The pings from one host to another, in order."""

    pings: tuple[Ping, ...]
    end_ns: int

    @property
    def host(self) -> str:
        """Who was asked."""
        return self.pings[0].target

    @property
    def answered(self) -> int:
        """How many had a reply."""
        return sum(1 for ping in self.pings if ping.reply_frame)

    @property
    def in_vain(self) -> tuple[Ping, ...]:
        """Those since the last reply, or all where there was none, that had time for one."""
        return tuple(ping for ping in self.pings[self._last + 1 :] if self.end_ns - ping.ns >= PATIENCE.ns)

    @property
    def missed(self) -> tuple[Ping, ...]:
        """Those without a reply before the last that had one, of which nothing else was said; the first alone waited for its
        neighbour."""
        missed = tuple(ping for ping in self.pings[: max(self._last, 0)] if not ping.reply_frame and _is_lost(ping))
        return () if missed == self.pings[:1] else missed

    @property
    def _last(self) -> int:
        """The place of the last that had a reply, -1 none."""
        return max((at for at, ping in enumerate(self.pings) if ping.reply_frame), default=-1)


def _is_lost(ping: Ping) -> bool:
    """Whether nothing was said in place of a reply but that nobody is there."""
    return ping.error is None or ping.error.what == "unreachable"


def pinged(pings: Sequence[Ping], end_ns: int) -> list[Pinged]:
    """The pings of a capture by who asked whom; nothing where many hosts were tried, or the hops of a way (RFC 1393 tells how
    traceroute does it: those that do not answer are no fault)."""
    by_ends: dict[tuple[str, str], list[Ping]] = {}
    for ping in pings:
        if is_group(ping.target) and not ping.reply_frame:
            continue  # who hears it need not answer (RFC 1122 section 3.2.2.6)
        by_ends.setdefault((ping.source, ping.target), []).append(ping)
    hops = any(ping.error is not None and ping.error.what == "time_exceeded" for ping in pings)
    if hops or len(by_ends) > HOSTS_MOST:
        return []
    return [Pinged(tuple(ones), end_ns) for ones in by_ends.values()]
