"""Frames for captures that are small for what they might cost: builders with any 32-bit address, numbers and times.

Checksums are zero: nothing here looks at them.
"""

import struct

from feeding import START_NS, Frame
from traffic import ethernet, tcp, udp

US, SERVER, RESOLVER, ROUTER = 0xC000020A, 0xC6336450, 0xC0000235, 0xC0000201
MS = 1_000_000
SECOND = 1_000 * MS
SYN, SYN_ACK, ACK, PUSH, FIN, RST = 0x02, 0x12, 0x10, 0x18, 0x11, 0x14
TCP, UDP, ICMP = 6, 17, 1


def ip(source, target, protocol, body, number=1, fragment=0, ttl=64):
    """An IPv4 packet between any two addresses, given as integers."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), number & 0xFFFF, fragment, ttl, protocol, 0)
    return head + struct.pack(">II", source, target) + body


class Wire:
    """Frames as they are sent, each at a moment, ns since the beginning."""

    def __init__(self):
        self.frames = []

    def packet(self, ns, packet, vlan=0):
        """An IP packet."""
        self.raw(ns, ethernet(packet, vlan))

    def raw(self, ns, octets):
        """A frame as it is."""
        self.frames.append((ns, octets))

    def syn(self, ns, port, to=SERVER, service=443, sequence=1000):
        """The client's SYN."""
        self.packet(ns, ip(US, to, TCP, tcp(port, service, sequence, 0, SYN)))

    def opened(self, ns, port, to=SERVER, service=443, trip=MS):
        """A handshake; the client's next octet is 1001, the server's 5001."""
        self.syn(ns, port, to, service)
        self.packet(ns + trip, ip(to, US, TCP, tcp(service, port, 5000, 1001, SYN_ACK)))
        self.packet(ns + trip + 10_000, ip(US, to, TCP, tcp(port, service, 1001, 5001, ACK)))

    def up(self, ns, port, octets, sequence=1001, ack=5001, to=SERVER, service=443, flags=PUSH, **more):
        """A segment of the client's."""
        self.packet(ns, ip(US, to, TCP, tcp(port, service, sequence, ack, flags, payload=octets, **more)))

    def down(self, ns, port, octets, sequence=5001, ack=1001, to=SERVER, service=443, flags=PUSH, **more):
        """A segment of the server's."""
        self.packet(ns, ip(to, US, TCP, tcp(service, port, sequence, ack, flags, payload=octets, **more)))

    def ask(self, ns, number, name, port=None, resolver=RESOLVER, kind=1):
        """A query; its port follows from its number where none is given."""
        self.packet(ns, ip(US, resolver, UDP, udp(port or 20_000 + number % 40_000, 53, question(number, name, kind))))

    def told(self, ns, number, name, addresses=(), port=None, resolver=RESOLVER, rcode=0, aliases=(), kind=1):
        """The answer to it."""
        said = answer(number, name, addresses, rcode, aliases, kind)
        self.packet(ns, ip(resolver, US, UDP, udp(53, port or 20_000 + number % 40_000, said)))

    def unreachable(self, ns, quoted, kind=3, code=1, mtu=0, source=ROUTER, to=US):
        """An ICMP error that quotes an IP packet."""
        self.packet(ns, ip(source, to, ICMP, struct.pack(">BBHHH", kind, code, 0, 0, mtu) + quoted[:48]))

    def captured(self):
        """The frames in the order of their times, as a capture has them."""
        return tuple(
            Frame(START_NS + ns, octets, len(octets)) for ns, octets in sorted(self.frames, key=lambda f: f[0])
        )


def labels(name):
    """A name in DNS's form."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def question(number, name, kind=1):
    """A query."""
    return struct.pack(">6H", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + labels(name) + struct.pack(">HH", kind, 1)


def answer(number, name, addresses=(), rcode=0, aliases=(), kind=1):
    """Its answer: first the canonical names, then the addresses."""
    head = struct.pack(">6H", number & 0xFFFF, 0x8180 | rcode, 1, len(addresses) + len(aliases), 0, 0)
    body = labels(name) + struct.pack(">HH", kind, 1)
    for alias in aliases:
        target = labels(alias)
        body += b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, len(target)) + target
    for address in addresses:
        body += b"\xc0\x0c" + struct.pack(">HHIHI", 1, 1, 60, 4, address)
    return head + body


def record(length, kind=23):
    """A TLS record."""
    return struct.pack(">BHH", kind, 0x0303, length) + bytes(length)


def hello(name="www.example.test", number=0):
    """A ClientHello for a name, different for each number."""
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name.encode()
    body = (
        b"\x03\x03" + number.to_bytes(32, "big") + b"\0" + b"\0\2\x13\x01" + b"\1\0" + struct.pack(">H", len(sni)) + sni
    )
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + struct.pack(">H", len(message)) + message


def question_for(target, asker=US, number=0):
    """An ARP request in its frame."""
    hardware = b"\2\0\0\0" + number.to_bytes(2, "big")
    body = b"\0\1\x08\0\6\4\0\1" + hardware + struct.pack(">I", asker) + bytes(6) + struct.pack(">I", target)
    return b"\xff" * 6 + hardware + b"\x08\x06" + body
