"""Law: any octets, as frames of any link type, raise nothing, and no kernel looks beside its arrays.

Frames come alone in their batch, so that the end of the frame is the end of the buffer: what a decoder reads
beyond the captured octets shows.
"""

import numpy as np
import pytest
from feeding import RECIPES, RECORDINGS, Capture, Frame, WatchfulEngine, analysed, examples, name, read, told
from hypothesis import given
from hypothesis import strategies as st
from traffic import client_hello, damaged, dns, ethernet, ipv4, ipv6, record, server_hello, tcp, traffic, udp

from netanalyze.errors import NothingSelected
from netanalyze.wire.link.dispatch import DECODED
from netanalyze.wire.octets import u16

UNKNOWN_LINK_TYPE = 147
LINK_TYPES = (*DECODED, UNKNOWN_LINK_TYPE)
START_NS = 1_700_000_000_000_000_000
SMALL = [path for path in RECIPES if path.stat().st_size < 30_000]


def survives(capture):
    """Analyse it frame by frame; it must come to a result that can be told."""
    result = analysed(capture, range(1, len(capture.frames)), WatchfulEngine())
    assert result.capture.packets == len(capture.frames)
    told(result)


def as_capture(frames, link_type):
    """Octets as frames, 30 ms apart."""
    return Capture(tuple(Frame(START_NS + 30_000_000 * n, o, len(o)) for n, o in enumerate(frames)), (link_type,))


@pytest.mark.parametrize("link_type", LINK_TYPES)
@examples(60)
@given(frames=st.lists(st.binary(max_size=120), min_size=1, max_size=5))
def test_any_octets_as_frames(link_type, frames):
    survives(as_capture(frames, link_type))


def begun(link_type, network):
    """An IP packet behind the header of a link type, to get past the first check."""
    six = network[0] >> 4 == 6
    kind = b"\x86\xdd" if six else b"\x08\x00"
    return {
        0: (b"\x1e\0\0\0" if six else b"\2\0\0\0"), 108: (b"\0\0\0\x1e" if six else b"\0\0\0\2"),
        1: bytes(12) + kind, 113: bytes(14) + kind, 276: kind + bytes(18), 104: b"\x0f\0" + kind,
        9: b"\xff\3\0\x57" if six else b"\xff\3\0\x21", 50: b"\xff\3\0\x57" if six else b"\xff\3\0\x21",
    }.get(link_type, b"") + network  # fmt: skip


PORTS = st.integers(0, 65535)
transports = st.one_of(
    st.builds(
        lambda p, q, o: tcp(p, q, 5, 6, 24, payload=o),
        st.integers(0, 65535),
        st.integers(0, 65535),
        st.binary(max_size=60),
    ),
    st.builds(
        lambda o, p: tcp(40000, 443, 5, 6, 18, options=o, payload=p), st.binary(max_size=40), st.binary(max_size=9)
    ),
    st.builds(udp, st.sampled_from((53, 4789, 5353, 9)), st.sampled_from((53, 4789, 9)), st.binary(max_size=60)),
    st.binary(max_size=60),
)
networks = st.one_of(
    st.builds(
        lambda proto, o, frag, ident: ipv4(1, 2, proto, o, identification=ident, fragment=frag),
        st.sampled_from((1, 4, 6, 6, 17, 41, 47, 58, 200)), transports, st.sampled_from((0, 0, 0, 0x2000, 1, 0x2001, 0x3FFF)),
        st.integers(0, 3),
    ),
    st.builds(lambda proto, o: ipv6(1, 2, proto, o), st.sampled_from((0, 4, 6, 17, 41, 43, 44, 47, 51, 58, 60, 135)), transports),
)  # fmt: skip
inside = st.one_of(
    networks,
    networks.map(lambda inner: ipv4(1, 2, 4 if inner[0] >> 4 == 4 else 41, inner)),
    networks.map(lambda inner: ipv4(1, 2, 47, b"\0\0\x08\0" + inner)),
    networks.map(lambda inner: ipv4(1, 2, 47, b"\x10\0\x88\xbe" + bytes(12) + ethernet(inner))),
    networks.map(lambda inner: ipv4(1, 2, 17, udp(5, 4789, bytes(8) + ethernet(inner, 5)))),
    networks.map(lambda inner: ipv4(1, 2, 17, udp(5, 6081, b"\1\0\x65\x58" + bytes(8) + ethernet(inner)))),
    networks.map(lambda inner: ipv4(1, 2, 17, udp(5, 2152, b"\x36\xff\0\x35" + bytes(7) + b"\xc0\1\0\0\0" + inner))),
)


