"""``python -m netanalyze.lab.rivals``: how often ``netanalyze settle`` tells the true cause from the rivals of a verdict.

Each scenario is run and judged from its packets alone; where the verdict names alternatives that probes can separate, settle asks
the very network that made it, the fault still in place. It is settled right where what it ends with is the true cause, or one
that the scenario accepts (where its filter looks for the name: that the hello is dropped), and none of these was ruled out;
where the fault stands no more (a packet that was lost once), where it says so and rules nothing out. ``--output FILE`` keeps a
line of JSON for each run, and a second call goes on behind them.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from netanalyze.lab import perform
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.scenario import Scenario, list_scenarios, load
from netanalyze.lab.stage import with_this_package
from netanalyze.lab.staged import Staged, staged
from netanalyze.lab.tap import SETTLE_S, tapped
from netanalyze.output_files import open_to_append
from netanalyze.result import Result, Verdict
from netanalyze.settle.from_verdict import DROPPED, LARGE, is_separable, target_of
from netanalyze.settle.target import NothingToSettle

PATIENCE_S = 150.0
"""More than settle takes in all, which bounds itself."""
PASSING = ("loss_up", "loss_down", "outage", "drop_syn", "drop_synack", "drop_dns", "reorder", "duplicate", "corrupt")
"""Members of a wire by which something dies once, and not again."""
ENDED = (0, 1, 3)
"""What settle ends with where it did its work."""


@dataclass(frozen=True)
class RivalsAnswer:
    """What became of one verdict and its rivals.

    Attributes:
        was, rivals: the verdict's cause, and the alternatives that probes can separate; none: nothing is to be counted.
        cause, agrees, ruled_out, bit: what settle made of them.
        accepted: the causes that are right.
        why: why nothing was asked; '' where it was.
    """

    name: str
    was: str | None
    rivals: tuple[str, ...] = ()
    cause: str | None = None
    agrees: bool | None = None
    ruled_out: tuple[str, ...] = ()
    bit: str | None = None
    accepted: tuple[str | None, ...] = ()
    passing: bool = False
    sentences: tuple[str, ...] = ()
    seconds: float = 0.0
    why: str = ""

    @property
    def counted(self) -> bool:
        """Whether there was anything to tell apart."""
        return bool(self.rivals) and not self.why

    @property
    def right(self) -> bool:
        """Whether the true cause is what is left."""
        if self.passing and self.bit == "none":
            return not self.ruled_out
        return self.agrees is not None and self.cause in self.accepted and not set(self.ruled_out) & set(self.accepted)


def separable(verdict: Verdict) -> tuple[str, ...]:
    """The alternatives of a verdict of which a probe can show what they depend on."""
    causes = [other.cause for other in verdict.alternatives if other.cause and other.cause != verdict.cause]
    return tuple(cause for cause in dict.fromkeys(causes) if is_separable(cause))


def is_passing(scenario: Scenario) -> bool:
    """Whether the fault may be gone by the time that settle asks: what chance or a moment decides."""
    wire = scenario.wire or {}
    timed = scenario.timed is not None and bool(scenario.timed.until)
    by_rule = any("statistic" in rule for rule in (*scenario.router.ipv4, *scenario.router.ipv6))
    return timed or by_rule or any(wire.get(name) for name in PASSING)


def ask(name: str) -> RivalsAnswer:
    """Run a scenario, judge it, and let settle ask the network that it ran in."""
    from netanalyze.api import analyze

    scenario = load(name)
    with staged(scenario) as ready:
        capture, stderr = ready.folder / f"{name}.pcapng", ready.folder / f"{name}.stderr.txt"
        with tapped(ready.network, ready.network.client, capture, scenario.command):
            perform.command(ready.network, scenario, ready.environment, ready.project, stderr)
            time.sleep(SETTLE_S)
        result = analyze([str(capture)], kernels="plain")
        return _asked(ready, result, capture)


def _asked(ready: Staged, result: Result, capture: Path) -> RivalsAnswer:
    scenario, verdict = ready.scenario, result.verdict
    truth = scenario.truth
    accepted = (truth.cause, *truth.also_accept, *truth.packets_only_accept)
    rules = (*scenario.router.ipv4, *scenario.router.ipv6)
    if truth.cause == LARGE and any("--string" in rule for rule in rules):  # which packets alone cannot know
        accepted = (DROPPED,)
    rivals = separable(verdict)
    before = RivalsAnswer(scenario.name, verdict.cause, rivals, accepted=accepted, passing=is_passing(scenario))
    try:
        target_of(result)
    except NothingToSettle as error:
        return replace(before, why=str(error.why))
    if not rivals:
        return replace(before, why="the verdict leaves no rival that probes can separate")
    settled = _settled(ready, capture)
    now = settled["verdict"]
    return replace(
        before, cause=now["cause"], agrees=now["agrees"], ruled_out=tuple(now["ruled_out"]), bit=settled["settled"]["bit"],
        sentences=tuple(settled["settled"]["sentences"] + now["sentences"]), seconds=settled["settled"]["seconds"],
    )  # fmt: skip


def _settled(ready: Staged, capture: Path) -> dict[str, Any]:
    """What ``netanalyze settle --json`` prints of a capture, asked from where the command ran."""
    process = ready.network.start(
        ready.network.client, [sys.executable, "-P", "-m", "netanalyze", "settle", "--json", str(capture)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ready.folder,
        env=with_this_package() | {"XDG_STATE_HOME": str(ready.folder)},
    )  # fmt: skip
    out, complaint = process.communicate(timeout=PATIENCE_S)
    if process.returncode not in ENDED:
        raise RuntimeError(f"settle ended with {process.returncode}: {complaint.strip()}")
    document: dict[str, Any] = json.loads(out)
    return document


def board(answers: Sequence[RivalsAnswer]) -> str:
    """How many are right, and what is said of those that are not."""
    counted = [one for one in answers if one.counted]
    lines = []
    for one in counted:
        word = "right" if one.right else "WRONG"
        lines.append(f"{word} {one.name}: {one.was} or {', '.join(one.rivals)}: {one.bit}, {one.cause}")
        if not one.right:
            out = ", ".join(one.ruled_out) or "nothing"
            lines.append(f"      true is {one.accepted[0]}; ruled out {out}: {' '.join(one.sentences)}")
    failed = [one for one in answers if one.why.startswith("failed: ")]
    lines += [f"FAILED {one.name}: {one.why}" for one in failed]
    right = sum(one.right for one in counted)
    others = len(answers) - len(counted)
    lines.append(f"rivals settled right: {right} of {len(counted)}; {others} others leave none to ask about")
    return "\n".join(lines)


def kept(path: Path | None) -> list[RivalsAnswer]:
    """The answers of calls before this one."""
    if path is None or not path.exists():
        return []
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return [_read(row) for row in rows]


def _read(row: dict[str, Any]) -> RivalsAnswer:
    members: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return RivalsAnswer(**members)


def main() -> int:
    """Run the scenarios, or a sample of them, and print how many are settled right; the status is 1 where any is not."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab.rivals", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="scenarios; none is all")
    parser.add_argument("--sample", type=int, help="so many of them, by chance")
    parser.add_argument("--seed", type=int, default=1, help="of that chance")
    parser.add_argument("--jobs", type=int, default=3, help="runs at a time")
    parser.add_argument(
        "--output", type=Path, help="keep each answer as a line of JSON, and go on behind those that are there"
    )
    options = parser.parse_args()
    require_laboratory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving cleans up
    sweep()
    names = options.scenarios or list_scenarios()
    if options.sample is not None and options.sample < len(names):
        names = sorted(random.Random(options.seed).sample(names, options.sample))
    answers = [one for one in kept(options.output) if one.name in names]
    had = {one.name for one in answers}

    def make(name: str) -> RivalsAnswer:
        try:
            answer = ask(name)
        except Exception as error:  # one that cannot be had is told, and the others go on
            answer = RivalsAnswer(name, None, why=f"failed: {type(error).__name__}: {error}")
        if options.output is not None and not answer.why.startswith("failed: "):
            with open_to_append(options.output) as file:  # one short write in append mode is whole
                file.write(json.dumps(asdict(answer)) + "\n")
        word = ("right" if answer.right else "WRONG") if answer.counted else answer.why
        print(f"{answer.seconds:6.1f} s  {name}: {word}", file=sys.stderr, flush=True)
        return answer

    with ThreadPoolExecutor(options.jobs) as pool:
        answers += pool.map(make, [name for name in names if name not in had])
    print(board(sorted(answers, key=lambda one: one.name)))
    return int(any(one.why.startswith("failed: ") or (one.counted and not one.right) for one in answers))


if __name__ == "__main__":
    sys.exit(main())
