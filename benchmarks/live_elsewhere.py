"""How often ``netanalyze live`` is right where it hangs already, or has no rights: real go under the laboratory's faults.

    sudo python benchmarks/live_elsewhere.py {attached,no-rights} [--jobs 2] [--output FILE.md] [SCENARIO]...

``no-rights`` runs the command and netanalyze without any capability, which is what an ordinary user has; ``attached`` starts
the command alone, joins it five seconds later with ``--pid``, and lets it run on. A verdict is right where it names the
scenario's cause or one it accepts (no cause is none, though packets alone may show none); for a healthy run, where it
names none.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netanalyze.lab import stage
from netanalyze.lab.namespaces import end, require_laboratory, sweep
from netanalyze.lab.scenario import Scenario, load
from netanalyze.lab.staged import Staged, staged

ON_SOCKETS = (
    "syn-dropped", "hello-unanswered", "sni-dropped", "hello-tail-lost", "mtu-down", "mtu-up",
    "flight-partial", "response-missing", "body-stalled", "path-death", "one-address-dead", "dead-first-proxy",
    "sumdb-syn-dropped", "git-syn-dropped", "connect-silent", "connect-mute", "connect-proxy-dead", "frozen",
    "dns-dead", "dns-first-dead", "git-silent", "git-body-stalled", "sumdb-silent", "toolchain-silent", "socks-silent",
    "response-missing-http1", "connect-response-missing",
)  # fmt: skip
"""Hangs in lookup, connect, TLS, request and body."""
IN_PROC = ("lock-held", "git-holds-pipe", "askpass", "auth-helper-blocked")
"""Hangs that only processes show."""
HEALTHY = ("plain", "rtt300", "loss-slight", "slow-server", "thin-link", "noise-working", "git")
LONG_HEALTHY = ("thin-link", "slow-server", "keepalive-pause", "redirected-long")
"""Those that still run when they are joined."""
OVER_SOON = ("dns-first-dead",)
"""What is over before anybody joins."""
JOIN_AFTER_S, WATCH_S, LIMIT_S = 5.0, 12.0, 20.0
RECORDING = "run.pcapng"
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Seen:
    """What came of one run."""

    scenario: Scenario
    verdict: dict
    disturbed: bool = False

    @property
    def right(self) -> bool:
        """Whether the verdict names the cause, or none where none is."""
        truth = self.scenario.truth
        if truth.status == "healthy":
            return self.verdict["cause"] is None and self.verdict["status"] in ("healthy", "unusable")
        accepted = {truth.cause, *truth.also_accept, *truth.packets_only_accept} - {None, "null"}
        return self.verdict["cause"] in accepted


def _timed(ready: Staged) -> list[threading.Timer]:
    """What happens in the middle of a scenario, as timers that run."""
    timed = ready.scenario.timed
    if not timed:
        return []
    network = ready.network
    timers = [threading.Timer(timed.after, partial(stage.install, network, network.router, timed))]
    if timed.until:
        undone = partial(stage.install, network, network.router, timed, undo=True)
        timers.append(threading.Timer(timed.until, undone))
    for timer in timers:
        timer.start()
    return timers


def _ours(ready: Staged, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "netanalyze.cli.main", "live", "--json", *arguments]


def _result(text: str, complained: str) -> dict:
    """The verdict; where there is none, the last complaint in its place."""
    with contextlib.suppress(ValueError):
        return json.loads(text)["verdict"]
    why = (complained.strip().splitlines() or ["no verdict"])[-1]
    return {"cause": None, "status": why[:90], "confidence": 0.0}


def without_rights(ready: Staged) -> Seen:
    """The command and netanalyze as a user who may nothing."""
    scenario, limit = ready.scenario, min(ready.scenario.command.time_limit, LIMIT_S)
    drop = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
    argv = [
        *drop,
        *_ours(ready, "-w", str(ready.folder / RECORDING), "--patience", f"{limit}s"),
        "--",
        *scenario.command.argv,
    ]
    timers = _timed(ready)
    process = ready.network.start(
        ready.network.client, argv, cwd=ready.project, env=ready.environment | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said, complained = process.communicate()
    for timer in timers:
        timer.cancel()
    end(process)
    return Seen(scenario, _result(said, complained))


def attached(ready: Staged) -> Seen:
    """The command alone; netanalyze joins it later, and leaves it as it is."""
    scenario = ready.scenario
    timers = _timed(ready)
    process = ready.network.start(
        ready.network.client, list(scenario.command.argv), cwd=ready.project, env=ready.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(JOIN_AFTER_S + (scenario.timed.after if scenario.timed else 0))
    ran = process.poll() is None
    argv = _ours(ready, "-w", str(ready.folder / RECORDING), "--patience", f"{WATCH_S}s", "--pid", str(process.pid))
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False)
    verdict = _result(done.stdout, done.stderr)
    if not ran:
        verdict["status"] += ", had ended"
    for timer in timers:
        timer.cancel()
    stopped = process.poll() is not None and process.returncode < 0
    end(process)
    return Seen(scenario, verdict, stopped)


def row(seen: Seen) -> str:
    """One line of the table."""
    verdict = seen.verdict
    said = verdict["cause"] or verdict["status"]
    mark = "right" if seen.right else "wrong"
    return f"| {seen.scenario.name} | {seen.scenario.truth.cause or 'healthy'} | {said} | {verdict['confidence']:.2f} | {mark} |"


def summary(results: list[Seen]) -> Iterator[str]:
    """The figures that count."""
    hangs = [s for s in results if s.scenario.truth.status != "healthy"]
    healthy = [s for s in results if s.scenario.truth.status == "healthy"]
    if hangs:
        right = sum(s.right for s in hangs)
        yield f"- {right} of {len(hangs)} hangs got their right cause ({100 * right // len(hangs)} %)."
    if healthy:
        yield f"- {sum(not s.right for s in healthy)} of {len(healthy)} healthy runs got a cause."
    if any(s.disturbed for s in results):
        yield f"- {sum(s.disturbed for s in results)} commands were ended by a signal."


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=("attached", "no-rights"))
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the table here as well")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep recordings here")
    asked = parser.parse_args()
    if asked.output and asked.output.exists():
        parser.error(f"{asked.output} exists; name another file after --output")
    require_laboratory()
    sweep()
    performed = attached if asked.way == "attached" else without_rights
    lasting = [name for name in ON_SOCKETS if name not in OVER_SOON]
    sets = (*lasting, *IN_PROC, *LONG_HEALTHY) if asked.way == "attached" else (*ON_SOCKETS, *HEALTHY)
    names = list(asked.names or sets)
    results: dict[str, Seen] = {}

    def one(name: str) -> None:
        try:
            with staged(load(name)) as ready:
                results[name] = performed(ready)
                if asked.keep and (ready.folder / RECORDING).exists():
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ready.folder / RECORDING, asked.keep / f"{name}.pcapng")
        except (RuntimeError, KeyError, ValueError) as error:
            print(f"{name}: {error!r}", file=sys.stderr)
            return
        print(row(results[name]), flush=True)

    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(one, names))
    ordered = [results[name] for name in names if name in results]
    lines = list(summary(ordered))
    print("\n".join(lines))
    if asked.output:
        head = ["| scenario | truth | verdict | confidence | |", "|---|---|---|---|---|"]
        asked.output.write_text("\n".join([*lines, "", *head, *map(row, ordered)]) + "\n")


if __name__ == "__main__":
    main()
