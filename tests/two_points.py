"""A conversation seen at two points of one path: what the client's tap shows and what the server's does, each by its own clock.

Between the two there may be a NAT that draws addresses and sequence numbers anew, a box that cuts segments, and packets that
get lost, come late, come twice, are altered, or are nobody's. The truth is known: it was made.
"""

import random
from dataclasses import dataclass, field

from captures.recipes import frames
from netanalyze.capture.write import PcapngWriter

START = 1_714_564_800 * 10**9
CLIENT, SERVER, OUTSIDE = ("192.0.2.10", 40000), ("198.51.100.5", 443), ("203.0.113.9", 61000)
MODULUS = 1 << 32
MILLISECOND = 10**6


@dataclass
class TwoPoints:
    """The two captures as they grow.

    Args:
        seed: of delays, and of numbers.
        offset, drift: what the server's clock shows beyond the client's at the start, ns, and how fast it gains.
        nat: the client's address and port become others; ``renumbered``: its sequence numbers, too.
        port: the client's.
        delay: least and most of a packet's way, ns.
    """

    seed: int = 1
    offset: int = 0
    drift: float = 0.0
    nat: bool = False
    renumbered: bool = False
    delay: tuple[int, int] = (5 * MILLISECOND, 6 * MILLISECOND)
    port: int = CLIENT[1]
    client: list = field(default_factory=list)
    server: list = field(default_factory=list)
    lost: list = field(default_factory=lambda: [0, 0])
    now: int = START

    def __post_init__(self):
        self.chance = random.Random(self.seed)
        self.isn = [self.chance.randrange(MODULUS) for _ in range(2)]
        self.renumbering = self.chance.randrange(1, MODULUS) if self.renumbered else 0
        self.sent, self.got = [0, 0], [0, 0]
        self.ids = [self.chance.randrange(1, 30000), self.chance.randrange(30000, 60000)]

    def clock(self, ns):
        """The server's clock at a moment."""
        return ns + self.offset + round((ns - START) * self.drift)

    def way(self):
        """How long a packet takes, ns."""
        return self.chance.randrange(*self.delay) if self.delay[1] > self.delay[0] else self.delay[0]

    def frame(self, side, point, flags, seq, ack, payload=b"", ttl=64, ip_id=None, options=()):
        """A segment as it is at a point (0 the client's)."""
        shift = self.renumbering if point else 0
        client = OUTSIDE if self.nat and point else (CLIENT[0], self.port)
        number, acknowledged = self.isn[side] + seq, self.isn[1 - side] + ack if "A" in flags else 0
        number, acknowledged = (
            (number + shift, acknowledged) if side == 0 else (number, acknowledged + shift * ("A" in flags))
        )
        ends = (client, SERVER) if side == 0 else (SERVER, client)
        return frames.tcp(side == 0, *ends, ttl, ip_id, flags, number, acknowledged, 500, options, payload)

    def segment(
        self, side, flags, payload=b"", lost=False, takes=None, altered=None, cut=0, doubled=False, again=False
    ):
        """One packet: at the tap of its sender now, at the other one when it has come; gives when that is."""
        if not again:
            self.last = (side, self.sent[side])
        seq, ack = (self.last[1] if again else self.sent[side]), self.got[side]
        self.ids[side] += 1
        options = (("MSS", 1460), ("SAckOK", b""), ("WScale", 7)) if "S" in flags else ()
        packet = {"flags": flags, "seq": seq, "ack": ack, "ip_id": self.ids[side], "options": options}
        came = self.now + (self.way() if takes is None else takes)
        taps = (self.client, self.server) if side == 0 else (self.server, self.client)
        stamps = (self.now, self.clock(came)) if side == 0 else (self.clock(self.now), came)
        taps[0].append((stamps[0], self.frame(side, side, payload=payload, **packet)))
        if lost:
            self.lost[side] += 1
        else:
            there = altered if altered is not None else payload
            parts = [there[at : at + cut] for at in range(0, len(there), cut)] if cut else [there]
            for part in parts * (2 if doubled else 1):
                packet["seq"] = seq + (there.find(part) if cut else 0)
                taps[1].append((stamps[1], self.frame(side, 1 - side, payload=part, ttl=57, **packet)))
        octets = len(payload) + ("S" in flags) + ("F" in flags)
        if not lost:
            self.got[1 - side] = max(self.got[1 - side], seq + octets)
        if not again:
            self.sent[side] += octets
        return came

    def says(self, side, payload, lost=0, **how):
        """One side sends octets, again after 250 ms where they were lost, and they are acknowledged."""
        for copy in range(lost):
            self.segment(side, "PA", payload, lost=True, again=copy > 0)
            self.now += 250 * MILLISECOND
        self.now = self.segment(side, "PA", payload, again=lost > 0, **how)
        self.now = self.segment(1 - side, "A")

    def handshake(self, lost_syns=0):
        """SYN, SYN-ACK, ACK."""
        for copy in range(lost_syns):
            self.segment(0, "S", lost=True, again=copy > 0)
            self.now += 1000 * MILLISECOND
        self.now = self.segment(0, "S", again=lost_syns > 0)
        self.now = self.segment(1, "SA")
        self.now = self.segment(0, "A")
        return self

    def client_as_nat(self):
        """What the client's tap shows, under the address that the NAT gives it: the far side of a box that was tapped itself."""
        named = []
        for ns, octets in self.client:
            inner = bytes.fromhex("c000020a"), b"\xcb\x00\x71\x09"
            named.append((ns, octets[:14] + octets[14:].replace(*inner, 1)))
        return named

    def passes(self, ns):
        """Nothing happens for so long."""
        self.now += ns
        return self

    def files(self, folder):
        """The two captures, written."""
        return [
            str(written(self.client, folder / "client.pcapng")),
            str(written(self.server, folder / "server.pcapng")),
        ]


def written(rows, path):
    """Frames as a pcapng, in the order of their stamps."""
    with open(path, "wb") as stream:
        writer = PcapngWriter(stream)
        writer.add_interface("eth0", 1)
        for ns, octets in sorted(rows, key=lambda row: row[0]):
            writer.write(0, ns, octets)
        stream.flush()
    return path


def request(number=1):
    """An HTTP request that no other is like."""
    return f"GET /{number} HTTP/1.1\r\nHost: www.example.org\r\nX: {number:08}\r\n\r\n".encode()


def response(octets=400, number=1):
    """An HTTP response with a body of so many octets."""
    body = random.Random(number).randbytes(octets)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {octets}\r\n\r\n".encode() + body
