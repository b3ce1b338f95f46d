"""Real processes under the observer: who they are, whose sockets are whose, what they wait for."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads proc(5) and sock_diag(7)")

from netanalyze.live.processes import locks, proc  # noqa: E402
from netanalyze.live.processes.events import ProcEvents  # noqa: E402
from netanalyze.live.processes.ownership import Ownership  # noqa: E402
from netanalyze.live.processes.tree import ProcessTree  # noqa: E402
from netanalyze.live.processes.waits import Waits  # noqa: E402
from netanalyze.live.sockets.sock_diag import TCP, SockDiag  # noqa: E402
from netanalyze.processes import (  # noqa: E402
    CERTAIN,
    CHILD,
    LOCK,
    NETWORK,
    ORPHANED_PIPE,
    OTHER,
    RUNNING,
    SERVICE,
    SLEEP,
    STARVED,
    STOPPED,
    TERMINAL,
)  # fmt: skip

PATIENCE_S = 10.0
CONNECT = """
import socket, sys, time
made = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("made", flush=True)
time.sleep(60)
"""
LEFT_BEHIND = """
import subprocess
child = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!"], stdout=subprocess.PIPE)
child.wait()
print(child.stdout.readline().decode(), end="", flush=True)
child.stdout.read()
"""


class NoEvents:
    """Says nothing: the tree is what it was told."""

    lost = False

    def read(self):
        return []


@pytest.fixture
def started():
    """Starts processes, and ends what is left of them."""
    running = []

    def start(*argv, **how):
        running.append(subprocess.Popen(argv, start_new_session=True, **how))
        return running[-1]

    yield start
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def tree_of(process, events=None):
    """The tree of one process."""
    tree = ProcessTree(events or NoEvents())
    tree.begin(process.pid, time.time_ns())
    return tree


def until(happens):
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.01)


def until_it_waits(tree, *kinds):
    """Look until some process is seen to wait so; the wait."""
    waits, deadline = Waits(tree), time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        tree.update()
        waits.look()
        found = [wait for wait in waits.rows() if wait.kind in kinds]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"nobody waits for {kinds}: {waits.rows()}")


@pytest.fixture
def events():
    """The kernel's word of processes, where it may be had."""
    try:
        found = ProcEvents()
    except OSError as error:
        pytest.skip(f"no proc connector: {error}")
    yield found
    found.close()


def test_a_lock_is_told_with_its_path_and_its_holder(started, tmp_path):
    path = tmp_path / "v1.0.0.lock"
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        wait = until_it_waits(tree_of(started("flock", str(path), "true")), LOCK)
        assert (wait.subject, wait.holder) == (str(path), os.getpid())


def test_a_lock_whose_taker_is_gone_is_held_by_who_has_the_file_open(started, tmp_path):
    path = tmp_path / "lock"
    heir = started("sh", "-c", f"exec 9>{path}; flock 9; sleep 60 & echo $!", stdout=subprocess.PIPE, text=True)
    pid = int(heir.stdout.readline())
    heir.wait()
    wait = until_it_waits(tree_of(started("flock", str(path), "true")), LOCK)
    assert wait.holder == pid


def test_reading_a_terminal_is_told_with_the_terminal(started):
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)
    wait = until_it_waits(tree_of(started("cat", stdin=theirs)), TERMINAL)
    os.close(ours)
    os.close(theirs)
    assert wait.subject == name


def test_polling_a_terminal_is_reading_it(started):
    ours, theirs = pty.openpty()
    script = "import select,sys; select.select([0],[],[])"
    wait = until_it_waits(tree_of(started(sys.executable, "-S", "-c", script, stdin=theirs)), TERMINAL)
    assert wait.subject == os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    ("argv", "kinds"),
    [(("sleep", "60"), (SLEEP,)), ((sys.executable, "-S", "-c", "while 1: pass"), (RUNNING, STARVED))],
    ids=["sleeping", "computing"],
)
def test_what_one_process_does(started, argv, kinds):
    """On a machine with more to do than processors, who computes is kept from it for most of the time."""
    assert until_it_waits(tree_of(started(*argv)), *kinds).kind in kinds


