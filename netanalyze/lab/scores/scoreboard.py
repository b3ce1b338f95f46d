"""How right the verdicts were: a row per scenario, totals, false alarms, and whether the confidence is worth its name.

A *false alarm* is a healthy run that is not called healthy, nor given a cause that the truth accepts. A wrong answer is
*loud* where the confidence is LOUD or more. The calibration puts the verdicts that named a cause into bins of confidence,
and beside each the share of them that was right: what a reader may expect of a number he sees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netanalyze.lab.batch import ScenarioOutcome
from netanalyze.lab.scores.accounts import (
    page_of_ledgers,
    page_of_twins,
    told_of_ledgers,
    told_of_phases,
    told_of_twins,
)
from netanalyze.lab.scores.judge import Judgement

LOUD = 0.8
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
WIDTH = 80
NAME, CAUSE = 24, 27
"""Columns of the terminal's table."""


@dataclass(frozen=True)
class Totals:
    """Counts over the scenarios that were recorded as declared."""

    runs: int
    right: int
    placed: int
    same: int
    healthy: int
    alarms: int
    loud: int

    def __str__(self) -> str:
        return (
            f"right cause {self.right}/{self.runs}, and culprit {self.placed}/{self.runs}, right status "
            f"{self.same}/{self.runs}, false alarms {self.alarms}/{self.healthy}, wrong at {LOUD} or more {self.loud}"
        )


def verdicts(outcomes: Sequence[ScenarioOutcome], which: str) -> list[tuple[ScenarioOutcome, Judgement]]:
    """The judged outcomes, with the verdict from the ``packets`` alone or with the ``trace``."""
    pairs = [(outcome, getattr(outcome, which)) for outcome in outcomes if not outcome.trouble]
    return [(outcome, judgement) for outcome, judgement in pairs if judgement is not None]


def totals(outcomes: Sequence[ScenarioOutcome], which: str) -> Totals:
    """Totals of the verdicts from the packets alone or with the trace."""
    pairs = verdicts(outcomes, which)
    healthy = [judgement for outcome, judgement in pairs if outcome.scenario.truth.cause is None]

    def count(what: Callable[[Judgement], bool]) -> int:
        return sum(what(judgement) for _, judgement in pairs)

    return Totals(
        len(pairs), count(lambda j: j.right), count(lambda j: j.placed), count(lambda j: j.same), len(healthy),
        sum(not judgement.right for judgement in healthy),
        count(lambda j: not j.right and j.cause is not None and j.confidence >= LOUD),
    )  # fmt: skip


def calibration(outcomes: Sequence[ScenarioOutcome]) -> list[tuple[float, float, int, int]]:
    """Lower and upper edge of each bin of confidence, how many verdicts with a cause lie in it, and how many are right."""
    named = [
        judgement
        for which in ("packets", "trace")
        for _, judgement in verdicts(outcomes, which)
        if judgement.cause is not None
    ]
    rows = []
    for low, high in pairwise(BINS):
        inside = [judgement for judgement in named if low <= judgement.confidence < high]
        rows.append((low, min(high, 1.0), len(inside), sum(judgement.right for judgement in inside)))
    return rows


def mark(outcome: ScenarioOutcome, judgement: Judgement | None) -> str:
    """One word: right, wrong, or right but for the culprit or the status; void where the recording is not as declared."""
    if outcome.trouble or judgement is None:
        return "void"
    if not judgement.right:
        return "WRONG"
    if not judgement.placed:
        return "culprit"
    return "right" if judgement.same else "status"


def named(judgement: Judgement) -> str:
    """What a verdict names, as a table has it."""
    return judgement.cause or (judgement.status if judgement.status == "healthy" else f"no cause, {judgement.status}")


def terminal(outcomes: Sequence[ScenarioOutcome]) -> str:
    """The scoreboard in 80 columns: a line per scenario, a second one where an answer is not right."""
    lines = [f"{'scenario':{NAME}} {'named with the trace':{CAUSE}} {'s':>6} {'conf':>4} packets trace", "─" * WIDTH]
    for outcome in outcomes:
        lines += terminal_lines(outcome)
    lines += ["─" * WIDTH, *closing(outcomes)]
    return "\n".join(lines) + "\n"


def terminal_lines(outcome: ScenarioOutcome) -> list[str]:
    """The lines of one scenario."""
    name = _cut(outcome.scenario.name, NAME)
    if outcome.trace is None or outcome.packets is None:
        return [f"{name:{NAME}} not judged", *(f"    {line}" for line in _folded(outcome.trouble))]
    verdict = outcome.trace
    words = [mark(outcome, outcome.packets), mark(outcome, verdict)]
    front = f"{name:{NAME}} {_cut(named(verdict), CAUSE):{CAUSE}} {verdict.seconds:6.1f} {verdict.confidence:4.2f}"
    lines = [f"{front} {words[0]:7} {words[1]}".rstrip()]
    lines += [f"    {line}" for line in _folded(outcome.trouble)]
    truth = outcome.scenario.truth
    for which, judgement, word in (("packets", outcome.packets, words[0]), ("trace", verdict, words[1])):
        if word not in ("right", "void"):
            true = f"{truth.cause or 'healthy'} ({truth.status}{', ' + (truth.host or truth.role or '')})".replace(
                ", )", ")"
            )
            lines += [f"    {line}" for line in _folded([f"{which}: said {_whole(judgement)}; true is {true}"])]
    if verdict.missing:
        lines += [f"    {line}" for line in _folded([_beside(verdict)])]
    return lines


