"""A guard that counts work and no seconds: what a connection with which nothing is wrong costs at the end of an analysis.

Each number is that of many connections less that of few, by the connections between: what every analysis takes once is not in it.
"""

import gc
import sys

import pytest
from feeding import Capture, Frame, batches, interfaces

from captures.recipes import Conversation, Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.flows.flow import Flow
from netanalyze.kernel import Engine

FEW, MANY = 10, 40
CALLS_MOST, BLOCKS_MOST = 700, 180
"""Python functions called, and blocks of memory that stay, for such a connection: 550 and 144 when this was written."""


def healthy(number):
    """A connection with TLS, one request and its answer, one after the other."""
    talk = Conversation(client=f"192.0.2.10:{50000 + number}", server="198.51.100.5:443")
    talk.passes(f"{100 * number} ms").handshake()
    talk.client_hello(sni="example.test")
    talk.server_flight()
    talk.client_finished(preface=False).request().response("600 B", updates=False)
    return talk.both_close()


def fed(count):
    """An analyzer that was given so many of them, and the batches it took; nothing is concluded yet."""
    frames = Timeline(*(healthy(number) for number in range(count))).frames
    capture = Capture(tuple(Frame(ns, octets, len(octets)) for ns, octets in frames))
    analyzer = Analyzer(Engine(mode="plain"))
    for batch in batches(capture):
        analyzer.feed(batch, interfaces(capture))
    return analyzer


def finished(count):
    """Functions called by the end of an analysis, and blocks that are kept as long as its result is."""
    fed(1).finish()  # imports and caches
    analyzer, calls = fed(count), 0

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


def test_a_healthy_connection_takes_a_bounded_number_of_calls_and_of_blocks():
    """Whoever adds a loop over all flows that asks much of each is told here."""
    few, many = finished(FEW), finished(MANY)
    calls, blocks = ((much - little) / (MANY - FEW) for much, little in zip(many, few))
    assert calls < CALLS_MOST
    assert blocks < BLOCKS_MOST


@pytest.mark.parametrize("member", ["packets", "gaps"])
def test_of_a_healthy_connection_what_nobody_needs_is_never_made(member):
    """Its packets stay rows; its gaps are read for the ledger's waits alone."""
    analyzer = fed(FEW)
    analyzer.finish()
    made = [flow for flow in analyzer._flows if member in vars(flow)]
    assert all(isinstance(flow, Flow) for flow in analyzer._flows)
    assert len(made) == (0 if member == "packets" else FEW)
