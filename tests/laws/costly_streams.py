"""Shapes of what is said on connections."""

import struct

from costly import host, port, wired
from costly_frames import (
    ACK,
    FIN,
    MS,
    RST,
    SECOND,
    SERVER,
    UDP,
    US,
    hello,
    ip,
    record,
)
from traffic import udp


@wired
def hellos_in_one_flow(wire, n):
    wire.opened(0, 5000)
    at = 1001
    for i in range(n):
        said = hello(number=i)
        wire.up(10 * MS + 1000 * i, 5000, said, at)
        at += len(said)


@wired
def hellos_that_are_swallowed(wire, n):
    for i in range(n):
        wire.opened(3 * MS * i, port(i), host(i))
        wire.up(3 * MS * i + 2 * MS, port(i), hello(f"h{i}.test", i), to=host(i))
        for again in (1, 3, 7):
            wire.up(3 * MS * i + again * SECOND, port(i), hello(f"h{i}.test", i), to=host(i))


@wired
def a_handshake_that_never_ends(wire, n):
    wire.opened(0, 5000)
    said = b"\x16\3\1\x40\0" + b"\1\xff\xff\xff" + bytes(16380) + (b"\x16\3\3\x40\0" + bytes(16384)) * (n // 11 + 1)
    for i in range(n):
        wire.up(10 * MS + 1000 * i, 5000, said[1400 * i : 1400 * (i + 1)], 1001 + 1400 * i)


@wired
def a_hello_octet_by_octet(wire, n):
    said = (hello() * (n // 90 + 1))[:n]
    wire.opened(0, 5000)
    for i in range(n):
        wire.up(10 * MS + 1000 * i, 5000, said[i : i + 1], 1001 + i)


@wired
def tls_alerts(wire, n):
    wire.opened(0, 5000)
    wire.up(2 * MS, 5000, hello())
    for i in range(n):
        wire.down(10 * MS + MS * i, 5000, b"\x15\3\3\0\2\1\x5a", 5001 + 7 * i)


@wired
def alerts_in_many_flows(wire, n):
    for i in range(n):
        wire.opened(5 * MS * i, port(i))
        wire.up(5 * MS * i + 2 * MS, port(i), hello(f"h{i}.test", i))
        wire.down(5 * MS * i + 3 * MS, port(i), b"\x15\3\3\0\2\2\x28", ack=1001 + len(hello(f"h{i}.test")))
        wire.down(5 * MS * i + 4 * MS, port(i), b"", 5008, flags=RST)


@wired
def a_head_that_never_ends(wire, n):
    wire.opened(0, 5000, service=80)
    at = 1001
    for i in range(n):
        line = (b"GET / HTTP/1.1\r\n" if i == 0 else b"") + b"X-A: " + b"a" * 400 + b"\r\n"
        wire.up(10 * MS + 1000 * i, 5000, line, at, service=80)
        at += len(line)


@wired
def a_head_octet_by_octet(wire, n):
    wire.opened(0, 5000, service=80)
    said = b"GET /" + b"a" * n
    for i in range(n):
        wire.up(10 * MS + 1000 * i, 5000, said[i : i + 1], 1001 + i, service=80)


@wired
def requests_pipelined(wire, n):
    wire.opened(0, 5000, service=80)
    at = 1001
    for i in range(n):
        said = b"GET /%d HTTP/1.1\r\nHost: a.test\r\n\r\n" % i
        wire.up(10 * MS + 1000 * i, 5000, said, at, service=80)
        at += len(said)


@wired
def requests_pipelined_in_one_segment(wire, n):
    said = b"GET / HTTP/1.1\n\n" * n
    wire.opened(0, 5000, service=80)
    for at in range(0, len(said), 60_000):
        wire.up(10 * MS + at, 5000, said[at : at + 60_000], 1001 + at, service=80)
    answers = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * n
    for at in range(0, len(answers), 60_000):
        wire.down(SECOND + at, 5000, answers[at : at + 60_000], 5001 + at, 1001 + len(said), service=80)


def exchange(wire, ns, number, said, at, came, **to):
    """A request and its answer of ``said``; where both sides stand then."""
    asked = b"GET /%d HTTP/1.1\r\nHost: a.test\r\n\r\n" % number
    wire.up(ns, 5000, asked, at, came, service=80, **to)
    wire.down(ns + 50_000, 5000, said, came, at + len(asked), service=80, **to)
    return at + len(asked), came + len(said)


@wired
def a_chain_of_redirects(wire, n):
    wire.opened(0, 5000, service=80)
    at, came = 1001, 5001
    for i in range(n):
        said = b"HTTP/1.1 302 Found\r\nLocation: http://h%d.test/\r\nContent-Length: 0\r\n\r\n" % i
        at, came = exchange(wire, 10 * MS + MS * i, i, said, at, came)


@wired
def redirects_to_hosts_that_are_silent(wire, n):
    wire.opened(0, 5000, service=80)
    at, came = 1001, 5001
    for i in range(n):
        said = b"HTTP/1.1 302 Found\r\nLocation: http://h%d.test/\r\nContent-Length: 0\r\n\r\n" % i
        at, came = exchange(wire, 10 * MS + 9 * MS * i, i, said, at, came)
        wire.ask(11 * MS + 9 * MS * i, i, f"h{i}.test")
        wire.told(12 * MS + 9 * MS * i, i, f"h{i}.test", [host(i)])
        wire.syn(13 * MS + 9 * MS * i, port(i), host(i), 80)


@wired
def errors_for_each_request(wire, n):
    wire.opened(0, 5000, service=80)
    at, came = 1001, 5001
    for i in range(n):
        at, came = exchange(wire, 10 * MS + MS * i, i, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", at, came)


@wired
def chunks_without_end(wire, n):
    wire.opened(0, 5000, service=80)
    at, came = exchange(wire, 2 * MS, 0, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1001, 5001)
    for i in range(n):
        wire.down(10 * MS + MS * i, 5000, b"1\r\na\r\n", came + 6 * i, at, service=80)


@wired
def attempts_to_connect_through_a_proxy(wire, n):
    for i in range(n):
        wire.opened(9 * MS * i, port(i), service=3128)
        asked = b"CONNECT h%d.test:443 HTTP/1.1\r\nHost: h%d.test:443\r\n\r\n" % (i, i)
        wire.up(9 * MS * i + 2 * MS, port(i), asked, service=3128)
        wire.down(
            9 * MS * i + 3 * MS,
            port(i),
            b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
            5001,
            1001 + len(asked),
            service=3128,
        )


@wired
def holes(wire, n):
    wire.opened(0, 5000)
    for i in range(n):
        wire.up(10 * MS + 1000 * i, 5000, b"x", 1003 + 2 * i)


@wired
def holes_filled_from_the_end(wire, n):
    wire.opened(0, 5000, service=80)
    for i in range(n, 0, -1):
        wire.up(10 * MS + 1000 * (n - i), 5000, b"x", 1001 + i, service=80)
    wire.up(SECOND, 5000, b"x", 1001, service=80)


@wired
def selective_acknowledgments(wire, n):
    wire.opened(0, 5000)
    for i in range(n):
        wire.down(10 * MS + MS * i, 5000, bytes(1000), 5001 + 1000 * (2 * i + 1))
        left = (5001 + 1000 * (2 * i + 1)) & 0xFFFFFFFF
        sack = b"\1\1\5\x0a" + struct.pack(">II", left, left + 1000)
        wire.up(10 * MS + MS * i + 1000, 5000, b"", flags=ACK, options=sack)


@wired
def retransmissions(wire, n):
    wire.opened(0, 5000)
    for i in range(n):
        wire.up(10 * MS + MS * i, 5000, hello())


@wired
def retransmissions_in_many_flows(wire, n):
    for i in range(n):
        wire.opened(9 * MS * i, port(i))
        for again in range(4):
            wire.up(9 * MS * i + (2 + 300 * again) * MS, port(i), record(100))
        wire.down(9 * MS * i + 1500 * MS, port(i), b"", ack=1106, flags=ACK)


@wired
def outages(wire, n):
    wire.opened(0, 5000)
    at, came = 1001, 5001
    for i in range(n):
        ns = 10 * SECOND * i + 2 * MS
        for again in (0, 1, 3):
            wire.up(ns + again * SECOND, 5000, record(50), at, came)
        at += 55
        wire.down(ns + 7 * SECOND, 5000, record(60), came, at)
        came += 65


@wired
def probes_of_a_closed_window(wire, n):
    wire.opened(0, 5000)
    wire.up(2 * MS, 5000, hello())
    wire.down(3 * MS, 5000, record(1000), ack=1001 + len(hello()))
    for i in range(n):
        wire.up(10 * MS + 3 * SECOND * i, 5000, b"", 1001 + len(hello()), 6006, flags=ACK, window=0)
        wire.down(10 * MS + 3 * SECOND * i + SECOND, 5000, b"\0", 6006, 1001 + len(hello()), flags=ACK)


@wired
def stalls_in_one_flow(wire, n):
    wire.opened(0, 5000)
    at, came = 1001, 5001
    for i in range(n):
        wire.up(5 * SECOND * i + 2 * MS, 5000, record(32), at, came)
        at += 37
        wire.down(5 * SECOND * i + 3 * SECOND, 5000, record(32), came, at)
        came += 37


@wired
def stalls_after_a_hello(wire, n):
    """As ``stalls_in_one_flow``, with HTTP/2 on offer by nobody: bodies that stop and go on."""
    wire.opened(0, 5000)
    wire.up(2 * MS, 5000, hello())
    at, came = 1001 + len(hello()), 5001
    for i in range(n):
        wire.up(9 * SECOND * i + 10 * MS, 5000, record(80), at, came)
        at += 85
        for part in range(2):
            wire.down(9 * SECOND * i + (1 + 6 * part) * SECOND, 5000, record(1200), came, at)
            came += 1205


@wired
def many_flows_that_stall(wire, n):
    for i in range(n):
        wire.opened(MS * i, port(i), trip=100_000)
        wire.up(MS * i + 300_000, port(i), hello())
        wire.down(MS * i + 8 * SECOND, port(i), b"", ack=1001 + len(hello()), flags=RST)


@wired
def records_that_take_turns_and_wait(wire, n):
    """One connection in the midst of TLS: a record of either side, seconds apart."""
    wire.opened(0, 5000)
    said = record(32)
    for i in range(n):
        up, down = 1001 + len(said) * i, 5001 + len(said) * i
        wire.up(2 * MS + 5 * SECOND * i, 5000, said, up, down)
        wire.down(2 * MS + 5 * SECOND * i + 3 * SECOND, 5000, said, down, up + len(said))


@wired
def answers_that_come_late_in_one_flow(wire, n):
    """Each wait is a finding, and each asks what the capture lacks of the whole connection."""
    wire.opened(0, 5000, service=80)
    at, came = 1001, 5001
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    for i in range(4 * n):
        asked = b"GET /%d HTTP/1.1\r\nHost: a.test\r\n\r\n" % i
        wire.up(SECOND + 7 * SECOND * i, 5000, asked, at, came, service=80)
        at += len(asked)
        wire.down(4 * SECOND + 7 * SECOND * i + MS * i, 5000, answer, came, at, service=80)
        came += len(answer)


@wired
def waits_of_many_causes_at_one_time(wire, n):
    for i in range(0, n, 5):
        wire.ask(MS * i, i, f"u{i}.test")
        wire.syn(MS * i, port(i), host(i))
        wire.opened(MS * i, port(i + 1), host(i + 1))
        wire.up(MS * i + 2 * MS, port(i + 1), hello(f"h{i}.test", i), to=host(i + 1))
        wire.opened(MS * i, port(i + 2), host(i + 2), 80)
        wire.up(MS * i + 2 * MS, port(i + 2), b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", to=host(i + 2), service=80)
        wire.ask(MS * i, i + 3, f"s{i}.test")
        wire.told(MS * i + 4 * SECOND, i + 3, f"s{i}.test", [host(i)])
        wire.down(MS * i + 9 * SECOND, port(i + 1), b"", to=host(i + 1), flags=RST)


@wired
def waits_within_a_millisecond(wire, n):
    for i in range(n):
        wire.ask(1000 * i, i, f"h{i}.test")
        wire.told(1000 * i + 900, i, f"h{i}.test", [host(i)])
        wire.syn(1000 * i + 950, port(i), host(i))
        wire.down(1000 * i + 990, port(i), b"", 0, 1001, host(i), flags=RST)


@wired
def half_closed_flows(wire, n):
    for i in range(n):
        wire.opened(MS * i, port(i))
        wire.down(MS * i + 2 * MS, port(i), b"hello\r\n")
        wire.down(MS * i + 3 * MS, port(i), b"", 5008, flags=FIN)
    wire.syn(60 * SECOND, 999)


@wired
def quic_initials(wire, n):
    for i in range(n // 4):
        body = b"\xc3\0\0\0\1\x08" + struct.pack(">Q", i) + b"\0\0\x44\x90" + bytes(1164)
        wire.packet(MS * i, ip(US, SERVER, UDP, udp(port(i), 443, body)))


@wired
def versions_of_quic(wire, n):
    for i in range(n):
        body = b"\xc3" + struct.pack(">I", 0xFF000000 + i % 256) + b"\x08" + bytes(8) + b"\0\0\x40\x90" + bytes(200)
        wire.packet(MS * i, ip(US, SERVER, UDP, udp(port(i), 443, body)))


@wired
def uploads_acknowledged_after_pauses(wire, n):
    wire.opened(0, port(0))
    sent, came = 1001, 5001
    for i in range(n):
        at = 10 * MS + 2 * SECOND * i
        for part in range(60):
            wire.up(at + part * 400_000, port(0), bytes(1400), sent + 1400 * part, came)
            if part % 12 == 11:
                wire.down(at + part * 400_000 + 300 * MS, port(0), b"", came, sent + 1400 * (part + 1), flags=ACK)
        sent += 1400 * 60
        wire.down(at + SECOND, port(0), bytes(300), came, sent)
        came += 300
