"""Octets of one Ethernet frame: IPv4, IPv6, TCP, UDP, ICMP and ARP, with their checksums.

Segments and datagrams are written here; scapy builds ARP and ICMP, and is imported only for these.
"""

import functools
import ipaddress
import struct
import types

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
CLIENT_MAC, GATEWAY_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:01"
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
DONT_FRAGMENT = 0x4000
FLAGS = "FSRPAUEC"
OPTIONS = {"MSS": 2, "WScale": 3, "SAckOK": 4, "SAck": 5, "Timestamp": 8, "MPTCP": 30}
"""The kinds of TCP options by scapy's names (RFC 9293 section 3.1, RFC 2018, RFC 7323, RFC 8684)."""
QUOTED_V4, QUOTED_V6 = 576 - 28, 1280 - 48


@functools.cache
def _scapy():
    from scapy.layers import inet, inet6, l2
    from scapy.packet import Raw

    names = ("Ether", "ARP"), ("IP",), ("IPv6", "ICMPv6DestUnreach", "ICMPv6PacketTooBig")
    found = {name: getattr(module, name) for module, group in zip((l2, inet, inet6), names) for name in group}
    return types.SimpleNamespace(Raw=Raw, **found)


def is_v6(address):
    """Whether an address, written out, is IPv6."""
    return ipaddress.ip_address(address).version == 6


def _ip(source, destination, ttl, ip_id, dont_fragment=True, service=0):
    """The IP header, without payload. IPv6 has no id: the lower bits of ``ip_id`` become its flow label."""
    s = _scapy()
    if is_v6(source):
        return s.IPv6(src=source, dst=destination, hlim=ttl, fl=ip_id & 0xFFFFF, tc=service)
    flags = "DF" if dont_fragment else 0
    return s.IP(src=source, dst=destination, ttl=ttl, id=ip_id & 0xFFFF, flags=flags, tos=service)


def _ether(outgoing, inner):
    s = _scapy()
    source, destination = (CLIENT_MAC, GATEWAY_MAC) if outgoing else (GATEWAY_MAC, CLIENT_MAC)
    return bytes(s.Ether(src=source, dst=destination) / inner)


@functools.cache
def _packed(address):
    return ipaddress.ip_address(address).packed


@functools.cache
def _link(outgoing, v6):
    source, destination = (CLIENT_MAC, GATEWAY_MAC) if outgoing else (GATEWAY_MAC, CLIENT_MAC)
    return bytes.fromhex((destination + source).replace(":", "")) + (b"\x86\xdd" if v6 else b"\x08\x00")


def _sum(octets):
    """The Internet checksum (RFC 1071)."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _datagram(outgoing, source, destination, ttl, ip_id, protocol, segment, checksum_at):
    """A frame round a segment whose checksum is filled in; the octets that scapy would build, in a hundredth of its time."""
    source, destination = _packed(source), _packed(destination)
    pseudo = source + destination + struct.pack(">II", len(segment), protocol)
    checksum = _sum(pseudo + segment) or (0xFFFF if protocol == UDP else 0)
    segment = segment[:checksum_at] + struct.pack(">H", checksum) + segment[checksum_at + 2 :]
    if len(source) == 16:
        header = struct.pack(">IHBB", 6 << 28 | ip_id & 0xFFFFF, len(segment), protocol, ttl) + source + destination
    else:
        ends = source + destination
        fixed = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(segment), ip_id & 0xFFFF, DONT_FRAGMENT, ttl, protocol)
        header = fixed + struct.pack(">H", _sum(fixed + b"\0\0" + ends)) + ends
    return _link(outgoing, len(source) == 16) + header + segment


def _option(name, value):
    """A TCP option by scapy's name for it."""
    if name == "NOP":
        return b"\1"
    octets = {
        "MSS": lambda: struct.pack(">H", value),
        "WScale": lambda: bytes([value]),
        "SAckOK": lambda: b"",
        "SAck": lambda: struct.pack(f">{len(value)}I", *value),
        "Timestamp": lambda: struct.pack(">II", *value),
        "MPTCP": lambda: value,
    }[name]()
    return bytes([OPTIONS[name], 2 + len(octets)]) + octets


