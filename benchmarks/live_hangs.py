"""How soon ``netanalyze live`` names the cause of a hang: real go, at a terminal, under the laboratory's faults.

    sudo python benchmarks/live_hangs.py [--jobs 2] [--repeat 1] [--output FILE.md] [--keep DIR] [SCENARIO]...

For each scenario the status line is read from a terminal as a person would see it, and every change of the cause on it
is timed. The fault begins to bite with the first packet that the final verdict's findings of the true cause begin
with. *Seen after* is from there to the moment when the true cause stands on the line and stays; *wrong for* is the
longest time a wrong one stood there. What no packet can tell yet (a late answer from a missing one, a dead path from
an outage) counts as right while the wait lasts; see ``SAME_SO_FAR``.
"""

import argparse
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from netanalyze.lab import stage
from netanalyze.lab.namespaces import TEMPORARY, Network, end, require_laboratory, sweep
from netanalyze.lab.scenario import Scenario, load
from netanalyze.lab.staged import staged
from netanalyze.live.command.child import descendants

HANGS = (
    "syn-dropped", "hello-unanswered", "sni-dropped", "hello-tail-lost", "hello-head-lost", "mtu-down", "mtu-up",
    "flight-partial", "dns-dead", "dns-first-dead", "dns-aaaa-dropped", "dns-edns-dropped", "dns-wrong-id",
    "connect-silent", "connect-mute", "connect-proxy-dead", "socks-silent", "response-missing", "body-stalled",
    "path-death", "outage", "one-address-dead", "dead-first-proxy", "sumdb-syn-dropped", "direct-fallback", "frozen",
    "local-proxy-upstream-dead", "stub-upstream-dead", "hello-too-late", "response-late", "git-syn-dropped",
    "fake-ip-upstream-dead", "git-silent", "git-body-stalled", "lock-held", "askpass", "auth-helper-blocked", "git-holds-pipe",
)  # fmt: skip
HEALTHY = (
    "plain", "rtt300", "latency-600", "mobile", "loss-slight", "noise-working", "noise-failing", "slow-server",
    "thin-link", "git", "local-proxy-works", "fake-ip-works", "stub-works",
)  # fmt: skip
SAME_SO_FAR = {
    "http/response-late": {"http/response-missing"},
    "tls/server-hello-late": {"tls/server-hello-missing"},
    "dns/answer-slow": {"dns/resolver-unanswered"},
    "tcp/outage": {"tcp/path-death"},
    "dns/first-resolver-dead": {"dns/resolver-unanswered"},
}
"""What the true cause looks like as long as what is owed has not come."""
SMALL_DISK = 'mount -t tmpfs -o "size=$0" none "$GOPATH" && exec "$@"'
LIMIT_S, ROWS, COLUMNS = 18.0, 24, 160
ROOT = Path(__file__).resolve().parents[1]
CAUSES = re.compile(r"netanalyze: (?:no answer: server or path \()?([a-z]+/[a-z0-9-]+(?: or [a-z]+/[a-z0-9-]+)*)")
FRAME = re.compile(r"\r\x1b\[J(?:\x1b\[2m(.*?)\x1b\[0m)?", re.DOTALL)


@dataclass
class Seen:
    """What stood on the status line: from when (epoch seconds) which causes, () none; ``open`` while it said both."""

    scenario: Scenario
    changes: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    first_word: float | None = None
    server_or_path: float | None = None
    bites: float | None = None
    ended: float = 0.0
    verdict: str = ""
    text: str = ""

    @property
    def accepted(self) -> set[str]:
        """Causes that are right for this scenario."""
        truth = self.scenario.truth
        right = {truth.cause, *truth.also_accept, *truth.packets_only_accept, *truth.beside} - {None}
        return right | set().union(*(SAME_SO_FAR.get(cause, set()) for cause in right))

    def spans(self) -> Iterator[tuple[float, float, tuple[str, ...]]]:
        """Begin, end and causes of each piece of the line's history."""
        for (begun, causes), (until, _) in zip(self.changes, [*self.changes[1:], (self.ended, ())]):
            yield begun, until, causes

    @property
    def seen_after(self) -> float | None:
        """Seconds from the first bite to a right cause; None never."""
        shown = [begun for begun, _, causes in self.spans() if set(causes) & self.accepted]
        return min(shown) - self.bites if shown and self.bites is not None else None

    @property
    def wrong_for(self) -> float:
        """The longest time a wrong cause stood there, s."""
        longest = run = 0.0
        for begun, until, causes in self.spans():
            run = run + until - begun if causes and not set(causes) & self.accepted else 0.0
            longest = max(longest, run)
        return longest

    @property
    def wrong(self) -> set[str]:
        """The wrong causes that were shown."""
        return {cause for _, _, causes in self.spans() if not set(causes) & self.accepted for cause in causes}


