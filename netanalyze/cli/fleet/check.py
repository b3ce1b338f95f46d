"""``netanalyze check FILE|DATASET --policy FILE``: whether a run does what a policy allows."""

import json
import os
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import EachByItself, check_outputs, force_option
from netanalyze.cli.printed import put, put_into, speaks_unicode, tell, width_of_print
from netanalyze.cli.sections import Sectioned
from netanalyze.cli.slips import Refusal
from netanalyze.cli.words_options import WORDS_SECTION, words_options
from netanalyze.output_files import write_text
from netanalyze.redaction import redacted
from netanalyze.report.language import LANGUAGES, wished
from netanalyze.wording import Verbatim, message

if TYPE_CHECKING:
    from netanalyze.policy.observed import ObservedRun

KEPT, VIOLATED = 0, 1
SECTIONS = {
    "What is allowed": ["--policy", "--learn", "--out"],
    **WORDS_SECTION,
    "What is reported": ["--json", "--junit", "--lang", "--width", "--force"],
}
EXAMPLES = """
netanalyze check --learn good.pcapng -o policy.toml
netanalyze check run.pcapng --policy policy.toml --junit policy.xml
netanalyze check dataset --policy policy.toml
"""


@click.command("check", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("target", metavar="FILE|DATASET", required=False, shell_complete=completers.files)
@click.option("--policy", metavar="FILE", help="What a run may do, as TOML.", shell_complete=completers.files)
@click.option("--learn", metavar="GOOD", multiple=True, shell_complete=completers.files,
              help="Write the policy that this good run keeps; may be given several times.")  # fmt: skip
@click.option("-o", "--out", metavar="FILE", help="Where the policy goes that was learnt; else it is printed.")
@words_options
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@click.option("--junit", metavar="FILE", help="Write a test case for each rule as JUnit XML.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of what is said; else the locale's.")
@click.option("--width", metavar="N", type=click.IntRange(min=40), help="Columns of what is printed.")
@force_option
def command(
    target: str | None, policy: str | None, learn: tuple[str, ...], out: str | None, trace: IO[str] | None,
    client: str | None, as_json: bool, junit: str | None, lang: str | None, width: int | None, force: bool,
) -> int:  # fmt: skip
    """Say whether a run does what a policy allows.

    A policy names hosts, resolvers, versions of TLS, bounds of time,
    counts of connections, programs and where modules may come from
    (docs/check.md); it is written by hand, or learnt from a run that is good.
    Of a DATASET, which netanalyze batch has made, every run is checked.

    Exit status: 0 it is kept; 1 it is violated; 2 wrong usage.
    """
    _usage(target, policy, learn, out, as_json, junit)
    captures = [*learn, *([target] if target else [])]
    check_outputs({"--out": out, "--junit": junit}, force, [*captures, *([policy] if policy else [])])
    words = None if trace is None else trace.read()
    if learn:
        return _learn(learn, out or "-", words, client, force)
    from netanalyze.policy import forms
    from netanalyze.policy.breaches import checked
    from netanalyze.policy.policy_file import read_policy

    assert target is not None
    assert policy is not None
    wanted = read_policy(policy)
    runs = [checked(run, wanted) for run in _observed(target, words, client)]
    language, written, policy = lang or wished(), EachByItself(), redacted(policy)
    if junit is not None:
        with written.attempt():
            write_text(junit, forms.as_junit(runs, language), force)
    with written.attempt():
        if as_json:
            put(json.dumps(forms.as_json(runs, policy), indent=1) + "\n")
        else:
            put(forms.render(runs, policy, width or width_of_print(), language, not speaks_unicode()))
    written.tell()
    return VIOLATED if any(run.violations for run in runs) else KEPT


def _usage(
    target: str | None, policy: str | None, learn: Sequence[str], out: str | None, as_json: bool, junit: str | None
) -> None:
    """One of the two ways, and nothing of the other."""
    if learn and (target or policy or as_json or junit):
        raise click.UsageError("--learn writes a policy and checks nothing; give FILE and --policy in another call")
    if not learn and not target:
        raise click.UsageError("give a FILE or DATASET and --policy, or --learn GOOD")
    if not learn and not policy:
        raise click.UsageError("give the policy with --policy FILE; --learn GOOD -o FILE writes one")
    if out and not learn:
        raise click.UsageError("-o is where a policy goes that was learnt: give --learn GOOD")
    if junit == "-":
        raise click.UsageError("--junit wants the name of a file")


def _observed(target: str, words: str | None, client: str | None) -> "Iterator[ObservedRun]":
    """The runs of a file or dataset, one at a time."""
    from netanalyze.policy.observed import observed_dataset, observed_result

    if os.path.isdir(target):
        if words is not None or client is not None:
            raise click.UsageError("--trace and --client are of one capture; a dataset has what batch has seen")
        yield from observed_dataset(target)
        return
    from netanalyze.api import analyze

    yield observed_result(analyze([target], trace=words, client=client), redacted(target))


def _learn(learn: Sequence[str], out: str, words: str | None, client: str | None, force: bool) -> int:
    """Write the policy, and say where a run was not good."""
    from netanalyze.policy.breaches import learnt
    from netanalyze.policy.policy_file import written

    if words is not None and len(learn) > 1:
        raise click.UsageError("--trace is what one command printed; give one --learn with it")
    runs = [run for target in learn for run in _observed(target, words, client)]
    for run in runs:
        if run.status != "healthy":
            how = run.status or "not to be analysed"
            allowed = message(
                "{path} is {how}; what it did is allowed by this policy all the same", path=Verbatim(run.name), how=how
            )
            tell(allowed, begins="netanalyze: ")
    names = list(map(redacted, learn))
    if not any(run.flows for run in runs):
        none = message("{path}: no flow, from which nothing can be learnt", path=Verbatim(", ".join(names)))
        raise Refusal(none)
    put_into(out, written(learnt(runs), ["What a good run did; netanalyze check holds others to it.", *names]), force)
    return KEPT
