"""The status line: what it says, when, and that it goes away."""

import os
import pty
import termios
import threading

import pytest

from netanalyze.diagnosis.status import OwedMove, RunStatus
from netanalyze.findings import Alternative, Check, Culprit, Evidence, Finding
from netanalyze.live import sentences
from netanalyze.live.status import PLAIN_FIRST_NS, PLAIN_GAP_NS, SILENCE_NS, StatusLine
from netanalyze.waiting import Waiting
from netanalyze.wording import english

SECOND = 10**9


def waiting(*facts):
    """What a wait is said to be, in English."""
    return english(sentences.waiting(*facts))


def explained(*facts):
    """The cause so far, in English."""
    return english(sentences.explained(*facts))


WAIT = OwedMove(Waiting.SERVER_HELLO, 0, "goproxy.cn", "203.0.113.10", 443, 10 * SECOND)


def finding(cause, alternatives=()):
    return Finding(
        cause, Culprit("module-proxy", "goproxy.cn", "203.0.113.10", 443), 0, 6 * SECOND, "it is silent",
        (Evidence(4, "the request"),), 0.8, 1, True, alternatives=alternatives,
    )  # fmt: skip


@pytest.mark.parametrize("kind", Waiting)
@pytest.mark.parametrize("host", [None, "goproxy.cn"])
@pytest.mark.parametrize("url", [None, "https://goproxy.cn/m"])
def test_a_wait_for_somebody_whose_address_is_not_known_names_no_none(kind, host, url):
    said = waiting(OwedMove(kind, 0, host, url=url), 6 * SECOND)
    assert "None" not in said
    assert ":," not in said
    assert "[]" not in said


def test_a_wait_is_told_with_who_how_long_and_until_when():
    assert waiting(WAIT, 6_200_000_000, "go") == (
        "waiting for ServerHello from goproxy.cn (203.0.113.10:443), 6.2 s; go gives up in 3.8 s"
    )
    asked = OwedMove(Waiting.DNS_RESPONSE, 0, "goproxy.cn", "2001:db8::53", 53)
    assert waiting(asked, SECOND) == "waiting for the DNS response of 2001:db8::53 about goproxy.cn, 1.0 s"
    there = OwedMove(Waiting.RESPONSE, 0, "goproxy.cn", "2001:db8::7", 443)
    assert waiting(there, 120 * SECOND, "go").endswith(
        "the response of goproxy.cn ([2001:db8::7]:443), 120 s; go sets no limit"
    )


def test_a_timer_that_should_have_fired_is_not_counted_below_nothing():
    assert "gives up" not in waiting(WAIT, 11 * SECOND, "go")


def test_what_cannot_be_told_yet_is_told_as_both_with_the_moment_of_decision():
    run_status = RunStatus(
        6 * SECOND, 0, WAIT, finding("http/response-missing"), ("tcp/path-death",), 30 * SECOND, "go"
    )
    assert explained(run_status, 6 * SECOND) == (
        "no answer: server or path (http/response-missing or tcp/path-death), open until the first keep-alive in 24.0 s"
    )
    early = RunStatus(2 * SECOND, 0, WAIT, None, (), 30 * SECOND, "go")
    assert explained(early, 2 * SECOND) == "no answer: server or path, open until the first keep-alive in 28.0 s"
    several = RunStatus(
        3 * SECOND, 0, WAIT, finding("tcp/syn-unanswered"), ("tcp/one-address-dead",), 15 * SECOND, "go"
    )
    assert explained(several, 3 * SECOND).endswith("203.0.113.10 answers no SYN, the next address is tried in 12.0 s")
    assert explained(RunStatus(0), 0) == ""


def test_a_cause_that_is_settled_is_told_in_plain_words():
    other = (Alternative("tcp/mtu-black-hole", "its flight may be lost", Check(command="ping")),)
    run_status = RunStatus(6 * SECOND, 0, WAIT, finding("tls/server-hello-missing", other))
    assert explained(run_status, 6 * SECOND) == (
        "tls/server-hello-missing: goproxy.cn takes the ClientHello and never answers"
    )


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 40 columns, and what it got."""
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    os.set_blocking(ours, False)
    yield theirs, lambda: os.read(ours, 65_536).decode()
    os.close(ours)
    os.close(theirs)


def test_at_a_terminal_lines_are_drawn_within_it_and_go_away(terminal):
    descriptor, shown = terminal
    line = StatusLine(descriptor, True, threading.Lock())
    line.update(0, SILENCE_NS - 1, "waiting for something", "", "")
    line.update(1, SILENCE_NS, "waiting for ServerHello from goproxy.cn, 6.2 s\x1b[2J", "tls/x", "tls/x: it is silent")
    drawn = shown()
    body = drawn.removeprefix("\r\x1b[J\x1b[2m").partition("\x1b[0m")[0].replace("\r", "").split("\n")
    assert body == [
        "netanalyze: waiting for ServerHello",
        "  from goproxy.cn, 6.2 s\\x1b[2J",
        "netanalyze: tls/x: it is silent",
    ]
    assert drawn.endswith("\x1b[0m\x1b[A\x1b[A\r")
    line.clear()
    line.clear()
    assert shown() == "\r\x1b[J"


def test_a_line_is_taken_away_once_something_moves(terminal):
    descriptor, shown = terminal
    line = StatusLine(descriptor, True, threading.Lock())
    line.update(1, SILENCE_NS, "waiting", "", "")
    shown()
    line.update(2, 0, "waiting", "", "")
    assert shown() == "\r\x1b[J"


def lines(steps, quiet=False):
    """What is printed where there is no terminal, for ``(now, silent, waiting, cause, explained)``."""
    reading, writing = os.pipe()
    line = StatusLine(writing, True, threading.Lock(), quiet)
    for step in steps:
        line.update(*step)
    os.close(writing)
    with os.fdopen(reading) as file:
        return file.read().splitlines()


def test_elsewhere_plain_lines_come_seldom_and_when_the_cause_changes():
    steps = [(now, now, f"waiting {now // SECOND}", "", "") for now in range(0, 60 * SECOND, SECOND // 4)]
    told = [int(line.rpartition(" ")[2]) for line in lines(steps)]
    first, gap = PLAIN_FIRST_NS // SECOND, PLAIN_GAP_NS // SECOND
    assert told == [first, first + gap, first + 3 * gap]
    causes = [(2, "", ""), (3, "a/b", "a/b: so"), (4, "a/b", "a/b: so"), (5, "c/d", "c/d: no")]
    with_cause = [(now * SECOND, now * SECOND, "waiting", *told) for now, *told in causes]
    assert lines(with_cause) == [
        "netanalyze: waiting", "netanalyze: a/b: so", "netanalyze: waiting", "netanalyze: c/d: no"
    ]  # fmt: skip
    assert lines(with_cause, quiet=True) == []


def test_the_line_is_in_the_readers_language(tmp_path):
    at = tmp_path / "stderr"
    with open(at, "wb") as file:
        status = StatusLine(file.fileno(), False, threading.Lock(), language="zh")
        run_status = RunStatus(20 * SECOND, 0, WAIT, finding("tls/server-hello-missing"), (), None, "go")
        sentences.say(status, run_status, None, 20 * SECOND, 8 * SECOND)
    assert at.read_text(encoding="utf-8").splitlines() == [
        "netanalyze: 正在等待来自 goproxy.cn (203.0.113.10:443) 的 ServerHello，已 8.0 s；go 将在 2.0 s 后放弃",
        "netanalyze: tls/server-hello-missing：goproxy.cn 收下 ClientHello，却始终不应答",
    ]
