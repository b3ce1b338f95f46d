"""Law: a kernel's column form leaves and returns what the kernel does, on ordinary rows, on damaged ones, on any."""

import struct

import numpy as np
import pytest
from dns_arguments import dns_messages, read_ones
from feeding import COMPILED, examples
from hypothesis import given
from hypothesis import strategies as st
from octet_arguments import segments, some_spans
from traffic import ethernet, ipv4, ipv6, tcp, udp

import netanalyze.analyzer  # noqa: F401  (registers the kernels)
from netanalyze import kernel
from netanalyze.capture import pcap
from netanalyze.capture.batch import FRAME
from netanalyze.capture.reader import NEED_MORE
from netanalyze.kernel import Engine
from netanalyze.tracking import checksums, spans
from netanalyze.wire import packets
from netanalyze.wire.layers import PACKET
from netanalyze.wire.message.dns_usual import USUAL, read_messages, write_addresses
from netanalyze.wire.ordinary import decode_ordinary

seeds = st.integers(0, 2**32 - 1)


def as_the_kernel(function, *arguments):
    """Run ``function`` and its column form on copies: equal results, equal arrays. Returns what both returned."""
    one = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    other = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    meant = function(*(memoryview(a) if isinstance(a, np.ndarray) else a for a in one))
    said = kernel._COLUMN_FORMS[function](*other)
    assert said == meant
    for place, (kernels, forms) in enumerate(zip(one, other)):
        if isinstance(kernels, np.ndarray):
            different = np.flatnonzero(kernels != forms)
            assert not len(different), f"argument {place}, element {different[0]}"
    return said


def some_frame(random) -> bytes:
    """A frame that is ordinary, nearly ordinary, or neither."""
    octets = random.bytes(int(random.integers(0, 60)))
    options = random.bytes(4 * int(random.choice([0, 0, 3, 5])))
    a, b = (int(n) for n in random.integers(1, 250, 2))
    ports = (int(n) for n in random.integers(0, 65536, 2))
    numbers = (int(n) for n in random.integers(0, 2**32, 2))
    segment = tcp(*ports, *numbers, int(random.integers(0, 256)), int(random.integers(0, 65536)), octets, options)
    if random.random() < 0.1:
        packet = ipv4(a, b, 17, udp(53, 40000, octets))
    elif random.random() < 0.5:
        packet = ipv4(a, b, 6, segment)
    else:
        packet = ipv6(a, b, 6, segment)
    frame = bytearray(ethernet(packet, vlan=int(random.random() < 0.05)))
    for _ in range(int(random.choice([0, 0, 0, 1, 2, 8]))):
        frame[int(random.integers(12, min(len(frame), 60)))] = int(random.choice([0, 1, 5, 64, 80, 96, 255]))
    return bytes(frame[: int(random.integers(0, len(frame)))] if random.random() < 0.1 else frame)


def frames_of(random, rows):
    """``(buffer, frames, rows, link_types, packets)`` of so many frames that lie one behind the other."""
    made = [some_frame(random) for _ in range(rows)]
    lengths = np.array([len(frame) for frame in made], dtype=np.int64)
    table = np.zeros((rows, FRAME.WIDTH), dtype=np.int64)
    table[:, FRAME.START] = np.cumsum(lengths) - lengths
    table[:, FRAME.CAPTURED_LENGTH] = lengths
    table[:, FRAME.ORIGINAL_LENGTH] = lengths + random.choice([0, 0, 0, 1, 18, 1400], rows)
    table[:, FRAME.INTERFACE_ID] = random.choice([0, 0, 0, 0, 1], rows)
    buffer = np.frombuffer(b"".join(made) or b"\0", dtype=np.uint8)
    return buffer, table.reshape(-1), rows, np.array([1, 113]), np.zeros(rows * PACKET.WIDTH, dtype=np.int64)


@examples(60)
@given(seed=seeds, rows=st.sampled_from([1, packets.WORTH_COLUMNS - 1, packets.WORTH_COLUMNS, 90]))
def test_frames_are_decoded_as_by_the_kernel(seed, rows):
    as_the_kernel(packets.decode_frames, *frames_of(np.random.default_rng(seed), rows))


def test_ordinary_frames_are_not_left_to_the_kernel():
    """What the speed rests on: TCP over both IP versions, with and without options, data, and cut by a snap length."""
    frames = [
        ethernet(version(1, 2, 6, tcp(1, 2, 3, 4, 16, 5, bytes(length), options)))
        for version in (ipv4, ipv6)
        for length in (0, 1, 40)
        for options in (b"", b"\1\1\x08\x0a" + bytes(8))
    ]
    table = np.zeros((len(frames), FRAME.WIDTH), dtype=np.int64)
    lengths = np.array([len(frame) for frame in frames])
    table[:, FRAME.START] = np.cumsum(lengths) - lengths
    table[:, FRAME.CAPTURED_LENGTH] = np.minimum(lengths, 96)
    table[:, FRAME.ORIGINAL_LENGTH] = lengths
    buffer = np.frombuffer(b"".join(frames), dtype=np.uint8)
    assert decode_ordinary(buffer, table, np.array([1]), np.zeros((len(frames), PACKET.WIDTH), dtype=np.int64)).all()


