"""Every capture has as many packets as capinfos counts."""

import csv
import shutil
import subprocess

import pytest
from tshark import FILES, analysed

COUNT = "Number of packets"


@pytest.mark.skipif(
    shutil.which("capinfos") is None, reason="capinfos is not installed (apt-get install wireshark-common)"
)
def test_packets_are_as_many_as_capinfos_counts():
    argv = ["capinfos", "-c", "-M", "-T", "-m", *map(str, FILES)]
    rows = list(csv.reader(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()))
    counted = {row[0]: int(row[rows[0].index(COUNT)]) for row in rows[1:]}
    assert len(counted) == len(FILES)
    assert {str(path): analysed(path).packets for path in FILES} == counted
