"""Many scenarios, several at a time: recorded, held against their declarations, judged."""

import contextlib
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from netanalyze.lab.namespaces import close, reopen
from netanalyze.lab.record import Recording, read_recordings, run, write_labels
from netanalyze.lab.scenario import Scenario, load
from netanalyze.lab.scores.judge import Judgement, judged
from netanalyze.lab.scores.opinions import opinions
from netanalyze.lab.twin import FOLDER, TIMES, Twin, families, read_twins, twin_of, write_twins

PATIENCE_ORDER_S = 40.0  # the usual time limit; what may take longer begins first


@dataclass(frozen=True)
class ScenarioOutcome:
    """What became of one scenario: a recording and what was said of it, or why there is none."""

    scenario: Scenario
    recording: Recording | None = None
    packets: Judgement | None = None
    trace: Judgement | None = None
    others: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    twin: Twin | None = None

    @property
    def trouble(self) -> tuple[str, ...]:
        """Why the scenario itself fails: it was not recorded, or the recording is not what it declares."""
        if self.recording is None:
            return (self.failure or "not recorded",)
        return self.recording.mistakes

    @property
    def right(self) -> bool:
        """Recorded as declared, and named right both ways."""
        return not self.trouble and all(judged is not None and judged.right for judged in (self.packets, self.trace))


def _heed_interrupts() -> None:
    """A shell's background job ignores SIGINT, and what it starts inherits that: a scenario could not interrupt its command."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def play(
    names: Sequence[str | Scenario],
    folder: str | Path,
    jobs: int = 1,
    seed: int = 1,
    far_side: bool = False,
    judge: bool = True,
    twins: bool = False,
    done: Callable[[ScenarioOutcome], None] = lambda outcome: None,
) -> list[ScenarioOutcome]:
    """Play scenarios, those that take longest first; ``labels.json`` grows with each.

    Args:
        judge: let netanalyze, and other programs that are installed, say what they think of each recording.
        twins: record the same runs without their faults too, each different one once, into the folder ``twins``.
        done: called after each, never twice at a time.

    Raises:
        BaseException: whatever breaks in (Ctrl-C, a signal's SystemExit), once every namespace is gone.
    """
    lock, outcomes = threading.Lock(), []
    _heed_interrupts()

    def record_one(scenario: Scenario) -> None:
        try:
            recording = run(scenario, folder, seed, far_side)
            write_labels([recording], folder)
            packets, trace = judged(recording) if judge else (None, None)
            others = opinions(recording.capture) if judge else {}
            outcome = ScenarioOutcome(scenario, recording, packets, trace, others)
        except Exception as error:  # one scenario that cannot be had is told, and the others go on
            outcome = ScenarioOutcome(scenario, failure=f"{type(error).__name__}: {error}")
        with lock:
            outcomes.append(outcome)
            done(outcome)

    def without_fault(declared: Scenario, names: Sequence[str]) -> None:
        with contextlib.suppress(Exception):  # a twin that cannot be had is one that nothing is compared with
            made = [twin_of(run(declared, Path(folder) / FOLDER, seed)) for _ in range(TIMES)]
            write_twins(folder, min(made, key=lambda twin: (twin.exit_code != 0, twin.wall_s)), names)

    scenarios = [load(name) if isinstance(name, str) else name for name in names]
    scenarios.sort(key=lambda scenario: -max(scenario.command.time_limit, PATIENCE_ORDER_S))
    try:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                under_way = [pool.submit(record_one, scenario) for scenario in scenarios]
                under_way += [pool.submit(without_fault, *family) for family in families(scenarios) if twins]
                for future in under_way:
                    future.result()
            except BaseException:  # broken off: end the runs under way instead of waiting for them
                pool.shutdown(wait=False, cancel_futures=True)
                close()
                raise
    finally:
        reopen()
    known = read_twins(folder)
    outcomes = [replace(outcome, twin=known.get(outcome.scenario.name)) for outcome in outcomes]
    return sorted(outcomes, key=lambda outcome: outcome.scenario.name)


def judge_again(
    folder: str | Path, names: Sequence[str] = (), done: Callable[[ScenarioOutcome], None] = lambda outcome: None
) -> list[ScenarioOutcome]:
    """Judge the recordings in a folder as they are, all or those named, without making any: after a rule has changed.

    Raises:
        OSError: the folder has no ``labels.json``.
    """
    outcomes, known = [], read_twins(folder)
    for recording in read_recordings(folder):
        if not names or recording.scenario.name in names:
            twin, others = known.get(recording.scenario.name), opinions(recording.capture)
            outcome = ScenarioOutcome(recording.scenario, recording, *judged(recording), others=others, twin=twin)
            outcomes.append(outcome)
            done(outcome)
    return outcomes
