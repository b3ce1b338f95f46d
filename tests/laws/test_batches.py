"""Law: a capture may be cut into batches anywhere, and nothing changes."""

import pytest
from feeding import RECIPES, RECORDINGS, analysed, batches, examples, interfaces, name, read, told
from hypothesis import given
from hypothesis import strategies as st
from traffic import cut_points, traffic

from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import FRAME
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine


@pytest.mark.parametrize("path", RECIPES, ids=name)
def test_batches_of_one_frame_change_nothing(path):
    capture = read(path)
    assert told(analysed(capture, range(1, len(capture.frames)))) == told(analysed(capture))


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
@examples(2)
@given(data=st.data())
def test_a_recording_may_be_cut_anywhere(path, data):
    capture = read(path)
    cuts = data.draw(st.lists(st.integers(0, len(capture.frames)), min_size=1, max_size=12))
    assert told(analysed(capture, cuts)) == told(analysed(capture))


@examples(200)
@given(capture=traffic(), data=st.data())
def test_made_up_traffic_may_be_cut_anywhere(capture, data):
    cuts = data.draw(cut_points(len(capture.frames)))
    assert told(analysed(capture, cuts)) == told(analysed(capture))


def asked_meanwhile(capture, cuts):
    """The Result when after each batch it was asked how the run stands."""
    analyzer = Analyzer(Engine(mode="plain"), Diagnostics())
    for batch in batches(capture, cuts):
        analyzer.feed(batch, interfaces(capture))
        if len(batch):
            analyzer.run_status(int(batch.frames[-1, FRAME.TIME_NS]))
    return told(analyzer.finish())


@pytest.mark.parametrize("path", RECIPES, ids=name)
def test_asking_how_it_stands_meanwhile_changes_nothing(path):
    """``run_status`` is a question, not an event: live and file give the same result."""
    capture = read(path)
    every = max(len(capture.frames) // 8, 1)
    assert asked_meanwhile(capture, range(every, len(capture.frames), every)) == told(analysed(capture))


@examples(25)
@given(capture=traffic(), data=st.data())
def test_asking_how_it_stands_amid_made_up_traffic_changes_nothing(capture, data):
    assert asked_meanwhile(capture, data.draw(cut_points(len(capture.frames)))) == told(analysed(capture))
