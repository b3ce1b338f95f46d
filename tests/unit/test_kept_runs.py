"""The last runs are kept for their user alone, and no more of them than were agreed."""

import os
import stat

import pytest

from netanalyze import folders, kept_runs
from netanalyze.kept_runs import open_kept_runs, place_of_kept_runs
from netanalyze.live.capture.recording import Keeping
from tests.users import CAN_CHANGE, ORDINARY, OTHER, WHY_NOT, own_folder

needs_users = pytest.mark.skipif(not CAN_CHANGE, reason=WHY_NOT)


@pytest.fixture
def state(monkeypatch):
    """A folder of ours on a guarded way; the runs are kept in ``netanalyze`` of it."""
    with own_folder(os.geteuid()) as folder:
        monkeypatch.setattr(kept_runs, "place_of_kept_runs", lambda: str(folder / "state" / "netanalyze"))
        yield folder


def recorded(folder, name, octets=10, ended=0):
    path = folder / "state" / "netanalyze" / f"{name}.pcapng"
    path.write_bytes(bytes(octets))
    path.chmod(0o600)
    os.utime(path, (ended, ended))
    return path


def names(state):
    return sorted(path.name for path in (state / "state" / "netanalyze").iterdir())


def test_the_newest_is_first_and_has_what_was_told_of_it(state):
    with open_kept_runs(make=True) as kept:
        recorded(state, "b", ended=100)
        path = recorded(state, "a", octets=7, ended=200)
        kept.summarize(str(path), {"command": "go mod download", "wall_ns": 5, "cause": None})
        newest, before = kept.runs()
    assert (newest.name, newest.path, newest.octets, newest.ended_ns) == ("a", str(path), 7, 200 * 10**9)
    assert (newest.text("command"), newest.text("cause"), newest.wall_ns) == ("go mod download", "", 5)
    assert (before.name, before.summary, before.wall_ns) == ("b", {}, None)


def test_folder_and_files_are_their_owner_s_alone_whatever_the_umask(state):
    before = os.umask(0)
    try:
        with open_kept_runs(make=True) as kept:
            kept.summarize("a.pcapng", {})
    finally:
        os.umask(before)
    folder = state / "state" / "netanalyze"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (state / "state", folder, folder / "a.json")] == [
        0o700,
        0o700,
        0o600,
    ]


def test_nothing_is_made_where_one_only_looks(state):
    assert open_kept_runs() is None
    assert list(state.iterdir()) == []


def test_the_oldest_go_when_there_are_too_many(state, monkeypatch):
    monkeypatch.setattr(kept_runs, "MOST_RUNS", 3)
    with open_kept_runs(make=True) as kept:
        for number in range(5):
            kept.summarize(str(recorded(state, str(number), ended=number)), {})
        kept.make_room()
        assert [run.name for run in kept.runs()] == ["4", "3", "2"]
        kept.make_room(runs=1)
        assert [run.name for run in kept.runs()] == ["4", "3"]
    assert names(state) == ["3.json", "3.pcapng", "4.json", "4.pcapng"]


def test_the_oldest_go_when_they_are_too_large_and_the_next_one_finds_room(state, monkeypatch):
    monkeypatch.setattr(kept_runs, "MOST_OCTETS", 100)
    with open_kept_runs(make=True) as kept:
        for number, octets in enumerate((10, 30, 40, 25)):
            recorded(state, str(number), octets, ended=number)
        kept.make_room()
        assert [run.name for run in kept.runs()] == ["3", "2", "1"]
        kept.make_room(1, 50)
        assert [run.name for run in kept.runs()] == ["3"]


def test_room_is_made_without_reading_what_was_told_of_runs(state, monkeypatch):
    with open_kept_runs(make=True) as kept:
        kept.summarize(str(recorded(state, "a")), {})
        monkeypatch.setattr(type(kept), "_summary", lambda *_: pytest.fail("a summary was read"))
        kept.make_room(kept_runs.MOST_RUNS)
    assert names(state) == []


def test_links_second_names_and_what_others_may_write_to_are_no_runs(state):
    with open_kept_runs(make=True) as kept:
        path = recorded(state, "whole")
        path.with_name("link.pcapng").symlink_to(path)
        recorded(state, "twice").with_name("again.pcapng").hardlink_to(path.with_name("twice.pcapng"))
        recorded(state, "open").chmod(0o666)
        os.mkfifo(path.with_name("pipe.pcapng"))
        assert [run.name for run in kept.runs()] == ["whole"]


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b"\xff", b'{"wall_ns": true, "command": 4}', b"[" * 9000])
def test_what_is_told_may_be_anything(state, text):
    with open_kept_runs(make=True) as kept:
        recorded(state, "a").with_name("a.json").write_bytes(text)
        (run,) = kept.runs()
    assert (run.text("command"), run.wall_ns) == ("", None)


def open_to_others(folder):
    folder.chmod(0o777)


def sticky(folder):
    folder.chmod(0o1777)


def a_link(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def another_s(folder):
    os.chown(folder, OTHER, OTHER)


CHANGES = [open_to_others, sticky, a_link, pytest.param(another_s, marks=needs_users)]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("at", ["state", "state/netanalyze"])
def test_nothing_is_kept_where_somebody_else_could_have_written(state, change, at):
    open_kept_runs(make=True).close()
    change(state / at)
    assert open_kept_runs(make=True) is None


@pytest.mark.parametrize("change", CHANGES)
def test_that_is_so_without_o_path_as_well(state, change, monkeypatch):
    """As on a Mac: a folder is opened for reading there."""
    monkeypatch.setattr(folders, "_LOOK", os.O_RDONLY)
    monkeypatch.setattr(folders, "_ENTER", os.O_RDONLY | os.O_DIRECTORY)
    with open_kept_runs(make=True) as kept:
        kept.summarize("a.pcapng", {})
    change(state / "state")
    assert open_kept_runs(make=True) is None


@pytest.mark.parametrize(
    ("named", "place"),
    [("/s", "/s/netanalyze"), ("", "/h/.local/state/netanalyze"), ("s", "/h/.local/state/netanalyze")],
)
def test_the_place_is_that_of_the_specification(named, place, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_STATE_HOME", named)
    assert place_of_kept_runs() == place


def test_root_s_place_is_not_the_environment_s(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert not place_of_kept_runs().startswith(("/h/", "/s/"))
    assert place_of_kept_runs().endswith("/.local/state/netanalyze")


def test_a_large_bound_of_one_run_does_not_take_the_room_of_those_before_it(state):
    with open_kept_runs(make=True):
        recorded(state, "a", octets=100, ended=100)
    keeping = Keeping(5_000_000_000)
    try:
        assert keeping.most == kept_runs.MOST_OF_ONE
        keeping.begin(lambda path, most: path)
    finally:
        keeping.close()
    assert "a.pcapng" in names(state)
