"""Traffic for the laws: frames as plain data, how to feed them, and strategies that make them up.

A *frame* is ``Frame(time_ns, octets, original_length, interface)``; a *capture* is its frames and the link
types of its interfaces. Checksums are zero: nothing here looks at them.
"""

import functools
import itertools
import json
import os
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import WIDTH, FrameBatch, Interface, Interfaces
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.wire.link import dispatch

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
RECIPES = sorted(CAPTURES.glob("*/*/*.pcapng"))
RECORDINGS = sorted(CAPTURES.glob("recorded/*/capture.pcap*"))
START_NS = 1_700_000_000_000_000_000
FUZZ = int(os.environ.get("FUZZ", "1"))
"""So many times as many examples as usual: ``FUZZ=50 python -m pytest tests/laws`` searches for an hour."""


def examples(count):
    """Settings of a law that is tried on ``count`` examples, or more when fuzzing."""
    return settings(max_examples=count * FUZZ)


def name(path):
    """``tls/alert/hit`` for a test's name."""
    return str(path.relative_to(CAPTURES).with_suffix(""))


class Frame(NamedTuple):
    """One captured frame."""

    time_ns: int
    octets: bytes
    original_length: int
    interface: int = 0


class Capture(NamedTuple):
    """Frames, and the link type of each interface."""

    frames: tuple
    link_types: tuple = (dispatch.ETHERNET,)


@functools.cache
def read(path):
    """A capture file as a Capture."""
    frames = []
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        for batch in source.batches():
            for start, captured, original, time_ns, interface, _ in batch.frames.tolist():
                frames.append(Frame(time_ns, batch.buffer[start : start + captured].tobytes(), original, interface))
        return Capture(tuple(frames), tuple(row.link_type for row in source.interfaces.rows))


def interfaces(capture):
    """The capture's interfaces as a source would give them."""
    return Interfaces([Interface(link_type) for link_type in capture.link_types])


def batches(capture, cuts=()):
    """The capture as batches that end before the frames with these indices (equal cuts: an empty batch)."""
    edges = [0, *sorted(cuts), len(capture.frames)]
    for begin, end in itertools.pairwise(edges):
        rows = np.zeros((end - begin, WIDTH), dtype=np.int64)
        at = 0
        for row, frame in enumerate(capture.frames[begin:end]):
            rows[row] = (at, len(frame.octets), frame.original_length, frame.time_ns, frame.interface, 0)
            at += len(frame.octets)
        buffer = np.frombuffer(bytearray(b"".join(f.octets for f in capture.frames[begin:end])), dtype=np.uint8)
        yield FrameBatch(buffer, rows, begin + 1)


def analysed(capture, cuts=(), engine=None, **finish):
    """The Result of a capture that was fed in batches cut like this."""
    analyzer = Analyzer(engine or Engine(mode="plain"), Diagnostics())
    for batch in batches(capture, cuts):
        analyzer.feed(batch, interfaces(capture))
    return analyzer.finish(**finish)


def told(result):
    """All that a result tells: its JSON, strictly, and the tables that are not in it."""
    document = result.to_json()
    document["events"] = list(result.events.rows())
    document["tcp_marks"] = list(result.tcp_marks.rows())
    return json.loads(json.dumps(document, allow_nan=False))


# Engines that watch


class Watched:
    """An array or list whose elements are read and written one by one, inside its bounds, as 64-bit integers."""

    def __init__(self, cells):
        self._cells, self._length = memoryview(cells) if isinstance(cells, np.ndarray) else cells, len(cells)

    def __getitem__(self, at):
        assert 0 <= at < self._length, f"element {at} of {self._length} was read"
        return self._cells[at]

    def __setitem__(self, at, value):
        assert 0 <= at < self._length, f"element {at} of {self._length} was written"
        assert -(2**63) <= value < 2**63, f"{value} was written: machine code would have wrapped"
        self._cells[at] = value

    def __len__(self):
        return self._length


class WatchfulEngine(Engine):
    """Runs kernels as plain Python on arrays that refuse an index outside of them (Python would take -1 from the end)."""

    def __init__(self):
        super().__init__(mode="plain")

    def run(self, function, *arguments):
        """As Engine.run."""
        return function(*(Watched(a) if isinstance(a, (np.ndarray, list)) else a for a in arguments))


# Building frames


def ethernet(packet, vlan=0):
    """An IP packet in an Ethernet frame."""
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    tag = b"\x81\x00" + vlan.to_bytes(2, "big") if vlan else b""
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tag + kind + packet


