"""Files that are written: new, private, whole or not there at all; and what the user names on purpose."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from netanalyze import output_files
from netanalyze.errors import OutputRefused
from netanalyze.folders import make_folder
from netanalyze.output_files import OutputFile, check_output, open_to_append, write_text
from tests.users import CAN_CHANGE, ORDINARY, OTHER, WHY_NOT

only_root = pytest.mark.skipif(not CAN_CHANGE, reason=WHY_NOT)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_only_the_owner_can_read_it_whatever_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "text")
        OutputFile(tmp_path / "b", growing=True).keep()
        with open_to_append(tmp_path / "c") as file:
            file.write("text")
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in "abc"] == [0o600] * 3


def test_what_exists_is_refused_and_replaced_with_force(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    for attempt in (
        lambda: check_output(path),
        lambda: write_text(path, "new"),
        lambda: OutputFile(path, growing=True),
    ):
        with pytest.raises(OutputRefused, match=r"report\.html: the file exists; give another name, or --force"):
            attempt()
    assert path.read_text() == "old"
    write_text(path, "new", force=True)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_a_symbolic_link_is_not_followed(tmp_path, target):
    (tmp_path / "there").write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(OutputRefused, match="a symbolic link"):
        write_text(link, "x")
    write_text(link, "x", force=True)
    assert not link.is_symlink()
    assert (tmp_path / "there").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_a_failure_leaves_nothing_and_the_old_file_as_it_was(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")

    def half(file, error):
        with file:
            file.stream.write(b"half")
            raise error

    for file, error in ((OutputFile(path, force=True), OSError), (OutputFile(tmp_path / "b"), KeyboardInterrupt)):
        with pytest.raises(error):
            half(file, error)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old"}


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    file = OutputFile(tmp_path / "a")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "stream", type("Full", (), {"write": full, "close": full})())
    with pytest.raises(OSError, match="No space"):
        file.keep()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_what_came_meanwhile_is_kept_and_ours_as_well(tmp_path, monkeypatch, links):
    if not links:

        def refused(*_, **__):
            raise OSError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "a"
    file = OutputFile(path)
    file.stream.write(b"ours")
    path.write_text("theirs")
    with pytest.raises(OutputRefused, match=r"yours is .*\.part"):
        file.keep()
    assert sorted(p.read_text() for p in tmp_path.iterdir()) == ["ours", "theirs"]


def test_without_hard_links_a_file_gets_its_name_all_the_same(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    write_text(tmp_path / "a", "text")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "text"}


def test_a_growing_file_has_its_name_at_once_and_an_old_one_stays_until_it_is_whole(tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("old")
    one, other = OutputFile(new, growing=True), OutputFile(old, force=True, growing=True)
    for file in (one, other):
        file.stream.write(b"octets")
        file.stream.flush()
    assert (new.read_text(), old.read_text()) == ("octets", "old")
    assert other.path.startswith(f"{old}.")
    assert other.path.endswith(".part")
    one.keep()
    other.keep()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"new": "octets", "old": "octets"}


def test_a_growing_file_that_is_discarded_is_gone_unless_its_name_is_another_s(tmp_path):
    one, other = OutputFile(tmp_path / "one", growing=True), OutputFile(tmp_path / "other", growing=True)
    (tmp_path / "other").unlink()
    (tmp_path / "other").write_text("theirs")
    one.discard()
    other.discard()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"other": "theirs"}


def test_another_file_under_the_name_is_not_read_as_ours(tmp_path):
    file = OutputFile(tmp_path / "a", growing=True)
    file.keep()
    assert file.reopened().read() == b""
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(OSError, match="another file"):
        file.reopened()


def test_a_named_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through the pipe")
    reader.join(5)
    assert found == ["through the pipe"]
    assert pipe.is_fifo()


def test_devices_and_descriptors_are_written_to(tmp_path):
    program = (
        "from netanalyze.output_files import *; write_text('/dev/null', 'x'); write_text('/dev/stdout', 'one ')\n"
        "write_text('/dev/fd/2', 'two'); write_text('/proc/self/fd/1', 'three')\n"
        "with open_to_append('/dev/stdout') as file: file.write(' four')"
    )
    out = tmp_path / "out"
    with out.open("w") as file:
        done = subprocess.run([sys.executable, "-c", program], stdout=file, stderr=subprocess.PIPE, check=True)
    assert (out.read_text(), done.stderr) == ("one three four", b"two")


@pytest.mark.parametrize(
    ("name", "said"), [("none/a", "no such folder"), ("folder", "a folder"), ("", "a folder"), ("a/", "a folder")]
)
def test_a_name_that_is_no_file_s_is_told_before_the_work(tmp_path, name, said):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputRefused, match=said):
        check_output(f"{tmp_path}/{name}")


def test_a_file_is_added_to_but_never_through_a_link(tmp_path):
    path, link, second = tmp_path / "summary.md", tmp_path / "link", tmp_path / "second"
    for text in ("one\n", "two\n"):
        with open_to_append(path) as file:
            file.write(text)
    assert path.read_text() == "one\ntwo\n"
    link.symlink_to(path)
    with pytest.raises(OutputRefused, match="symbolic link"):
        open_to_append(link)
    second.hardlink_to(path)
    with pytest.raises(OutputRefused, match="hard links"):
        open_to_append(second)
    assert path.read_text() == "one\ntwo\n"


@only_root
def test_under_sudo_it_belongs_to_the_one_who_called(tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_UID", str(ORDINARY))
    monkeypatch.setenv("SUDO_GID", str(ORDINARY))
    write_text(tmp_path / "a", "text")
    OutputFile(tmp_path / "b", growing=True).keep()
    open_to_append(tmp_path / "c").close()
    assert {(p.stat().st_uid, p.stat().st_gid, mode(p)) for p in tmp_path.iterdir()} == {(ORDINARY, ORDINARY, 0o600)}


@only_root
def test_under_sudo_folders_that_are_made_belong_to_the_one_who_called(tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_UID", str(ORDINARY))
    monkeypatch.setenv("SUDO_GID", str(ORDINARY))
    make_folder(tmp_path / "a" / "b")
    made = [(p.stat().st_uid, stat.S_IMODE(p.stat().st_mode)) for p in (tmp_path / "a", tmp_path / "a" / "b")]
    assert made == [(ORDINARY, 0o700)] * 2
    assert tmp_path.stat().st_uid == 0


@pytest.mark.parametrize("there", ["a file", "a link to nowhere"])
def test_a_folder_is_not_made_where_something_else_is(tmp_path, there):
    make_folder(tmp_path)
    (tmp_path / "a").write_text("") if there == "a file" else (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "a")
    assert os.listdir(tmp_path) == ["a"]


@only_root
@pytest.mark.parametrize("shared", [0o1777, 0o777])
def test_root_follows_no_link_and_no_pipe_of_another_user(tmp_path, shared):
    folder, target = tmp_path / "shared", tmp_path / "target"
    folder.mkdir()
    folder.chmod(shared)
    target.mkdir()
    (folder / "way").symlink_to(target)
    os.mkfifo(folder / "pipe")
    for name in ("way", "pipe"):
        os.chown(folder / name, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(OutputRefused, match="not to be trusted"):
        write_text(folder / "way" / "a", "x")
    with pytest.raises(OutputRefused, match="of another user"):
        write_text(folder / "pipe", "x")
    os.chown(folder / "way", 0, 0, follow_symlinks=False)
    write_text(folder / "way" / "a", "x")
    assert os.listdir(target) == ["a"]


def test_a_part_left_behind_is_named_after_its_file(tmp_path):
    file = OutputFile(tmp_path / ("n" * 250))
    assert len(os.path.basename(file.path)) <= 255
    file.discard()
    assert os.listdir(tmp_path) == []


def test_a_system_without_held_folders_writes_alike(tmp_path, monkeypatch):
    from netanalyze import folders

    monkeypatch.setattr(folders, "HELD", False)
    write_text(tmp_path / "a", "text")
    with pytest.raises(OutputRefused, match="exists"):
        write_text(tmp_path / "a", "text")
    with pytest.raises(OutputRefused, match="no such folder"):
        output_files.write_octets(tmp_path / "none" / "a", b"")
    assert (tmp_path / "a").read_text() == "text"
