"""Queries and answers paired by columns are those paired one by one."""

import struct

import numpy as np
from feeding import examples
from hypothesis import given
from hypothesis import strategies as some

from netanalyze.conversations import dns_pairs, dns_reader
from netanalyze.tracking.dns_messages import Datagrams

SECOND = 1_000_000_000
MESSAGES = some.lists(
    some.tuples(
        some.integers(0, 3), some.integers(0, 2), some.integers(0, 2), some.booleans(), some.sampled_from([0, 1, 9, 31])
    ),
    min_size=1, max_size=12,
)  # fmt: skip
BATCHES = some.lists(MESSAGES, min_size=1, max_size=4)


def octets(dns_id, name, answers):
    """A query for a name, or its answer."""
    question = b"\1" + b"abc"[name : name + 1] + b"\4test\0\0\1\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\x07" if answers else b""
    return struct.pack(">HHHHHH", dns_id, 0x8180 if answers else 0x0100, 1, int(answers), 0, 0) + question + record


def told(batches, few):
    """All columns of a reader that was given some batches, where fewer than ``few`` are paired one by one."""
    before, dns_pairs.FEW = dns_pairs.FEW, few
    try:
        reader, frame, ns = dns_reader.DnsReader(), 0, 0
        for batch in batches:
            parts = [octets(dns_id, name, answers) for _, dns_id, name, answers, _ in batch]
            lengths = np.array([len(part) for part in parts])
            moments = ns + np.cumsum([wait * SECOND for *_, wait in batch])
            frames, ns = frame + 1 + np.arange(len(batch)), int(moments[-1])
            frame += len(batch)
            flows, answers = (np.array([one[place] for one in batch], dtype=np.int64) for place in (0, 3))
            places = np.frombuffer(b"".join(parts) + b"\0", np.uint8), np.cumsum(lengths) - lengths, lengths
            ports = np.tile([40000, 53], (len(batch), 1))
            reader.take_datagrams(Datagrams(*places, flows, answers, ports, frames, moments))
    finally:
        dns_pairs.FEW = before
    chains = [[one.number for one in reader.of_flow(flow)] for flow in range(5)]
    return {name: column.tolist() for name, column in reader.columns().items()}, chains, reader.left_out


@given(BATCHES)
@examples(100)
def test_messages_paired_by_columns_are_those_paired_one_by_one(batches):
    assert told(batches, 0) == told(batches, 10**9)


def test_an_ordinary_batch_is_paired_by_columns(monkeypatch):
    monkeypatch.setattr(dns_reader.DnsReader, "_begin", None)
    batch = [(flow, flow, 0, answers, 0) for flow in range(4) for answers in (False, True)]
    columns, _, _ = told([batch], 0)
    assert columns["responses"] == [1, 1, 1, 1]
