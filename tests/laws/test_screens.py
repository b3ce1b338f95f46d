"""Law: a screen leaves out only what has nothing to say. Where every flow is looked at, the causes find the same."""

from types import SimpleNamespace

import pytest
from feeding import RECIPES, RECORDINGS, Capture, Frame, analysed, examples, name, read
from hypothesis import given
from hypothesis import strategies as st

import netanalyze.analyzer
from captures.recipes import Conversation, Timeline
from netanalyze.causes import judge
from netanalyze.flows.index import Index

APART_MS = 40


def run(number):
    """A connection that nothing is wrong with: TLS, one request, its answer, the client's close, the server's."""
    talk = Conversation(client=f"192.0.2.10:{51000 + number}", server="198.51.100.5:443")
    talk.passes(f"{APART_MS * number} ms").handshake()
    talk.client_hello(sni="example.test")
    talk.server_flight()
    talk.client_finished(preface=False).request().response("600 B", updates=False)
    return talk.both_close()


def capture(*stories):
    """What is told as the laws read it."""
    return Capture(tuple(Frame(ns, octets, len(octets)) for ns, octets in Timeline(*stories).frames))


HEALTHY = capture(*(run(number) for number in range(3)))
LAST = len(HEALTHY.frames) - 1


@pytest.fixture
def looked_at(monkeypatch):
    """Has every case judged twice, and holds the findings against each other; how many flows were looked at, and of how many."""
    counts = []

    def twice(case):
        screened = judge(case)
        counts.append((len(case.index.eventful), len(case.flows)))
        case.index.__dict__["eventful"] = case.flows
        assert judge(case) == screened
        return screened

    monkeypatch.setattr(netanalyze.analyzer, "judge", twice)
    return counts


@pytest.mark.parametrize("path", [*RECIPES, *RECORDINGS], ids=name)
def test_causes_find_the_same_where_every_flow_is_looked_at(path, looked_at):
    """On each recipe and each recording."""
    analysed(read(path))
    assert looked_at


def test_a_connection_that_nothing_is_wrong_with_is_looked_at_by_no_cause(looked_at):
    """Else the screen would leave nothing out, and the law would say nothing."""
    analysed(HEALTHY)
    assert looked_at == [(0, 3)]


def test_where_the_commands_line_sets_a_timer_every_connection_is_looked_at():
    """However short a wait is, such a timer may have ended it."""
    flows, timers = [object()], (SimpleNamespace(set_by="-m 0.5"),)
    assert Index(SimpleNamespace(flows=flows, diagnostics=(), client=SimpleNamespace(timers=timers))).eventful is flows


CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "again", "late", "cut", "reset"]), st.integers(0, LAST), st.integers(1, 3000)),
    min_size=1, max_size=3,
)  # fmt: skip


def changed(frames, how, place, much):
    """The frames of a run with one thing done to one of them; ``much`` in ms or octets."""
    frame = frames[min(place, len(frames) - 1)]
    rest = [one for one in frames if one is not frame]
    moved = frame._replace(time_ns=frame.time_ns + much * 1_000_000)
    if how == "drop":
        return rest
    if how == "again":
        return [*frames, moved]
    if how == "late":  # and all that follows
        return [
            one if one.time_ns < frame.time_ns else one._replace(time_ns=one.time_ns + much * 1_000_000)
            for one in frames
        ]
    if how == "cut":
        return [one if one is not frame else frame._replace(octets=frame.octets[: 34 + much % 100]) for one in frames]
    flags = bytearray(frame.octets)
    flags[47:48] = b"\x14"
    return [one if one is not frame else frame._replace(octets=bytes(flags)) for one in frames]


@pytest.mark.usefixtures("looked_at")
@examples(40)
@given(changes=CHANGES)
def test_whatever_happened_to_a_healthy_run_the_screen_hides_nothing(changes):
    """Frames lost, repeated, late, cut short, or turned into resets."""
    frames = list(HEALTHY.frames)
    for change in changes:
        frames = sorted(changed(frames, *change), key=lambda frame: frame.time_ns)
    analysed(Capture(tuple(frames)))
