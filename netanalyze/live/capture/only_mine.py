"""Packets that are certainly others' are left out of the recording, and of the analysis with it, without ``--everybody``.

Whose a socket is becomes known a moment after its first packet, so frames are held for that long. What has no owner (ARP,
ICMP, fragments) stays, and so does whatever is not proved to be somebody else's, or goes where the command goes as well: that
others are answered there tells a dead server from a dropped question.
"""

from collections import deque
from collections.abc import Callable

from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.headers import HeaderReader
from netanalyze.live.capture.links import Link
from netanalyze.live.processes.ownership import Key
from netanalyze.processes import OTHER, SocketOwner
from netanalyze.wire.layers import PROTOCOL_UDP

HOLD_NS = 300_000_000
"""Three looks at the sockets, the longest time between which is 0.1 s (netanalyze.live.observer)."""


class OnlyMine:
    """Holds frames until it is known whose they are.

    Args:
        owner: who has a five-tuple by now, seen from its local end.
        links: the interfaces, as frames number them.

    Attributes:
        left_out: frames that were others'.
    """

    def __init__(self, owner: Callable[[Key], SocketOwner | None], links: list[Link]):
        self._owner, self._reader = owner, HeaderReader(links)
        self._held: deque[tuple[CapturedFrame, Key | None]] = deque()
        self._asked: set[tuple[int, str, int]] = set()
        self.left_out = 0

    def take(self, frames: list[CapturedFrame], now_ns: int, final: bool = False) -> list[CapturedFrame]:
        """Take frames; give those that were held long enough (all, if ``final``), without the others'."""
        keys = (None if found is None else found.key for found in self._reader.read(frames))
        self._held.extend(zip(frames, keys, strict=True))
        passed: list[CapturedFrame] = []
        while self._held and (final or now_ns - self._held[0][0].time_ns >= HOLD_NS):
            frame, key = self._held.popleft()
            if key is not None and self._is_others(key):
                self.left_out += 1
            else:
                passed.append(frame)
        return passed

    def _is_others(self, key: Key) -> bool:
        protocol, a, a_port, b, b_port = key
        turned = protocol, b, b_port, a, a_port
        ends = [
            (self._owned(each), each[3:]) for each in (key, turned)
        ]  # who has it at this end, and what is at the other
        if protocol == PROTOCOL_UDP and not any(owned for owned, _ in ends):  # what is not connected talks to anybody
            ends = [(self._owned((protocol, *each[1:3], "", 0)) or self._owned((protocol, "", each[2], "", 0)), each[3:])
                    for each in (key, turned)]  # fmt: skip
        kinds = {owned for owned, _ in ends if owned is not None}
        if kinds and kinds != {OTHER}:
            self._asked |= {(protocol, *far) for owned, far in ends if owned not in (None, OTHER)}
        return kinds == {OTHER} and self._asked.isdisjoint((protocol, *far) for owned, far in ends if owned == OTHER)

    def _owned(self, key: Key) -> str | None:
        found = self._owner(key)
        return None if found is None else found.owned
