"""Law: where and whether compiled kernels are kept changes no result, and never stops an analysis.

Each case runs one small kernel in a process of its own: find_header, which calls ``u16`` of another file.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import netanalyze
from netanalyze.kernel import numba_installed

pytestmark = pytest.mark.skipif(not numba_installed(), reason="numba is not installed: nothing is compiled")

PACKAGE = Path(netanalyze.__file__).parent
PROGRAM = """
import sys, tempfile
if len(sys.argv) > 1:
    tempfile.tempdir = sys.argv[1]
import numpy as np
from netanalyze.kernel import Engine
from netanalyze.flows.records import find_header
octets = np.frombuffer(bytearray(b"ab\\x17\\3\\3\\0\\x20"), dtype=np.uint8)
engine = Engine(mode="compiled")
found = engine.run(find_header, octets, 0, 7)
engine.finished()
print(found, "numba" if "numba" in sys.modules else "kept")
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package: nobody edits it meanwhile."""
    return copied(tmp_path_factory.mktemp("package"))


def copied(folder):
    """The package, copied into a folder."""
    copy = folder / "netanalyze"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def read(package, *arguments, **environment):
    """What the program prints: where the record begins, and whether numba had to be imported."""
    surroundings = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "NETANALYZE_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**surroundings, "PYTHONPATH": str(package.parent), **environment},
        cwd=package.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_second_run_needs_no_numba(package, tmp_path):
    assert read(package, NETANALYZE_CACHE=str(tmp_path)) == ["2", "numba"]
    assert read(package, NETANALYZE_CACHE=str(tmp_path)) == ["2", "kept"]


def test_without_a_home_a_temporary_folder_serves(package, tmp_path):
    assert read(package, str(tmp_path), HOME="/proc/none")[:1] == ["2"]
    assert list(tmp_path.rglob("*.code"))


def test_without_any_folder_code_is_compiled_anew(package):
    for _ in range(2):
        assert read(package, "/proc/none", HOME="/proc/none") == ["2", "numba"]


def test_kept_code_that_was_damaged_is_made_again(package, tmp_path):
    read(package, NETANALYZE_CACHE=str(tmp_path))
    files = list(tmp_path.rglob("*.code"))
    for damage in (b"", b"{}\n", b"no code", None):
        for file in files:
            octets = bytearray(file.read_bytes())
            octets[-40] ^= 0xFF
            file.write_bytes(bytes(octets) if damage is None else damage)
        assert read(package, NETANALYZE_CACHE=str(tmp_path)) == ["2", "numba"]


def test_a_helper_edited_in_another_file_is_compiled_anew(tmp_path):
    """numba's own cache would not notice: it looks at the file of the kernel alone."""
    copy = copied(tmp_path / "copy")
    assert read(copy, NETANALYZE_CACHE=str(tmp_path)) == ["2", "numba"]
    octets = copy / "wire" / "octets.py"
    text = octets.read_text()
    assert "buffer[at] * 256 + buffer[at + 1]" in text
    octets.write_text(text.replace("buffer[at] * 256 + buffer[at + 1]", "buffer[at] * 256 + buffer[at + 1] + 1"))
    assert read(copy, NETANALYZE_CACHE=str(tmp_path)) == ["-1", "numba"]


def test_a_package_that_cannot_be_written_to_is_no_hindrance(tmp_path):
    copy = copied(tmp_path / "copy")
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert read(copy, NETANALYZE_CACHE=str(tmp_path / "cache"))[:1] == ["2"]
    finally:
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)
