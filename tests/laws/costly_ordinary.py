"""What a busy host's capture is full of, each again and again: short connections, attempts, lookups."""

from costly import host, port, wired
from costly_frames import ACK, FIN, MS, TCP, US, hello, ip, record
from traffic import server_hello, tcp


@wired
def connections_that_are_closed(wire, n):
    answer = server_hello() + record(200)
    for i in range(n):
        at, to = 20 * MS * i, host(i % 2)
        sent, came = 1001 + len(hello(number=i)), 5001 + len(answer)
        wire.opened(at, port(i), to)
        wire.up(at + 2 * MS, port(i), hello(number=i), to=to)
        wire.down(at + 3 * MS, port(i), answer, ack=sent, to=to)
        wire.up(at + 4 * MS, port(i), b"", sent, came, to, flags=FIN | ACK)


@wired
def attempts_that_nobody_answers(wire, n):
    for i in range(n):
        wire.syn(20 * MS * i, port(i), host(i % 2))


@wired
def attempts_that_are_rejected(wire, n):
    for i in range(n):
        wire.syn(20 * MS * i, port(i), host(i % 2))
        wire.unreachable(20 * MS * i + MS, ip(US, host(i % 2), TCP, tcp(port(i), 443, 1000, 0, 2)), code=10)


@wired
def lookups_each_with_its_attempt(wire, n):
    for i in range(n):
        wire.ask(20 * MS * i, i, f"h{i}.example.test")
        wire.told(20 * MS * i + MS, i, f"h{i}.example.test", [host(i % 2)])
        wire.syn(20 * MS * i + 2 * MS, port(i), host(i % 2))


@wired
def hellos_that_are_repeated(wire, n):
    for i in range(n):
        wire.opened(20 * MS * i, port(i), host(i % 2))
        for again in range(3):
            wire.up(20 * MS * i + 2 * MS + 700 * MS * again, port(i), hello(number=i), to=host(i % 2))
