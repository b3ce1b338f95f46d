"""netanalyze settle --idle behind a firewall that forgets connections, and behind one that does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netanalyze.lab.scenario import load
from netanalyze.lab.staged import staged

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("laboratory")]
FORGETFUL = (
    ("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_timeout_established=1"),
    ("iptables", "-w", "-A", "FORWARD", "-p", "tcp", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP"),
)
"""A connection of which nothing was heard for a second is none any more, and what comes of it then is dropped."""


@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "remembers"])
def test_a_firewall_that_forgets_is_named_and_one_that_does_not_is_not(forgets):
    with staged(load("plain")) as ready:
        network = ready.network
        network.run(network.router, "iptables", "-w", "-A", "FORWARD", "-m", "conntrack", "--ctstate", "ESTABLISHED")
        for argv in FORGETFUL if forgets else ():
            network.run(network.router, *argv)
        argv = [sys.executable, "-m", "netanalyze", "settle", "proxy.golang.org", "--idle", "3", "--json", "-q"]
        done = subprocess.run(
            ["ip", "netns", "exec", network.client, *argv], capture_output=True, text=True, cwd=ready.project,
            env=ready.environment | {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        )  # fmt: skip
    assert json.loads(done.stdout)["settled"]["bit"] == ("idle" if forgets else "none"), done.stderr
