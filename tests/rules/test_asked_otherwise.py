"""What each function of flows, rules and verdicts answers when one thing that it asks about is another.

The first call of a function with each kind of answer, in a few stories, is asked again with one fact moved to where the answer
turns (tests/rules/otherwise.py): near misses of its every condition, whether a rule's finding shows them or not. After a change
that was meant: NETANALYZE_GOLDEN=write pytest tests/rules/test_asked_otherwise.py, and read the diff. Where much is new,
NETANALYZE_GOLDEN=choose chooses anew in which stories what is asked, and takes minutes.
"""

import os
import time
from collections import Counter
from unittest import mock

import pytest

from netanalyze import analyzer
from netanalyze.causes import judge
from tests.rules import otherwise
from tests.rules.calls import READERS, calls_in, functions
from tests.rules.results import (
    GOLDEN,
    ORDINARY,
    RECIPES,
    RECORDED,
    analysed,
    compare,
    judged_anew,
    judged_run,
    judged_story,
    of_objects,
)
from tests.rules.seldom import STORIES as SELDOM
from tests.rules.seldom_behind import STORIES as BEHIND
from tests.rules.test_pairs import EVERY
from tests.unit.clients.test_messages import CASES as MESSAGES
from tests.unit.diagnosis.test_sockets_alone import SHAPES, socket
from tests.unit.diagnosis.test_without_packets import BESIDE_QUERIES, OPEN, WAYS, judged
from tests.unit.flows.test_questions import written

ASKED = GOLDEN / "asked"
ENOUGH = 2
"""In so many stories each kind of answer of a function is asked otherwise."""
LONGEST_S = 0.12
"""Seconds that a function's calls take together at the most."""
WORTH = 3
"""A story is told for so many functions at the least."""


def of_sockets(*histories, **how):
    """The case of a run of which only sockets were seen."""
    cases = []
    with mock.patch.object(analyzer, "judge", lambda case: cases.append(case) or judge(case)):
        judged(*histories, **how)
    return of_objects(cases[-1])


def stories(path):
    """``{name: what gives its case}``; ``path`` is where captures are written."""
    found = {
        f"{f.parent.name}.{f.name}.{kind}": lambda f=f, kind=kind: judged_anew(f, kind)
        for kind in ("hit", "near_miss") for f in RECIPES
    }  # fmt: skip
    told = {f"seldom.{story.__name__}": (story, how) for story, _, how in SELDOM + BEHIND}
    told |= {f"pairs.{story.__name__}.{n}": (lambda s=story, n=n: s()[n], {}) for story, *_ in EVERY for n in (0, 1)}
    told |= {f"ordinary.{story.__name__}": (story, {}) for story in ORDINARY}
    found |= {
        name: lambda one=one, how=how: of_objects(judged_story(one(), path, **how)[1])
        for name, (one, how) in told.items()
    }
    found |= {f"recorded.{folder.name}": lambda f=folder: judged_run(f) for folder in RECORDED}
    for cause, shape in SHAPES.items():
        for way, how in WAYS.items():
            found[f"sockets.{cause.replace('/', '.')}.{way}"] = lambda s=shape, how=how: of_sockets(socket(*s), **how)
    for name, others in BESIDE_QUERIES.items():
        found[f"sockets.a query beside {name}"] = lambda others=others: of_sockets(OPEN, *others)
    for number, (text, kind, _) in enumerate(MESSAGES):
        found[f"words.{number}.{kind}"] = lambda text=text: of_objects(analysed(trace=text + "\n", client="go")[1])
    return found


def answer(name, case, args):
    """What a function answers, and what with one thing another."""
    start = min((flow.first_ns for flow in case.flows), default=case.start_ns)
    called = dict(functions().values())[name.partition(", ")[0]]
    return list(
        otherwise.lines(case, called, args, lambda value: in_a_line(written(value, start)), name.startswith(READERS))
    )


def in_a_line(said):
    """An answer without the line breaks of an array."""
    return " ".join(said.split())


def headings(path):
    """What is asked in a golden copy."""
    return [line[2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]


def sections(make, names):
    """``{what is asked: the lines of its answers}`` in a story, one after the other; what is not called any more has none."""
    case, calls = calls_in(make, set(names))
    return {name: answer(name, case, calls[name]) if name in calls else [] for name in names}


def text(told):
    """A golden copy."""
    return "".join(f"{line}\n" for name, lines in told.items() for line in (f"# {name}", *lines))


@pytest.mark.parametrize("story", [path.stem for path in sorted(ASKED.glob("*.txt"))])
def test_what_is_answered_when_one_thing_is_another(story, tmp_path):
    path = ASKED / f"{story}.txt"
    told = sections(stories(tmp_path / "talk.pcapng")[story], headings(path))
    compare(text({name: lines for name, lines in told.items() if lines}), path)


@pytest.mark.skipif(os.environ.get("NETANALYZE_GOLDEN") != "choose", reason="writes all golden copies")
def test_stories_in_which_each_function_is_asked(tmp_path):
    ASKED.mkdir(exist_ok=True)
    for path in ASKED.glob("*.txt"):
        path.unlink()
    asked, spent, unfit = Counter(), Counter(), set()
    for story, make in stories(tmp_path / "talk.pcapng").items():
        case, calls = calls_in(make)
        names = [n for n in calls if asked[n] < ENOUGH and n not in unfit and spent[n.partition(", ")[0]] < LONGEST_S]
        if len(names) < WORTH:
            continue
        for name in list(names):
            begun = time.process_time()
            lines = answer(name, case, calls[name])
            took = time.process_time() - begun
            spent[name.partition(", ")[0]] += took
            if len(lines) < 2 or took > LONGEST_S:
                names.remove(name)
        told, again = sections(make, names), sections(make, names)
        while told != again:  # what counts, or tells addresses, or changes what others ask about
            first = next(name for name in names if told[name] != again[name])
            unfit.add(first)
            names.remove(first)
            told, again = sections(make, names), sections(make, names)
        if len(names) >= WORTH:
            asked.update(names)
            (ASKED / f"{story}.txt").write_text(text(told), encoding="utf-8")
