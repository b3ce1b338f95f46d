"""A file whose content and kind somebody else chooses: a regular one, a bounded part of it, and none outside of its root."""

import errno
import os

import pytest

from netanalyze import foreign_files
from netanalyze.foreign_files import read_foreign


def test_links_stay_in_the_file_system_they_are_in(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stub").write_text("theirs")
    (tmp_path / "etc" / "absolute").symlink_to("/run/stub")
    (tmp_path / "etc" / "upwards").symlink_to("../../../../run/stub")
    (tmp_path / "etc" / "ours").symlink_to("/etc/passwd")
    for name in ("absolute", "upwards"):
        assert read_foreign(f"/etc/{name}", str(tmp_path)) == "theirs"
    with pytest.raises(FileNotFoundError):
        read_foreign("/etc/ours", str(tmp_path))


def test_only_a_part_is_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100_000)
    assert len(read_foreign(str(path), most=70_000)) == 70_000


@pytest.mark.parametrize("held", [True, False], ids=["looked at before", "opened first"])
def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path, monkeypatch, held):
    monkeypatch.setattr(foreign_files, "HELD", held and foreign_files.HELD)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_foreign(str(tmp_path / "pipe"))


def without_proc(monkeypatch):
    """As in a chroot in which nobody mounted /proc."""
    opened = os.open

    def opens(path, *arguments, **options):
        if str(path).startswith("/proc/"):
            raise FileNotFoundError(errno.ENOENT, "no /proc here", path)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(foreign_files.os, "open", opens)


@pytest.mark.skipif(not foreign_files.HELD, reason="this system holds no file without opening it")
def test_without_proc_a_file_is_read_by_its_name_if_that_is_still_the_one_that_was_looked_at(tmp_path, monkeypatch):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("ours")
    other.write_text("theirs")
    without_proc(monkeypatch)
    assert read_foreign(str(path)) == "ours"
    look = foreign_files.resolved
    monkeypatch.setattr(foreign_files, "resolved", lambda name, root, last: look(str(other), root, last=last))
    with pytest.raises(OSError, match="not a regular file"):
        read_foreign(str(path))


@pytest.mark.skipif(not foreign_files.HELD, reason="this system holds no file without opening it")
def test_without_proc_nothing_below_another_root_is_opened_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("theirs")
    without_proc(monkeypatch)
    with pytest.raises(FileNotFoundError):
        read_foreign("/a", str(tmp_path))
