"""Which of the requests that a command told of, each with its time, is the one that had no answer."""

import pytest

from tests.unit.diagnosis.test_sockets_alone import SHAPES, START, socket, verdict

HOST = "https://proxy.golang.org"
SILENT = 0.1
"""Seconds after the run's beginning at which the last octets came."""


def url(*lines):
    """The request of the verdict where go printed these lines, each so many seconds after the run's beginning."""
    trace = "".join(f"{START / 1e9 + at:.6f} # get {HOST}/{text}\n" for at, text in lines)
    asked = verdict(socket(*SHAPES["http/body-stalled"]), trace=trace).request
    return asked and asked.url.removeprefix(HOST)


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        ("a: 200 OK (0.050s)", "/b"),  # it had its answer before the silence
        ("a: 404 Not Found (0.050s)", "/b"),
    ],
)
def test_what_was_answered_before_the_silence_is_not_what_hangs(answered, asked):
    assert url((0, "a"), (SILENT - 0.05, answered), (0.2, "b")) == asked


def test_the_first_of_those_that_are_open():
    assert url((0, "a"), (0.2, "b")) == "/a"


def test_what_was_answered_during_the_silence_was_waited_for():
    assert url((0, "a"), (SILENT + 0.05, "a: 200 OK (0.150s)"), (0.2, "b")) == "/a"


def test_what_was_asked_when_it_was_over_is_not_what_hung():
    assert url((0.2, "b"), (25, "c")) == "/b"
