"""Processes that analyse: each task once, also where one of them dies; and none of them stays."""

import os
from pathlib import Path

import pytest

from netanalyze.fleet import workers
from netanalyze.fleet.workers import CannotWork, Died, Workers


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_each_task_is_done_once_and_the_processes_end():
    with Workers("performed:squared", 2) as pool:
        done = list(pool.answers(range(20)))
    assert sorted((task, answer[0]) for task, answer in done) == [(n, n * n) for n in range(20)]
    pids = {answer[1] for _, answer in done}
    assert all(map(gone, pids))


def test_a_process_that_dies_costs_its_own_task_alone():
    with Workers("performed:squared", 2) as pool:
        done = dict(pool.answers([1, 2, None, 3, 4, 5]))
    assert done.pop(None) == Died(-9)
    assert {task: answer[0] for task, answer in done.items()} == {1: 1, 2: 4, 3: 9, 4: 16, 5: 25}
    assert str(Died(-9)) == "its process was ended by SIGKILL"


def test_who_has_done_many_is_replaced(monkeypatch):
    monkeypatch.setattr(workers, "TASKS_MOST", 2)
    with Workers("performed:squared", 1) as pool:
        done = list(pool.answers(range(6)))
    assert [task for task, _ in done] == list(range(6))
    assert len({answer[1] for _, answer in done}) == 3


def test_who_has_grown_is_replaced(monkeypatch):
    monkeypatch.setattr(workers, "MEMORY_MOST", 1)
    monkeypatch.setattr(workers, "AHEAD", 1)
    with Workers("performed:squared", 1) as pool:
        assert len({answer[1] for _, answer in pool.answers(range(3))}) == 3


def test_one_that_cannot_start_is_said_once(monkeypatch):
    monkeypatch.setenv("NO_START", "1")
    with Workers("performed:unused", 1) as pool, pytest.raises(CannotWork, match="ended with status 7"):
        list(pool.answers([1, 2]))
