"""The recorder's archive gives the verdict of the live run: the same faults, real go, once under each."""

import os
import re
import shutil
import sys
from dataclasses import replace

import pytest
from feeding import FUZZ

from netanalyze.api import analyze
from netanalyze.cli import recorder
from netanalyze.lab.record import run
from netanalyze.lab.scenario import load

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="network namespaces are Linux's"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
    pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump"),
]

LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live", "--as-root", "--quiet"]
SCENARIOS = ["plain", "hello-reset", "response-missing", "lock-held"]
"""With FUZZ also those whose end is like that of another."""
SHELLS = [shell for shell in (["dash"], ["busybox", "ash"], ["sh"]) if shutil.which(shell[0])]
PATIENCE = 7


@pytest.fixture(autouse=True)
def _root(request):
    if os.geteuid() != 0:
        pytest.skip("making a network namespace needs root: sudo pytest -m lab")


@pytest.fixture
def script(tmp_path):
    """The script as a file."""
    path = tmp_path / "record.sh"
    path.write_bytes(recorder.script())
    return str(path)


def told(name, folder, before, archive):
    """The verdict on a scenario's command, run under ``before`` instead of by itself."""
    scenario = load(name)
    argv = [word for word in scenario.command.argv if word != "-x"]
    command = replace(scenario.command, argv=(*before, *argv), time_limit=60.0)
    run(replace(scenario, command=command), folder)
    return analyze([archive])


def settings(result):
    """What go said of its settings, but for the folder that each laboratory makes anew."""
    return {name: re.sub(r"netanalyze-lab-[^/]+", "", text) for name, text in result.run.environment["go_env"].items()}


@pytest.mark.parametrize("name", SCENARIOS if FUZZ == 1 else [*SCENARIOS, "refused", "syn-dropped"])
def test_the_archive_gives_the_verdict_of_the_live_run(tmp_path, script, name):
    archive, recording = tmp_path / "r.tgz", tmp_path / "live.pcapng"
    shell = SHELLS[len(name) % len(SHELLS)]
    by_script = [*shell, script, "-o", str(archive), "-t", str(PATIENCE), "--"]
    one = told(name, tmp_path / "script", by_script, archive)
    other = told(name, tmp_path / "live", [*LIVE, "--patience", f"{PATIENCE}s", "-w", str(recording), "--"], recording)
    for member in ("status", "cause"):
        assert getattr(one.verdict, member) == getattr(other.verdict, member), member
    for member in ("role", "host", "address"):
        assert getattr(one.verdict.culprit, member, None) == getattr(other.verdict.culprit, member, None), member
    assert one.run.exit_code == other.run.exit_code
    assert one.run.client == other.run.client
    assert settings(one) == settings(other)
    assert one.run.environment["resolvers"] == other.run.environment["resolvers"]


@pytest.mark.skipif(shutil.which("ss") is None, reason="needs ss (iproute2)")
@pytest.mark.parametrize("name", ["plain", "syn-dropped", "response-missing"])
def test_without_packets_the_sockets_give_the_cause(tmp_path, script, name):
    archive = tmp_path / "r.tgz"
    by_script = [*SHELLS[0], script, "-o", str(archive), "-t", str(PATIENCE), "-i", "there-is-none", "--"]
    result = told(name, tmp_path / "script", by_script, archive)
    assert not result.capture.captured
    assert result.verdict.cause == load(name).truth.cause
    if result.verdict.cause:
        assert {e.kind for e in result.findings[result.verdict.finding].evidence} <= {"socket", "syscall", "trace"}
