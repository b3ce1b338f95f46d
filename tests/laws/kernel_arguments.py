"""Arguments for kernels: random columns of full range, such as each kernel's caller keeps to.

``CASES`` maps a kernel to a function that makes its arguments with a NumPy random generator. A seed makes the
generator: hypothesis finds the seed, NumPy the numbers.
"""

import numpy as np

from netanalyze.capture.batch import FRAME
from netanalyze.kernel import Engine
from netanalyze.wire import layers, octets, packets
from netanalyze.wire.layers import PACKET
from netanalyze.wire.link import arcnet, cooked, dispatch, ethernet, frame_relay, host, lan, loopback, ppp, tags, wlan
from netanalyze.wire.net import ipv4, ipv6, stack, tunnels, udp_tunnels
from netanalyze.wire.transport import tcp as tcp_header
from netanalyze.wire.transport import udp

LEAST, MOST = -(2**63), 2**63 - 1
FARTHEST_NS = 2**62 - 1


def run_plain(function, *arguments):
    """Run a kernel as plain Python on these arrays."""
    return Engine(mode="plain").run(function, *arguments)


U32_EDGES = np.array([0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
I64_EDGES = np.array([LEAST, LEAST + 1, -(2**32), -1, 0, 1, 2**32, MOST])


def mixed(random, low, high, size, edges=()):
    """Integers in [low, high], a third of them edges or small, so that they meet."""
    wide = random.integers(low, high, size, endpoint=True, dtype=np.int64)
    small = random.integers(max(low, 0), max(low, 0) + 3, size, endpoint=True)
    edge = random.choice(np.array([low, high, *edges], dtype=np.int64), size)
    return np.where(random.random(size) < 0.5, wide, np.where(random.random(size) < 0.5, small, edge))


def times(random, size):
    """Times as a capture may have them: mostly onward, sometimes anywhere that readers can give."""
    onward = 1_700_000_000_000_000_000 + np.cumsum(10 ** random.integers(0, 11, size))
    anywhere = random.integers(-FARTHEST_NS, FARTHEST_NS, size)
    return np.where(random.random(size) < 0.9, onward, anywhere)


def buffer_of(random, size):
    """Octets, many of which begin TLS records, options and words of HTTP."""
    made = random.integers(0, 256, size, dtype=np.uint8)
    pieces = (
        b"\x16\3\1\2\0\1", b"\x17\3\3\0\x20", b"\x17\3\3\x40\0", b"GET ", b"HTTP", b"\1\1\5\x0a", b"\3\3\x0e",
        b"\2\4\5\xb4", b"\1\1\x08\x0a",
    )  # fmt: skip
    for at in random.integers(0, max(size - 8, 1), size // 12):
        piece = pieces[random.integers(len(pieces))]
        made[at : at + len(piece)] = np.frombuffer(piece, dtype=np.uint8)[: size - at]
    return made


def frame_rows(random, size, spans):
    """Rows of frames that lie at ``spans`` in the buffer."""
    rows = np.zeros((size, FRAME.WIDTH), dtype=np.int64)
    rows[:, FRAME.START], rows[:, FRAME.CAPTURED_LENGTH] = spans
    more = random.choice([0, 0, 1, 1500, 2**31], size)
    rows[:, FRAME.ORIGINAL_LENGTH] = rows[:, FRAME.CAPTURED_LENGTH] + more
    rows[:, FRAME.TIME_NS] = times(random, size)
    return rows


def packet_rows(random, size, room):
    """Rows of decoded packets with numbers of full range; row ``i`` has its octets in ``[i * room, (i + 1) * room)``."""
    rows = np.zeros((size, PACKET.WIDTH), dtype=np.int64)
    kinds = (layers.TCP, layers.TCP, layers.TCP, layers.UDP, layers.ICMP, 0, layers.UNDECODED)
    rows[:, PACKET.LAYERS] = layers.IP | random.choice(kinds, size)
    addresses = random.integers(LEAST, MOST, 3)
    for field in (PACKET.SRC_HIGH, PACKET.SRC_LOW, PACKET.DST_HIGH, PACKET.DST_LOW):
        rows[:, field] = np.where(
            random.random(size) < 0.02, mixed(random, LEAST, MOST, size, I64_EDGES), random.choice(addresses[:2], size)
        )
    rows[:, PACKET.IP_VERSION] = random.choice([4, 6], size)
    rows[:, PACKET.IP_PROTOCOL] = random.choice([6, 6, 6, 17], size)
    for field in (PACKET.SRC_PORT, PACKET.DST_PORT):
        rows[:, field] = np.where(
            random.random(size) < 0.05, random.integers(0, 65536, size), random.choice([53, 443, 40000], size)
        )
    rows[:, PACKET.TCP_FLAGS] = random.choice([2, 18, 16, 16, 16, 24, 24, 17, 4, 20, 0, 255], size)
    base = random.choice(U32_EDGES)
    for field in (PACKET.TCP_SEQ, PACKET.TCP_ACK):
        near = (base + random.integers(0, 5000, size)) & 0xFFFFFFFF
        rows[:, field] = np.where(random.random(size) < 0.1, mixed(random, 0, 2**32 - 1, size, U32_EDGES), near)
    rows[:, PACKET.TCP_WINDOW] = random.choice([0, 0, 500, 500, 501, 65535], size)
    rows[:, PACKET.TTL] = random.integers(0, 256, size)
    rows[:, PACKET.IP_ID] = random.choice([0, 1, 2, 65535], size)
    start = np.arange(size) * room
    options = 4 * random.integers(0, 11, size)
    captured = random.integers(0, room - 40, size)
    rows[:, PACKET.OPTIONS_START] = start
    rows[:, PACKET.PAYLOAD_START] = start + options
    rows[:, PACKET.PAYLOAD_CAPTURED] = np.where(random.random(size) < 0.4, 0, captured)
    more = random.choice([0, 0, 0, 0, 1, 1448, 65495], size)
    rows[:, PACKET.PAYLOAD_LENGTH] = rows[:, PACKET.PAYLOAD_CAPTURED] + more
    return rows


# Arguments of each kernel


def place(random, size=64, width=0):
    """``(buffer, at, end)`` with ``width`` octets sure to be there."""
    end = int(random.integers(width, size, endpoint=True))
    return buffer_of(random, size), int(random.integers(0, end - width, endpoint=True)), end


def read_at(width):
    return lambda random: place(random, 16, width)[:2]


def span(random):
    return place(random)


def tunnelled(random):
    buffer, at, end = place(random, 120)
    return buffer, int(random.choice([47, 97, 137])), at, end


def written_payload(random):
    ends = sorted(int(n) for n in random.integers(0, 200, 2))
    return np.zeros(2 * PACKET.WIDTH, dtype=np.int64), PACKET.WIDTH, int(random.integers(200)), ends[1], ends[0]


def header(first, *after):
    """``(buffer, at, end, …, packets, fields)`` for a header decoder; the first octet is often a likely one."""

    def arguments(random):
        buffer, at, end = place(random, 120)
        if at < end and random.random() < 0.8:
            buffer[at] = random.choice(first)
        return (
            buffer,
            at,
            end,
            *(value(random, end) for value in after),
            np.zeros(2 * PACKET.WIDTH, dtype=np.int64),
            PACKET.WIDTH,
        )

    return arguments


def wireless(random, before):
    """``(buffer, at, end)``: an 802.11 data frame ``before`` octets on, its flags and subtype any."""
    buffer, at, end = place(random, 90)
    if before and at + before < end:
        buffer[at : at + 8] = (0, 0, before, 0, random.choice([0, 2, 3]), 0, 0, 0)
    if at + before + 2 < end:
        buffer[at + before] = random.choice([0x08, 0x88, 0x48, 0x80])
        buffer[at + before + 1] = random.choice([0, 1, 2, 3, 0x40, 0x81])
    return buffer, at, end


def beyond(random, end):
    return end + int(random.choice([0, 0, 1, 1460, 65535]))


def decode_arguments(random):
    rows, room = 12, 90
    buffer = buffer_of(random, rows * room)
    frames = frame_rows(random, rows, (np.arange(rows) * room, random.integers(0, room, rows, endpoint=True)))
    types = np.array([*dispatch.DECODED, 147], dtype=np.int64)
    frames[:, FRAME.INTERFACE_ID] = random.integers(0, len(types), rows)
    likely = (b"\x45", b"\x60", b"\x08\0\x45", b"\x86\xdd\x60", b"\x81\0\0\7\x08\0\x45", b"\0\x21\x45", b"\2\0\0\0\x45")
    for at in frames[:, FRAME.START].tolist():
        piece = likely[random.integers(len(likely))]
        at += int(random.choice([0, 2, 12, 14, 16, 20]))
        buffer[at : at + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
    return buffer, frames.reshape(-1), rows, types, np.zeros(rows * PACKET.WIDTH, dtype=np.int64)


def frame_of(arguments, random):
    """The arguments of ``decode_frames``, for one of the rows."""
    buffer, frames, rows, link_types, cells = arguments
    return buffer, frames, int(random.integers(rows)), link_types, cells


def numbers(*ranges):
    """Scalars, each from its range."""
    return lambda random: tuple(int(mixed(random, low, high, 1)[0]) for low, high in ranges)


ETHERTYPES = (0, 300, 0x0800, 0x8100, 0x88A8, 0x8864, 0x8847, 0x8848)
U16, U32, I64, OFFSET = (0, 65535), (0, 2**32 - 1), (LEAST, MOST), (-(2**40), 2**40)

CASES = {
    octets.u8: read_at(1),
    octets.u16: read_at(2),
    octets.u24: read_at(3),
    octets.u32: read_at(4),
    octets.s64: read_at(8),
    ethernet.llc: span,
    ethernet.after_ethertype: lambda random: (*span(random), int(random.choice(ETHERTYPES))),
    ethernet.ethernet: span,
    cooked.cooked: span,
    cooked.cooked2: span,
    loopback.loopback: span,
    loopback.raw_ip: span,
    ppp.ppp_protocol: span,
    ppp.ppp: span,
    ppp.cisco_hdlc: span,
    wlan.le16: read_at(2),
    wlan.le32: read_at(4),
    wlan.wlan: lambda random: (*wireless(random, 0), bool(random.integers(2))),
    wlan.radiotap: lambda random: wireless(random, 8),
    wlan.avs: span,
    wlan.prism: span,
    **dict.fromkeys((lan.with_llc, lan.fddi, lan.firewire, lan.token_ring), span),
    lan.switch_tagged: lambda random: (*span(random), int(random.choice([4, 8]))),
    host.pflog: span,
    arcnet.arcnet: lambda random: (*span(random), bool(random.integers(2))),
    frame_relay.frame_relay: span,
    host.nflog: span,
    host.pktap: span,
    dispatch.plain_link: lambda random: (*span(random), int(random.choice([*dispatch.DECODED, 147]))),
    dispatch.link: lambda random: (*span(random), int(random.choice([*dispatch.DECODED, 147]))),
    tunnels.gre: span,
    tags.ethernet_inside: span,
    tags.rarer_tag: lambda random: (*span(random), int(random.choice([0x8926, 0x8909, 0x88E7, 0x8903, 0x22F3, 0x894F, 1]))),
    ethernet.bears_ethernet: span,
    udp_tunnels.geneve: span,
    udp_tunnels.vxlan_gpe: span,
    udp_tunnels.gtp: span,
    udp_tunnels.teredo: span,
    udp_tunnels.ayiya: span,
    udp_tunnels.l2tp: span,
    udp_tunnels.is_tunnel_port: numbers((1600, 7000)),
    udp_tunnels.tunnel_port: lambda random: tuple(int(n) for n in random.choice([53, *udp_tunnels.PORT_NAMES, 50000], 2)),
    udp_tunnels.udp_tunnel: lambda random: (*span(random), int(random.choice(list(udp_tunnels.PORT_NAMES)))),
    stack.begins_ip: lambda random: (*span(random), int(random.choice(ETHERTYPES))),
    ipv4.ipv4: header([0x45, 0x46, 0x4F]),
    ipv6.ipv6: header([0x60]),
    tcp_header.tcp_header: header([0, 1], beyond),
    udp.udp_header: header([0, 1], beyond),
    stack.write_payload: written_payload,
    stack.ip_tunnel: tunnelled,
    stack.network: header([0x45, 0x60], beyond, lambda random, _: int(random.choice([0x0800, 0x86DD]))),
    packets.decode_frame: lambda random: frame_of(decode_arguments(random), random),
    packets.decode_frames: decode_arguments,
}  # fmt: skip