def test_a_stopped_process_is_stopped(started):
    process = started("sleep", "60")
    os.kill(process.pid, signal.SIGSTOP)
    assert until_it_waits(tree_of(process), STOPPED).pid == process.pid


def test_a_short_lived_process_is_not_lost(started, events):
    process = started("sh", "-c", "read x; true | cat; sleep 0.2", stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    process.stdin.write(b"\n")
    process.stdin.flush()
    while process.poll() is None:
        tree.update()
        time.sleep(0.01)
    tree.update()
    assert len(tree.rows()) == 4, "sh, the one for true, cat and sleep"
    assert {p.name for p in tree.rows()} >= {"sh", "sleep"}
    assert all(p.end_ns >= p.start_ns and p.exit_code == 0 for p in tree.rows())


def test_a_parent_waits_for_its_child(started, events):
    process = started("sh", "-c", "read x; sleep 60; true", stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    process.stdin.write(b"\n")
    process.stdin.flush()
    wait = until_it_waits(tree, CHILD)
    assert tree.argv(wait.holder) == ("sleep", "60")


def test_an_orphan_that_keeps_a_pipe_open_is_named(started, events):
    process = started("sh", "-c", 'read x; y=$(sh -c "sleep 60 & echo done"); echo $y', stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    process.stdin.write(b"\n")
    process.stdin.flush()
    wait = until_it_waits(tree, ORPHANED_PIPE)
    assert (wait.pid, tree.argv(wait.holder)) == (process.pid, ("sleep", "60"))


def test_an_orphan_of_before_is_known_by_the_pipe_it_keeps_open(started):
    process = started(sys.executable, "-S", "-c", LEFT_BEHIND, stdout=subprocess.PIPE)
    orphan = int(process.stdout.readline())
    until(lambda: Path(f"/proc/{orphan}/cmdline").read_bytes().startswith(b"sleep"))  # it is forked before it is that
    tree = ProcessTree(NoEvents())
    tree.join([process.pid])
    wait = until_it_waits(tree, ORPHANED_PIPE)
    assert (wait.pid, tree.argv(wait.holder)) == (process.pid, ("sleep", "60"))


def test_who_feeds_the_standard_input_is_no_orphan(started):
    process = started(
        "sh", "-c", "read x; sleep 60 | sh -c 'echo $$; read y; true'", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(b"\n")
    process.stdin.flush()
    reader = int(process.stdout.readline())
    tree = ProcessTree(NoEvents())
    tree.join([reader])
    assert [one.pid for one in tree.rows()] == [reader]


def test_a_living_childs_pipe_is_no_orphans(started, events):
    process = started("sh", "-c", "read x; y=$(sleep 60); echo $y", stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    process.stdin.write(b"\n")
    process.stdin.flush()
    waits = Waits(tree)
    for _ in range(5):
        time.sleep(0.1)
        tree.update()
        waits.look()
    assert not [wait for wait in waits.rows() if wait.kind == ORPHANED_PIPE]


ASKS_A_DOOR = """
import socket, sys
made = socket.socket(socket.AF_UNIX)
made.connect(sys.argv[1])
made.recv(1)
"""


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "nobody has accepted it"])
def test_who_waits_at_a_local_socket_waits_for_the_program_behind_it(started, tmp_path, accepted):
    path = str(tmp_path / "agent.1")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        process = started(sys.executable, "-S", "-c", ASKS_A_DOOR, path)
        taken = door.accept()[0] if accepted else None
        wait = until_it_waits(tree_of(process), SERVICE)
        assert (wait.pid, wait.subject) == (process.pid, path)
        if taken:
            taken.close()


def test_who_waits_at_a_socket_of_the_network_waits_for_the_network(started):
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = CONNECT.replace("time.sleep(60)", "made.recv(1)")
        process = started(sys.executable, "-S", "-c", connect, str(server.getsockname()[1]), stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"made\n"
        assert until_it_waits(tree_of(process), NETWORK).pid == process.pid


def test_the_commands_socket_is_its_own_and_ours_is_not(started):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        child = started(sys.executable, "-S", "-c", CONNECT, str(port), stdout=subprocess.PIPE)
        tree = tree_of(child)
        ownership = Ownership(tree)
        with socket.create_connection(("127.0.0.1", port)) as mine:
            assert child.stdout.readline() == b"made\n"
            ownership.look()
            found = {one.local_port: one for one in ownership.rows() if one.remote_port == port}
            own = next(one for one in found.values() if one.pid == child.pid)
            assert own.owned == CERTAIN
            assert found[mine.getsockname()[1]].owned == OTHER
        ownership.close()


def test_a_listed_socket_has_its_addresses():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as made:
        listed = {(one.local_port, one.remote, one.remote_port) for one in SockDiag().sockets(TCP)}
        assert (made.getsockname()[1], *server.getsockname()) in listed


def test_locks_are_read_with_who_waits():
    text = b"1: FLOCK  ADVISORY  WRITE 10 fe:00:77 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 11 fe:00:77 0 EOF\n2: POSIX\n"
    (lock,) = locks.read_locks(text)
    assert (lock.holder, lock.inode, lock.waiting) == (10, 77, (11,))


def test_a_command_line_bears_no_secrets(started):
    told = started(sys.executable, "-S", "-c", "import time; time.sleep(60)", "https://me:hush@a.test/", "--token=hush")
    deadline = time.monotonic() + PATIENCE_S
    while "a.test" not in " ".join(proc.command_line(told.pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "hush" not in " ".join(proc.command_line(told.pid))


def looked_at(tree, pid, ready):
    """A process of the tree, as soon as it is ``ready``."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        tree.update()
        for alive in tree.alive():
            tree.look_closer(alive)
        found = next((one for one in tree.rows() if one.pid == pid), None)
        if found is not None and ready(found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"{pid} did not become so: {tree.rows()}")


def is_asleep(one):
    return one.name == "sleep" and bool(one.streams)


def test_a_script_that_execs_is_known_by_what_it_was(started, events):
    process = started("sh", "-c", "read line; exec sleep 60", stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    looked_at(tree, process.pid, lambda one: one.name == "sh")
    process.stdin.write(b"go\n")
    process.stdin.flush()
    found = looked_at(tree, process.pid, is_asleep)
    assert found.argv == ("sleep", "60")
    assert found.was == (("sh", "-c", "read line; exec sleep 60"),)


def test_a_fork_was_not_its_parent(started, events):
    process = started("sh", "-c", "read line; sleep 60; true", stdin=subprocess.PIPE)
    tree = tree_of(process, events)
    process.stdin.write(b"go\n")
    process.stdin.flush()
    deadline = time.monotonic() + PATIENCE_S
    while len(tree.alive()) < 2 and time.monotonic() < deadline:
        tree.update()
    found = looked_at(tree, tree.alive()[-1], is_asleep)
    assert (found.argv, found.was) == (("sleep", "60"), ())


def test_where_nobody_tells_of_exec_a_young_process_is_asked_again(started, monkeypatch):
    monkeypatch.setattr("netanalyze.live.processes.tree.FRESH_NS", 60_000_000_000)  # young, however busy the machine is
    process = started("sh", "-c", "read line; exec sleep 60", stdin=subprocess.PIPE)
    tree = ProcessTree()
    tree.begin(process.pid, time.time_ns())
    looked_at(tree, process.pid, lambda one: one.name == "sh")
    process.stdin.write(b"go\n")
    process.stdin.flush()
    assert looked_at(tree, process.pid, is_asleep).was[-1][0] == "sh"


def test_streams_are_told_without_the_names_of_files(started, tmp_path):
    with open(tmp_path / "private", "w") as file:
        process = started("sleep", "60", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file)
    given, output, error = looked_at(tree_of(process), process.pid, lambda one: one.streams).streams
    assert (given, error) == ("/dev/null", "file")
    assert output == os.readlink(f"/proc/self/fd/{process.stdout.fileno()}")


def test_of_a_processs_variables_only_those_that_name_an_askpass_are_kept(started):
    environment = {
        "GIT_ASKPASS": "/home/me/bin/ask-me --for=me",
        "TOKEN": "secret",
        "SSH_ASKPASS": "",
        "PATH": os.environ["PATH"],
    }
    process = started("sleep", "60", env=environment)
    looked_at(tree_of(process), process.pid, is_asleep)
    assert proc.askpass(process.pid) == ("GIT_ASKPASS=ask-me",)