def _beside(judgement: Judgement) -> str:
    """What should stand beside a verdict and does not."""
    return f"not found beside it: {', '.join(judgement.missing)}"


def _whole(judgement: Judgement) -> str:
    """A verdict in one line."""
    where = f" at {judgement.culprit}" if judgement.culprit else ""
    also = ", the truth among its alternatives" if judgement.named else ""
    return f"{judgement.cause or 'no cause'}{where}, {judgement.status}, {judgement.confidence:.2f}{also}"


def closing(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """Totals, calibration and the scenarios that failed as scenarios."""
    lines = []
    for which, title in (("packets", "packets alone"), ("trace", "with the trace")):
        lines += _folded([f"{title}: {totals(outcomes, which)}"], WIDTH)
    void = [outcome.scenario.name for outcome in outcomes if outcome.trouble]
    shown = f"not as declared {len(void)}/{len(outcomes)}" + (f": {', '.join(void)}" if void else "")
    lines += _folded([shown], WIDTH)
    for line in (*told_of_twins(outcomes), *told_of_ledgers(outcomes), *told_of_phases(outcomes)):
        lines += _folded([line], WIDTH)
    bins = [f"{low:.2f}–{high:.2f}: {right}/{count}" for low, high, count, right in calibration(outcomes) if count]
    return lines + _folded([f"right by confidence: {', '.join(bins)}"], WIDTH)


def markdown(outcomes: Sequence[ScenarioOutcome], seed: int = 1, seconds: float = 0.0) -> str:
    """The scoreboard as a page of the documentation."""
    programs = list(dict.fromkeys(name for outcome in outcomes for name in outcome.others))
    took = f", {seconds / 60:.0f} minutes" if seconds else ""
    lines = [
        "# The laboratory's scoreboard", "",
        f"Written by `netanalyze lab all --scoreboard` (seed {seed}, {len(outcomes)} scenarios{took}). Each scenario is a real",
        "command under a fault that was made on purpose; *truth* is what was made, *named* is what `netanalyze analyze --trace`",
        "said, and the two last columns of ours whether packets alone, and packets with what the command printed, were right.",
        "*culprit* and *status* mean: the right cause with the wrong one of these. *void*: the recording does not show what",
        "its scenario declares, so it counts for nothing. An answer the scenario accepts as well counts as right.", "",
        "## Totals", "", "| | cause | and culprit | status | false alarms | wrong at 0.8 or more |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for which, title in (("packets", "packets alone"), ("trace", "with the trace")):
        sums = totals(outcomes, which)
        lines.append(
            f"| {title} | {sums.right}/{sums.runs} | {sums.placed}/{sums.runs} | {sums.same}/{sums.runs} "
            f"| {sums.alarms}/{sums.healthy} | {sums.loud} |"
        )
    void = [outcome for outcome in outcomes if outcome.trouble]
    lines += ["", f"Recordings that are not as declared: {len(void)} of {len(outcomes)}."]
    lines += [f"- {outcome.scenario.name}: {'; '.join(outcome.trouble)}" for outcome in void]
    lines += ["", "## Is the confidence worth its name?", "", "Verdicts that name a cause, both ways together.", ""]
    lines += ["| confidence | verdicts | right | share |", "|---|---|---|---|"]
    for low, high, count, right in calibration(outcomes):
        lines.append(f"| {low:.2f} to {high:.2f} | {count} | {right} | {f'{right / count:.0%}' if count else ''} |")
    wrong = [outcome for outcome in outcomes if not outcome.trouble and not _clean(outcome)]
    lines += ["", f"## Answers that are not wholly right ({len(wrong)})", ""]
    for outcome in wrong:
        truth = outcome.scenario.truth
        lines.append(
            f"- **{outcome.scenario.name}** ({truth.cause or 'healthy'}, {truth.status}): {outcome.scenario.title}"
        )
        for which, title in (("packets", "packets alone"), ("trace", "with the trace")):
            judgement = getattr(outcome, which)
            if judgement is not None and (word := mark(outcome, judgement)) != "right":
                lines.append(f"  - {title}, {word}: {_whole(judgement)}")
        if outcome.trace is not None and outcome.trace.missing:
            lines.append(f"  - with the trace, {_beside(outcome.trace)}")
    lines += [*page_of_twins(outcomes), *page_of_ledgers(outcomes), "", "## All scenarios", ""]
    head = ["scenario", "truth", "named", "culprit", "s", "confidence", "packets", "trace", *programs]
    lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [_markdown_row(outcome, programs) for outcome in outcomes]
    return "\n".join(lines) + "\n"


def _clean(outcome: ScenarioOutcome) -> bool:
    missing = outcome.trace is not None and bool(outcome.trace.missing)
    return not missing and all(mark(outcome, judgement) == "right" for judgement in (outcome.packets, outcome.trace))


def _markdown_row(outcome: ScenarioOutcome, programs: list[str]) -> str:
    truth, verdict = outcome.scenario.truth, outcome.trace
    cells = [outcome.scenario.name, truth.cause or "healthy"]
    if verdict is None:
        cells += ["", "", "", "", "void", "void"]
    else:
        cells += [named(verdict), verdict.culprit, f"{verdict.seconds:.1f}", f"{verdict.confidence:.2f}"]
        cells += [mark(outcome, outcome.packets), mark(outcome, verdict)]
    cells += [outcome.others.get(name, "") for name in programs]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _folded(texts: Sequence[str], width: int = WIDTH - 4) -> list[str]:
    """Texts as lines of at most ``width`` columns."""
    import textwrap

    return [line for text in texts for line in textwrap.wrap(text, width)]
