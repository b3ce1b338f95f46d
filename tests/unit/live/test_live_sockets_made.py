"""Whether a command made a socket of IP is known for certain, or not at all."""

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="BPF is Linux's")

from netanalyze.live.processes.events import ProcEvents  # noqa: E402
from netanalyze.live.processes.ownership import Ownership  # noqa: E402
from netanalyze.live.processes.tree import ProcessTree  # noqa: E402


class NoEvents:
    """Says nothing: the tree is what it was told."""

    lost = False

    def read(self):
        return []


MADE = """
import socket, sys
sys.stdin.read()
{}
"""


@pytest.mark.parametrize(
    ("line", "made_none"),
    [
        ("open('/dev/null').close()", True),
        ("socket.socket(socket.AF_UNIX).close()", True),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()", False),
        ("socket.socket(socket.AF_INET6).close()", False),
        ("import subprocess; subprocess.Popen(['sleep', '1'])", False),
        ("import subprocess; subprocess.run([sys.executable, '-c', 'import socket; socket.socket().close()'])", False),
    ],
    ids=[
        "no socket",
        "one of this machine",
        "one that sends nothing",
        "one of IPv6",
        "a child that stays",
        "a child's",
    ],
)
def test_whether_a_process_made_a_socket_is_known_for_certain(line, made_none):
    try:
        events = ProcEvents()
    except OSError:
        pytest.skip("process events need root")
    tree = ProcessTree(events)
    ownership = Ownership(tree)
    try:
        if not ownership.exact:
            pytest.skip("BPF needs root")
        with subprocess.Popen([sys.executable, "-c", MADE.format(line)], stdin=subprocess.PIPE) as process:
            tree.begin(process.pid, time.time_ns())
            process.stdin.close()
            assert process.wait() == 0
        assert ownership.made_no_socket() == made_none
        assert ownership.made_no_socket() == made_none  # what was told once is not forgotten
    finally:
        ownership.close()
        events.close()


def test_where_the_kernel_does_not_tell_who_makes_sockets_nothing_is_certain(monkeypatch):
    def refused():
        raise PermissionError

    monkeypatch.setattr("netanalyze.live.processes.ownership.SocketCreators", refused)
    ownership = Ownership(ProcessTree(NoEvents()))
    try:
        assert not ownership.made_no_socket()
    finally:
        ownership.close()
