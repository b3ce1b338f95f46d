"""What an agent may have read: files below the folders that were named, and nothing else."""

import os

import pytest

from netanalyze.agents.allowed import AllowedFolders, NotAllowed


@pytest.fixture
def place(tmp_path):
    """A folder that is allowed, with a file in it, beside one that is not."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.pcap").write_bytes(name.encode())
    return tmp_path


def read(folders, path):
    with folders.opened(str(path)) as descriptor:
        return os.read(descriptor, 100)


def test_a_file_below_an_allowed_folder_is_opened(place):
    (place / "in" / "deep").mkdir()
    (place / "in" / "deep" / "b.pcap").write_bytes(b"deep")
    folders = AllowedFolders([str(place / "in")])
    assert read(folders, place / "in" / "a.pcap") == b"in"
    assert read(folders, place / "in" / "deep" / ".." / "deep" / "b.pcap") == b"deep"


def test_a_link_within_the_folder_is_followed_and_one_out_of_it_is_not(place):
    (place / "in" / "same").symlink_to(place / "in" / "a.pcap")
    (place / "in" / "out").symlink_to(place / "out" / "a.pcap")
    (place / "in" / "folder").symlink_to(place / "out")
    folders = AllowedFolders([str(place / "in")])
    assert read(folders, place / "in" / "same") == b"in"
    for name in ("out", "folder/a.pcap"):
        with pytest.raises(NotAllowed, match="no such file in the folders"):
            read(folders, place / "in" / name)


@pytest.mark.parametrize("path", ["out/a.pcap", "in/../out/a.pcap", "nothing", "in-and-more/a.pcap"])
def test_whether_a_file_is_there_elsewhere_is_not_told(place, path):
    (place / "in-and-more").mkdir()
    (place / "in-and-more" / "a.pcap").write_bytes(b"more")
    with pytest.raises(NotAllowed) as refused:
        read(AllowedFolders([str(place / "in")]), place / path)
    assert str(refused.value) == f"no such file in the folders that may be read ({place / 'in'})"


def test_without_a_folder_nothing_is_read(place):
    with pytest.raises(NotAllowed, match="--folder DIR allows one"):
        read(AllowedFolders([]), place / "in" / "a.pcap")


def test_a_pipe_and_a_folder_are_no_files(place):
    os.mkfifo(place / "in" / "pipe")
    folders = AllowedFolders([str(place / "in")])
    for path in (place / "in" / "pipe", place / "in"):
        with pytest.raises(NotAllowed, match="no regular file"):
            read(folders, path)


def test_a_path_with_a_nul_is_refused(place):
    with pytest.raises(NotAllowed, match="NUL"):
        read(AllowedFolders([str(place)]), "in/a.pcap\0.txt")


def test_a_link_that_comes_between_the_look_and_the_opening_is_not_followed(place, monkeypatch):
    folders = AllowedFolders([str(place / "in")])
    real = os.path.realpath

    def swapped(path, **how):
        found = real(path, **how)
        (place / "in" / "a.pcap").unlink()
        (place / "in" / "a.pcap").symlink_to(place / "out" / "a.pcap")
        return found

    monkeypatch.setattr(os.path, "realpath", swapped)
    with pytest.raises(NotAllowed, match="cannot be read"):
        read(folders, place / "in" / "a.pcap")