def ipv4(source, target, protocol, payload, ttl=64, identification=1, fragment=0x4000):
    """An IPv4 packet; addresses are the last octets of 192.0.2.0/24."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), identification, fragment, ttl, protocol, 0)
    return head + bytes((192, 0, 2, source)) + bytes((192, 0, 2, target)) + payload


def ipv6(source, target, protocol, payload, ttl=64):
    """An IPv6 packet; addresses are 2001:db8::x."""
    head = struct.pack(">IHBB", 0x60000000, len(payload), protocol, ttl)
    network = bytes.fromhex("20010db8") + bytes(11)
    return head + network + bytes((source,)) + network + bytes((target,)) + payload


def tcp(source, target, seq, ack, flags, window=500, payload=b"", options=b""):
    """A TCP segment."""
    options += bytes(-len(options) % 4)
    head = struct.pack(
        ">HHIIBBHHH",
        source,
        target,
        seq & 0xFFFFFFFF,
        ack & 0xFFFFFFFF,
        (5 + len(options) // 4) << 4,
        flags,
        window,
        0,
        0,
    )
    return head + options + payload


def udp(source, target, payload):
    """A UDP datagram."""
    return struct.pack(">HHHH", source, target, 8 + len(payload), 0) + payload


def dns(identifier, response, rcode=0, kind=1):
    """A DNS message about www.example.test, with one address in an answer."""
    answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, 4 if kind == 1 else 16) + bytes(4 if kind == 1 else 16)
    found = response and rcode == 0
    head = struct.pack(">HHHHHH", identifier, 0x8180 | rcode if response else 0x0100, 1, int(found), 0, 0)
    return head + b"\3www\7example\4test\0" + struct.pack(">HH", kind, 1) + (answer if found else b"")


@functools.cache
def client_hello():
    """A TLS record with the ClientHello of a recipe."""
    from captures.recipes import Conversation

    talk = Conversation()
    talk.handshake()
    before = len(talk.frames)
    talk.client_hello(sni="www.example.test")
    octets = b""
    for _, frame in talk.frames[before:]:
        header = 14 + 20
        octets += frame[header + (frame[header + 12] >> 4) * 4 :]
    return octets


def server_hello():
    """A TLS record with a ServerHello of TLS 1.2, and a ServerHelloDone."""
    body = b"\3\3" + bytes(32) + b"\0\xc0\x2f\0\0\0"
    hello = b"\2" + len(body).to_bytes(3, "big") + body + b"\x0e\0\0\0"
    return b"\x16\3\3" + len(hello).to_bytes(2, "big") + hello


def record(length):
    """A TLS record of application data."""
    return b"\x17\3\3" + length.to_bytes(2, "big") + bytes(i * 7 & 0xFF for i in range(length))


SPEECH = (
    lambda: record(40),
    lambda: record(900),
    lambda: record(16) + record(2300),
    lambda: b"GET /a HTTP/1.1\r\nHost: www.example.test\r\n\r\n",
    lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n" + bytes(700),
    lambda: b"CONNECT www.example.test:443 HTTP/1.1\r\nHost: www.example.test\r\n\r\n",
    lambda: b"\x15\3\3\0\2\2\x28",
    lambda: b"any other words",
)
GAPS_NS = (
    0,
    1000,
    200_000,
    4_000_000,
    15_000_000,
    21_000_000,
    300_000_000,
    1_100_000_000,
    6_000_000_000,
    31_000_000_000,
)


@st.composite
def conversation(draw, number, version=4, vlan=0):
    """The frames of one TCP connection, in which much may go wrong: ``[(gap ns, octets)]``."""
    client, server = 10 + number % 3, 80 + number % 2
    port = draw(st.sampled_from((443, 443, 80, 53, 3128)))
    local = 40000 + draw(st.integers(0, 3))
    start = [draw(st.sampled_from((0, 1, 2**31 - 5, 2**32 - 3, 2**32 - 700, 12345))) for _ in range(2)]
    sent, acked = [1, 1], [1, 1]
    packet = ipv4 if version == 4 else ipv6
    out = []

    def segment(side, seq, flags, payload=b"", window=500, options=b""):
        ends = ((client, local), (server, port))
        (a, p), (b, q) = ends[side], ends[1 - side]
        ack = start[1 - side] + acked[side] if flags & 16 else 0
        octets = tcp(p, q, start[side] + seq, ack, flags, window, payload, options)
        out.append((draw(st.sampled_from(GAPS_NS)), ethernet(packet(a, b, 6, octets), vlan)))

    syn = b"\2\4\5\xb4\4\2\1\3\3" + bytes((draw(st.integers(0, 9)),))
    if draw(st.integers(0, 5)):
        for _ in range(draw(st.integers(1, 3))):
            segment(0, 0, 2, options=syn)
        if draw(st.integers(0, 3)):
            segment(1, 0, 18, options=syn)
            segment(0, 1, 16)
    opening = draw(st.sampled_from((client_hello, client_hello, *SPEECH)))()
    said = [opening, b""]
    for _ in range(draw(st.integers(0, 14))):
        side = draw(st.integers(0, 1))
        act = draw(
            st.sampled_from(
                ("say", "say", "say", "repeat", "ack", "ack", "lose", "sack", "probe", "zero", "fin", "rst")
            )
        )
        if act in ("say", "lose"):
            if not said[side]:
                said[side] = draw(st.sampled_from((server_hello, *SPEECH)))()
            piece = said[side][: draw(st.sampled_from((1, 3, 500, 1448, 5000)))]
            said[side] = said[side][len(piece) :]
            if act == "say":
                segment(side, sent[side], 24, piece)
            sent[side] += len(piece)
        elif act == "repeat":
            back = draw(st.integers(1, 900))
            segment(side, max(sent[side] - back, 1), 24, b"\x17\3\3\1\0" + bytes(draw(st.integers(0, back))))
        elif act == "probe":
            segment(side, sent[side] - 1, 16, draw(st.sampled_from((b"", b"x"))))
        elif act == "sack":
            left = start[1 - side] + acked[side] + draw(st.integers(-100, 2000))
            block = struct.pack(">BBBBII", 1, 1, 5, 10, left & 0xFFFFFFFF, (left + 700) & 0xFFFFFFFF)
            segment(side, sent[side], 16, options=block)
        elif act == "fin":
            segment(side, sent[side], 17)
            sent[side] += 1
        elif act == "rst":
            segment(side, sent[side], draw(st.sampled_from((4, 20))))
        else:
            acked[side] = draw(st.sampled_from((sent[1 - side], acked[side], sent[1 - side] + 5)))
            segment(side, sent[side], 16, window=0 if act == "zero" else draw(st.sampled_from((500, 501, 65535))))
    return out


@st.composite
def lookup(draw, number):
    """A lookup: queries and perhaps answers."""
    identifier, port = 1000 + number, 50000 + number
    out = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from((1, 28)))
        out.append(
            (draw(st.sampled_from(GAPS_NS)), ethernet(ipv4(10, 53, 17, udp(port, 53, dns(identifier, False, 0, kind)))))
        )
        if draw(st.booleans()):
            answer = dns(identifier, True, draw(st.sampled_from((0, 0, 2, 3, 5))), kind)
            out.append((draw(st.sampled_from(GAPS_NS)), ethernet(ipv4(53, 10, 17, udp(53, port, answer)))))
    return out


@st.composite
def odd_frames(draw, number):
    """A frame that is neither: ICMP that quotes a SYN, fragments, a stranger."""
    quoted = ipv4(10, 80, 6, tcp(40000, 443, 12345, 0, 2))[:28]
    datagram = udp(53, 50000, dns(1000, True))
    return [
        (draw(st.sampled_from(GAPS_NS)), octets)
        for octets in draw(
            st.sampled_from(
                (
                    [ethernet(ipv4(1, 10, 1, b"\3\1\0\0\0\0\0\0" + quoted))],
                    [
                        ethernet(ipv4(53, 10, 17, datagram[:24], identification=7, fragment=0x2000)),
                        ethernet(ipv4(53, 10, 17, datagram[24:], identification=7, fragment=3)),
                    ],
                    [b"\xff" * 12 + b"\x08\x06" + bytes(28)],
                    [b"\2"],
                )
            )
        )
    ]


@st.composite
def traffic(draw):
    """A capture of several conversations and lookups, their frames mixed; the clock may step back."""
    stories = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("conversation", "conversation", "lookup", "odd")))
        if kind == "conversation":
            stories.append(
                draw(conversation(number, draw(st.sampled_from((4, 4, 6))), draw(st.sampled_from((0, 0, 7)))))
            )
        else:
            stories.append(draw((lookup if kind == "lookup" else odd_frames)(number)))
    order = draw(st.permutations([n for n, story in enumerate(stories) for _ in story]))
    now, frames = START_NS, []
    waiting = [iter(story) for story in stories]
    for n in order:
        gap, octets = next(waiting[n])
        now += gap if draw(st.integers(0, 30)) else -gap
        cut = draw(st.integers(0, 25)) == 0
        frames.append(Frame(now, octets[:60] if cut else octets, len(octets)))
    return Capture(tuple(frames))


@st.composite
def cut_points(draw, length):
    """Where a capture of ``length`` frames is cut into batches: anywhere, also before each frame."""
    if draw(st.booleans()):
        return tuple(range(1, length))
    return tuple(draw(st.lists(st.integers(0, length), max_size=8)))


@st.composite
def damaged(draw, capture):
    """A capture some of whose octets, lengths and times were changed."""
    frames = list(capture.frames) or [Frame(START_NS, b"", 0)]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(frames) - 1))
        frame = frames[at]
        octets = bytearray(frame.octets)
        how = draw(st.integers(0, 9))
        if how < 6 and octets:
            # mostly in headers, where a decoder can go wrong; also in messages
            first = draw(st.integers(0, min(len(octets), 130 if how < 4 else len(octets)) - 1))
            new = draw(st.binary(min_size=1, max_size=4))
            octets[first : first + len(new)] = new
        elif how == 6:
            octets = octets[: draw(st.integers(0, len(octets)))]
        elif how == 7:
            frames.insert(draw(st.integers(0, len(frames))), frame)
            continue
        elif how == 8:
            del frames[at]
            if not frames:
                frames.append(frame)
            continue
        time_ns = draw(st.integers(-(2**62) + 1, 2**62 - 1)) if how == 9 else frame.time_ns
        longer = draw(st.sampled_from((0, 0, 0, 1, 5000, 2**31)))
        frames[at] = Frame(time_ns, bytes(octets), len(octets) + longer, frame.interface)
    return Capture(tuple(frames), capture.link_types)
