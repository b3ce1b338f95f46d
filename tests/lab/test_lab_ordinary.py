"""Ordinary sessions are recorded by declared servers and clients; one that does not go as declared is not kept."""

import sys

import pytest

from netanalyze.api import analyze
from netanalyze.lab import ordinary

DECLARED = {
    "setup": "mkdir www; echo hello > www/file",
    "server": "cd www; exec $PYTHON -m http.server --bind $SERVER 8000",
    "ready": 8000,
    "settle": 0,
}
ASKS = "$PYTHON -c 'import os, urllib.request as r; print(r.urlopen(os.environ[\"URL\"]).read())'"


def test_a_session_is_recorded_by_real_programs_and_nothing_is_wrong_with_it(tmp_path):
    path = tmp_path / "plain.pcap"
    with ordinary.serving(DECLARED, sys.executable) as (network, environment):
        asked = {"run": f"export URL=http://$NAME:8000/file; {ASKS}"}
        assert "hello" in ordinary.record(network, environment, asked, path)
        assert ordinary.lived(network, environment, asked).startswith("exit 0: healthy")
        with pytest.raises(RuntimeError, match="exit 1 in place of 0"):
            ordinary.record(network, environment, {"run": "exit 1"}, tmp_path / "failed.pcap")
    result = analyze([path])
    assert result.verdict.status == "healthy"
    assert [row["service"] for row in result.flows.rows() if row["transport"] == "tcp"] == ["http"]
    assert not (tmp_path / "failed.pcap").exists()


def test_a_daemon_that_removes_what_it_takes_for_its_file_leaves_the_machine_as_it_was(tmp_path):
    with ordinary.serving({"settle": 0}, sys.executable) as (network, environment):
        printed = ordinary.record(
            network, environment, {"run": "rm -f /dev/null; ls -l /dev/null"}, tmp_path / "a.pcap"
        )
    assert printed.splitlines()[-1].startswith("c")


def test_what_is_not_installed_is_named_with_the_way_to_have_it():
    with pytest.raises(RuntimeError, match="apt-get install no-such-package"):
        ordinary.versions({"packages": ["no-such-package"]}, sys.executable)
    with pytest.raises(RuntimeError, match="pip install no-such-distribution"):
        ordinary.versions({"pip": ["no-such-distribution"]}, sys.executable)
