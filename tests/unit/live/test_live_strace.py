"""strace's words become waits with their true beginnings and ends."""

import shutil
from dataclasses import replace

import pytest

from netanalyze.live.processes.strace import Strace
from netanalyze.processes import CHILD, LOCK, ProcessWait

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (apt-get install strace)")

S, SHORT = 1_000_000_000, 1_000_000
FIRST, SECOND = 4_194_301, 4_194_302
"""Numbers beyond the usual ones: threads that do not run here."""
HEAD = """\
4194301 100.000000 flock(9</cache/lock>, LOCK_EX <unfinished ...>
4194302 101.000000 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7 <2.500000>
4194302 104.000000 flock(4</cache/list>, LOCK_EX) = 0 <0.000010>
4194302 105.000000 fcntl(4</cache/list>, F_GETFD) = 0 <3.000000>
"""
TAIL = "4194301 109.250000 <... flock resumed>) = 0 <9.250000>\n"


@pytest.fixture
def told(tmp_path):
    """Gives a Strace what strace wrote, in pieces."""
    traces = []

    def tell(*pieces):
        trace = Strace()
        traces.append(trace)
        for piece in pieces:
            with open(trace.around("/bin/true", ("true",))[1][-3], "a") as file:
                file.write(piece)
            trace.look()
        return trace

    yield tell
    for trace in traces:
        trace.close()


def test_calls_become_waits(told):
    assert told(HEAD, TAIL).joined([], 200 * S) == [
        ProcessWait(SECOND, CHILD, 101 * S, 103 * S + S // 2),
        ProcessWait(FIRST, LOCK, 100 * S, 109 * S + S // 4, "/cache/lock"),
    ]


def test_lines_may_arrive_in_pieces(told):
    text = HEAD + TAIL
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    assert told(*pieces).joined([], 200 * S) == told(text).joined([], 200 * S)


def test_a_call_that_has_not_returned_waits_until_now(told):
    assert told(HEAD).joined([], 107 * S)[-1] == ProcessWait(FIRST, LOCK, 100 * S, 107 * S, "/cache/lock")


def test_a_sampled_wait_gets_its_true_beginning_and_keeps_its_holder(told):
    sampled = ProcessWait(
        FIRST, LOCK, 100 * S + 200 * SHORT, 109 * S, "/cache/lock", holder=9, holder_state="S network"
    )
    found = told(HEAD, TAIL).joined([sampled], 200 * S)
    assert replace(sampled, start_ns=100 * S, end_ns=109 * S + S // 4) in found
    assert len([wait for wait in found if wait.kind == LOCK]) == 1
