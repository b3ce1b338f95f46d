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


@wired
def transfers_of_ftp_that_fail(wire, n):
    """Each over a data connection of its own, on which nothing comes."""
    wire.opened(0, 900, service=21)
    said, came = 1001, 5001

    def up(at, line):
        nonlocal said
        wire.up(at, 900, line, said, came, service=21)
        said += len(line)

    def down(at, line):
        nonlocal came
        wire.down(at, 900, line, came, said, service=21)
        came += len(line)

    down(2 * MS, b"220 ready\r\n")
    up(3 * MS, b"USER a\r\n")
    down(4 * MS, b"230 in\r\n")
    for i in range(n):
        at = 20 * MS * (i + 1)
        up(at, b"PASV\r\n")
        down(at + MS, b"227 (198,51,100,80,%d,%d)\r\n" % divmod(20_000 + i, 256))
        wire.opened(at + 2 * MS, port(i), service=20_000 + i)
        up(at + 4 * MS, b"RETR %d\r\n" % i)
        down(at + 5 * MS, b"425 no\r\n")
