"""Each number by which something is decided bites where a story of the fast tests shows it, and at no value beside that.

After a change that was meant, and read the diff (it takes minutes):
NETANALYZE_KERNELS=plain NETANALYZE_GOLDEN=write pytest tests/unit/rules/test_constants.py
"""

import os
from pathlib import Path

import pytest

from tests.rules import facts
from tests.rules.results import ORDINARY, RECIPES, judged_anew, judged_story, of_objects
from tests.rules.seldom import STORIES as SELDOM
from tests.rules.seldom_behind import STORIES as BEHIND
from tests.rules.test_pairs import EVERY
from tests.unit.rules import constants

EDGES = Path(__file__).parent / "golden" / "constants.tsv"


def stories(path):
    """``{name: what gives its case}`` of every story, written to ``path``."""
    found = {
        f"{f.parent.name}.{f.name}.{kind}": lambda f=f, kind=kind: judged_anew(f, kind)
        for f in RECIPES for kind in ("hit", "near_miss")
    }  # fmt: skip
    told = {f"pairs.{story.__name__}.{n}": (lambda s=story, n=n: s()[n], {}) for story, *_ in EVERY for n in (0, 1)}
    told |= {f"seldom.{story.__name__}": (story, how) for story, _, how in SELDOM + BEHIND}
    told |= {f"ordinary.{story.__name__}": (story, {}) for story in ORDINARY}
    return found | {
        name: lambda one=one, how=how: of_objects(judged_story(one(), path, **how)[1])
        for name, (one, how) in told.items()
    }


def written():
    """``{story: [(module, constant, its last value, the next, what is said with that)]}`` of the golden copy."""
    found = {}
    for line in EDGES.read_text().splitlines() if EDGES.exists() else ():
        story, constant, last, beyond, answer = line.split("\t")
        module, _, name = f"netanalyze.{constant}".rpartition(".")
        kind = float if isinstance(constants.value_of(module, name), float) else int
        found.setdefault(story, []).append((module, name, kind(last), kind(beyond), answer))
    return found


@pytest.mark.parametrize("story", written())
def test_a_number_bites_where_it_did(story, tmp_path):
    case = stories(tmp_path / "talk.pcapng")[story]()
    plain = facts.attempt(lambda: constants.said(case))
    for module, name, last, beyond, answer in written()[story]:
        assert constants.said_with(case, module, name, last) == plain, f"{module}.{name} = {last}"
        assert constants.said_with(case, module, name, beyond) == answer, f"{module}.{name} = {beyond}"


@pytest.mark.skipif(os.environ.get("NETANALYZE_GOLDEN") != "write", reason="writes the golden copy")
def test_where_numbers_bite(tmp_path):
    EDGES.write_text("".join(f"{line}\n" for line in constants.lines(stories(tmp_path / "talk.pcapng"))))
