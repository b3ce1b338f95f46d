"""Makes captures of the shapes that an analysis meets, the same octets each time: a classic pcap of one Ethernet link.

    shapes.py many FILE              1.64 million packets of 8,300 TLS connections, 1.0 GB
    shapes.py dns FILE               500,000 messages of 250,000 lookups of one busy host, one in 500 never answered
    shapes.py short FILE             336,000 packets of 16,000 short runs: a lookup, TCP, TLS, one answer
    shapes.py flows FILE             hostile: a million flows of one packet each (--times 10: ten million)
    shapes.py errors FILE            hostile: a million ICMP errors
    shapes.py fragments FILE         hostile: a million fragments of datagrams that never become whole
    shapes.py short FILE --times 2   twice as many of the same
    shapes.py short FILE --count 50  so many of them

``compare.py`` holds netanalyze against other programs on them.
"""

import argparse
import random
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from make_bulk_capture import RECORD, conversation  # noqa: E402

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
RECORD_HEADER, ETHERNET = 16, 14
IP, PORTS, CHECKSUM_OF = RECORD_HEADER + ETHERNET, RECORD_HEADER + ETHERNET + 20, {6: 16, 17: 6}
BEGIN_US = 1_700_000_000_000_000
AT_ONCE = 500
"""Repetitions that are made in memory at a time."""
NAMES = 400
"""Names, each with an address, that the runs of ``short`` ask for in turn."""


