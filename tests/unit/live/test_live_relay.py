"""What the command prints arrives unaltered and at once, but for the hidden lines; all of it is stamped."""

import os
import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from netanalyze.clients.trace import parse_trace
from netanalyze.live.command.go import Hider
from netanalyze.live.command.stderr_relay import Relay, output_pair


def relayed(pieces, hides=lambda line: False, gap=0.0):
    """What is shown of these pieces, and the trace."""
    reading, writing = output_pair(None)
    shown_out, shown_in = os.pipe()
    erased = []
    relay = Relay(reading, shown_in, hides, lambda: erased.append(1), threading.Lock())
    relay.start()
    for piece in pieces:
        os.write(writing, piece)
        time.sleep(gap)
    os.close(writing)
    relay.finish(5)
    os.close(shown_in)
    with os.fdopen(shown_out, "rb") as shown:
        return shown.read(), relay


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
def test_octets_pass_unaltered(pieces):
    assert relayed(pieces)[0] == b"".join(pieces)


def test_lines_of_x_are_kept_but_not_shown():
    pieces = [b"# get https://a.test/x\n", b"go: downloading a\r\n# get https://a.test/x: 200 ", b"OK (0.1s)\nlast"]
    shown, relay = relayed(pieces, Hider().hides)
    assert shown == b"go: downloading a\r\nlast"
    trace = parse_trace(relay.trace())
    assert trace.lines[0].text == "# get https://a.test/x"
    assert trace.stamped
    assert trace.requests[0].status == 200
    assert abs(trace.lines[-1].time_ns - time.time_ns()) < 5e9


def test_a_prompt_without_an_end_is_shown_soon():
    reading, writing = output_pair(None)
    shown_out, shown_in = os.pipe()
    relay = Relay(reading, shown_in, Hider().hides, lambda: None, threading.Lock())
    relay.start()
    os.write(writing, b"Password: ")
    assert os.read(shown_out, 100) == b"Password: "
    os.write(writing, b"thanks\n")
    assert os.read(shown_out, 100) == b"thanks\n"
    os.close(writing)
    relay.finish(5)
    assert [line.text for line in parse_trace(relay.trace()).lines] == ["Password: xxxxx"]


def test_the_open_request_is_known():
    _, relay = relayed([b"# get https://a.test/1\n# get https://a.test/2\n# get https://a.test/1: 200 OK (0.1s)\n"])
    assert relay.waiting_for() == "https://a.test/2"


def test_secrets_are_not_kept():
    _, relay = relayed([b"# get https://me:secret@a.test/1\nauthorization: Bearer abc\n"])
    assert "secret" not in relay.trace()
    assert "abc" not in relay.trace()


def test_a_reader_that_went_away_is_no_error():
    reading, writing = output_pair(None)
    shown_out, shown_in = os.pipe()
    os.close(shown_out)
    relay = Relay(reading, shown_in, lambda line: False, lambda: None, threading.Lock())
    relay.start()
    os.write(writing, b"to nobody\n")
    relay.finish(5)
    os.close(writing)
