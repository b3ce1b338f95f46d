"""Law: every kernel does the same as plain Python and as machine code, on random columns of full range.

flow_arguments.CASES has arguments for each kernel of wire/ and flows/; a kernel that is not in it
fails the first test. (The kernels of capture/ have theirs in test_readers.py, through the readers.)
"""

from random import Random

import numpy as np
import pytest
from feeding import (
    COMPILED,
    RECORDINGS,
    START_NS,
    Capture,
    Frame,
    Watched,
    analysed,
    compiled_kernels,
    examples,
    name,
    read,
    told,
)
from flow_arguments import CASES
from hypothesis import given
from hypothesis import strategies as st
from traffic import ethernet as ethernet_frame
from traffic import ipv4 as ipv4_packet
from traffic import tcp as tcp_segment
from traffic import traffic

import netanalyze.analyzer  # noqa: F401  (registers the kernels)
from netanalyze import kernel, native
from netanalyze.kernel import Engine

pytestmark = compiled_kernels
library = native.Library() if COMPILED else None

seeds = st.integers(0, 2**32 - 1)


def same_both_ways(function, *arguments):
    """Run ``function`` plain and compiled on copies: equal results, equal arrays."""
    plain = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    machine = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    said = function(*(Watched(a) if isinstance(a, np.ndarray) else a for a in plain))
    meant = library.entry(function)(*machine)
    assert said == meant, f"plain {said}, compiled {meant}"
    for place, (one, other) in enumerate(zip(plain, machine)):
        if isinstance(one, np.ndarray):
            different = np.flatnonzero(one != other)
            assert not len(different), (
                f"argument {place}, element {different[0]}: {one[different[0]]}, {other[different[0]]}"
            )


def test_every_kernel_of_wire_and_flows_has_a_case():
    floors = ("netanalyze.wire.", "netanalyze.tracking.", "netanalyze.conversations.", "netanalyze.flows.")
    missing = [
        f"{k.__module__}.{k.__name__}" for k in kernel._KERNELS if k.__module__.startswith(floors) and k not in CASES
    ]
    assert not missing, "please add arguments to CASES in tests/laws/kernel_arguments.py or flow_arguments.py"


@pytest.mark.parametrize("function", CASES, ids=lambda function: f"{function.__module__[11:]}.{function.__name__}")
@examples(40)
@given(seed=seeds)
def test_plain_and_compiled_are_the_same(function, seed):
    same_both_ways(function, *CASES[function](np.random.default_rng(seed)))


def both_ways(segments, step_ns=300_000_000):
    """A connection between 192.0.2.10:40000 and 192.0.2.80:443, analysed plain; compiled it must be the same.

    ``segments`` are ``(side, seq, ack, flags, window, payload octets, options)``.
    """
    frames = []
    for number, (side, seq, ack, flags, window, length, options) in enumerate(segments):
        (a, p), (b, q) = ((10, 40000), (80, 443))[:: 1 - 2 * side]
        octets = ethernet_frame(
            ipv4_packet(a, b, 6, tcp_segment(p, q, seq, ack, flags, window, bytes(length), options))
        )
        frames.append(Frame(START_NS + number * step_ns, octets, len(octets)))
    plain, machine = (analysed(Capture(tuple(frames)), engine=Engine(mode=mode)) for mode in ("plain", "compiled"))
    assert told(machine) == told(plain)
    return plain


@pytest.mark.parametrize("scale", [0, 14, 15, 62, 63, 64, 127])
@pytest.mark.parametrize("window", [4, 500, 512])
@pytest.mark.parametrize("length", [4, 500, 512])
def test_any_window_scale_gives_the_same_marks(scale, window, length):
    """A shift by 64 is one thing in Python and another in a processor; RFC 7323 section 2.3 allows 14."""
    option = b"\3\3" + bytes((scale,))
    both_ways(
        [(0, 0, 0, 2, 500, 0, option), (1, 0, 1, 18, 500, 0, option), (0, 1, 1, 16, 500, 0, b"")]
        + [(1, 1, 1, 16, window, 0, b""), (0, 1, 1, 24, 500, length, b""), (0, 1, 1, 24, 500, length, b"")]
    )


def test_a_capture_that_begins_with_the_syn_ack_gives_the_same_marks():
    """There is no SYN to count the first round trip from; the repeat after 600 ms is a retransmission."""
    result = both_ways(
        [(1, 0, 1, 18, 500, 0, b""), (0, 1, 1, 16, 500, 0, b""), (0, 1, 1, 24, 500, 100, b"")]
        + [(0, 101, 1, 24, 500, 100, b""), (0, 1, 1, 24, 500, 100, b"")]
    )
    assert [(row["frame_number"], row["mark"]) for row in result.tcp_marks.rows()] == [(5, "retransmission")]


@pytest.mark.parametrize("seed", [0, 26, 35, 38, 45, 63, 71, 75, 84, 85, 92])
def test_a_connection_of_any_times_and_numbers_is_judged_the_same_both_ways(seed):
    """Times 292 years apart and before 1970, sequence numbers 2 GiB apart, none of it in order."""
    random = Random(seed)
    numbers, frames = [1, 1000, 2**31, 2**32 - 1], []
    for place in range(random.choice([50, 300])):
        (a, p), (b, q) = random.choice([((10, 40000), (80, 443)), ((80, 443), (10, 40000))])
        seq, ack = (random.choice([random.randrange(2**32), *numbers]) for _ in range(2))
        flags, window = (
            random.choice([2, 18, 16, 24, 17, 4, 20, random.randrange(256)]),
            random.choice([0, 1, 500, 65535]),
        )
        octets = ethernet_frame(ipv4_packet(a, b, 6, tcp_segment(p, q, seq, ack, flags, window, bytes(20), b"")))
        length = random.choice([0, 1, 1448, 65000])
        octets = octets[:16] + (40 + length).to_bytes(2, "big") + octets[18 : 54 + min(length, 20)]
        onward = START_NS + place * 1_000_000
        time_ns = random.choice([random.randrange(-(2**62) + 1, 2**62), onward, onward])
        frames.append(Frame(time_ns, octets, 54 + length))
    plain, machine = (
        told(analysed(Capture(tuple(frames)), engine=Engine(mode=mode))) for mode in ("plain", "compiled")
    )
    assert machine == plain


@examples(60)
@given(capture=traffic())
def test_made_up_traffic_gives_the_same_result_both_ways(capture):
    assert told(analysed(capture, engine=Engine(mode="compiled"))) == told(analysed(capture))


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_recordings_give_the_same_result_both_ways(path):
    assert told(analysed(read(path), engine=Engine(mode="compiled"))) == told(analysed(read(path)))
