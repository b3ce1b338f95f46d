"""Files are written in one place (netanalyze/output_files.py), and strangers' files are read in one (foreign_files.py)."""

import ast

from sources import each_module, modules, where

WRITER = "netanalyze.output_files"
FOLDERS = "netanalyze.folders"
LABORATORYS = {f"netanalyze.lab.{name}" for name in ("namespaces", "certificates", "machine", "servers.git_server")}
"""Whose folders are root's: a namespace's configuration, a server's keys, settings and repositories, none of the user's."""
KERNELS = {"netanalyze.settle.kernel_drops"}
"""Who writes into tracefs: the kernel's own, in which nothing is a file and nothing a user's."""
FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_TMPFILE"}
METHODS = {"write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "copyfile", "copy2", "copytree",
           "to_csv", "NamedTemporaryFile", "mkfifo"}  # fmt: skip
BY_NAME = {"rename", "renames", "chown", "lchown", "symlink", "link", "truncate", "mkfifo", "mknod"}
"""Of ``os``: what does something to whatever a name leads to by then."""


def called(node):
    """The name that a call ends with: ``open`` of ``path.open(…)``."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def of_os(node):
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "os"


def mode(node):
    """The mode of a call of ``open`` or of a path's ``open``; None where it is not written as a constant."""
    place = 1 if isinstance(node.func, ast.Name) else 0
    given = next((word.value for word in node.keywords if word.arg == "mode"), None)
    if given is None:
        given = node.args[place] if len(node.args) > place else ast.Constant("r")
    return given.value if isinstance(given, ast.Constant) else None


@each_module
def test_nothing_else_opens_a_file_for_writing(module):
    nowhere = {
        inner
        for node in ast.walk(modules()[module])
        if isinstance(node, ast.Call) and any(getattr(word, "attr", "") == "devnull" for word in node.args)
        for inner in ast.walk(node)
    }
    """What is written there is in no file."""
    for node in ast.walk(modules()[module]) if module not in {WRITER, *KERNELS} else ():
        if isinstance(node, ast.Attribute) and node not in nowhere:
            assert node.attr not in FLAGS, f"{where(module)}:{node.lineno}: os.{node.attr}; write through {WRITER}"
        if isinstance(node, ast.Call):
            told = f"{where(module)}:{node.lineno}: write through {WRITER}"
            assert isinstance(node.func, ast.Name) or called(node) not in METHODS, told
            in_memory = any(word.arg == "fileobj" for word in node.keywords)  # tarfile's and gzip's, of a stream
            if called(node) == "open" and not of_os(node) and not in_memory and isinstance(found := mode(node), str):
                assert not set(found) & set("wax+"), told


@each_module
def test_folders_are_made_for_the_person_behind_sudo(module):
    for node in ast.walk(modules()[module]) if module not in {FOLDERS, *LABORATORYS, *KERNELS} else ():
        if isinstance(node, ast.Call):
            told = f"{where(module)}:{node.lineno}: make folders by {FOLDERS}.make_folder"
            assert called(node) not in ("mkdir", "makedirs"), told


@each_module
def test_nothing_else_changes_a_file_by_its_name(module):
    for node in ast.walk(modules()[module]) if module not in (WRITER, FOLDERS) else ():
        if isinstance(node, ast.Call) and of_os(node):
            assert called(node) not in BY_NAME, f"{where(module)}:{node.lineno}: os.{called(node)} follows names"


@each_module
def test_nothing_below_another_process_root_is_opened_by_its_path(module):
    """What it finds there is the other side's choice; ``read_foreign`` takes the folder as a root."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Call) and called(node) in (
            "open",
            "read_text",
            "read_bytes",
            "isfile",
            "exists",
            "stat",
        ):
            texts = [
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            assert not any("/root" in text for text in texts), f"{where(module)}:{node.lineno}: read_foreign(…, root=…)"
