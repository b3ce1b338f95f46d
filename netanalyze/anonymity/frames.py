"""One frame with other addresses: its headers, walked from the link to the transport; what cannot be read is blanked.

RFC 826 (ARP), 791, 8200, 792, 4443, 4861, 2784 (GRE), 7348 (VXLAN). Lengths are checked before each step; what a header says
beyond the captured octets is not there.
"""

from collections.abc import Callable
from typing import NamedTuple

from netanalyze.anonymity.checksums import mended
from netanalyze.anonymity.keys import Key
from netanalyze.wire.net.checksum import ones_sum

ETHERNET, RAW, NULL, LOOP = 1, (12, 14, 101, 228, 229), 0, 108
COOKED = {113: (6, 16, 14), 276: (12, 20, 0)}
"""Linux' cooked captures: where the address stands, where the header ends, where the protocol stands."""
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
PPPOE, PPP_OF_IP, MPLS = 0x8864, (0x0021, 0x0057), 0x8847
"""RFC 2516, RFC 1332 and 5072, RFC 3032."""
TAGS = (0x8100, 0x88A8, 0x9100)
ICMP, IPIP, TCP, UDP, SIX_IN_FOUR, GRE, ICMPV6 = 1, 4, 6, 17, 41, 47, 58
RST = 4
EXTENSIONS = (0, 43, 60, 135)
"""IPv6 headers of the common form (RFC 8200 section 4)."""
FRAGMENT = 44
QUOTING = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4)}
VXLAN, GENEVE = 4789, 6081
BRIDGED = 0x6558
"""Ethernet within GRE and Geneve (RFC 1701, RFC 8926)."""
TCP_LEAST = 14
"""Octets of a TCP header up to its flags."""
DEPTH_MOST = 6


class SentBy(NamedTuple):
    """Whose payload it is: protocol, addresses and ports as captured."""

    protocol: int
    source: bytes
    source_port: int
    destination: bytes
    destination_port: int


Payload = Callable[[SentBy, bytes, int], bytes]
"""What stands for a payload: of whom, its octets, its sequence number (TCP; else 0)."""


