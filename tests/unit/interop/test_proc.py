"""What the recorder wrote down of /proc becomes processes and what they wait for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanalyze.processes import (
    CHILD,
    DISK,
    IDLE,
    LOCK,
    NETWORK,
    ORPHANED_PIPE,
    PIPE,
    RUNNING,
    SLEEP,
    STOPPED,
    TERMINAL,
)  # fmt: skip
from netanalyze.recorder.proc_text import witnessed

BOOT_NS = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
NO_CALL = ""


def stat(pid, parent, state="S", ticks=0, start=100):
    """A line of /proc/PID/stat."""
    return f"P {pid} 0 {pid} (a b) {state} {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 0 0"


def thread(pid, call=NO_CALL, channel="0", state="S", tid=None):
    """A thread: the call as /proc/PID/syscall has it."""
    return f"T {pid} {tid or pid} {state} {channel} {call}"


def call(number, *arguments):
    """A line of /proc/PID/syscall."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    return " ".join([str(number), *(f"{word:#x}" for word in words), "0x7ffe", "0x7fff"])


def recorded(*looks):
    """The text of looks, one second apart."""
    return "".join(f"@ {1_700_000_000 + n}\n" + "\n".join(look) + "\n" for n, look in enumerate(looks))


def seen(*looks, machine="x86_64"):
    return witnessed(recorded(*looks), machine, BOOT_NS, 100, BOOT_NS + 60 * SECOND)


def longest(*looks, pid=7, machine="x86_64"):
    """The wait of a process over three looks at the same, as (kind, subject, holder)."""
    [wait] = [w for w in seen(*looks * 3, machine=machine).waits if w.pid == pid]
    assert wait.ns == 2 * SECOND
    return wait.kind, wait.subject, wait.holder


LOCKED = ["L 0 0 1: FLOCK  ADVISORY  WRITE 9 fe:00:77 0 EOF", "L 0 0 1: -> FLOCK  ADVISORY  WRITE 7 fe:00:77 0 EOF"]


@pytest.mark.parametrize(
    ("machine", "asked"),
    [
        ("x86_64", thread(7, call(73, 4, 2))),
        ("aarch64", thread(7, call(32, 4, 2))),
        ("x86_64", thread(7, channel="locks_lock_inode_wait")),
        ("x86_64", thread(7)),
    ],
    ids=["flock", "flock on arm", "kernel function alone", "neither, but /proc/locks"],
)
def test_a_lock_and_who_holds_it(machine, asked):
    look = [stat(7, 1), asked, "F 7 4 w /cache/m.lock", "H 9 0", stat(9, 2), "A 9 0 go\tmod\ttidy\t", *LOCKED]
    assert longest(look, machine=machine) == (LOCK, "/cache/m.lock", 9)
    holder = next(p for p in seen(look).processes if p.pid == 9)
    assert (holder.own, holder.argv) == (False, ("go", "mod", "tidy"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([thread(7, call(0, 3)), "F 7 3 r /dev/tty"], (TERMINAL, "/dev/tty", 0)),
        ([thread(7, channel="n_tty_read"), "F 7 3 r /dev/pts/4"], (TERMINAL, "/dev/pts/4", 0)),
        ([thread(7, call(61, 8)), stat(8, 7), thread(8)], (CHILD, "", 8)),
        ([thread(7, call(42, 3)), "F 7 3 w socket:[5]"], (NETWORK, "", 0)),
        ([thread(7, call(281, 4)), "F 7 3 w socket:[5]"], (NETWORK, "epoll", 0)),
        ([thread(7, call(230, 0))], (SLEEP, "", 0)),
        ([thread(7, call(202, 0))], (IDLE, "futex", 0)),
        ([thread(7, state="D")], (DISK, "", 0)),
        (
            [thread(7, call(0, 3)), "F 7 3 r pipe:[5]", stat(8, 7), thread(8), "F 8 1 w pipe:[5]"],
            (PIPE, "pipe:[5]", 8),
        ),
    ],
    ids=["terminal", "terminal by kernel function", "child", "connect", "epoll", "sleep", "idle", "disk", "pipe"],
)  # fmt: skip
def test_what_a_process_waits_for(lines, expected):
    assert longest([stat(7, 1), *lines]) == expected


def test_a_stopped_process_is_stopped_whatever_it_was_doing():
    assert longest([stat(7, 1, "T"), thread(7, call(73, 4, 2))])[0] == STOPPED


def test_who_uses_the_processor_runs():
    looks = [[stat(7, 1, "R", ticks), thread(7, state="R")] for ticks in (0, 90, 180, 270)]
    wait = max(seen(*looks).waits, key=lambda w: w.ns)
    assert (wait.kind, wait.share) == (RUNNING, 0.9)


def test_the_end_of_a_pipe_that_only_an_orphan_holds():
    begin = [stat(7, 1), stat(8, 7), stat(9, 8), thread(7), "F 7 3 r pipe:[5]", "F 8 1 w pipe:[5]", "F 9 1 w pipe:[5]"]
    later = [stat(7, 1), stat(9, 1), thread(7, call(281, 4)), "F 7 3 r pipe:[5]", "F 9 1 w pipe:[5]"]
    wait = max(seen(begin, *[later] * 4).waits, key=lambda w: w.ns * (w.pid == 7))
    assert (wait.pid, wait.kind, wait.subject, wait.holder) == (7, ORPHANED_PIPE, "pipe:[5]", 9)


def test_an_orphan_that_was_first_seen_without_its_parent_is_one_too():
    look = [stat(7, 1), stat(9, 1), thread(7, call(281, 4)), "F 7 3 r pipe:[5]", "F 9 1 w pipe:[5]"]
    assert longest(look) == (ORPHANED_PIPE, "pipe:[5]", 9)


def test_a_child_that_holds_the_pipe_is_no_orphan():
    look = [stat(7, 1), stat(9, 7), thread(7, call(281, 4)), "F 7 3 r pipe:[5]", "F 9 1 w pipe:[5]"]
    assert longest(look)[0] != ORPHANED_PIPE


def test_processes_begin_end_and_become_others():
    first = [stat(7, 1, start=100), "A 7 0 python\tgo\t", stat(8, 7, start=150), "A 8 0 git\tfetch\t"]
    second = [stat(7, 1, start=100), "A 7 0 go\tmod\ttidy\t", "N 9 0 1700000001.50 7\tssh\thost\t"]
    found = {p.pid: p for p in seen(first, second, [stat(7, 1, start=100)]).processes}
    assert found[7].argv == ("go", "mod", "tidy")
    assert found[7].start_ns == BOOT_NS + SECOND
    assert found[7].end_ns == BOOT_NS + 60 * SECOND
    assert found[8].end_ns == BOOT_NS
    assert (found[9].argv, found[9].parent, found[9].start_ns) == (("ssh", "host"), 7, BOOT_NS + 1_500_000_000)


def test_sockets_are_known_by_their_inode():
    assert seen([stat(7, 1), "F 7 3 w socket:[5]", "F 7 4 r pipe:[6]"]).owners == {5: 7}


LINES = [
    stat(7, 1),
    stat(8, 7),
    thread(7, call(0, 3)),
    "F 7 3 r pipe:[5]",
    "F 8 1 w pipe:[5]",
    *LOCKED,
    "H 9 0",
    "N 9 0 1 7\tx",
]


@settings(max_examples=200)
@given(
    st.lists(st.one_of(st.sampled_from([*LINES, "@ 1700000000"]), st.text(max_size=40)), max_size=30).map("\n".join),
    st.sampled_from(["x86_64", "aarch64", "mips", ""]),
)
def test_no_text_raises(text, machine):
    witnessed("@ 1700000000\n" + text, machine, BOOT_NS, 100, BOOT_NS)