def watched(network: Network, scenario: Scenario, environment: dict[str, str], project: Path, path: Path) -> Seen:
    """Run the scenario's command under ``netanalyze live`` at a terminal and read along."""
    limit = min(scenario.command.time_limit, LIMIT_S)
    ours = [sys.executable, "-m", "netanalyze.cli.main", "live", "--json", "-w", str(path), "--patience", f"{limit}s"]
    if scenario.command.interface != "eth0":
        ours += ["-i", scenario.command.interface]
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    said = path.with_suffix(".json")
    environment = environment | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
    argv = [*ours, "--", *scenario.command.argv]
    if scenario.command.disk:  # mounted where only they can see it: ip-netns(8) gives them mounts of their own
        argv = ["sh", "-c", SMALL_DISK, str(scenario.command.disk), *argv]
    with said.open("wb") as out:
        process = network.start(
            network.client, argv, cwd=project, env=environment,
            stdin=subprocess.DEVNULL, stdout=out, stderr=writing,
        )  # fmt: skip
    os.close(writing)
    seen, rest = Seen(scenario), ""
    timed = scenario.timed
    threads = [  # counted from here: the command begins a moment later
        threading.Timer(at + 0.8, partial(_signal, process.pid, name)) for at, name in scenario.command.signals
    ]
    if timed:
        threads += [threading.Timer(timed.after + 0.8, partial(stage.install, network, network.router, timed))]
        if timed.until:
            undone = partial(stage.install, network, network.router, timed, undo=True)
            threads.append(threading.Timer(timed.until + 0.8, undone))
    for thread in threads:
        thread.start()
    while True:
        if select.select([reading], [], [], 0.2)[0]:
            try:
                octets = os.read(reading, 65_536)
            except OSError:
                break
            if not octets:
                break
            text = octets.decode("utf-8", "replace")
            seen.text += text
            rest = _read(seen, rest + text, time.time())
        elif process.poll() is not None:
            break
    os.close(reading)
    process.wait()
    seen.ended = time.time() if not seen.changes else max(seen.changes[-1][0], time.time() - 2.0)
    for thread in threads:
        thread.cancel()
    end(process)
    with contextlib.suppress(ValueError):
        _judge(seen, json.loads(said.read_text()))
    return seen


def _signal(ours: int, name: str) -> None:
    """Send a signal to the command that ``netanalyze live`` runs as process ``ours``, and to its children."""
    for pid in descendants(ours):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, getattr(signal, f"SIG{name}"))


def _read(seen: Seen, text: str, now: float) -> str:
    """Take what the terminal got; what may be the beginning of a drawing is given back."""
    at = 0
    for match in FRAME.finditer(text):
        at, drawn = match.end(), match[1]
        if drawn is None and "\x1b[2m" in text[at : at + 8] and "\x1b[0m" not in text[at:]:
            return text[match.start() :]
        causes: tuple[str, ...] = ()
        for line in (drawn or "").splitlines():
            if found := CAUSES.match(line):
                causes = tuple(found[1].split(" or "))
            if "server or path" in line and seen.server_or_path is None:
                seen.server_or_path = now
        if drawn and seen.first_word is None:
            seen.first_word = now
        if causes != (seen.changes[-1][1] if seen.changes else ()):
            seen.changes.append((now, causes))
    return text[at:][-4000:]