class Repeated:
    """The frames of a story again and again: what differs is put in place for many repetitions at once.

    Args:
        frames: ``(time in µs, octets)``: TCP or UDP over IPv4 without options over Ethernet.
    """

    def __init__(self, frames: list[tuple[int, bytes]]):
        self.frames = [octets for _, octets in frames]
        self.times = np.array([when for when, _ in frames], np.int64) - frames[0][0]
        lengths = np.array([len(octets) for octets in self.frames])
        self.heads = np.concatenate(([0], np.cumsum(lengths + RECORD_HEADER)[:-1]))
        blob = b"".join(RECORD.pack(0, 0, len(octets), len(octets)) + octets for octets in self.frames)
        self.octets = np.frombuffer(blob, np.uint8)
        self.tcp = np.array([octets[ETHERNET + 9] == 6 for octets in self.frames])

    def where(self, wanted: bytes) -> np.ndarray:
        """Offsets at which some octets stand in the story."""
        blob, found, at = self.octets.tobytes(), [], -1
        while (at := blob.find(wanted, at + 1)) >= 0:
            found.append(at)
        return np.array(found)

    def word(self, where: np.ndarray, width: int) -> np.ndarray:
        """The big-endian numbers of ``width`` octets at some offsets."""
        return sum(self.octets[where + i].astype(np.int64) << 8 * (width - 1 - i) for i in range(width))

    def repeat(self, numbers: np.ndarray, gap_us: int) -> np.ndarray:
        """So many copies, a row each, with times, client ports, sequence numbers and identifiers of their own."""
        rows = np.repeat(self.octets[None, :], len(numbers), axis=0)
        stamps = BEGIN_US + numbers[:, None] * (int(self.times[-1]) + gap_us) + self.times
        for at, values in ((0, stamps // 1_000_000), (4, stamps % 1_000_000)):
            for octet in range(4):
                rows[:, self.heads + at + octet] = values >> 8 * octet & 0xFF
        away = self.word(self.heads + PORTS, 2) > self.word(
            self.heads + PORTS + 2, 2
        )  # from the client: its port is higher
        client = self.heads + np.where(away, PORTS, PORTS + 2)
        self._put(rows, client, 1024 + numbers[:, None] % 64_000, 2)
        shifts = np.stack([numbers * 0x01000193 + 1, numbers * 0x0100011B + 7], axis=1)
        for field, own in ((4, away), (8, ~away)):
            heads = self.heads[self.tcp]
            given = (self.octets[heads + PORTS + 13] & 0x10 != 0) | (field == 4)  # without ACK the field is void
            moved = self.word(heads + PORTS + field, 4) + np.where(own[self.tcp], shifts[:, :1], shifts[:, 1:])
            self._put(rows, (heads + PORTS + field)[given], moved[:, given], 4)
        self._put(rows, self.heads[~self.tcp] + PORTS + 8, numbers[:, None] * 7919 % 65_536, 2)
        return rows

    @staticmethod
    def _put(rows: np.ndarray, where: np.ndarray, values: np.ndarray, width: int) -> None:
        for octet in range(width):
            rows[:, where + octet] = values >> 8 * (width - 1 - octet) & 0xFF

    def mend(self, rows: np.ndarray) -> None:
        """Make the checksums right (RFC 1071)."""
        for head, octets, tcp in zip(self.heads, self.frames, self.tcp, strict=True):
            length = int.from_bytes(octets[ETHERNET + 2 : ETHERNET + 4], "big") - 20
            field = head + PORTS + CHECKSUM_OF[6 if tcp else 17]
            self._sum(rows, head + IP + 10, rows[:, head + IP : head + IP + 20], 0)
            covered = rows[:, head + IP + 12 : head + PORTS + length]
            self._sum(rows, field, covered, (6 if tcp else 17) + length)

    @staticmethod
    def _sum(rows: np.ndarray, field: int, covered: np.ndarray, more: int) -> None:
        rows[:, field : field + 2] = 0
        even = covered if covered.shape[1] % 2 == 0 else np.pad(covered, ((0, 0), (0, 1)))
        total = (even[:, 0::2].astype(np.int64) << 8).sum(axis=1) + even[:, 1::2].sum(axis=1, dtype=np.int64) + more
        for _ in range(3):
            total = (total & 0xFFFF) + (total >> 16)
        put_at = ~total & 0xFFFF
        rows[:, field], rows[:, field + 1] = put_at >> 8, put_at & 0xFF


def many(path: Path, count: int) -> None:
    """A recorded TLS connection of 198 packets, 24 ms from its server, again and again."""
    story = Repeated(conversation(ROOT / "captures/recorded/healthy/capture.pcap"))
    _write(path, story, count, 1000, lambda rows, numbers: None)


def short(path: Path, count: int) -> None:
    """A lookup, a TLS connection to what it gave, one request and its answer, the close: 21 packets; ``NAMES`` names."""
    from captures.recipes import Conversation, tls

    name, address = "h0000.example.test", "198.51.100.250"
    talk = Conversation(server=f"{address}:443")
    talk.answers(talk.asks(name), ("A", address))
    talk.handshake().client_hello(sni=name)
    talk.record_overhead = tls.OVERHEAD["1.3"]
    talk.streams(talk.server_hello_octets() + tls.server_rest())
    talk.client_finished(preface=False)
    talk.request().response("600 B", updates=False)
    talk.both_close()
    story = Repeated([(ns // 1000, octets) for ns, octets in talk.frames])
    digits = [story.where(name.encode()) + 1, story.where(b"\x05h0000\x07example\x04test\0") + 2]
    answer = story.where(bytes(map(int, address.split("."))))

    def differ(rows: np.ndarray, numbers: np.ndarray) -> None:
        number = numbers % NAMES
        for where in np.concatenate(digits):
            for place, power in enumerate((1000, 100, 10, 1)):
                rows[:, where + place] = 48 + number // power % 10
        for where in answer:
            rows[:, where + 2], rows[:, where + 3] = 100 + number // 200, 1 + number % 200

    _write(path, story, count, 2000, differ)


LOOKED_UP, EPHEMERAL, SILENT = 5000, (32_768, 60_999), 500
"""Names that the lookups of ``dns`` ask for, the ports they ask from (Linux), and of how many one is never answered."""
RETRY_US = 5_000_000
ASKER, RESOLVER, ANSWER_TTL = bytes((192, 0, 2, 10)), bytes((198, 51, 100, 53)), 300


def dns(path: Path, count: int) -> None:
    """Lookups a millisecond apart, each from a socket of its own: one query and an answer 0.5 to 20 ms later, or the query again
    after 5 s and no answer."""
    chance = random.Random(1)
    frames: list[tuple[int, bytes]] = []
    now = BEGIN_US
    for number in range(count):
        now += chance.randrange(400, 1600)
        port, dns_id = chance.randint(*EPHEMERAL), chance.randrange(65_536)
        question = b"\6h%05d\7service\7example\4test\0\0\1\0\1" % chance.randrange(LOOKED_UP)
        asked = _datagram(ASKER, RESOLVER, port, 53, struct.pack("!6H", dns_id, 0x0100, 1, 0, 0, 0) + question)
        frames.append((now, asked))
        if number % SILENT == SILENT - 1:
            frames.append((now + RETRY_US, asked))
            continue
        address = bytes((203, 0, 113, chance.randrange(256)))
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ANSWER_TTL, 4) + address
        said = struct.pack("!6H", dns_id, 0x8180, 1, 1, 0, 0) + question + record
        frames.append((now + chance.randrange(500, 20_000), _datagram(RESOLVER, ASKER, 53, port, said)))
    frames.sort(key=lambda frame: frame[0])
    with path.open("wb") as file:
        written = file.write(HEADER)
        for when, octets in frames:
            written += file.write(RECORD.pack(*divmod(when, 1_000_000), len(octets), len(octets)) + octets)
    print(f"{path}: {len(frames):,} packets, {written:,} octets, {count:,} lookups")


CROWD, MORE_AT_ONCE = 1_000_000, 100_000
"""Frames of a hostile shape at its own size, and how many of them are made in memory at a time."""


def flows(path: Path, count: int) -> None:
    """One SYN each, from a port of its own of one of many hosts, a microsecond apart: as many flows as packets."""
    syn = struct.pack("!HHIIBBHHH", 1, 443, 1, 0, 0x50, 2, 64_240, 0, 0)

    def differ(rows: np.ndarray, numbers: np.ndarray) -> None:
        for octet in range(3):
            rows[:, IP + 13 + octet] = numbers // 60_000 >> 8 * (2 - octet) & 255
        rows[:, PORTS], rows[:, PORTS + 1] = 1024 + numbers % 60_000 >> 8, 1024 + numbers % 60_000 & 255

    _crowd(path, count, _packet(bytes((10, 0, 0, 1)), RESOLVER, 6, syn), differ)


def errors(path: Path, count: int) -> None:
    """ICMP errors, each of a datagram that nobody sent: port unreachable (RFC 792)."""
    quoted = _packet(ASKER, RESOLVER, 17, struct.pack("!4H", 1, 53, 8, 0))[ETHERNET:]

    def differ(rows: np.ndarray, numbers: np.ndarray) -> None:
        at = PORTS + 8 + 20  # the port of the datagram that is quoted
        rows[:, at], rows[:, at + 1] = numbers >> 8 & 255, numbers & 255

    _crowd(path, count, _packet(RESOLVER, ASKER, 1, bytes((3, 3, 0, 0, 0, 0, 0, 0)) + quoted), differ)


def fragments(path: Path, count: int) -> None:
    """First fragments of datagrams of which the rest never comes (RFC 791: more fragments)."""

    def differ(rows: np.ndarray, numbers: np.ndarray) -> None:
        rows[:, IP + 4], rows[:, IP + 5], rows[:, IP + 6] = numbers >> 8 & 255, numbers & 255, 0x20
        rows[:, IP + 14], rows[:, IP + 15] = numbers >> 24 & 255, numbers >> 16 & 255

    _crowd(path, count, _packet(ASKER, RESOLVER, 17, struct.pack("!4H", 1, 7, 2008, 0) + bytes(1000)), differ)


def _crowd(path: Path, count: int, frame: bytes, differ: Callable[[np.ndarray, np.ndarray], None]) -> None:
    """The same frame again and again, a microsecond apart, ``differ`` from one to the next."""
    one = np.frombuffer(RECORD.pack(0, 0, len(frame), len(frame)) + frame, np.uint8)
    with path.open("wb") as file:
        written = file.write(HEADER)
        for begin in range(0, count, MORE_AT_ONCE):
            numbers = np.arange(begin, min(begin + MORE_AT_ONCE, count))
            rows = np.repeat(one[None, :], len(numbers), axis=0)
            for at, values in ((0, (BEGIN_US + numbers) // 1_000_000), (4, (BEGIN_US + numbers) % 1_000_000)):
                for octet in range(4):
                    rows[:, at + octet] = values >> 8 * octet & 255
            differ(rows, numbers)
            written += file.write(rows.tobytes())
    print(f"{path}: {count:,} packets, {written:,} octets")


def _packet(source: bytes, target: bytes, protocol: int, payload: bytes) -> bytes:
    """An IPv4 packet over Ethernet; its checksums are left out."""
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0) + source + target
    return bytes((2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0)) + header + payload


def _datagram(source: bytes, target: bytes, port: int, to: int, payload: bytes) -> bytes:
    """A UDP datagram without a checksum over IPv4 over Ethernet."""
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0x4000, 64, 17, 0) + source + target
    total = sum(struct.unpack("!10H", header))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    ethernet = bytes((2, 0, 0, 0, 0, target[3], 2, 0, 0, 0, 0, source[3], 8, 0))
    udp = struct.pack("!4H", port, to, 8 + len(payload), 0)
    return ethernet + header[:10] + total.to_bytes(2, "big") + header[12:] + udp + payload


def _write(path: Path, story: Repeated, count: int, gap_us: int, differ: Callable[..., None]) -> None:
    with path.open("wb") as file:
        written = file.write(HEADER)
        for begin in range(0, count, AT_ONCE):
            numbers = np.arange(begin, min(begin + AT_ONCE, count))
            rows = story.repeat(numbers, gap_us)
            differ(rows, numbers)
            story.mend(rows)
            written += file.write(rows.tobytes())
    print(f"{path}: {count * len(story.frames):,} packets, {written:,} octets, {count:,} repetitions")


SHAPES: dict[str, tuple[Callable[[Path, int], None], int]] = {
    "dns": (dns, 250_000),
    "many": (many, 8_300),
    "short": (short, 16_000),
    "flows": (flows, CROWD),
    "errors": (errors, CROWD),
    "fragments": (fragments, CROWD),
}
"""By name: who makes it of how many repetitions, and how many there are at its own size."""


def make(name: str, path: Path, times: float = 1, count: int = 0) -> None:
    """Make a shape at ``times`` its size, or of ``count`` repetitions."""
    maker, usual = SHAPES[name]
    maker(path, count or round(usual * times))


def main() -> None:
    """Read the command line and make the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=sorted(SHAPES))
    parser.add_argument("file", type=Path)
    parser.add_argument("--times", type=float, default=1, help="how many times its usual size")
    parser.add_argument("--count", type=int, default=0, help="so many repetitions instead")
    options = parser.parse_args()
    make(options.shape, options.file, options.times, options.count)


if __name__ == "__main__":
    main()