def tcp(outgoing, source, destination, ttl, ip_id, flags, seq, ack, window, options=(), payload=b""):
    """A TCP segment. ``source`` and ``destination`` are ``(address, port)``; ``window`` is the field, unscaled."""
    written = b"".join(_option(*option) for option in options)
    written += b"\0" * (-len(written) % 4)
    bits = sum(1 << FLAGS.index(flag) for flag in flags)
    numbers = source[1], destination[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(written) // 4) << 4, bits, window
    segment = struct.pack(">HHIIBBHHH", *numbers, 0, 0) + written + payload
    return _datagram(outgoing, source[0], destination[0], ttl, ip_id, TCP, segment, 16)


def with_checksum(frame, checksum):
    """The same segment with another checksum, wrong or not yet filled in."""
    at = 14 + (40 if frame[12:14] == b"\x86\xdd" else 20) + 16
    return frame[:at] + struct.pack(">H", checksum) + frame[at + 2 :]


def udp(outgoing, source, destination, ttl, ip_id, payload):
    """A UDP datagram. ``source`` and ``destination`` are ``(address, port)``."""
    datagram = struct.pack(">HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
    return _datagram(outgoing, source[0], destination[0], ttl, ip_id, UDP, datagram, 6)


def echo(outgoing, source, destination, ttl, kind, number, octets=56):
    """An ICMP or ICMPv6 echo request or reply; ``source`` and ``destination`` are addresses, ``number`` counts the requests."""
    packet = struct.pack(">BBHHH", kind, 0, 0, 7, number) + bytes(octets)
    if is_v6(source):
        return _datagram(outgoing, source, destination, ttl, number, ICMPV6, packet, 2)
    header = _ip(source, destination, ttl, number)
    header.proto = ICMP
    packet = packet[:2] + struct.pack(">H", _sum(packet)) + packet[4:]
    return _ether(outgoing, header / _scapy().Raw(packet))


def icmp_error(outgoing, reporter, receiver, ttl, ip_id, kind, code, quoted, mtu=0, hops=1):
    """An ICMP or ICMPv6 error that quotes ``quoted``, a whole frame, as it was ``hops`` routers later."""
    s = _scapy()
    if is_v6(receiver):
        inner = s.IPv6(quoted[14:])
        inner.hlim -= hops
        error = s.ICMPv6PacketTooBig(mtu=mtu) if kind == 2 else s.ICMPv6DestUnreach(code=code)
        quote = bytes(inner)[:QUOTED_V6]
    else:
        inner = s.IP(quoted[14:])
        inner.ttl -= hops
        del inner.chksum
        quote = bytes(inner)[:QUOTED_V4]
        error = s.Raw(
            struct.pack(">BBHHH", kind, code, _sum(struct.pack(">BBHHH", kind, code, 0, 0, mtu) + quote), 0, mtu)
        )
    header = _ip(reporter, receiver, ttl, ip_id, dont_fragment=False, service=0 if is_v6(receiver) else 0xC0)
    if not is_v6(receiver):
        header.proto = ICMP
    return _ether(outgoing, header / error / s.Raw(quote))


def arp(outgoing, asking, sender, target):
    """An ARP request or reply between the client and its gateway."""
    s = _scapy()
    own, other = (CLIENT_MAC, GATEWAY_MAC) if outgoing else (GATEWAY_MAC, CLIENT_MAC)
    known = "00:00:00:00:00:00" if asking else other
    return _ether(outgoing, s.ARP(op=1 if asking else 2, hwsrc=own, psrc=sender, hwdst=known, pdst=target))


def who_has(sender, target):
    """The client asks everybody on the link for a neighbour whose link address it does not know."""
    s = _scapy()
    asked = s.ARP(op=1, hwsrc=CLIENT_MAC, psrc=sender, hwdst="00:00:00:00:00:00", pdst=target)
    return bytes(s.Ether(src=CLIENT_MAC, dst=BROADCAST_MAC) / asked)
