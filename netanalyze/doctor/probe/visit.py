"""One round: the process that asks, under our own capture where that is permitted, and what its packets say of who failed."""

import contextlib
import dataclasses
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

from netanalyze.doctor.probe.child import WHOLE_S
from netanalyze.doctor.probe.exchange import CONNECTIONS_MOST, Visited
from netanalyze.doctor.probe.mirrors import Mirror
from netanalyze.doctor.probe.ranking import Ranked, ranked, visits_of
from netanalyze.errors import CommandNotFound, LiveError, NetanalyzeError, NothingSelected
from netanalyze.findings import Finding
from netanalyze.live.command.caller import Caller, sudo_caller
from netanalyze.output_files import write_text
from netanalyze.own_environment import given_environment
from netanalyze.units import SECOND_NS
from netanalyze.urls import split
from netanalyze.wording import Message, Text, counted, message

BEGIN = """
import signal
for name in {"SIGINT", "SIGTERM", "SIGHUP"} & set(dir(signal)):
    if signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
        signal.signal(getattr(signal, name), signal.SIG_DFL)
import sys
from netanalyze.doctor.probe.child import main
main(*sys.argv[1:])
"""
"""What the process that asks does; who ends it wants no traceback of it."""
SIGNALLED = 128
GRACE_S = 4.0
"""Beyond the time in which everything is asked, until the process is ended."""


class Round(NamedTuple):
    """What came of it.

    Attributes:
        frames: how many were captured; 0 where that is not permitted.
    """

    ranked: list[Ranked]
    frames: int


def announced(asked: Sequence[Mirror]) -> list[Text]:
    """What will be sent where, to be told before anything is."""
    first = counted(
        len(asked),
        "asking {number} server by at most {most} connections a way, for {seconds} s at the longest; what works is kept:",
        "asking {number} servers, each by at most {most} connections a way, for {seconds} s at the longest; what works is kept:",
        most=CONNECTIONS_MOST, seconds=f"{WHOLE_S:.0f}",
    )  # fmt: skip
    return [
        first,
        *(
            message("{url}: {errands}", url=mirror.shown, errands=", ".join(e.name for e in mirror.errands()))
            for mirror in asked
        ),
    ]


def probe(asked: Sequence[Mirror]) -> Round:
    """Ask them all, and judge who failed."""
    caller = sudo_caller()
    folder = tempfile.mkdtemp(prefix="netanalyze-doctor-")
    try:
        if caller is not None:
            _give(folder, caller)
        plan, result, recording = (os.path.join(folder, name) for name in ("plan.json", "result.json", "probe.pcapng"))
        write_text(plan, json.dumps([dataclasses.asdict(mirror) for mirror in asked]), True)
        if caller is not None:
            _give(plan, caller)
        frames = _captured((sys.executable, "-P", "-c", BEGIN, plan, result), recording)
        try:
            with open(result, encoding="utf-8") as file:
                visits = visits_of(file.read())
        except OSError:
            visits = []
        cause_of = _judge(recording) if frames else lambda visit: None
        return Round(ranked(asked, visits, cause_of), frames)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(path: str, caller: Caller) -> None:
    """Let whoever called sudo have a file or folder of ours: the process that asks is theirs."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchown(descriptor, caller.uid, caller.gid)
    finally:
        os.close(descriptor)


def _captured(argv: tuple[str, ...], recording: str) -> int:
    """Run the process as ``netanalyze live`` would; how many frames were recorded of it.

    A signal that ended it was meant for us, and comes once more.
    """
    from netanalyze.live.command.plan import Options
    from netanalyze.live.session import Session

    options = Options(argv, path=recording, patience_ns=round((WHOLE_S + GRACE_S) * SECOND_NS), trace=False, quiet=True,
                      output_to_stderr=True, force=True)  # fmt: skip
    try:
        outcome = Session(options).run()
        if outcome.status - SIGNALLED in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            signal.raise_signal(outcome.status - SIGNALLED)
        return outcome.frame_count
    except CommandNotFound:
        raise
    except LiveError:  # nothing to capture on: it is asked all the same
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                argv, stdin=subprocess.DEVNULL, timeout=WHOLE_S + GRACE_S, check=False, env=given_environment()
            )
        return 0


PHASES = {
    "dns": ("dns",), "connect": ("tcp", "local"), "refused": ("tcp", "local"), "unreachable": ("tcp", "local"),
    "tls": ("tls", "tcp", "local"), "certificate": ("tls",), "answer": ("http", "tcp", "tls"), "proxy": ("http", "tcp"),
}  # fmt: skip
"""Phases of the causes that explain a fault, by its first word; an answer that came whole has none."""


def _judge(recording: str) -> Callable[[Visited], str | None]:
    """Gives the cause of a visit: what its host's flows alone, or the lookups of its name, were found to have."""
    from netanalyze.api import analyze

    whole = functools.cache(lambda: analyze([recording]))

    def findings_of(place: str) -> list[Finding]:
        try:
            result = analyze([recording], hosts=[place])
        except NothingSelected:  # a host that no packet names: the hosts file did
            return []
        return sorted(
            result.findings,
            key=lambda one: (one.cause != result.verdict.cause, not one.fatal, one.start_ns - one.end_ns),
        )

    def cause_of(visit: Visited) -> str | None:
        url = split(visit.url.removeprefix("sparse+"))
        host = (url.host if url else None) or visit.url
        fault = visit.fault or next((answer.fault for answer in visit.answers if answer.fault), "")
        phases = PHASES.get(fault.partition("-")[0], ()) if fault not in ("answer-broken", "proxy-refuses") else ()
        try:
            listed = [one for place in (host, visit.address) if place for one in findings_of(place)]
            listed += [one for one in whole().findings if _names(one, host)]
        except (NetanalyzeError, OSError, ValueError):
            return None
        return next((one.cause for one in listed if one.cause.partition("/")[0] in phases), None)

    return cause_of


def _names(finding: Finding, host: str) -> bool:
    """Whether a finding is about a host, or about a lookup of its name."""
    words = finding.message.words.values() if isinstance(finding.message, Message) else ()
    return (finding.culprit is not None and finding.culprit.host == host) or host in words
