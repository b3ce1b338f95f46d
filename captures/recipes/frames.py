"""Octets of one Ethernet frame: IPv4, IPv6, TCP, UDP, ICMP and ARP, with their checksums.

scapy builds the headers and is imported only when the first frame is built.
"""

import functools
import ipaddress
import struct
import types

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
CLIENT_MAC, GATEWAY_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:01"
ICMP = 1
QUOTED_V4, QUOTED_V6 = 576 - 28, 1280 - 48


@functools.cache
def _scapy():
    from scapy.layers import inet, inet6, l2
    from scapy.packet import Raw

    names = ("Ether", "ARP"), ("IP", "TCP", "UDP"), ("IPv6", "ICMPv6DestUnreach", "ICMPv6PacketTooBig")
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


def tcp(outgoing, source, destination, ttl, ip_id, flags, seq, ack, window, options=(), payload=b""):
    """A TCP segment. ``source`` and ``destination`` are ``(address, port)``; ``window`` is the field, unscaled."""
    s = _scapy()
    segment = s.TCP(
        sport=source[1],
        dport=destination[1],
        flags=flags,
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        window=window,
        options=list(options),
    )
    packet = _ip(source[0], destination[0], ttl, ip_id) / segment
    return _ether(outgoing, packet / s.Raw(payload) if payload else packet)


def udp(outgoing, source, destination, ttl, ip_id, payload):
    """A UDP datagram. ``source`` and ``destination`` are ``(address, port)``."""
    s = _scapy()
    datagram = s.UDP(sport=source[1], dport=destination[1]) / s.Raw(payload)
    return _ether(outgoing, _ip(source[0], destination[0], ttl, ip_id) / datagram)


def _checksum(kind, code, mtu, quote):
    """The ICMP checksum (RFC 1071), over a quote that is cut and must stay as it is."""
    octets = struct.pack(">BBHHH", kind, code, 0, 0, mtu) + quote + b"\0" * (len(quote) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


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
        error = s.Raw(struct.pack(">BBHHH", kind, code, _checksum(kind, code, mtu, quote), 0, mtu))
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
