"""Signals at many moments of a run: every one of them ends it cleanly, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attack.register import HERE, NotHere, attack

MANY, FEW = 200, 16
AT_ONCE = 3
PROGRAM = [sys.executable, "-m", "netanalyze.cli.main"]
CAPTURE = HERE.parents[1] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
SENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMAND = "for _ in {1..20}; do echo x >/dev/udp/127.0.0.1/9; sleep 0.02; done"  # says nothing when it is interrupted
LIMIT_S, BEGINS_S = 60.0, 30.0
MARK = "NETANALYZE_ATTACK"


def _has_begun(pid: int) -> bool:
    """Whether our first line has run: Python itself catches no SIGTERM; before, the process is the interpreter's."""
    try:
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = int(next(row for row in rows if row.startswith("SigCgt:")).split()[1], 16)
    except (OSError, StopIteration):
        return True  # it is over
    return bool(caught >> signal.SIGTERM - 1 & 1)


def _begin(argv: list[str], folder: Path) -> subprocess.Popen:
    folder.mkdir()
    environment = os.environ | {MARK: str(folder), "PYTHONPATH": str(HERE.parents[1])}
    process = subprocess.Popen(
        argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + BEGINS_S
    while not _has_begun(process.pid) and time.monotonic() < deadline:
        time.sleep(0.001)
    return process


def _left_behind(folder: Path) -> list[str]:
    """The processes that a run has started and that are still there."""
    found = []
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if f"{MARK}={folder}".encode() in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                found.append(entry)
        except OSError:
            continue
    return found


def _is_readable(recording: Path) -> bool:
    """Whether analyze reads a recording to its end."""
    done = subprocess.run(
        [*PROGRAM, "analyze", "-q", str(recording)], capture_output=True, cwd=HERE.parents[1], check=False
    )
    return done.returncode in (0, 1, 3)


def _tried(argv: list[str], natural: int, folder: Path, after_s: float, number: signal.Signals) -> tuple[str, bool]:
    process = _begin(argv, folder)
    time.sleep(after_s)
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return f"{number.name} after {after_s:.3f} s: hangs", False
    clean = b"Traceback" not in said and b"ignored" not in said and b"sorry" not in said
    held = clean and process.returncode in (natural, 128 + number) and not _left_behind(folder)
    files = list(folder.iterdir())
    held = held and all(path.name == "r.pcapng" and _is_readable(path) for path in files)
    names = [path.name for path in files]
    return f"{number.name} after {after_s:.3f} s: status {process.returncode}, {names} {said[-200:]!r}", held


def _at_moments(
    argv: list[str], folder: Path, count: int, numbers: tuple[signal.Signals, ...]
) -> Iterator[tuple[str, bool]]:
    """The same run again and again, each time with a signal a little later: from its first line to beyond its end."""
    if not Path("/proc/self/status").exists():
        raise NotHere("needs Linux's proc")
    begun = _begin(argv, folder / "whole")
    at = time.monotonic()
    begun.communicate(timeout=LIMIT_S)
    lasts = 1.05 * (time.monotonic() - at)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tries = [
            pool.submit(_tried, argv, begun.returncode, folder / str(n), lasts * n / count, numbers[n % len(numbers)])
            for n in range(count)
        ]
        for one in tries:
            yield one.result()


def _live(backend: str) -> list[str]:
    if os.geteuid() != 0:
        raise NotHere("capturing needs root")
    words = ["live", "--quiet", "--backend", backend, "-i", "lo", "-w", "r.pcapng", "--", "bash", "-c", COMMAND]
    return [*PROGRAM, *words]


@attack("SIGINT, SIGTERM, SIGHUP at some moments of analyze")
def at_some_moments_of_analyze(folder: Path) -> Iterator[tuple[str, bool]]:
    return _at_moments([*PROGRAM, "analyze", str(CAPTURE)], folder, FEW, SENT)


@attack("SIGINT, SIGTERM, SIGHUP at some moments of live")
def at_some_moments_of_live(folder: Path) -> Iterator[tuple[str, bool]]:
    return _at_moments(_live("raw"), folder, FEW // 2, SENT)


@attack("SIGINT at 200 moments of analyze", long=True)
def at_many_moments_of_analyze(folder: Path) -> Iterator[tuple[str, bool]]:
    return _at_moments([*PROGRAM, "analyze", str(CAPTURE)], folder, MANY, SENT[:1])


@attack("SIGINT, SIGTERM, SIGHUP at 200 moments of live, packet sockets", long=True)
def at_many_moments_of_live(folder: Path) -> Iterator[tuple[str, bool]]:
    return _at_moments(_live("raw"), folder, MANY, SENT)


@attack("SIGINT, SIGTERM, SIGHUP at 100 moments of live, dumpcap", long=True)
def at_many_moments_of_dumpcap(folder: Path) -> Iterator[tuple[str, bool]]:
    return _at_moments(_live("dumpcap"), folder, MANY // 2, SENT)