@pytest.mark.parametrize("link_type", LINK_TYPES)
@examples(40)
@given(data=st.data())
def test_packets_with_headers_that_lie(link_type, data):
    frames = []
    for _ in range(data.draw(st.integers(1, 4))):
        octets = bytearray(begun(link_type, data.draw(inside)))
        for _ in range(data.draw(st.integers(0, 3))):
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        frames.append(
            bytes(octets[: data.draw(st.integers(0, len(octets)))]) if data.draw(st.booleans()) else bytes(octets)
        )
    survives(as_capture(frames, link_type))


DIALOGUES = {
    "tls": lambda: (client_hello() + record(30), server_hello() + record(300)),
    "tls inside a tunnel": lambda: (CONNECT + client_hello(), b"HTTP/1.1 200 OK\r\n\r\n" + server_hello()),
    "sslv2": lambda: (bytes([0x80, 28]) + b"\1\3\1\0\3\0\0\0\x10\0\0\x2f" + bytes(16), b"\x15\3\0\0\2\2\x28"),
    "http with a length": lambda: (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + bytes(20)),
    "http in chunks": lambda: (GET * 2, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n0\r\n\r\n"),
    "http redirected": lambda: (GET, b"HTTP/1.1 302 F\r\nLocation: http://[::1]:80/a\r\nContent-Length: 0\r\n\r\n"),
    "a tunnel refused": lambda: (CONNECT, b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno"),
    "socks": lambda: (b"\5\1\0\5\1\0\3\4host\1\xbb" + client_hello(), b"\5\0\5\0\0\1\0\0\0\0\0\0" + server_hello()),
    "http/2 in clear": lambda: (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(30), bytes(30)),
    "dns": lambda: tuple(len(o).to_bytes(2, "big") + o for o in (dns(1, False), dns(1, True))),
}
GET = b"GET /a HTTP/1.1\r\nHost: www.example.test\r\nContent-Length: 0\r\n\r\n"
CONNECT = b"CONNECT www.example.test:443 HTTP/1.1\r\nHost: www.example.test:443\r\n\r\n"


@pytest.mark.parametrize("dialogue", DIALOGUES)
@examples(60)
@given(data=st.data())
def test_dialogues_that_begin_well_and_go_wrong(dialogue, data):
    """What the readers of messages get: a true beginning, then anything, in pieces and perhaps out of order."""
    port = 53 if dialogue == "dns" else 443
    frames = [ethernet(ipv4(10, 80, 6, tcp(40000, port, 999, 0, 2, options=data.draw(st.binary(max_size=12)))))]
    for side, said in enumerate(DIALOGUES[dialogue]()):
        octets = bytearray(said)
        for _ in range(data.draw(st.integers(0, 5))):
            first = data.draw(st.integers(0, len(octets) - 1))
            octets[first : first + data.draw(st.integers(0, 2))] = data.draw(
                st.binary(max_size=3)
                | st.sampled_from((b"9" * 30, b"\r\n", b"-1", b"f" * 20, b"\xff\xff", b"[", b"]", b"://"))
            )
        at, ends, ports = 0, ((10, 80), (80, 10))[side], ((40000, port), (port, 40000))[side]
        sizes = data.draw(st.lists(st.integers(1, 9) | st.sampled_from((100, 1448)), max_size=8))
        for size in [*sizes, *[1448] * 3]:
            segment = tcp(*ports, 1000 + at, 1000, 24, payload=bytes(octets[at : at + size]))
            frames.append(ethernet(ipv4(*ends, 6, segment)))
            at += size
    if not data.draw(st.integers(0, 3)):
        frames = data.draw(st.permutations(frames))
    survives(as_capture(frames, 1))


@pytest.mark.parametrize("scale", [14, 15, 63, 64, 127, 128, 255])
def test_a_window_scale_beyond_the_standard(scale):
    """RFC 7323 section 2.3 allows 14; the octet may say 255."""
    option = b"\3\3" + bytes((scale,))
    survives(
        as_capture(
            [
                ethernet(ipv4(10, 80, 6, tcp(40000, 443, 0, 0, 2, options=option))),
                ethernet(ipv4(80, 10, 6, tcp(443, 40000, 0, 1, 18, options=option))),
                ethernet(ipv4(10, 80, 6, tcp(40000, 443, 1, 1, 24, payload=bytes(500)))),
            ],
            1,
        )
    )


@pytest.mark.parametrize("digits", [b"9" * 19, b"9" * 4400, b"-5", b"0x10", b"\xb2"])
@pytest.mark.parametrize("field", [b"Content-Length: %b", b"Transfer-Encoding: chunked\r\n\r\n%b"])
def test_numbers_in_http_that_are_none_or_too_large(field, digits):
    answer = b"HTTP/1.1 200 OK\r\n" + field % digits + b"\r\n\r\nabc"
    survives(
        as_capture(
            [
                ethernet(ipv4(10, 80, 6, tcp(40000, 80, 1, 1, 24, payload=GET))),
                ethernet(ipv4(80, 10, 6, tcp(80, 40000, 1, 1 + len(GET), 24, payload=answer))),
            ],
            1,
        )
    )


@examples(200)
@given(data=st.data())
def test_recipe_captures_that_were_damaged(data):
    survives(data.draw(damaged(read(data.draw(st.sampled_from(SMALL))))))


@examples(30)
@given(data=st.data())
def test_recordings_that_were_damaged(data):
    capture = read(data.draw(st.sampled_from([p for p in RECORDINGS if p.stat().st_size < 60_000])))
    first = data.draw(st.integers(0, max(len(capture.frames) - 60, 0)))
    survives(data.draw(damaged(Capture(capture.frames[first : first + 60], capture.link_types))))


@examples(200)
@given(capture=traffic(), data=st.data())
def test_made_up_traffic_that_was_damaged(capture, data):
    survives(data.draw(damaged(capture)))


@examples(60)
@given(capture=traffic(), data=st.data())
def test_any_moment_and_any_part_may_be_asked_for(capture, data):
    """``finish`` takes any end and any span; of one in which nothing is, it says so (exit status 2), and nothing else."""
    moments = st.integers(-(2**62) + 1, 2**62 - 1) | st.integers(-(10**10), 10**11).map(lambda n: START_NS + n)
    between = data.draw(st.none() | st.tuples(moments, moments).map(sorted).map(tuple))
    try:
        told(analysed(capture, end_ns=data.draw(st.none() | moments), between=between))
    except NothingSelected:
        assert between is not None


@pytest.mark.parametrize("path", SMALL[:4], ids=name)
def test_the_watch_would_notice(path):
    """The engine that watches sees a read beside the buffer, also one that Python would take from its end."""
    octets = np.frombuffer(bytearray(read(path).frames[0].octets), dtype=np.uint8)
    assert WatchfulEngine().run(u16, octets, len(octets) - 2) == int.from_bytes(bytes(octets[-2:]), "big")
    for at in (len(octets) - 1, -1):
        with pytest.raises(AssertionError):
            WatchfulEngine().run(u16, octets, at)
