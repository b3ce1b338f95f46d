"""What a verdict becomes as an exit status, and which verdicts a pipeline is to fail on: of ``analyze`` and of ``live``."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli.outputs import EachByItself
from netanalyze.output_files import write_text

if TYPE_CHECKING:
    from netanalyze.result import Result, Verdict

HEALTHY, NOT_HEALTHY, UNUSABLE = 0, 1, 3
UNEXPLAINED = 13
EACH = {"healthy": HEALTHY, "degraded": 10, "hung": 11, "failed": 12, "unusable": UNUSABLE}
"""Statuses of ``--exit-verdict=each``: beyond what shells and most programs end with, below 64 (sysexits.h)."""
KINDS = ("any", "each")
FAIL_ON = ("degraded", "failed", "hung", "never")
"""Each includes those after it."""
DEFAULT = "degraded"
BAD_FROM = {"degraded": ("degraded", "failed", "hung"), "failed": ("failed", "hung"), "hung": ("hung",), "never": ()}


def fails(verdict: "Verdict", fail_on: str = DEFAULT) -> bool:
    """Whether a pipeline is to stop at this verdict; at a capture that carries none unless it is never to stop."""
    return fail_on != "never" if verdict.status == "unusable" else verdict.status in BAD_FROM[fail_on]


def status_of(verdict: "Verdict", kind: str = "any", fail_on: str = DEFAULT) -> int:
    """The exit status.

    Args:
        verdict: its status, and whether it has a cause.
        kind: ``any``: 1 for whatever is not healthy; ``each``: a number for each status, 13 where no cause is known.
        fail_on: one of FAIL_ON; what is not to be failed on is 0, with ``never`` also what carries no verdict.
    """
    if not fails(verdict, fail_on):
        return HEALTHY
    if verdict.status == "unusable":
        return UNUSABLE
    if kind == "any":
        return NOT_HEALTHY
    return EACH[verdict.status] if verdict.cause else UNEXPLAINED


def fail_on_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--fail-on``."""
    return click.option(
        "--fail-on", type=click.Choice(FAIL_ON), metavar="WHAT",
        help="Fail, with a status that is not 0, on: degraded or worse (the default); failed or hung; hung; never.",
    )(command)  # fmt: skip


def junit_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--junit``."""
    return click.option(
        "--junit", metavar="FILE", help="Write the verdict as JUnit XML, for a CI server's list of tests."
    )(command)


def write_junit(
    forms: EachByItself, result: "Result", out: str | None, fail_on: str | None, language: str, force: bool
) -> None:
    """Write the verdict as JUnit XML where that is wished."""
    if out is None:
        return
    from netanalyze.report.junit import render

    with forms.attempt():
        write_text(out, render(result, fails(result.verdict, fail_on or DEFAULT), language), force)


def with_values(args: Sequence[str], params: Sequence[click.Parameter]) -> list[str]:
    """The arguments of ``live``, with a value for ``--exit-verdict``: alone it is ``any``; the word after it is the command's.

    >>> from netanalyze.cli.live import live
    >>> with_values(["-qi", "eth0", "--exit-verdict", "go", "test", "--exit-verdict"], live.params)
    ['-qi', 'eth0', '--exit-verdict=any', 'go', 'test', '--exit-verdict']
    """
    taking = {name for one in params if isinstance(one, click.Option) and not one.is_flag for name in one.opts}
    done, rest = [], list(args)
    while rest and len(rest[0]) > 1 and rest[0][0] == "-" and rest[0] != "--":
        word = rest.pop(0)
        if word == "--exit-verdict":
            done.append(f"{word}={rest.pop(0) if rest and rest[0] in KINDS else 'any'}")
            continue
        done.append(word)
        letters = [] if word.startswith("--") else [f"-{letter}" for letter in word[1:]]
        first = next((place for place, name in enumerate(letters) if name in taking), None)
        if rest and (word in taking or (first is not None and first == len(letters) - 1)):
            done.append(rest.pop(0))
    return [*done, *rest]