@examples(60)
@given(
    seed=seeds,
    little=st.sampled_from([0, 1]),
    header=st.sampled_from([pcap.RECORD_HEADER, pcap.MODIFIED_RECORD_HEADER]),
    lengths=st.sampled_from([pcap.AS_WRITTEN, pcap.EXCHANGED, pcap.EXCHANGED_IF_LARGER]),
    longest=st.sampled_from([30, 60, 1000]),
    capacity=st.sampled_from([1, 7, 64]),
)
def test_records_are_walked_as_by_the_kernel(seed, little, header, lengths, longest, capacity):
    random = np.random.default_rng(seed)
    octets = b""
    for _ in range(int(random.integers(0, 20))):
        length = int(random.choice([0, 1, 20, 30, 59, 60, 61]))
        numbers = (int(random.integers(0, 2**32)), int(random.integers(0, 2**32)), length, length + 9)
        octets += struct.pack("<4I" if little else ">4I", *numbers) + bytes(header - 16) + random.bytes(length)
    octets += random.bytes(int(random.integers(0, 40)))
    start = int(random.integers(0, 3)) if random.random() < 0.1 else 0
    end = len(octets) - int(random.integers(0, min(len(octets), 30), endpoint=True))
    frames = np.zeros(capacity * FRAME.WIDTH, dtype=np.int64)
    buffer = np.frombuffer(octets + bytes(4), dtype=np.uint8)
    where = (start, end, 1000, little, header, lengths, 1000, longest, 3, frames, capacity)
    as_the_kernel(pcap.walk_pcap, buffer, *where)


def test_a_last_record_that_is_not_whole_is_waited_for():
    record = struct.pack("<4I", 1, 2, 5, 5) + b"abcde"
    buffer = np.frombuffer(record * 2, dtype=np.uint8)
    frames = np.zeros(4 * FRAME.WIDTH, dtype=np.int64)
    where = (0, len(buffer) - 1, 0, 1, 16, pcap.AS_WRITTEN, 1000, 1000, 0, frames, 4)
    assert as_the_kernel(pcap.walk_pcap, buffer, *where) == (1, 21, NEED_MORE, 21)


@examples(60)
@given(seed=seeds)
def test_checksums_are_judged_as_by_the_kernel(seed):
    as_the_kernel(checksums.judge_segments, *segments(np.random.default_rng(seed)))


@examples(60)
@given(seed=seeds)
def test_equal_spans_get_the_numbers_that_the_kernel_gives_them(seed):
    octets, begins, ends, *_ = some_spans(np.random.default_rng(seed))
    numbers, firsts = (column.tolist() for column in spans.distinct_spans(Engine(mode="plain"), octets, begins, ends))
    texts = [octets[begin:end].tobytes() for begin, end in zip(begins, ends)]
    assert [texts[first] for first in firsts] == list(dict.fromkeys(texts))
    assert [texts[firsts[number]] for number in numbers] == texts
    if COMPILED:
        compiled = spans.distinct_spans(Engine(mode="compiled"), octets, begins, ends)
        assert [column.tolist() for column in compiled] == [numbers, firsts]


@pytest.mark.parametrize("function", kernel._COLUMN_FORMS, ids=lambda function: function.__name__)
def test_a_column_form_stands_for_a_kernel(function):
    assert function in kernel._KERNELS


@given(seeds)
@examples(200)
def test_dns_messages_are_read_in_columns_as_by_the_kernel(seed):
    random = np.random.default_rng(seed)
    octets, begins, ends, count, rows = dns_messages(random)
    columns, kernels = rows.copy(), rows.copy()
    kernel._COLUMN_FORMS[read_messages](octets, begins, ends, count, columns)
    read_messages(memoryview(octets), begins, ends, count, memoryview(kernels))
    columns, kernels = (one.reshape(-1, USUAL.WIDTH) for one in (columns, kernels))
    assert columns[:, USUAL.USUAL].tolist() == kernels[:, USUAL.USUAL].tolist()
    usual = columns[:, USUAL.USUAL] > 0  # of others nothing counts
    assert columns[usual].tolist() == kernels[usual].tolist()


@given(seeds)
@examples(100)
def test_addresses_are_written_in_columns_as_by_the_kernel(seed):
    as_the_kernel(write_addresses, *read_ones(np.random.default_rng(seed)))
