"""Shapes of attempts to connect that fail, of flows without number, and of frames that are hard to read."""

import struct

from costly import Case, host, port, shape, wired
from costly_frames import (
    ACK,
    FIN,
    MS,
    PUSH,
    RESOLVER,
    RST,
    SECOND,
    SERVER,
    SYN,
    TCP,
    UDP,
    US,
    Wire,
    hello,
    ip,
    question,
    question_for,
    record,
)
from traffic import ethernet, tcp, udp

from captures.recipes.quic import initial

# Attempts


@wired
def syns_from_everywhere(wire, n):
    for i in range(n):
        wire.packet(i * 10_000, ip(0x0A000000 + i, SERVER, TCP, tcp(port(i), 443, i, 0, SYN)))


@wired
def names_that_lead_to_silence(wire, n):
    for i in range(n):
        wire.ask(3 * MS * i, i, f"h{i}.example.test")
        wire.told(3 * MS * i + MS // 2, i, f"h{i}.example.test", [host(i)])
        wire.syn(3 * MS * i + MS, port(i), host(i))


@wired
def names_that_lead_to_refusals(wire, n):
    for i in range(n):
        wire.ask(3 * MS * i, i, f"h{i}.example.test")
        wire.told(3 * MS * i + MS // 2, i, f"h{i}.example.test", [host(i)])
        wire.syn(3 * MS * i + MS, port(i), host(i))
        wire.down(3 * MS * i + 2 * MS, port(i), b"", 0, 1001, host(i), flags=RST)


@wired
def one_name_tried_again_and_again(wire, n):
    for i in range(n):
        wire.ask(50 * MS * i, i, "www.example.test")
        wire.told(50 * MS * i + MS, i, "www.example.test", [SERVER])
        wire.syn(50 * MS * i + 2 * MS, port(i))


@wired
def one_name_with_many_addresses(wire, n):
    for i in range(0, n, 20):
        wire.ask(MS * i, i, "www.example.test")
        wire.told(MS * i + 1000, i, "www.example.test", [host(k) for k in range(i, i + 20)])
    for i in range(n):
        wire.syn(10 * SECOND + 100 * MS * i, port(i), host(i))


@wired
def refused_retries(wire, n):
    for i in range(n):
        wire.syn(MS * i, port(i))
        wire.down(MS * i + 50_000, port(i), b"", 0, 1001, flags=RST)


@wired
def resets_of_one_pair_of_ports(wire, n):
    for i in range(n):
        wire.syn(MS * i, 5000, sequence=7919 * i)
        wire.down(MS * i + 50_000, 5000, b"", 0, 7919 * i + 1, flags=RST)


@wired
def one_pair_of_ports_used_again(wire, n):
    for i in range(n):
        wire.packet(MS * i, ip(US, SERVER, TCP, tcp(5000, 443, 7919 * i, 0, SYN)))
        wire.packet(MS * i + 1000, ip(SERVER, US, TCP, tcp(443, 5000, 31 * i, 7919 * i + 1, SYN | ACK)))


@wired
def attempts_rejected_by_icmp(wire, n):
    for i in range(n):
        packet = ip(US, host(i), TCP, tcp(port(i), 443, i, 0, SYN))
        wire.packet(MS * i, packet)
        wire.unreachable(MS * i + 9000, packet)


@wired
def errors_about_one_attempt(wire, n):
    packet = ip(US, SERVER, TCP, tcp(5000, 443, 1000, 0, SYN))
    wire.packet(0, packet)
    for i in range(n):
        wire.unreachable(MS + 10_000 * i, packet, source=host(i))


@wired
def an_error_too_big_in_each_flow(wire, n):
    for i in range(n):
        wire.opened(5 * MS * i, port(i), host(i))
        octets = bytes(1460)
        packet = ip(US, host(i), TCP, tcp(port(i), 443, 1001, 5001, PUSH, payload=octets))
        wire.packet(5 * MS * i + 2 * MS, packet)
        wire.unreachable(5 * MS * i + 3 * MS, packet, 3, 4, 1280)


@wired
def flows_that_collide(wire, n):
    for i in range(n):
        wire.packet(10_000 * i, ip(0x0A000000 ^ i, 0x0B000000 ^ i, UDP, udp(123, 123, bytes(48))))


@wired
def flows_that_do_not_collide(wire, n):
    for i in range(n):
        wire.packet(10_000 * i, ip(0x0A000000 ^ i, 0x0B000000, UDP, udp(123, 123, bytes(48))))


@wired
def datagrams_to_everywhere(wire, n):
    for i in range(n):
        wire.packet(10_000 * i, ip(US, host(i), UDP, udp(port(i), 443, b"\xc0\0\0\0\1" + bytes(20))))


@wired
def flows_in_good_health(wire, n):
    for i in range(n):
        wire.opened(MS * i, port(i), host(i))


@wired
def names_and_flows_in_good_health(wire, n):
    for i in range(n):
        wire.ask(3 * MS * i, i, f"h{i}.example.test")
        wire.told(3 * MS * i + MS // 2, i, f"h{i}.example.test", [host(i)])
        wire.opened(3 * MS * i + MS, port(i), host(i))


# Frames


@wired
def first_fragments(wire, n):
    for i in range(n):
        wire.packet(10_000 * i, ip(US, host(i), UDP, bytes(24), i, 0x2000))


@wired
def fragments_of_one_datagram(wire, n):
    for i in range(n):
        wire.packet(10_000 * i, ip(US, SERVER, UDP, bytes(8), 5, 0x2000 | (3 * i % 8000)))


@wired
def fragments_behind_a_hole(wire, n):
    """More octets than the datagram has, twice and more of some, and none at one place: it never becomes whole."""
    wire.packet(0, ip(US, SERVER, UDP, bytes(8), 5, n + 2))
    for i in range(n):
        wire.packet(10_000 * (i + 1), ip(US, SERVER, UDP, bytes(24), 5, 0x2000 | (1 + i)))


@wired
def tags_upon_tags(wire, n):
    tags, inner = b"\x81\0\0\1" * 60, ip(US, SERVER, TCP, tcp(5000, 443, 1, 0, SYN))
    for i in range(n):
        wire.raw(10_000 * i, ethernet(inner)[:12] + tags + b"\x08\0" + inner)


@wired
def tunnels_in_tunnels(wire, n):
    inner = ip(US, SERVER, TCP, tcp(5000, 443, 1, 0, SYN))
    for k in range(20):
        inner = ip(US + k, SERVER + k, 4, inner)
    for i in range(n):
        wire.packet(10_000 * i, inner)


@wired
def tunnels_of_two_kinds(wire, n):
    inner = ethernet(ip(US, SERVER, TCP, tcp(5000, 443, 1, 0, SYN)))
    for k in range(6):
        inner = ethernet(ip(US + k, SERVER + k, 47, b"\0\0\x65\x58" + inner))
        inner = ethernet(ip(US + k, SERVER + k, UDP, udp(40_000, 4789, b"\x08\0\0\0\0\0\1\0" + inner)))
    for i in range(n):
        wire.raw(10_000 * i, inner)


@wired
def labels_upon_labels(wire, n):
    inner = ip(US, SERVER, TCP, tcp(5000, 443, 1, 0, SYN))
    for i in range(n):
        wire.raw(10_000 * i, ethernet(inner)[:12] + b"\x88\x47" + b"\0\0\0\x40" * 60 + b"\0\0\1\x40" + inner)


@wired
def a_chain_of_extension_headers(wire, n):
    chain = bytes((60, 0, 1, 4, 0, 0, 0, 0)) * 40 + bytes((6, 0, 1, 4, 0, 0, 0, 0)) + tcp(5000, 443, 1, 0, SYN)
    head = struct.pack(">IHBB", 6 << 28, len(chain), 60, 64) + b"\x20\1" + bytes(14) + b"\x20\2" + bytes(14)
    for i in range(n):
        wire.packet(10_000 * i, head + chain)


@shape
def a_clock_that_swings(n):
    wire = Wire()
    for i in range(n):
        wire.up(0, 5000 + i % 50, b"", i, flags=ACK)
    swing = [frame._replace(time_ns=frame.time_ns + (i % 2) * 10**15) for i, frame in enumerate(wire.captured())]
    return Case(tuple(swing))


@wired
def hosts_asked_for_on_the_link(wire, n):
    for i in range(n):
        wire.raw(10_000 * i, question_for(0xC0000000 + i))


@wired
def neighbours_asked_for_in_vain(wire, n):
    for i in range(n):
        wire.ask(9 * SECOND * i, i, f"h{i}.test")
        wire.told(9 * SECOND * i + MS, i, f"h{i}.test", [host(i)])
        for again in range(3):
            wire.raw(9 * SECOND * i + (1 + again) * SECOND, question_for(host(i)))
        wire.opened(9 * SECOND * i + 5 * SECOND, port(i), SERVER)


@wired
def quic_in_vain_beside_other_connections(wire, n):
    for i in range(n):
        for again in (0, 1000):
            first = initial("www.example.test", i.to_bytes(8, "big"), again // 1000)
            wire.packet(MS * (i + again), ip(US, host(2 * i), UDP, udp(port(i), 443, first)))
        wire.opened(2 * SECOND + MS * i, port(i), host(2 * i + 1))


@wired
def encrypted_resolvers_that_many_clients_ask_in_vain(wire, n):
    for i in range(n):
        client = 0x0A000000 + i
        for again in (0, 1, 2):
            wire.packet(MS * i + again * SECOND, ip(client, SERVER, TCP, tcp(port(i), 853, 1000, 0, SYN)))
        asked = udp(20_000 + i % 40_000, 53, question(i, "www.example.test"))
        wire.packet(MS * i + 4 * SECOND, ip(client, RESOLVER, UDP, asked))


@shape
def downloads_that_are_closed_early_and_asked_for_again(n):
    wire = Wire()
    for i in range(n):
        at, flight = 1100 * MS * i, record(90, 22) + record(800) + record(36)
        wire.opened(at, port(i))
        wire.up(at + 2 * MS, port(i), hello(number=i))
        up = 1001 + len(hello(number=i))
        wire.down(at + 3 * MS, port(i), flight, ack=up)
        wire.up(at + 4 * MS, port(i), record(52) + record(200), up, 5001 + len(flight))
        down, up = 5001 + len(flight), up + len(record(52) + record(200))
        wire.down(at + 5 * MS, port(i), record(1200), down, up)
        wire.down(at + 6 * MS, port(i), b"", down + len(record(1200)), up, flags=FIN | ACK)
        wire.up(at + 100 * MS, port(i), b"", up, down + len(record(1200)) + 1, flags=FIN | ACK)
    return Case(wire.captured(), client="wget")
