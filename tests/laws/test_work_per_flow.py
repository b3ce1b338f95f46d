"""A guard that counts work and no seconds: what a connection with which nothing is wrong costs at the end of an analysis.

Each number is that of many connections less that of few, by the connections between: what every analysis takes once is not in it.
"""

import gc
import sys

import pytest
from feeding import Capture, Frame, batches, interfaces

from captures.recipes import Conversation, Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.kernel import Engine

FEW, MANY = 30, 90
CALLS_MOST, BLOCKS_MOST = 220, 15
"""Python functions called (kernels among them, which are plain here), and blocks of memory that stay, for such a connection: 179
and 11 at the most when this was written."""
BODIES = ("600 B", "60 kB")
ENDS_WITHIN_NS = 3_000_000_000


def healthy(number, body):
    """A connection with TLS, one request and its answer; the client is gone when the server's last words come."""
    talk = Conversation(client=f"192.0.2.10:{50000 + number}", server="198.51.100.5:443")
    talk.passes(f"{100 * number} ms").handshake()
    talk.client_hello(sni="example.test")
    talk.server_flight()
    talk.client_finished(preface=False).request().response(body, updates=False)
    return talk.exits()


def fed(count, body):
    """An analyzer that was given so many of them, and the batches it took; nothing is concluded yet."""
    frames = Timeline(*(healthy(number, body) for number in range(count))).frames
    capture = Capture(tuple(Frame(ns, octets, len(octets)) for ns, octets in frames))
    analyzer = Analyzer(Engine(mode="plain"))
    for batch in batches(capture):
        analyzer.feed(batch, interfaces(capture))
    return analyzer


def finished(count, body):
    """Functions called by the end of an analysis, and blocks that are kept as long as its result is."""
    fed(1, body).finish()  # imports and caches
    analyzer, calls = fed(count, body), 0

    def note(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    gc.collect()
    before = sys.getallocatedblocks()
    sys.setprofile(note)
    result = analyzer.finish()
    sys.setprofile(None)
    gc.collect()
    assert result.verdict.status == "healthy"
    return calls, sys.getallocatedblocks() - before


@pytest.mark.parametrize("body", BODIES)
def test_a_healthy_connection_takes_a_bounded_number_of_calls_and_of_blocks(body):
    """Whoever adds a loop over all flows that asks much of each is told here."""
    few, many = finished(FEW, body), finished(MANY, body)
    calls, blocks = ((much - little) / (MANY - FEW) for much, little in zip(many, few))
    assert calls < CALLS_MOST
    assert blocks < BLOCKS_MOST


@pytest.mark.parametrize("body", BODIES)
def test_only_of_the_last_of_the_healthy_connections_objects_are_made(body):
    """What a run was about when it ended is looked at closely; packets are not even of these."""
    analyzer = fed(MANY, body)
    analyzer.finish()
    made = list(analyzer._rows._made.values())
    ends = analyzer.tracker.last_ns
    assert all(ends - flow.last_ns < ENDS_WITHIN_NS for flow in made)
    assert len(made) < MANY // 2
    assert not [flow for flow in made if "packets" in vars(flow)]
