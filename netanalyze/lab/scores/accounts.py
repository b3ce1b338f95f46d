"""The parts of the scoreboard on seconds: ``without_it`` beside the twins, and the ledgers beside the delays that were made."""

from collections.abc import Sequence

from netanalyze.lab.batch import ScenarioOutcome
from netanalyze.lab.scores.counterfactual import SECONDS, SHARE, Counterfactual, counterfactual
from netanalyze.lab.scores.held import TOLERANCE, Held

MEASURE = f"within {SHARE:.0%} or {SECONDS} s"


def compared(outcomes: Sequence[ScenarioOutcome]) -> list[tuple[ScenarioOutcome, Counterfactual]]:
    """The recordings as declared whose verdict, with the trace, names the cause and that have a twin to compare with."""
    pairs = [(outcome, counterfactual(outcome.trace, outcome.twin)) for outcome in outcomes if not outcome.trouble]
    return [(outcome, found) for outcome, found in pairs if found is not None]


def ledgers(outcomes: Sequence[ScenarioOutcome]) -> list[tuple[ScenarioOutcome, Held]]:
    """Each kind of delay in each recording as declared, beside its ledger."""
    judged = [outcome for outcome in outcomes if not outcome.trouble and outcome.trace is not None]
    return [(outcome, held) for outcome in judged if outcome.trace is not None for held in outcome.trace.held]


def told_of_twins(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """What the terminal says of ``without_it``: how many figures are right, then those that are not; nothing without twins."""
    pairs = compared(outcomes)
    if not pairs:
        return []
    lines = [f"without the cause: {_counts(pairs)}"]
    return lines + [
        f"  {outcome.scenario.name}: said {found}, the twin took {found.twin_s:.2f} s"
        for outcome, found in pairs
        if not found.right
    ]


def _counts(pairs: list[tuple[ScenarioOutcome, Counterfactual]]) -> str:
    figures = [found for _, found in pairs if found.said is not None]
    bounds = [found for _, found in pairs if found.said is None and found.least is not None]
    unknown = len(pairs) - len(figures) - len(bounds)
    right, held = sum(f.right for f in figures), sum(f.right for f in bounds)
    return (
        f"figures {MEASURE} of the twin's {right}/{len(figures)}, lower bounds that hold {held}/{len(bounds)}, "
        f"said to be unknown {unknown}"
    )


def told_of_ledgers(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """What the terminal says of the ledgers: how many have the seconds right, then those that have not."""
    pairs = ledgers(outcomes)
    if not pairs:
        return []
    lines = [f"ledger: delays with the right owner {sum(held.right for _, held in pairs)}/{len(pairs)}"]
    return lines + [f"  {outcome.scenario.name}: {held}" for outcome, held in pairs if not held.right]


def phases(outcomes: Sequence[ScenarioOutcome]) -> list[tuple[ScenarioOutcome, str]]:
    """The recordings as declared whose truth says what the time went to, with what the ledger says."""
    judged = [outcome for outcome in outcomes if not outcome.trouble and outcome.scenario.truth.spent]
    return [(outcome, outcome.trace.spent) for outcome in judged if outcome.trace is not None]


def told_of_phases(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """What the terminal says of slow runs: for how many the ledger has the right phase in front."""
    pairs = phases(outcomes)
    if not pairs:
        return []
    right = sum(spent == outcome.scenario.truth.spent for outcome, spent in pairs)
    lines = [f"slow runs: what the time went to, right {right}/{len(pairs)}"]
    return lines + [
        f"  {outcome.scenario.name}: most went to {spent}, true is {outcome.scenario.truth.spent}"
        for outcome, spent in pairs
        if spent != outcome.scenario.truth.spent
    ]


def page_of_twins(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """The page's part on ``without_it``."""
    pairs = compared(outcomes)
    if not pairs:
        return []
    lines = [
        "", "## What the run would have taken without the cause", "",
        "Each run was made a second time with its fault switched off: its *twin*, which took what the command would have had",
        "without the fault; *twin* is what packets show of that, from the first to the last, which is all that a capture can",
        "know. *without_it* is what the verdict says. Of a run that was broken off the rest of its work was never",
        "seen: the verdict gives a lower bound (≥), or says that it is not known. A figure is right that is within "
        f"{SHARE:.0%} or", f"{SECONDS} s of the twin's, a bound that is no more than that above it.", "",
        f"{_counts(pairs).capitalize()}.", "",
        "| scenario | truth | took | cost | without_it | twin | its wall time | off | right |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for outcome, found in pairs:
        assert outcome.recording is not None
        assert outcome.trace is not None
        wall = outcome.twin.wall_s if outcome.twin is not None else 0.0
        off = "" if found.off is None else f"{found.off:+.2f}"
        lines.append(
            f"| {outcome.scenario.name} | {outcome.scenario.truth.cause} | {outcome.recording.wall_s:.2f} "
            f"| {outcome.trace.seconds:.2f} | {found} | {found.twin_s:.2f} | {wall:.2f} | {off} "
            f"| {'yes' if found.right else 'NO'} |"
        )
    return lines


def page_of_ledgers(outcomes: Sequence[ScenarioOutcome]) -> list[str]:
    """The page's part on the ledgers."""
    pairs, slow = ledgers(outcomes), phases(outcomes)
    if not pairs:
        return []
    lines = [
        "", "## Who has the seconds in the ledger", "",
        "Servers, resolvers and the wire write down what they hold up. *held up* are the seconds of such delays in which nothing",
        "whatever passed on the client's interface; *ledger* is what the rows of the right kind have of them. What ran beside a",
        f"delay did not wait for it, and is not counted. Right is all but {TOLERANCE:.0%}.", "",
        f"Right: {sum(held.right for _, held in pairs)} of {len(pairs)}.", "",
        "| scenario | what was held up | held up | ledger | others have | right |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for outcome, held in pairs:
        others = ", ".join(f"{seconds:.2f} {name}" for name, seconds in held.others.items() if seconds >= 0.01)
        lines.append(
            f"| {outcome.scenario.name} | {held.kind} | {held.waited:.2f} | {held.owned:.2f} | {others} "
            f"| {'yes' if held.right else 'NO'} |"
        )
    if slow:
        lines += [
            "",
            "What slow runs without a fault, or with one that only slows them down, spent most of their time on:",
            "",
        ]
        lines += ["| scenario | true | ledger |", "|---|---|---|"]
        lines += [f"| {outcome.scenario.name} | {outcome.scenario.truth.spent} | {spent} |" for outcome, spent in slow]
    return lines
