"""A capture that Wireshark wrote as snoop is read as the capture it was."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from netanalyze.api import analyze

CAPTURE = Path("captures/recorded/client-hello-dropped/capture.pcap")


@pytest.mark.skipif(
    shutil.which("editcap") is None, reason="editcap is not installed (apt-get install wireshark-common)"
)
@pytest.mark.parametrize("octets", ["262144", "60"], ids=["whole", "cut"])
def test_the_verdict_is_the_same(tmp_path, octets):
    for form in ("pcap", "snoop"):
        subprocess.run(["editcap", "-F", form, "-s", octets, str(CAPTURE), str(tmp_path / form)], check=True)
    assert (tmp_path / "snoop").read_bytes()[:8] == b"snoop\0\0\0"
    found, expected = analyze([tmp_path / "snoop"]), analyze([tmp_path / "pcap"])
    assert found.verdict == expected.verdict
    assert replace(found.capture, files=()) == replace(expected.capture, files=())
