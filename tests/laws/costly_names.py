"""Shapes of lookups."""

import struct

from costly import host, port, wired
from costly_frames import (
    FIN,
    MS,
    RESOLVER,
    RST,
    SECOND,
    SERVER,
    UDP,
    US,
    answer,
    hello,
    ip,
    question,
)
from traffic import udp


@wired
def lookups_without_answer(wire, n):
    for i in range(n):
        wire.ask(100_000 * i, i, f"h{i}.example.test")


@wired
def lookups_from_one_socket(wire, n):
    for i in range(n):
        wire.ask(MS * i, 7, "same.example.test", 5353)
        wire.told(MS * i + 1000, 7, "same.example.test", [SERVER], 5353)


@wired
def one_query_repeated(wire, n):
    for i in range(n):
        wire.ask(MS * i, 7, "same.example.test", 5555)


@wired
def one_name_from_many_sockets_unanswered(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, "same.example.test")


@wired
def one_name_of_many_types(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, "same.example.test", kind=1 + i)
        wire.told(MS * i + 1000, i, "same.example.test", kind=1 + i)


@wired
def one_name_with_many_suffixes(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, f"www.example.s{i}.test")
        wire.told(MS * i + 1000, i, f"www.example.s{i}.test", rcode=3)
    wire.ask(MS * n, n, "www.example")
    wire.told(MS * n + 1000, n, "www.example", [SERVER])


@wired
def names_that_do_not_exist(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, f"h{i}.example.test")
        wire.told(MS * i + 1000, i, f"h{i}.example.test", rcode=3)


@wired
def many_names_for_one_address(wire, n):
    for i in range(n):
        wire.ask(5 * MS * i, i, f"h{i}.example.test")
        wire.told(5 * MS * i + 1000, i, f"h{i}.example.test", [SERVER])
        wire.opened(5 * MS * i + MS, port(i))


@wired
def many_resolvers_that_are_silent(wire, n):
    for i in range(n):
        wire.ask(100 * MS * i, 9, "www.example.test", port(i), host(i))
    wire.told(200 * MS * n, 9, "www.example.test", [SERVER], port(n - 1), host(n - 1))


@wired
def many_aliases(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, f"h{i}.example.test")
        wire.told(MS * i + 1000, i, f"h{i}.example.test", [SERVER], aliases=[f"a{i % 9}.example.test", f"c{i}.test"])
        wire.opened(SECOND + 5 * MS * i, port(i))
        wire.up(SECOND + 5 * MS * i + 2 * MS, port(i), hello(f"other{i}.test", i))
        wire.down(SECOND + 5 * MS * i + 3 * MS, port(i), b"\x15\3\3\0\2\2\x28", flags=FIN)


@wired
def answers_that_differ(wire, n):
    for i in range(n):
        wire.ask(MS * i, i, f"h{i}.example.test")
        wire.told(MS * i + 1000, i, f"h{i}.example.test", [host(i)])
        wire.told(MS * i + 2000, i, f"h{i}.example.test", [SERVER])


@wired
def answers_cut_and_tcp_refused(wire, n):
    for i in range(n):
        wire.ask(3 * MS * i, i, f"h{i}.example.test")
        cut = bytearray(answer(i, f"h{i}.example.test"))
        cut[2] |= 2
        wire.packet(3 * MS * i + 1000, ip(RESOLVER, US, UDP, udp(53, 20_000 + i % 40_000, bytes(cut))))
        wire.syn(3 * MS * i + 2000, port(i), RESOLVER, 53)
        wire.down(3 * MS * i + 3000, port(i), b"", 0, 1001, RESOLVER, 53, flags=RST)


@wired
def lookups_that_lie_in_each_other(wire, n):
    """All of them late, few or many."""
    for i in range(n):
        wire.ask(10 * MS * i, i, f"h{i}.example.test")
        wire.told(10 * MS * (3 * n - i) + 3 * SECOND, i, f"h{i}.example.test", [host(i)])


@wired
def queries_rejected_on_one_socket(wire, n):
    for i in range(n):
        packet = ip(US, RESOLVER, UDP, udp(5555, 53, question(i, f"h{i}.example.test")))
        wire.packet(MS * i, packet)
        wire.unreachable(MS * i + 1000, packet, 3, 3)


@wired
def dns_over_tcp_pipelined(wire, n):
    wire.opened(0, 5000, RESOLVER, 53)
    sent, came = 1001, 5001
    for i in range(n):
        asked, said = question(i, f"h{i}.example.test"), answer(i, f"h{i}.example.test", [host(i)])
        for octets, send in ((asked, wire.up), (said, wire.down)):
            octets = struct.pack(">H", len(octets)) + octets
            mine, theirs = (sent, came) if send == wire.up else (came, sent)
            send(10 * MS + MS * i + (send == wire.down) * 1000, 5000, octets, mine, theirs, RESOLVER, 53)
            sent, came = (sent + len(octets), came) if send == wire.up else (sent, came + len(octets))


@wired
def dns_over_tcp_octet_by_octet(wire, n):
    wire.opened(0, 5000, RESOLVER, 53)
    octets = struct.pack(">H", 20 * n) + bytes(20 * n)
    for i in range(n):
        wire.down(10 * MS + 1000 * i, 5000, octets[i : i + 1], 5001 + i, 1001, RESOLVER, 53)


@wired
def large_answers_over_tcp(wire, n):
    """Flows with an answer of many records whose names are pointers to pointers."""
    chain = b"".join(b"\1a" + struct.pack(">H", 0xC000 | (29 + 4 * (k - 1)) if k else 0) for k in range(30))
    text = b"\1a\0" + struct.pack(">HHIH", 16, 1, 60, len(chain)) + chain
    last = struct.pack(">H", 0xC000 | (len(text) + 12 - 4)) + struct.pack(">HHIHI", 1, 1, 60, 4, SERVER)
    body = struct.pack(">6H", 7, 0x8180, 0, 41, 0, 0) + text + last * 40
    for i in range(n // 4):
        wire.opened(10 * MS * i, port(i), RESOLVER, 53)
        wire.down(10 * MS * i + 2 * MS, port(i), struct.pack(">H", len(body)) + body, to=RESOLVER, service=53)


@wired
def names_full_of_pointers(wire, n):
    long = b"".join(b"\x3f" + letter * 63 for letter in (b"a", b"b", b"c")) + b"\0"
    said = struct.pack(">6H", 7, 0x8180, 0, 20, 0, 0) + long + struct.pack(">HHIHI", 1, 1, 60, 4, SERVER)
    said += (b"\xc0\x0c" + struct.pack(">HHIHH", 5, 1, 60, 2, 0xC00C)) * 19
    for i in range(n // 2):
        wire.ask(MS * i, 7, "x.test", port(i))
        wire.packet(MS * i + 1000, ip(RESOLVER, US, UDP, udp(53, port(i), said)))
