"""``python -m netanalyze.lab.differing``: how often ``netanalyze diff`` names what a fault took, beside its twin without it.

A scenario and its twin are recorded (or read from a folder that has both); A is the twin, B the faulty run. Phases must add up,
and within 5 % (or half a second, by which one run differs from itself) to what the two took, by packets, or by the laboratory's
clock where words told of the rest; the largest share must be of the phase in which the fault is, and of the host where that is
known; the true cause, or one that is accepted for it, must be among those that B alone has.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netanalyze.differences.difference import NOTABLE, RunDifference, diff
from netanalyze.lab.addresses import filled
from netanalyze.lab.batch import play
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.record import Recording, read_recordings
from netanalyze.lab.scenario import Scenario
from netanalyze.lab.twin import FOLDER, Twin, read_twins, twin_of

DEFAULT = (
    "response-missing", "response-late", "hello-unanswered", "hello-late", "syn-lost", "syn-dropped", "dns-first-dead",
    "dns-slow", "body-stalled", "body-pause", "curl-path-death", "pip-hello-unanswered",
)  # fmt: skip
PHASES = {
    "dns": {"dns"}, "tcp": {"connect", "tls", "transfer", "request"}, "tls": {"tls"}, "http": {"connect", "request", "transfer"},
    "local": {"local", "idle"}, "go": {"local", "idle"}, "quic": {"connect", "tls"},
}  # fmt: skip
"""In which phases of the ledger a cause of a family takes its time."""
SHARE, SECONDS = 0.05, 0.5


@dataclass(frozen=True)
class TwinAnswer:
    """What was said of a fault beside its twin, and whether it is right."""

    name: str
    headline: str
    adds_up: bool
    near_the_clock: bool
    named: bool
    cause: bool

    @property
    def right(self) -> bool:
        """Whether all of it is."""
        return self.adds_up and self.near_the_clock and self.named and self.cause


def judge(recording: Recording, folder: Path, twin: Twin) -> TwinAnswer:
    """Hold the difference of a fault and its twin against the truth."""
    scenario = recording.scenario
    without = folder / FOLDER / f"{twin.recording}.pcapng"
    traces = [
        path.with_name(f"{path.name.removesuffix('.pcapng')}.stamped.txt") for path in (without, recording.capture)
    ]
    texts = [path.read_text(errors="replace") if path.exists() else None for path in traces]
    found = diff(without, recording.capture, (texts[0], texts[1]))
    shown, wall = twin_of(recording).shown_s - twin.shown_s, recording.wall_s - twin.wall_s
    adds_up = abs(sum(found.phases.values()) - found.seconds) <= SHARE * abs(found.seconds) + 1e-6
    near = any(abs(found.seconds - took) <= max(SHARE * abs(took), SECONDS) for took in (shown, wall))
    return TwinAnswer(
        scenario.name, str(found.headline), adds_up, near, _named(found, scenario), _cause(found, scenario)
    )


def _named(difference: RunDifference, scenario: Scenario) -> bool:
    """Whether the largest share is the fault's; a fault that ended the run at once took no time."""
    share, seconds = difference.shares[0]
    if abs(seconds) < NOTABLE.value:
        return True
    truth = scenario.truth
    phases = {truth.spent} if truth.spent else PHASES[(truth.cause or "").partition("/")[0]]
    host = filled(truth.host) if truth.host else None
    return share.phase in phases and (host is None or share.phase == "dns" or share.who in (host, ""))


def _cause(difference: RunDifference, scenario: Scenario) -> bool:
    truth = scenario.truth
    accepted = {truth.cause, *truth.also_accept, *truth.packets_only_accept}
    return None in accepted or bool({one.name for one in difference.changed("causes") if one.b is not None} & accepted)


def board(answers: Sequence[TwinAnswer]) -> str:
    """How much is right, and what was said."""
    lines = [f"{'right' if one.right else 'WRONG'} {one.name}: {one.headline}"
             + ("" if one.right else f" (adds up {one.adds_up}, by the clock {one.near_the_clock}, named {one.named}, "
                f"cause {one.cause})") for one in answers]  # fmt: skip
    names = ("adds_up", "near_the_clock", "named", "cause", "right")
    counts = {name: sum(getattr(one, name) for one in answers) for name in names}
    lines.append(f"of {len(answers)}: phases add up in {counts['adds_up']}, to what the runs took in {counts['near_the_clock']}; "
                 f"share named in {counts['named']}, cause in {counts['cause']}; all of it in {counts['right']}")  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    """Record faults and their twins, or read them, and print how much is right; the status is 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab.differing", description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(DEFAULT), help="scenarios that have twins")
    parser.add_argument("--folder", help="recordings with their twins (netanalyze lab all --twins); else they are made")
    parser.add_argument("--jobs", type=int, default=3, help="runs at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netanalyze-differing-") as private:
        folder = Path(options.folder or private)
        if not (folder / "labels.json").exists():
            require_laboratory()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving cleans up
            sweep()
            play(options.scenarios, folder, options.jobs, judge=False, twins=True)
        twins = read_twins(folder)
        recordings = [one for one in read_recordings(folder) if one.scenario.name in twins]
        answers = [judge(one, folder, twins[one.scenario.name]) for one in recordings]
    print(board(answers))
    return int(not answers or not all(one.right for one in answers))


if __name__ == "__main__":
    sys.exit(main())