def _judge(seen: Seen, result: dict) -> None:
    """When the fault began to bite, by the findings of the true cause."""
    verdict = result["verdict"]
    seen.verdict = verdict["cause"] or verdict["status"]
    starts = [f["start"] for f in result["findings"] if f["cause"] in seen.accepted]
    origin = result["capture"]["start"]
    if starts and origin is None:  # no frame: from the command's beginning
        starts, origin = [0.0], result["run"]["start"]
    if starts and origin is not None:
        base = (
            datetime.fromisoformat(origin[:26].rstrip("Z") + "+00:00").timestamp()
            if isinstance(origin, str)
            else origin
        )
        seen.bites = base + min(starts)


def measured(name: str, keep: Path) -> Seen:
    """One scenario, in a network of its own."""
    scenario = load(name)
    with staged(scenario) as ready:
        return watched(ready.network, scenario, ready.environment, ready.project, keep / f"{name}.pcapng")


def row(seen: Seen) -> str:
    """One line of the table."""
    after = "" if seen.seen_after is None else f"{seen.seen_after:.1f}"
    shown = list(dict.fromkeys(" or ".join(causes) for _, _, causes in seen.spans() if causes))
    wrong = f"{seen.wrong_for:.1f}" if seen.wrong_for else ""
    return (
        f"| {seen.scenario.name} | {seen.scenario.truth.cause or 'healthy'} | {after} | {wrong} | "
        f"{', then '.join(shown)} | {seen.verdict} |"
    )


def summary(hangs: list[Seen], healthy: list[Seen]) -> list[str]:
    """The figures that count."""
    times = sorted(seen.seen_after for seen in hangs if seen.seen_after is not None)
    lines = []
    if hangs:
        within = sum(t <= 6 for t in times)
        median = statistics.median(times + [float("inf")] * (len(hangs) - len(times)))
        lines += [
            f"- {len(hangs)} hangs: the right cause stood on the line after {median:.1f} s in the median, "
            f"within 6 s in {within} ({100 * within // len(hangs)} %); never in {len(hangs) - len(times)}.",
            f"- A wrong cause was shown in {sum(bool(s.wrong) for s in hangs)}, "
            f"for {max(s.wrong_for for s in hangs):.1f} s at the longest.",
        ]
    if healthy:
        alarms = [s for s in healthy if s.changes]
        lines.append(f"- {len(healthy)} healthy runs: a cause was shown in {len(alarms)}.")
    return lines


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1, help="run each scenario so often")
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the table here as well")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep recordings and screens here")
    asked = parser.parse_args()
    if asked.output and asked.output.exists():
        parser.error(f"{asked.output} exists; name another file after --output")
    require_laboratory()
    sweep()
    names = [name for name in asked.names or (*HANGS, *HEALTHY) for _ in range(asked.repeat)]
    keep = asked.keep or Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-live-"))
    keep.mkdir(parents=True, exist_ok=True)
    results: list[Seen] = []

    def one(name: str) -> None:
        try:
            seen = measured(name, keep)
        except RuntimeError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return
        (keep / f"{name}.screen.txt").write_text(seen.text)
        results.append(seen)
        print(row(seen), flush=True)

    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(one, names))
    order = {name: number for number, name in enumerate(names)}
    results.sort(key=lambda seen: order[seen.scenario.name])
    hangs = [s for s in results if s.scenario.truth.status != "healthy"]
    healthy = [s for s in results if s.scenario.truth.status == "healthy"]
    lines = summary(hangs, healthy)
    print("\n".join(lines))
    if asked.output:
        head = ["| scenario | truth | seen after, s | wrong for, s | shown | verdict |", "|---|---|---|---|---|---|"]
        asked.output.write_text("\n".join([*lines, "", *head, *map(row, results)]) + "\n")
    if asked.keep is None:
        shutil.rmtree(keep, ignore_errors=True)


if __name__ == "__main__":
    main()
