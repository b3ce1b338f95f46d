"""Law: an edited kernel never runs as old machine code, and what keeps the library from being made stops no analysis.

Each case runs one small kernel of a copy of the checkout in a process of its own: find_header, which calls ``u16`` of another
file.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from feeding import COMPILED, compiled_kernels

import netanalyze.analyzer
from netanalyze import kernel, native
from netanalyze.capture.octets import word
from netanalyze.kernel import Engine
from netanalyze.tracking.records import find_header

ROOT = Path(netanalyze.__file__).parent.parent
PROGRAM = """
import json
import numpy as np
from netanalyze.kernel import Engine
from netanalyze.tracking.records import find_header
octets = np.frombuffer(bytearray(b"ab\\x17\\3\\3\\0\\x20"), dtype=np.uint8)
engine = Engine()
print(json.dumps([engine.run(find_header, octets, 0, 7), engine.compiled, engine.note or engine.why]))
"""
AS_WRITTEN, EDITED = "buffer[at] * 256 + buffer[at + 1]", "buffer[at] * 256 + buffer[at + 1] + 1"
NO_COMPILER = {"CC": "/nonexistent"}


def run(checkout, **environment):
    """What find_header gives in a checkout, whether compiled, and why not."""
    environment = {k: v for k, v in os.environ.items() if k != "NETANALYZE_KERNELS"} | environment
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment | {"PYTHONPATH": str(checkout)}, cwd=checkout, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


@pytest.fixture
def checkout(tmp_path):
    """A copy of the package, its library too, and of what builds it."""
    for part in ("netanalyze", "build_tools"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edit(checkout):
    """Another meaning of ``u16``; find_header finds nothing then."""
    octets = checkout / "netanalyze" / "wire" / "octets.py"
    text = octets.read_text()
    assert AS_WRITTEN in text
    octets.write_text(text.replace(AS_WRITTEN, EDITED, 1))


def test_kernels_are_compiled_where_they_must_be():
    assert COMPILED or os.environ.get("NETANALYZE_REQUIRE_KERNELS") != "1", Engine().why


@compiled_kernels
def test_every_kernel_is_in_the_library():
    assert native.is_current(native.LIBRARY, kernel._KERNELS)


@compiled_kernels
def test_a_kernel_edited_in_a_checkout_is_compiled_anew(checkout):
    assert run(checkout)[:2] == (2, True)
    edit(checkout)
    assert run(checkout)[:2] == (-1, True)


@compiled_kernels
def test_without_a_compiler_an_edited_kernel_runs_plain_and_says_so(checkout):
    edit(checkout)
    found, compiled, why = run(checkout, **NO_COMPILER)
    assert (found, compiled) == (-1, False)
    assert why.startswith("the kernels were edited since they were compiled, and cannot be now: no C compiler")


def test_without_a_library_and_a_compiler_kernels_run_plain(checkout):
    (checkout / "netanalyze" / "_kernels.so").unlink(missing_ok=True)
    found, compiled, why = run(checkout, **NO_COMPILER)
    assert (found, compiled) == (2, False)
    assert why.startswith("the kernels are not compiled, and cannot be now: no C compiler")


def test_a_damaged_library_stops_nothing(checkout):
    library = checkout / "netanalyze" / "_kernels.so"
    shutil.rmtree(checkout / "build_tools")  # as it is installed
    library.write_bytes(b"no library")
    found, compiled, why = run(checkout)
    assert (found, compiled) == (2, False)
    assert "cannot be loaded" in why


@compiled_kernels
def test_a_kernel_outside_the_subset_fails_the_build_and_not_the_analysis(checkout):
    records = checkout / "netanalyze" / "tracking" / "records.py"
    body = "    while at + HEADER_LENGTH <= end:\n"
    assert body in records.read_text()
    records.write_text(records.read_text().replace(body, "    at = int(str(at))\n" + body))
    found, compiled, why = run(checkout)
    assert (found, compiled) == (2, False)
    assert "netanalyze/tracking/records.py:" in why
    assert "only kernels are called" in why


def test_under_the_sanitizers_every_index_is_held_against_its_array():
    program = "from build_tools.kernels import translated; print(translated(checked=True))"
    made = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    bodies = made[made.index("static inline", made.index("about[]")) : made.index('#line 1 "entries"')]
    assert bodies.count("[index_inside(") > 500
    assert re.findall(r"\w+\[(?!index_inside\()", bodies) == []


@compiled_kernels
@pytest.mark.parametrize(
    "octets", [np.zeros(9, dtype=np.int64), np.zeros(18, dtype=np.uint8)[::2]], ids=["of another type", "with gaps"]
)
def test_an_array_of_another_layout_is_refused(octets):
    with pytest.raises(TypeError, match="wanted"):
        Engine(mode="compiled").run(find_header, octets, 0, 7)


@compiled_kernels
def test_an_array_that_must_not_be_written_is_not():
    frozen = np.zeros(64, dtype=np.int64)
    frozen.flags.writeable = False
    with pytest.raises(TypeError, match="writeable"):
        Engine(mode="compiled").run(netanalyze.tracking.gaps.progress, frozen, 0, 1, 2, 0, 4)


@compiled_kernels
def test_words_are_of_32_bits():
    assert Engine(mode="compiled").run(word, np.array([1, 0xFFFFFFFE], dtype=np.uint32), 1, 0) == 0xFFFFFFFE
