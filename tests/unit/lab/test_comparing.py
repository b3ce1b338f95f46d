"""The board of comparisons whose places are known, and what is asked of the command line; nothing is recorded."""

import sys

import pytest

from netanalyze.lab import comparing
from netanalyze.lab.comparing import PathCase, PathRight, board

RIGHT = PathRight(PathCase("syn", 3), "r3 > r4", "client > server", True, True, (), "lost between r3 and r4", 6.0)


def test_a_board_says_nothing_of_clocks_where_no_run_states_one():
    assert "clocks" not in board([RIGHT])
    assert "place right in 1 of 1" in board([RIGHT])


def test_a_board_says_how_many_clocks_are_right():
    stated = PathRight(PathCase("syn", 2), "x", "y", True, True, ((1e-6, 5e-6), (9e-6, 3e-6)), "lost", 6.0)
    assert "clocks within the stated error: 1 of 2; that error at the median: 5 us" in board([RIGHT, stated])


@pytest.mark.parametrize(
    "words", [["relay-syn", "--hops", "1"], ["--seeds", "0"], ["no-such-fault"], ["syn", "--hops", "9"]], ids=" ".join
)
def test_what_leaves_no_run_is_a_slip_of_the_command_line(monkeypatch, capsys, words):
    monkeypatch.setattr(sys, "argv", ["comparing", *words])
    monkeypatch.setattr(comparing, "require_laboratory", lambda: pytest.fail("it went on"))
    with pytest.raises(SystemExit) as ended:
        comparing.main()
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
