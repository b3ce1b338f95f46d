"""What neighbour discovery showed of a flow's next hop, and of whom a host asked for in vain: looked up in what was put in
order once, when the whole of it is known."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from netanalyze.tracking.neighbours import AskedNeighbour, Neighbours


class _Tries:
    """Tries in the order of their first questions."""

    def __init__(self) -> None:
        self.ones: list[AskedNeighbour] = []
        self.firsts: list[int] = []
        self._latest: list[int] = []  # when the last question of any of them up to each was

    def add(self, asked: AskedNeighbour) -> None:
        self.ones.append(asked)
        self.firsts.append(asked.first_ns)
        self._latest.append(max(asked.last_ns, self._latest[-1]) if self._latest else asked.last_ns)

    def during(self, start_ns: int, end_ns: int) -> AskedNeighbour | None:
        """The first that went on between two moments."""
        at = bisect_left(self._latest, start_ns)
        return self.ones[at] if at < len(self.ones) and self.firsts[at] <= end_ns else None


class NextHops:
    """The tries in vain by who asked and for whom, and what each next hop was heard to say."""

    def __init__(self, neighbours: Neighbours):
        self._neighbours = neighbours
        self.vain = neighbours.vain()
        self._addresses: dict[bytes, list[str]] = defaultdict(list)
        hardware = neighbours.hardware
        for address, link in hardware.items():
            self._addresses[link].append(address)
        self._words: dict[Hashable, list[tuple[int, int, str]]] = {}
        self._tries: dict[tuple[Hashable, Hashable], _Tries] = defaultdict(_Tries)
        for one in self.vain:
            for asker in (one.asker, one.asker_address):
                for target in {None, one.target, hardware.get(one.target)}:
                    self._tries[asker, target].add(one)

    def _askers(self, flow: int, client: str) -> tuple[Hashable, ...]:
        ends = self._neighbours.ends(flow)
        return (client,) if ends is None else (client, ends.client)

    def gone(self, flow: int, client: str, server: str, start_ns: int, end_ns: int) -> AskedNeighbour | None:
        """The flow's next hop, or its server on the same link, that was asked for in vain between two moments."""
        ends = self._neighbours.ends(flow)
        targets = (server,) if ends is None else (server, ends.hop)
        found = [
            self._tries[asker, target].during(start_ns, end_ns)
            for asker in self._askers(flow, client) for target in targets if (asker, target) in self._tries
        ]  # fmt: skip
        return min((one for one in found if one is not None), key=lambda one: one.first_frame, default=None)

    def heard(self, flow: int, server: str, start_ns: int, end_ns: int) -> tuple[int, str] | None:
        """The last word of the flow's next hop, where that is not known of its server, between two moments: (frame,
        address)."""
        ends = self._neighbours.ends(flow)
        whose: Hashable = ends.hop if ends is not None and ends.hop in self._addresses else server
        if whose not in self._words:
            addresses = self._addresses[whose] if isinstance(whose, bytes) else [server]
            self._words[whose] = sorted(
                (ns, frame, address) for address in addresses for ns, frame in self._neighbours.words(address)
            )
        words = self._words[whose]
        at = bisect_left(words, (end_ns + 1,)) - 1
        return words[at][1:] if at >= 0 and words[at][0] >= start_ns else None

    def asked(self, flow: int, client: str, start_ns: int, end_ns: int) -> bool:
        """Whether a flow's client, by its link or network address, began to ask for anybody in vain between two moments."""
        for asker in self._askers(flow, client):
            firsts = self._tries[asker, None].firsts if (asker, None) in self._tries else []
            at = bisect_left(firsts, start_ns)
            if at < len(firsts) and firsts[at] <= end_ns:
                return True
        return False

    def claimed(self, spans: Iterable[tuple[int, str, int, int]]) -> Iterator[tuple[AskedNeighbour, int]]:
        """Each try in vain that began within a span, with the place of the first such span; a span is (flow, client, start,
        end), as for ``asked``."""
        free: dict[Hashable, list[int]] = {}
        told: set[int] = set()
        for place, (flow, client, start_ns, end_ns) in enumerate(spans):
            for asker in self._askers(flow, client):
                if (asker, None) not in self._tries:
                    continue
                tries = self._tries[asker, None]
                ahead = free.setdefault(asker, list(range(len(tries.ones) + 1)))
                at, end = bisect_left(tries.firsts, start_ns), bisect_right(tries.firsts, end_ns)
                while (at := _next_free(ahead, at)) < end:
                    ahead[at] = at + 1
                    if id(tries.ones[at]) not in told:
                        told.add(id(tries.ones[at]))
                        yield tries.ones[at], place


def _next_free(ahead: list[int], at: int) -> int:
    """The first place from ``at`` on that was not taken yet; what is passed over is made short for the next time."""
    end = at
    while ahead[end] != end:
        end = ahead[end]
    while ahead[at] != end:
        ahead[at], at = end, ahead[at]
    return end
