"""Shapes of files, and of what is known beside the packets."""

import struct

from costly import Case, host, port, shape
from costly_frames import (
    MS,
    SECOND,
    SERVER,
    SYN,
    TCP,
    US,
    Wire,
    hello,
    ip,
)
from feeding import START_NS
from traffic import ethernet, tcp

from netanalyze.processes import CERTAIN, CHILD, PIPE, DownLink, Process, Processes, ProcessWait, SocketOwner

# Files


def block(kind, body):
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


SECTION, INTERFACE = (
    block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
    block(1, struct.pack("<HHI", 1, 0, 0)),
)
LONE = ethernet(ip(US, SERVER, TCP, tcp(5000, 443, 1, 0, SYN)))


def packet_block(ns, octets, options=b"", interface=0):
    """An enhanced packet block, in µs."""
    stamp = (START_NS + ns) // 1000
    head = struct.pack("<IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(octets), len(octets))
    return block(6, head + octets + bytes(-len(octets) % 4) + options)


def comment(text):
    """The options of a block that bears a comment."""
    return struct.pack("<HH", 1, len(text)) + text + bytes(-len(text) % 4) + bytes(4)


@shape
def interfaces(n):
    return Case(octets=SECTION + INTERFACE * n + packet_block(0, LONE, interface=n - 1))


@shape
def sections(n):
    return Case(octets=(SECTION + INTERFACE) * n + packet_block(0, LONE))


@shape
def comments(n):
    return Case(
        octets=SECTION + INTERFACE + b"".join(packet_block(1000 * i, LONE, comment(b"a word")) for i in range(n))
    )


@shape
def large_comments(n):
    large = comment(b"c" * 20_000)
    return Case(octets=SECTION + INTERFACE + b"".join(packet_block(1000 * i, LONE, large) for i in range(n // 4)))


@shape
def unknown_blocks(n):
    return Case(octets=SECTION + INTERFACE + block(0x0BAD, b"") * 20 * n + packet_block(0, LONE))


@shape
def interface_statistics(n):
    counted = block(5, struct.pack("<III", 0, START_NS // 1000 >> 32, START_NS // 1000 & 0xFFFFFFFF))
    return Case(octets=SECTION + INTERFACE + counted * n + packet_block(0, LONE))


@shape
def names_told_in_blocks(n):
    told = struct.pack("<HH", 1, 20) + struct.pack(">I", US) + b"host.name.of.it\0"
    return Case(octets=SECTION + INTERFACE + block(4, told * 100 + bytes(4)) * n + packet_block(0, LONE))


# What is known beside the packets


@shape
def a_trace_that_names_hosts(n):
    wire = Wire()
    for i in range(n // 4):
        wire.ask(9 * MS * i, i, f"h{i}.test")
        wire.told(9 * MS * i + MS, i, f"h{i}.test", [host(i)])
        wire.opened(9 * MS * i + 2 * MS, port(i), host(i))
        wire.up(9 * MS * i + 4 * MS, port(i), hello(f"h{i}.test", i), to=host(i))
    lines = [f"# get https://h{i}.test/m/@v/v1.0.{i}.info" for i in range(n)]
    lines += [f"# get https://h{i}.test/m/@v/v1.0.{i}.info: 200 OK (0.100s)" for i in range(n)]
    return Case(wire.captured(), trace="\n".join(lines))


@shape
def a_trace_of_modules_that_are_gone(n):
    wire = Wire()
    wire.opened(0, 5000)
    lines = [f"# get https://proxy.golang.org/h{i}.test/m/@v/list: 404 Not Found (0.1s)" for i in range(n)]
    return Case(wire.captured(), trace="\n".join(lines))


@shape
def a_trace_of_many_proxies(n):
    wire = Wire()
    for i in range(n):
        wire.syn(10 * MS * i, port(i), host(i))
    lines = [f"# get https://proxy{i}.test/m/@v/v1.0.0.info: dial tcp: connection refused" for i in range(n)]
    return Case(wire.captured(), trace="\n".join(lines), client="go")


@shape
def a_trace_of_many_requests_to_one_host(n):
    """Each over a connection of its own that is answered, and half of them were told of a second time."""
    wire = Wire()
    lines = []
    for i in range(n):
        begun = 20 * MS * i
        wire.opened(begun, port(i))
        wire.up(begun + 3 * MS, port(i), hello("h.test", i))
        lines.append(f"{(START_NS + begun) / 1e9:.6f} # get https://h.test/m/@v/v1.0.{i}.info")
    lines += [f"{(START_NS + 20 * MS * i + 9 * MS) / 1e9:.6f} # get https://h.test/m/@v/v1.0.{i}.mod" for i in range(n)]
    return Case(wire.captured(), trace="\n".join(lines), client="go")


@shape
def an_interface_that_goes_down_again_and_again(n):
    wire = Wire()
    for i in range(n):
        wire.opened(5 * SECOND * i, port(i))
    down = [
        DownLink("eth0", START_NS + 5 * SECOND * i + SECOND, START_NS + 5 * SECOND * i + 4 * SECOND) for i in range(n)
    ]
    own = Process(100, 1, START_NS, argv=("curl",))
    return Case(wire.captured(), processes=Processes(100, (own,), down_links=tuple(down), means="sock_diag"))


@shape
def many_children(n):
    wire = Wire()
    wire.opened(0, 5000)
    own = [Process(100 + i, 1 if i == 0 else 100, START_NS, argv=("sh", "-c", f"job {i}")) for i in range(n)]
    waits = [
        ProcessWait(100 + i, CHILD if i % 2 else PIPE, START_NS, START_NS + 9 * SECOND, f"pipe:{i}", 100)
        for i in range(n)
    ]
    return Case(wire.captured(), processes=Processes(100, tuple(own), waits=tuple(waits), means="sock_diag"))


@shape
def many_programs_that_ask(n):
    wire = Wire()
    wire.opened(0, 5000)
    wire.syn(20 * SECOND, 5001)
    own = [Process(100, 1, START_NS, argv=("git", "fetch"))]
    own += [Process(200 + i, 100, START_NS, argv=("git-credential-helper", f"{i}")) for i in range(n)]
    waits = [ProcessWait(200 + i, PIPE, START_NS, START_NS + 19 * SECOND, f"pipe:{i}", 100) for i in range(n)]
    return Case(wire.captured(), processes=Processes(100, tuple(own), waits=tuple(waits), means="sock_diag"))


@shape
def many_sockets_of_one_pair_of_ports(n):
    wire = Wire()
    sockets = []
    for i in range(n):
        wire.packet(SECOND * i, ip(US, SERVER, TCP, tcp(5000, 443, 7919 * i, 0, SYN)))
        begun = START_NS + SECOND * i
        sockets.append(SocketOwner(TCP, "192.0.2.10", 5000, "198.51.100.80", 443, begun, begun + MS, 100, CERTAIN))
    seen = Processes(100, (Process(100, 1, START_NS, argv=("curl",)),), tuple(sockets), means="sock_diag")
    return Case(wire.captured(), processes=seen)
