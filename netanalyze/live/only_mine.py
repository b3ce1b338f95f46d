"""``--only-mine``: packets that are certainly others' are left out of the recording, and of the analysis with it.

Whose a socket is becomes known a moment after its first packet, so frames are held for that long. What has no owner (ARP,
ICMP, fragments) stays, and so does whatever is not proved to be somebody else's.
"""

import socket
from collections import deque
from collections.abc import Callable

from netanalyze.live.frames import Frame
from netanalyze.live.links import LINK_COOKED, LINK_ETHERNET, LINK_RAW, Link
from netanalyze.live.ownership import Key
from netanalyze.processes import OTHER, SocketOwner

HOLD_NS = 300_000_000
"""Three looks at the sockets, the longest time between which is 0.1 s (netanalyze.live.observer)."""
HEADERS = {LINK_ETHERNET: (14, 12), LINK_COOKED: (20, 0), LINK_RAW: (0, None)}
"""By link type: where the network's header begins, and where its EtherType stands."""
VLANS, IPV4, IPV6 = (0x8100, 0x88A8), 0x0800, 0x86DD
TCP, UDP = 6, 17


def five_tuple(octets: bytes, link_type: int) -> Key | None:
    """Protocol, source, port, destination, port of a frame; None where it has no such thing."""
    at, where = HEADERS.get(link_type, (0, None))
    if link_type not in HEADERS or len(octets) < at + 24:
        return None
    if where is not None:
        ethertype = int.from_bytes(octets[where : where + 2], "big")
        while ethertype in VLANS and len(octets) >= at + 4:
            ethertype = int.from_bytes(octets[at + 2 : at + 4], "big")
            at += 4
        if ethertype not in (IPV4, IPV6):
            return None
    if octets[at] >> 4 == 4:
        protocol, ports = octets[at + 9], at + (octets[at] & 15) * 4
        fragment = int.from_bytes(octets[at + 6 : at + 8], "big") & 0x1FFF
        source, destination, family = octets[at + 12 : at + 16], octets[at + 16 : at + 20], socket.AF_INET
    elif octets[at] >> 4 == 6 and len(octets) >= at + 44:
        protocol, ports, fragment = octets[at + 6], at + 40, 0
        source, destination, family = octets[at + 8 : at + 24], octets[at + 24 : at + 40], socket.AF_INET6
    else:
        return None
    if protocol not in (TCP, UDP) or fragment or len(octets) < ports + 4:
        return None
    near, far = (int.from_bytes(octets[ports + n : ports + n + 2], "big") for n in (0, 2))
    return protocol, socket.inet_ntop(family, source), near, socket.inet_ntop(family, destination), far


class OnlyMine:
    """Holds frames until it is known whose they are.

    Args:
        owner: who has a five-tuple by now, seen from its local end.
        links: the interfaces, as frames number them.

    Attributes:
        left_out: frames that were others'.
    """

    def __init__(self, owner: Callable[[Key], SocketOwner | None], links: list[Link]):
        self._owner, self._kinds = owner, [link.link_type for link in links]
        self._held: deque[tuple[Frame, Key | None]] = deque()
        self.left_out = 0

    def take(self, frames: list[Frame], now_ns: int, final: bool = False) -> list[Frame]:
        """Take frames; give those that were held long enough (all, if ``final``), without the others'."""
        self._held.extend((frame, five_tuple(frame.octets, self._kinds[frame.interface])) for frame in frames)
        passed: list[Frame] = []
        while self._held and (final or now_ns - self._held[0][0].time_ns >= HOLD_NS):
            frame, key = self._held.popleft()
            if key is not None and self._is_others(key):
                self.left_out += 1
            else:
                passed.append(frame)
        return passed

    def _is_others(self, key: Key) -> bool:
        protocol, a, a_port, b, b_port = key
        found = [self._owner(k) for k in (key, (protocol, b, b_port, a, a_port))]
        if protocol == UDP and found == [None, None]:  # a socket that is not connected talks to anybody
            ends = ((a, a_port), (b, b_port), ("", a_port), ("", b_port))
            found = [self._owner((protocol, end, port, "", 0)) for end, port in ends]
        kinds = {one.owned for one in found if one is not None}
        return kinds == {OTHER}
