"""Law: what the screens of lookups and of flows let pass unseen, nothing would have been said of."""

import pytest
from costly import SHAPES
from costly_frames import MS, SECOND, SERVER, Wire
from feeding import RECIPES, RECORDINGS, Capture, analysed, examples, name, read, told
from hypothesis import given
from hypothesis import strategies as some

from netanalyze import analyzer
from netanalyze.flows import screen


def all_told(monkeypatch, run):
    """What is told with the screen, and without."""
    with_it = run()
    with monkeypatch.context() as patched:
        patched.setattr(screen, "LATE_NS", -1)  # no answer comes soon: every lookup is an object
        patched.setattr(analyzer, "which_are_plain", lambda *_: None)
        return with_it, run()


@pytest.mark.parametrize("path", [*RECIPES, *RECORDINGS], ids=name)
def test_recordings_and_recipes_are_judged_alike_without_the_screen(path, monkeypatch):
    capture = read(path)
    with_it, without = all_told(monkeypatch, lambda: told(analysed(capture)))
    assert with_it == without


@pytest.mark.parametrize("shape", sorted(one for one in SHAPES if "lookup" in one or "name" in one or "quer" in one))
def test_many_lookups_are_judged_alike_without_the_screen(shape, monkeypatch):
    capture = Capture(SHAPES[shape](40).frames)
    with_it, without = all_told(monkeypatch, lambda: told(analysed(capture)))
    assert with_it == without


WAITS = (MS, 20 * MS, 600 * MS, 2 * SECOND, 5 * SECOND, 20 * SECOND)
PRIVATE = 0x0A000007


@some.composite
def lookups(draw):
    """A few names that are asked for again and again: answered soon, late, twice, with nothing, or not at all."""
    wire, ns = Wire(), 0
    for number in range(draw(some.integers(2, 14))):
        ns += draw(some.sampled_from(WAITS))
        name = draw(some.sampled_from(("a.example.test", "a.example.test.corp.test", "b.example.test", "host")))
        kind, port = draw(some.sampled_from((1, 1, 1, 28))), draw(some.sampled_from((None, None, 5555)))
        wire.ask(ns, number, name, port, kind=kind)
        for _ in range(draw(some.sampled_from((1, 1, 1, 0, 2)))):
            addresses = draw(some.sampled_from(([SERVER], [SERVER], [PRIVATE], [SERVER, PRIVATE], [])))
            after = draw(some.sampled_from((MS, 12 * MS, 700 * MS, 3 * SECOND)))
            wire.told(
                ns + after, number, name, addresses, port, rcode=draw(some.sampled_from((0, 0, 0, 2, 3))), kind=kind
            )
    if draw(some.booleans()):
        wire.opened(draw(some.integers(0, 30)) * SECOND, 40_000)
    return Capture(wire.captured())


@examples(150)
@given(capture=lookups())
def test_any_lookups_are_judged_alike_without_the_screen(capture):
    with pytest.MonkeyPatch.context() as patched:
        with_it, without = all_told(patched, lambda: told(analysed(capture)))
    assert with_it == without


def test_ordinary_lookups_never_become_objects(monkeypatch):
    wire = Wire()
    for number in range(200):
        wire.ask(7 * MS * number, number, f"h{number % 50}.example.test")
        wire.told(7 * MS * number + MS, number, f"h{number % 50}.example.test", [SERVER])
    monkeypatch.setattr("netanalyze.conversations.dns_reader.Transaction", None)
    monkeypatch.setattr(screen, "Lookup", None)
    result = analysed(Capture(wire.captured()))
    assert (len(result.dns), result.verdict.status) == (200, "healthy")
