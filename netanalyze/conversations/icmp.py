"""ICMP and ICMPv6 errors, joined to the flow whose packet they quote (RFC 792, RFC 1191, RFC 4443)."""

from dataclasses import dataclass

from netanalyze.wire.octets import u8, u16, u32

UNREACHABLE, TIME_EXCEEDED = 3, 11
FRAGMENTATION_NEEDED = 4
V6_UNREACHABLE, V6_TOO_BIG, V6_TIME_EXCEEDED = 1, 2, 3
HEADER = 8
PROTOCOL_ICMPV6 = 58

MEANINGS_4 = {
    0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
    4: "fragmentation needed", 6: "network unknown", 7: "host unknown", 9: "network prohibited",
    10: "host prohibited", 13: "administratively prohibited",
}  # fmt: skip
MEANINGS_6 = {
    0: "no route", 1: "administratively prohibited", 2: "beyond scope", 3: "address unreachable",
    4: "port unreachable", 5: "source address failed policy", 6: "reject route",
}  # fmt: skip


@dataclass(frozen=True)
class IcmpError:
    """An error and what it quotes. ``what`` is one of unreachable, too_big, time_exceeded.

    ``mtu`` is the next hop's (0 unknown); ``quoted_*`` are the addresses (octets), protocol and ports of the
    packet quoted; ``quoted_seq`` its TCP sequence number, where eight octets of it are there. ``source`` and ``destination``
    are those of the message itself.
    """

    what: str
    code: int
    meaning: str
    mtu: int
    quoted_source: bytes
    quoted_destination: bytes
    quoted_protocol: int
    quoted_source_port: int
    quoted_destination_port: int
    quoted_seq: int
    frame: int
    ns: int
    source: str = ""
    destination: str = ""


def parse(octets: bytes, protocol: int, frame: int, ns: int, ends: tuple[str, str] = ("", "")) -> IcmpError | None:
    """The error in an ICMP message, or None where it is no error, or too short to quote ports."""
    if len(octets) < HEADER + 1:
        return None
    kind, code = octets[0], octets[1]
    mtu = 0
    if protocol == PROTOCOL_ICMPV6:
        if kind == V6_UNREACHABLE:
            what, meaning = "unreachable", MEANINGS_6.get(code, f"code {code}")
        elif kind == V6_TOO_BIG:
            what, meaning, mtu = "too_big", "packet too big", u32(octets, 4)
        elif kind == V6_TIME_EXCEEDED:
            what, meaning = "time_exceeded", "hop limit exceeded"
        else:
            return None
        if len(octets) < HEADER + 44:
            return None
        inner, at = octets[HEADER:], 40
        source, destination, carried = inner[8:24], inner[24:40], u8(inner, 6)
    else:
        if kind == UNREACHABLE and code == FRAGMENTATION_NEEDED:
            what, meaning, mtu = "too_big", MEANINGS_4[4], u16(octets, 6)
        elif kind == UNREACHABLE:
            what, meaning = "unreachable", MEANINGS_4.get(code, f"code {code}")
        elif kind == TIME_EXCEEDED:
            what, meaning = "time_exceeded", "time to live exceeded"
        else:
            return None
        inner = octets[HEADER:]
        at = (inner[0] & 15) * 4
        if len(inner) < max(at, 20) + 4:
            return None
        source, destination, carried = inner[12:16], inner[16:20], inner[9]
    seq = u32(inner, at + 4) if carried == 6 and len(inner) >= at + 8 else -1
    return IcmpError(
        what,
        code,
        meaning,
        mtu,
        bytes(source),
        bytes(destination),
        carried,
        u16(inner, at),
        u16(inner, at + 2),
        seq,
        frame,
        ns,
        *ends,
    )
