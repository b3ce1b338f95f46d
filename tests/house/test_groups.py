"""What watches clocks runs one after the other where several processes share the tests."""

import subprocess
import sys

from sources import ROOT


def test_the_groups_are_honoured():
    """pytest-xdist shows the group behind the id of each test that has one."""
    words = ["-n", "2", "--dist", "loadgroup", "-vv", "tests/conformance/test_snoop_is_editcaps.py"]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, capture_output=True, text=True)
    ran = [line for line in done.stdout.splitlines() if "[gw" in line]
    assert ran
    assert all("@conformance" in line for line in ran), done.stdout
