"""Random TCP streams in which much goes wrong, for comparing marks: made from a seed, always the same."""

import random
import struct

from traffic import ethernet, ipv4, tcp

from netanalyze.wire.layers import ACK, FIN, RST, SYN

START_NS = 1_700_000_000_000_000_000
GAPS_NS = (
    1_000, 50_000, 200_000, 1_000_000, 2_500_000, 4_000_000, 15_000_000, 25_000_000, 100_000_000, 300_000_000,
)  # fmt: skip
"""Around every limit of Wireshark's: 3 ms, 20 ms, and round trips of all sizes."""
STEPS_NS = (1_000, 2_000_000, 30_000_000)
"""How far the clock steps back, now and then, once a stream is under way."""

MSS, SACK_PERMITTED = b"\2\4\5\xb4", b"\4\2"


class Talk:
    """One stream of two sides that mostly, but not always, do as they should."""

    def __init__(self, chance: random.Random, client_port: int, wraps: bool):
        self.chance, self.port = chance, client_port
        self.start = [(1 << 32) - chance.randrange(400, 3000) if wraps else chance.randrange(1, 1 << 31) for _ in "ab"]
        self.next, self.acked = [1, 1], [1, 1]
        self.window = [chance.choice((1000, 64, 65535, 0)), chance.choice((1000, 2000, 65535))]
        self.scale = [chance.choice((None, 0, 2, 7)) for _ in "ab"]
        self.sack = chance.random() < 0.6
        self.unit = chance.choice((10, 100, 536))
        self.frames: list[tuple[int, bytes]] = []
        self.now = START_NS

    def segment(self, side: int, seq: int, ack: int, flags: int, length: int = 0, options: bytes = b"") -> None:
        """Add one; numbers are relative. None has the number 0, which tshark takes for none seen."""
        self.now += self.chance.choice(GAPS_NS)
        numbers = [self.start[side] + seq & 0xFFFFFFFF, self.start[1 - side] + ack & 0xFFFFFFFF if flags & ACK else 0]
        ends = ((10, self.port), (80, 80))[:: 1 - 2 * side]
        octets = tcp(
            ends[0][1],
            ends[1][1],
            *numbers,
            flags,
            self.window[side],
            bytes(length),
            options + b"\1" * (-len(options) % 4),
        )
        self.frames.append(
            (self.now, ethernet(ipv4(ends[0][0], ends[1][0], 6, octets, identification=len(self.frames) + 1)))
        )

    def opens(self) -> None:
        """A handshake, of which any part may be missing or come twice."""
        chance = self.chance
        for side, flags in ((0, SYN), (1, SYN | ACK)):
            for _ in range(chance.choices((0, 1, 2), (1, 8, 1))[0]):
                scale = b"" if self.scale[side] is None else b"\3\3" + bytes([self.scale[side]])
                self.segment(side, 0, 1, flags, options=MSS + scale + (SACK_PERMITTED if self.sack else b""))
        if chance.random() < 0.9:
            self.segment(0, 1, 1, ACK)

    def goes_on(self, rounds: int) -> None:
        """Data and acknowledgments: in order, again, ahead, behind, one octet before; windows that close and open."""
        chance, unit = self.chance, self.unit
        for number in range(rounds):
            side = chance.choice((0, 0, 1))
            length = chance.choice((0, 0, 0, 1, unit, unit, 2 * unit, 3 * unit))
            ahead = chance.choice((1, unit, 2 * unit))
            seq = chance.choices(
                (
                    self.next[side],
                    self.next[side] - 1,
                    self.next[side] + ahead,
                    max(self.next[side] - unit * 2, 1),
                    self.acked[side],
                ),
                (55, 8, 10, 15, 12),
            )[0]
            sent, acked = self.next[1 - side], self.acked[1 - side]
            ack = chance.choices((acked, sent, sent + ahead, max(1, sent - unit), acked + 1), (50, 38, 4, 4, 4))[0]
            if chance.random() < 0.12:
                self.window[side] = chance.choice((0, 0, unit, 1000, 64, 65535))
            flags = ACK | chance.choices((0, FIN, RST), (94, 4, 2))[0]
            options = b""
            if self.sack and length == 0 and chance.random() < 0.3:
                left = self.start[1 - side] + ack + chance.choice((unit, 2 * unit, -unit))
                options = b"\5\x0a" + struct.pack(">II", left & 0xFFFFFFFF, left + unit & 0xFFFFFFFF)
            if number > 8 and chance.random() < 0.06:  # not before the initial round trip is known
                self.now -= chance.choice(STEPS_NS)
            for _ in range(chance.choices((1, 2, 3, 4), (85, 5, 5, 5))[0]):
                self.segment(side, seq, ack, flags, length, options)
            if not flags & RST:
                self.next[side] = max(self.next[side], seq + length + bool(flags & FIN))
            self.acked[1 - side] = max(acked, ack)


def streams(seed: int, count: int, rounds: int = 30) -> list[tuple[int, bytes]]:
    """``(time ns, frame)`` of so many streams, one after the other; some take a port again that was used before."""
    frames: list[tuple[int, bytes]] = []
    for number in range(count):
        talk = Talk(random.Random(seed * 100_003 + number), 20_000 + number - (number % 5 == 4), number % 7 == 0)
        talk.now += number * 10**12
        talk.opens()
        talk.goes_on(rounds)
        frames += talk.frames
    return frames
