"""DNS messages read by columns are those that are read one by one."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from netanalyze.kernel import Engine
from netanalyze.tracking import dns_messages
from netanalyze.tracking.dns_messages import Datagrams, Texts, read

LABELS = some.one_of(
    some.sampled_from([b"www", b"Example", b"a-b", b"_tcp", b"x.y", b"\xff\\", b"a" * 63]), some.binary(max_size=64)
)
NAMES = some.one_of(some.just(b"\3www\7example\0"), some.lists(LABELS, max_size=5).map(
    lambda labels: b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
))  # fmt: skip
OPT = b"\0" + struct.pack(">HHIH", 41, 1232, 0x01000000, 0)


@some.composite
def records(draw):
    """An address of the name that was asked for, or what is like it."""
    kind, data = draw(
        some.sampled_from([(1, bytes(4)), (1, b"\xc0\0\2\1"), (28, bytes(16)), (1, bytes(5)), (5, b"\1c\0")])
    )
    pointer = draw(some.sampled_from([b"\xc0\x0c", b"\xc0\x0c", b"\xc0\x10", b"\1x\0"]))
    return pointer + struct.pack(">HHIH", kind, 1, draw(some.integers(0, 2**32 - 1)), len(data)) + data


@some.composite
def messages(draw):
    """A message of the usual form, one that is not quite, or any octets."""
    if draw(some.integers(0, 9)) == 0:
        return draw(some.binary(max_size=40))
    answers = draw(some.lists(records(), max_size=3))
    opt = draw(some.booleans())
    counts = [draw(some.sampled_from([1, 1, 1, 0, 2])), len(answers), draw(some.sampled_from([0, 0, 0, 1])), int(opt)]
    head = struct.pack(">HHHHHH", draw(some.integers(0, 65535)), draw(some.integers(0, 65535)), *counts)
    octets = head + draw(NAMES) + draw(some.sampled_from([b"\0\1\0\1", b"\0\x1c\0\1"])) + b"".join(answers) + OPT * opt
    return octets[: draw(some.sampled_from([len(octets), len(octets), len(octets) - 1, 20]))] + draw(
        some.binary(max_size=3)
    )


def told(octets, few):
    """What is read of some messages, in words, where fewer than ``few`` are read one by one."""
    lengths = np.array([len(one) for one in octets])
    blank = np.zeros(len(octets), dtype=np.int64)
    all_octets = np.frombuffer(b"".join(octets) + b"\0", dtype=np.uint8)
    rows = Datagrams(
        all_octets,
        np.cumsum(lengths) - lengths,
        lengths,
        blank,
        blank,
        np.tile([40000, 53], (len(octets), 1)),
        blank,
        blank,
    )
    before, dns_messages.FEW = dns_messages.FEW, few
    try:
        texts = Texts(Engine(mode="plain"))
        found = read(rows, texts)
    finally:
        dns_messages.FEW = before
    words = (
        [texts.questions[one] for one in found.question],
        [texts.questions[texts.folded[one]] for one in found.question],
    )
    lists = [texts.lists[one] for one in found.answers], [texts.lists[one] for one in found.cnames]
    return found.dns_id.tolist(), found.flags.tolist(), found.rcode.tolist(), *words, *lists


@given(some.lists(messages(), min_size=1, max_size=12))
def test_messages_by_columns_are_those_read_one_by_one(octets):
    assert told(octets, 0) == told(octets, 10**9)


def test_an_ordinary_answer_takes_no_parser(monkeypatch):
    monkeypatch.setattr("netanalyze.wire.message.dns.parse", None)
    question = b"\3www\7example\0" + b"\0\1\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\x07"
    asked = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 1) + question + OPT
    answered = struct.pack(">HHHHHH", 7, 0x8180, 1, 2, 0, 1) + question + record + record + OPT
    ids, _, rcodes, questions, _, answers, _ = told([asked, answered], 0)
    assert (ids, rcodes, questions) == ([7, 7], [16, 16], [("www.example", 1)] * 2)
    assert answers == [[], ["192.0.2.7", "192.0.2.7"]]


def test_messages_without_an_octet_are_unreadable_either_way():
    assert told([b"", b""], 0) == told([b"", b""], 10**9)
