"""A plain analysis of a small capture pays for no library it does not use."""

import json
import subprocess
import sys

import pytest
from sources import ROOT

HEAVY = (
    "pandas",
    "scapy",
    "pyshark",
    "matplotlib",
    "IPython",
    "dpkt",
    "pyarrow",
    "distributed",
    "jinja2",
    "cryptography",
    "rich",
    "numpy.ma",
)
CAPTURE = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
PROGRAM = """
import json, sys
from netanalyze.cli.main import run
status = run(sys.argv[1:])
print(json.dumps({"status": status, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["printed", "as JSON"])
def test_a_small_capture_imports_nothing_heavy(form):
    argv = [sys.executable, "-c", PROGRAM, "analyze", str(CAPTURE), *form]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["status"] == 1
    assert not set(HEAVY) & set(told["modules"])


def test_importing_the_package_imports_nothing_heavy():
    argv = [sys.executable, "-c", "import netanalyze, sys; print(*{m.split('.')[0] for m in sys.modules})"]
    names = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    assert not {*HEAVY, "numpy", "click"} & names


def test_the_command_line_reads_no_urls_before_it_must():
    argv = [sys.executable, "-c", "import netanalyze.cli.main, sys; print(*sys.modules)"]
    names = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    assert not {"netanalyze.urls", "unicodedata"} & names