class FrameWalk:
    """Changes frames in place.

    Args:
        key: what stands for what.
        payload: what stands for a payload of TCP or UDP.
    """

    def __init__(self, key: Key, payload: Payload):
        self._key, self._payload = key, payload
        self.solicited: dict[bytes, bytes] = {}
        """Of IPv6 addresses met so far their last three octets, and those of what stands for them (RFC 4291 section 2.7.1)."""

    def frame(self, link_type: int, octets: bytes) -> bytes | None:
        """The frame as it may be shown; None for a link type that is not read."""
        new = bytearray(octets)
        if link_type == ETHERNET:
            self._ethernet(new, 0)
        elif link_type in RAW:
            self._ip(new, 0)
        elif link_type in COOKED:
            address, end, kind = COOKED[link_type]
            if len(new) < end:
                return bytes(len(new))
            new[address : address + 6] = self._mac(new[address : address + 6])
            new[address + 6 : address + 8] = bytes(2)
            self._network(new, end, int.from_bytes(new[kind : kind + 2], "big"))
        elif link_type in (NULL, LOOP):
            self._ip(new, 4)
        else:
            return None
        return bytes(new)

    def _mac(self, octets: bytearray) -> bytes:
        if octets[:3] == b"\x33\x33\xff" and len(octets) == 6:
            return bytes(octets[:3]) + self.solicited.get(bytes(octets[3:]), bytes(octets[3:]))
        return self._key.mac(bytes(octets)) if len(octets) == 6 else bytes(len(octets))

    def _ethernet(self, new: bytearray, at: int, depth: int = 0) -> None:
        if len(new) < at + 14:
            new[at:] = bytes(len(new) - at)
            return
        kind, next_at = int.from_bytes(new[at + 12 : at + 14], "big"), at + 14
        while kind in TAGS and len(new) >= next_at + 4:
            kind, next_at = int.from_bytes(new[next_at + 2 : next_at + 4], "big"), next_at + 4
        self._network(new, next_at, kind, depth)
        new[at : at + 6] = self._mac(new[at : at + 6])
        new[at + 6 : at + 12] = self._mac(new[at + 6 : at + 12])

    def _network(self, new: bytearray, at: int, kind: int, depth: int = 0) -> None:
        if kind in (IPV4, IPV6):
            self._ip(new, at, depth)
        elif kind == ARP and new[at + 2 : at + 6] == b"\x08\x00\x06\x04" and len(new) >= at + 28:
            for place in (at + 8, at + 18):
                new[place : place + 6] = self._mac(new[place : place + 6])
                new[place + 6 : place + 10] = self._key.ipv4(bytes(new[place + 6 : place + 10]))
            new[at + 28 :] = bytes(len(new) - at - 28)
        elif kind == PPPOE and int.from_bytes(new[at + 6 : at + 8], "big") in PPP_OF_IP:
            self._ip(new, at + 8, depth)
        elif kind == MPLS:
            while at + 4 <= len(new) and not new[at + 2] & 1:
                at += 4
            self._ip(new, at + 4, depth)
        else:
            new[at:] = bytes(max(len(new) - at, 0))

    def _ip(self, new: bytearray, at: int, depth: int = 0, quoted: bool = False) -> None:
        version = new[at] >> 4 if at < len(new) else 0
        if depth < DEPTH_MOST and version == 4 and len(new) >= at + 20:
            self._ipv4(new, at, depth, quoted)
        elif depth < DEPTH_MOST and version == 6 and len(new) >= at + 40:
            self._ipv6(new, at, depth, quoted)
        else:
            new[at:] = bytes(max(len(new) - at, 0))

    def _ipv4(self, new: bytearray, at: int, depth: int, quoted: bool) -> None:
        header = max((new[at] & 15) * 4, 20)
        length = int.from_bytes(new[at + 2 : at + 4], "big")
        old = bytes(new[at : at + header])
        source, destination = old[12:16], old[16:20]
        new[at + 12 : at + 16], new[at + 16 : at + 20] = self._key.ipv4(source), self._key.ipv4(destination)
        for place in range(at + 20, min(at + header, len(new))):
            new[place] = 1  # options may hold addresses; 1 is "no operation"
        now = bytes(new[at : at + header])
        if len(now) == header:
            field = int.from_bytes(old[10:12], "big")
            sums = [ones_sum(text[:10] + bytes(2) + text[12:]) for text in (old, now)]
            new[at + 10 : at + 12] = mended(field, *sums).to_bytes(2, "big")
        fragment = int.from_bytes(old[6:8], "big")
        end = at + length if header <= length else len(new)
        if end < len(new):
            new[end:] = bytes(len(new) - end)
        whole = not fragment & 0x3FFF and not quoted and end <= len(new)
        self._transport(
            new, at + header, min(end, len(new)), old[9], source, destination, fragment & 0x1FFF, whole, depth
        )

    def _ipv6(self, new: bytearray, at: int, depth: int, quoted: bool) -> None:
        length = int.from_bytes(new[at + 4 : at + 6], "big")
        source, destination = bytes(new[at + 8 : at + 24]), bytes(new[at + 24 : at + 40])
        new[at + 8 : at + 24], new[at + 24 : at + 40] = self._address6(source), self._address6(destination)
        end, kind, place, fragment, whole = at + 40 + length if length else len(new), new[at + 6], at + 40, 0, True
        if end < len(new):
            new[end:] = bytes(len(new) - end)
        while kind in (*EXTENSIONS, FRAGMENT) and place + 8 <= len(new):
            after = place + (8 if kind == FRAGMENT else 8 + 8 * new[place + 1])
            if kind == FRAGMENT:
                fragment = int.from_bytes(new[place + 2 : place + 4], "big")
                whole = whole and not fragment & 0xFFF9
                fragment >>= 3
            elif kind != 0:
                new[place + 8 : after] = bytes(max(min(after, len(new)) - place - 8, 0))
            kind, place = new[place], after
        whole = whole and not quoted and end <= len(new)
        self._transport(new, place, min(end, len(new)), kind, source, destination, fragment, whole, depth)

    def _address6(self, octets: bytes) -> bytes:
        if octets[:13] == b"\xff\x02" + bytes(9) + b"\x01\xff":
            return octets[:13] + self.solicited.get(octets[13:], octets[13:])
        made = self._key.ipv6(octets)
        self.solicited.setdefault(octets[13:], made[13:])
        return made

    def _transport(
        self, new: bytearray, at: int, end: int, kind: int, source: bytes, destination: bytes, fragment: int, whole: bool,
        depth: int,
    ) -> None:  # fmt: skip
        if at >= end:
            return
        old = bytes(new[at:end])
        if fragment:
            new[at:end] = bytes(end - at)
        elif kind == TCP and len(old) < TCP_LEAST:
            pass  # of a quote: ports and a sequence number
        elif kind == TCP:
            self._tcp(new, at, end, source, destination)
        elif kind == UDP and len(old) >= 8:
            self._udp(new, at, end, source, destination, depth)
        elif kind in QUOTING and len(old) >= 8:
            self._icmp(new, at, end, kind, depth)
        elif kind in (IPIP, SIX_IN_FOUR):
            self._ip(new, at, depth + 1)
        elif kind == GRE and len(old) >= 4:
            flags = int.from_bytes(old[:2], "big")
            inner = at + 4 + 4 * bin(flags & 0xB000).count("1")
            protocol = int.from_bytes(old[2:4], "big")
            if protocol == BRIDGED and not flags & 7:
                self._ethernet(new, inner, depth + 1)
            else:
                self._network(new, inner, protocol, depth + 1)
        else:
            new[at:end] = bytes(end - at)
        place = {TCP: 16, UDP: 6, ICMP: 2, ICMPV6: 2}.get(kind)
        if place is None or fragment or not whole or len(old) < place + 2 or (kind == UDP and old[6:8] == bytes(2)):
            return
        self._mend(new, at, end, old, kind, source, destination, place)

    def _mend(
        self, new: bytearray, at: int, end: int, old: bytes, kind: int, source: bytes, destination: bytes, place: int
    ) -> None:
        field = int.from_bytes(old[place : place + 2], "big")
        now, sums, pseudos = bytes(new[at:end]), [], []
        mapped = (self._address(source), self._address(destination))
        for text, (one_end, other_end) in ((old, (source, destination)), (now, mapped)):
            head = b"" if kind == ICMP else one_end + other_end + len(old).to_bytes(4, "big") + kind.to_bytes(4, "big")
            pseudos.append(ones_sum(head))
            sums.append(ones_sum(text[:place] + bytes(2) + text[place + 2 :], pseudos[-1]))
        made = mended(field, *sums, *(pseudos if kind in (TCP, UDP) else ()))
        new[at + place : at + place + 2] = (made or (0xFFFF if kind == UDP else 0)).to_bytes(2, "big")

    def _address(self, octets: bytes) -> bytes:
        return self._key.ipv4(octets) if len(octets) == 4 else self._address6(octets)

    def _tcp(self, new: bytearray, at: int, end: int, source: bytes, destination: bytes) -> None:
        header = max((new[at + 12] >> 4) * 4, 20)
        if at + header >= end:
            return
        if new[at + 13] & RST:  # a reason in words (RFC 9293 section 3.5.3), and no part of the stream
            new[at + header : end] = bytes(end - at - header)
            return
        ports = int.from_bytes(new[at : at + 2], "big"), int.from_bytes(new[at + 2 : at + 4], "big")
        sequence = int.from_bytes(new[at + 4 : at + 8], "big") + (new[at + 13] >> 1 & 1)
        ends = SentBy(TCP, source, ports[0], destination, ports[1])
        new[at + header : end] = self._payload(ends, bytes(new[at + header : end]), sequence & 0xFFFFFFFF)

    def _udp(self, new: bytearray, at: int, end: int, source: bytes, destination: bytes, depth: int) -> None:
        if at + 8 >= end:
            return
        ports = int.from_bytes(new[at : at + 2], "big"), int.from_bytes(new[at + 2 : at + 4], "big")
        if ports[1] == VXLAN and end >= at + 30:
            self._ethernet(new, at + 16, depth + 1)
            return
        if ports[1] == GENEVE and end >= at + 16:
            inner = at + 16 + (new[at + 8] & 0x3F) * 4
            new[at + 16 : min(inner, end)] = bytes(max(min(inner, end) - at - 16, 0))
            kind = int.from_bytes(new[at + 10 : at + 12], "big")
            self._ethernet(new, inner, depth + 1) if kind == BRIDGED else self._network(new, inner, kind, depth + 1)
            return
        ends = SentBy(UDP, source, ports[0], destination, ports[1])
        new[at + 8 : end] = self._payload(ends, bytes(new[at + 8 : end]), 0)

    def _icmp(self, new: bytearray, at: int, end: int, kind: int, depth: int) -> None:
        message = new[at]
        if message in QUOTING[kind]:
            if kind == ICMP and message == 5:
                new[at + 4 : at + 8] = self._key.ipv4(bytes(new[at + 4 : at + 8]))
            quote = bytearray(new[at + 8 : end])
            self._ip(quote, 0, depth + 1, quoted=True)
            new[at + 8 : end] = quote
        elif kind == ICMPV6 and 133 <= message <= 137:
            self._neighbours(new, at, end, message)
        else:
            new[at + 8 : end] = bytes(end - at - 8)

    def _neighbours(self, new: bytearray, at: int, end: int, message: int) -> None:
        """Neighbour discovery: the target, and link-layer addresses, prefixes and resolvers among the options."""
        place = at + {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}[message]
        for address in range(at + 8, min(place, end) - 15, 16) if message >= 135 else ():
            new[address : address + 16] = self._address6(bytes(new[address : address + 16]))
        while place + 8 <= end:
            length = 8 * new[place + 1]
            if not length or place + length > end:
                break
            if new[place] in (1, 2) and length == 8:
                new[place + 2 : place + 8] = self._mac(new[place + 2 : place + 8])
            elif new[place] == 3 and length == 32:
                new[place + 16 : place + 32] = self._address6(bytes(new[place + 16 : place + 32]))
            elif new[place] != 5:
                new[place + 2 : place + length] = bytes(length - 2)
            place += length
        new[place:end] = bytes(max(end - place, 0))
