"""The run travels inside its recording, whole, and nothing that stands in a comment can do harm."""

import errno
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.capture.recording import (
    COMMENT_OCTETS,
    TRACE_CHARACTERS,
    RecordedRun,
    clipped_trace,
    read_run,
    run_comments,
)
from netanalyze.capture.write import PcapngWriter
from netanalyze.live.capture.recording import Recorder

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)
moments = st.none() | st.integers(0, 2**62)
runs = st.builds(
    RecordedRun,
    argv=st.none() | st.lists(texts, max_size=4).map(tuple),
    exit_code=st.none() | st.integers(0, 255),
    start_ns=moments,
    end_ns=moments,
    client=st.none() | texts,
    environment=st.none() | st.dictionaries(texts, texts, max_size=3),
    trace=st.none() | texts,
)


def rows(comments):
    return [(None, text) for text in comments]


@given(runs)
def test_what_is_written_is_read(run):
    assert read_run(rows(run_comments(run))) == run


@given(st.lists(st.tuples(st.none() | st.integers(1, 9), texts | texts.map("netanalyze-run: {}".format)), max_size=5))
def test_any_comments_are_a_run_or_none(comments):
    found = read_run(comments)
    assert found is None or isinstance(found, RecordedRun)


def test_values_of_the_wrong_kind_are_unknown():
    text = 'netanalyze-run: {"argv": 1, "exit_code": "x", "start_ns": 1e30, "end_ns": true, "client": [], "environment": 0}'
    assert read_run([(None, text)]) == RecordedRun()


def test_comments_of_frames_are_not_the_runs():
    assert read_run([(1, run_comments(RecordedRun(client="go"))[0])]) is None


def test_the_last_run_stands():
    begun, ended = RecordedRun(client="go", trace="old"), RecordedRun(client="go", exit_code=1)
    assert read_run(rows(run_comments(begun) + run_comments(ended))) == ended


def test_a_long_trace_goes_into_several_comments():
    trace = "".join(f"2024-01-01T00:00:00Z line {n} — with a dash\n" for n in range(9_000))
    comments = run_comments(RecordedRun(trace=trace))
    assert len(comments) > 3
    assert max(len(text.encode()) for text in comments) <= COMMENT_OCTETS
    assert read_run(rows(comments)).trace == trace
    PcapngWriter(io.BytesIO(), comment=comments)  # and each fits an option


def test_a_command_line_that_is_too_long_is_cut():
    run = RecordedRun(argv=tuple("x" * 5_000 for _ in range(300)), environment={"go_env": {"GOFLAGS": "y" * 90_000}})
    assert all(len(text.encode()) <= COMMENT_OCTETS for text in run_comments(run))


def test_too_much_output_loses_its_middle_and_says_so():
    text = "first\n" + "a line in the middle\n" * (TRACE_CHARACTERS // 20) + "last\n"
    short = clipped_trace(text)
    assert len(short) < TRACE_CHARACTERS + 200
    assert short.startswith("first\n")
    assert short.endswith("last\n")
    assert "characters left out here" in short
    assert clipped_trace(short) == short or len(short) <= TRACE_CHARACTERS + 200


def test_the_client_is_the_first_word():
    assert RecordedRun(client="go 1.27.3").client_name == "go"
    assert RecordedRun().client_name is None


def test_a_recording_whose_beginning_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    def full(self):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(PcapngWriter, "flush", full)
    with pytest.raises(OSError, match="No space left"):
        Recorder(str(tmp_path / "a.pcapng"), [], 262_144, RecordedRun())
    assert list(tmp_path.iterdir()) == []
