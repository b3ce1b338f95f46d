"""Arguments for the kernels that read DNS messages: most of them of the usual form, many with an octet that is another."""

import struct

import numpy as np
from kernel_arguments import run_plain, span

from netanalyze.wire.message import dns_usual
from netanalyze.wire.message.dns_usual import USUAL

MESSAGES = 5
RECORDS = (b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\7", b"\xc0\x0c\0\x1c\0\1\0\0\0\5\0\x10" + bytes(16))
OPT = b"\0\0\x29\x04\xd0\1\0\0\0\0\4\0\x0a\0\0"


def dns_message(random):
    """Octets of a query or an answer."""
    answers = [RECORDS[number] for number in random.integers(0, 2, int(random.choice([0, 0, 1, 1, 2, 16, 17])))]
    labels = [
        bytes([length]) + bytes([97]) * length
        for length in random.choice([1, 3, 63], int(random.integers(0, 5))).tolist()
    ]
    opt = int(random.integers(0, 2))
    head = struct.pack(
        ">HHHHHH", int(random.integers(65536)), int(random.choice([0x0100, 0x8183])), 1, len(answers), 0, opt
    )
    octets = bytearray(head + b"".join(labels) + b"\0\0\1\0\1" + b"".join(answers) + OPT * opt)
    if random.random() < 0.5:
        octets[random.integers(len(octets))] = random.integers(256)
    return bytes(octets[: int(random.integers(0, len(octets)))] if random.random() < 0.2 else octets)


def dns_messages(random):
    """``(octets, begins, ends, count, rows)`` of several, one behind the other."""
    parts = [dns_message(random) for _ in range(MESSAGES)]
    edges = np.cumsum([0, *map(len, parts)])
    octets = np.frombuffer(b"".join(parts) + b"\0", dtype=np.uint8).copy()
    rows = np.zeros(MESSAGES * USUAL.WIDTH, dtype=np.int64)
    return octets, edges[:-1].copy(), edges[1:].copy(), MESSAGES, rows


def read_ones(random):
    """The same as they were read, with room for their addresses."""
    octets, begins, ends, count, rows = dns_messages(random)
    run_plain(dns_usual.read_messages, octets, begins, ends, count, rows)
    return octets, rows, count, np.zeros(len(octets), dtype=np.uint8), np.zeros(count + 1, dtype=np.int64)


def in_one(random):
    octets = np.frombuffer(dns_message(random), dtype=np.uint8).copy()
    return octets, 0, len(octets), np.zeros(2 * USUAL.WIDTH, dtype=np.int64), USUAL.WIDTH


CASES = {
    dns_usual.name_end: lambda random: ((place := span(random))[0], place[1], max(place[1] - 12, 0), place[2]),
    dns_usual.addresses_end: lambda random: (
        (place := span(random))[0],
        place[1],
        int(random.integers(0, 3)),
        place[2],
    ),
    dns_usual.read_usual: in_one,
    dns_usual.read_messages: dns_messages,
    dns_usual.write_addresses: read_ones,
}
