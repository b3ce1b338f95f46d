"""Law: an analysis takes time in proportion to the capture; nobody compares each flow with each other one."""

import time

import pytest
from feeding import START_NS, Capture, Frame, analysed
from traffic import client_hello, dns, ethernet, ipv4, record, server_hello, tcp, udp

FEW, MANY = 150, 1200
MS = 1_000_000
SYN, ACK, PSH, FIN = 2, 16, 24, 17


def segment(number, side, seq, ack, flags, payload=b""):
    """A segment of connection ``number`` from 192.0.2.10 to one of two servers."""
    server = 80 + number % 2
    (a, p), (b, q) = ((10, 10_000 + number), (server, 443))[:: 1 - 2 * side]
    return ethernet(ipv4(a, b, 6, tcp(p, q, seq, ack, flags, payload=payload)))


def closed(number):
    """A handshake, a ClientHello and its answer, data, and the client's close."""
    hello, answer = client_hello(), server_hello() + record(200)
    opened = [segment(number, 0, 0, 0, SYN), segment(number, 1, 0, 1, SYN | ACK), segment(number, 0, 1, 1, ACK)]
    said = [segment(number, 0, 1, 1, PSH, hello), segment(number, 1, 1, 1 + len(hello), PSH, answer)]
    return [*opened, *said, segment(number, 0, 1 + len(hello), 1 + len(answer), FIN)]


def unanswered(number):
    """A SYN and nothing else."""
    return [segment(number, 0, 0, 0, SYN)]


def rejected(number):
    """A SYN and an ICMP error that quotes it."""
    syn = segment(number, 0, 0, 0, SYN)
    return [syn, ethernet(ipv4(1, 10, 1, b"\3\x0a\0\0\0\0\0\0" + syn[14:42]))]


def looked_up(number):
    """A query, its answer, and a connection to the address."""
    query, answer = dns(number, False), dns(number, True)
    ask = ethernet(ipv4(10, 53, 17, udp(10_000 + number, 53, query)))
    return [ask, ethernet(ipv4(53, 10, 17, udp(53, 10_000 + number, answer))), segment(number, 0, 0, 0, SYN)]


def unanswered_query(number):
    """A query that nobody answers."""
    return [ethernet(ipv4(10, 53, 17, udp(10_000 + number, 53, dns(number, False))))]


def repeated(number):
    """A handshake, a ClientHello, the same twice again: nothing is acknowledged."""
    hello = client_hello()
    opened = [segment(number, 0, 0, 0, SYN), segment(number, 1, 0, 1, SYN | ACK), segment(number, 0, 1, 1, ACK)]
    return [*opened, *[segment(number, 0, 1, 1, PSH, hello)] * 3]


def seconds(story, count):
    """Processor time of an analysis of so many of a story, one after the other."""
    frames = [octets for number in range(count) for octets in story(number)]
    capture = Capture(tuple(Frame(START_NS + n * 20 * MS, o, len(o)) for n, o in enumerate(frames)))
    begun = time.process_time()
    analysed(capture)
    return time.process_time() - begun


@pytest.mark.parametrize("story", [closed, unanswered, rejected, looked_up, unanswered_query, repeated])
def test_eight_times_the_flows_take_no_more_than_twenty_times_as_long(story):
    """In proportion it is eight times; each with each would be 64 times."""
    seconds(story, 10)
    few = min(seconds(story, FEW) for _ in range(2))
    assert seconds(story, MANY) < 20 * few + 0.2
