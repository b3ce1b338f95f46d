"""What a scenario says its recording must show, and whether it does: the laboratory's check of its own truth.

A statement is ``WORD ARGUMENT… [OPERATOR NUMBER]``; every word measures something (a count, seconds, octets), and without
an operator the measure must not be zero; ``no WORD …`` wants it zero. Hosts are names of the laboratory (both families
unless ``/4`` or ``/6`` follows), ``resolver1``, ``spare``, ``client``, ``router``, an address, or ``*``.

    "syn proxy.golang.org >= 3"      "no synack proxy.golang.org"      "icmp 3/13"      "pause proxy.golang.org >= 5"

The words are the functions registered in ``measures``; ``python -m netanalyze.lab.scores.shown FILE`` prints all of them.
"""

import operator
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from netanalyze.lab.scenario import Scenario
from netanalyze.lab.scores.measures_tcp import MEASURES
from netanalyze.lab.scores.sight import Sight, look

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
STATUS_EXIT = {"hung": "killed at its time limit", "failed": "a failure", "healthy": "success", "degraded": "success"}


def parsed(statement: str) -> tuple[str, list[str], str, float]:
    """Word, arguments, operator and number of a statement.

    Raises:
        ValueError: no such word, or an operator without a number.

    >>> parsed("no synack proxy.golang.org")
    ('synack', ['proxy.golang.org'], '==', 0.0)
    """
    words = shlex.split(statement)
    sign, number = ">", 0.0
    if words and words[0] == "no":
        words, sign = words[1:], "=="
    elif len(words) > 2 and words[-2] in OPERATORS:
        sign, number = words[-2], float(words[-1])
        words = words[:-2]
    if not words or words[0] not in MEASURES:
        raise ValueError(f"{statement!r}: no such word; there are {', '.join(sorted(MEASURES))}")
    return words[0], words[1:], sign, number


def holds(statement: str, sight: Sight) -> tuple[bool, float]:
    """Whether a statement is true of a recording, and what was measured."""
    word, arguments, sign, number = parsed(statement)
    measured = float(MEASURES[word](sight, *arguments))
    return OPERATORS[sign](measured, number), measured


def mistakes(scenario: Scenario, capture: Path, printed: str, exit_code: int | None, wall: float) -> list[str]:
    """What a recording lacks of what its scenario declares, one sentence each; empty if it is a true recording."""
    sight = look(capture, wall)
    found = []
    for statement in scenario.shows:
        true, measured = holds(statement, sight)
        if not true:
            found.append(f"the capture does not show {statement!r}: measured {measured:g}")
    for pattern in scenario.says:
        if not re.search(pattern, printed):
            found.append(f"the command did not say {pattern!r}")
    wanted, ended = STATUS_EXIT.get(scenario.truth.status), scenario.command.signals
    if wanted and not any(name in ("INT", "TERM", "KILL") for _, name in ended):
        got = STATUS_EXIT["hung"] if exit_code is None else "success" if exit_code == 0 else "a failure"
        if got != wanted:
            found.append(f"a run that is {scenario.truth.status} ends in {wanted}, this one in {got}")
    return found


def main(path: str) -> None:
    """Print what every word without arguments, or with ``*``, measures on a capture."""
    sight = look(Path(path))
    for word, measure in sorted(MEASURES.items()):
        try:
            print(f"{word:20} {measure(sight):g}")
        except TypeError:
            print(f"{word:20} {'(arguments)':12} {(measure.__doc__ or '').splitlines()[0]}")


if __name__ == "__main__":
    main(sys.argv[1])
