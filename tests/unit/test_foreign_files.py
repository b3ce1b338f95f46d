"""A file whose content and kind somebody else chooses: a regular one, a bounded part of it, and none outside of its root."""

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
