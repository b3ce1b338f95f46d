"""Traffic for the laws: builders of frames, and strategies that make up conversations in which much goes wrong.

Checksums are zero: nothing here looks at them.
"""

import functools
import struct

from feeding import START_NS, Capture, Frame
from hypothesis import strategies as st

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
