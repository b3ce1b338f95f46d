"""Runs a scenario's command inside the client's namespace: to its end or its time limit, with what is timed beside it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from functools import partial
from pathlib import Path

from netanalyze.lab.journal import write
from netanalyze.lab.namespaces import Network, end
from netanalyze.lab.scenario import Scenario
from netanalyze.lab.stage import install
from netanalyze.output_files import OutputFile


def warm(network: Network, scenario: Scenario, environment: dict[str, str], project: Path) -> None:
    """Run the command once, unrecorded."""
    done = network.start(
        network.client, list(scenario.command.argv), cwd=project, env=environment, stderr=subprocess.DEVNULL
    )
    if done.wait(timeout=60):
        raise RuntimeError("the unrecorded first run failed")


def command(
    network: Network, scenario: Scenario, environment: dict[str, str], project: Path, stderr: Path
) -> tuple[int | None, float]:
    """Run the command to its end or its time limit; exit status (None if it was killed) and wall time in seconds."""
    begun = time.monotonic()
    argv = list(scenario.command.argv)
    if scenario.command.disk:  # mounted where only the command can see it: ip-netns(8) gives it mounts of its own
        small = 'mount -t tmpfs -o "size=$0" none "$GOPATH" && exec "$@"'
        argv = ["sh", "-c", small, str(scenario.command.disk), *argv]
    process = network.start(
        network.client, argv, cwd=project, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    stop, failures = threading.Event(), []
    acts = [(at, partial(_signal, process.pid, name)) for at, name in scenario.command.signals]
    if network.journal is not None:
        _written_down(network.journal, scenario)
    if timed := scenario.timed:
        acts.append((timed.after, partial(install, network, network.router, timed)))
        if timed.until:
            acts.append((timed.until, partial(install, network, network.router, timed, undo=True)))

    def act(at: float, what: partial[None]) -> None:
        try:
            if not stop.wait(at):
                what()
        except RuntimeError as error:
            failures.append(error)

    threads = [threading.Thread(target=_lines, args=(process.stderr, stderr))]
    threads += [threading.Thread(target=act, args=pair) for pair in acts]
    for thread in threads:
        thread.start()
    try:
        code: int | None = process.wait(timeout=scenario.command.time_limit)
    except subprocess.TimeoutExpired:
        code = None
    wall = time.monotonic() - begun
    stop.set()
    end(process)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return code, wall


def _written_down(path: Path, scenario: Scenario) -> None:
    """What the laboratory itself holds up from now on: a lock of the command's, the command while it is stopped."""
    if scenario.command.lock:
        write(path, "lock", None, scenario.command.lock)
    moments = {name: at for at, name in scenario.command.signals}
    if {"STOP", "CONT"} <= set(moments):
        write(path, "stopped", moments["CONT"] - moments["STOP"], start=time.time() + moments["STOP"])


def _signal(session: int, name: str) -> None:
    """Send a signal (``STOP``, ``CONT``, …) to a whole session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, getattr(signal, f"SIG{name}"))


def _lines(source, plain: Path) -> None:
    """Copy what the command prints to two files, with and without the time of each line."""
    stamped = plain.with_name(plain.name.replace(".stderr.txt", ".stamped.txt"))
    with OutputFile(plain, True, growing=True) as bare, OutputFile(stamped, True, growing=True) as timed:
        for line in source:
            now = time.time()
            bare.stream.write(line)
            timed.stream.write(f"{now:.6f} ".encode() + line)
