"""Which facts rules and verdicts decide by stays as it is, unless somebody meant it to.

Each fact that is read is changed alone, and what is then said is written down: near misses of every condition, by the dozen.
After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/rules/test_facts.py, and read the diff.
"""

import pytest

from netanalyze.causes import cause_modules, judge
from tests.rules import answers, facts
from tests.rules.edges import edges
from tests.rules.results import (
    GOLDEN,
    ORDINARY,
    RECIPES,
    RECORDED,
    compare,
    judged_anew,
    judged_run,
    judged_story,
    lines,
    of_objects,
)
from tests.rules.seldom import STORIES as SELDOM
from tests.rules.seldom_behind import STORIES as BEHIND
from tests.rules.test_pairs import EVERY

TOLD = {f"{story.__name__}.{n}": ((story, n), cause, {}) for story, cause, *_ in EVERY for n in (0, 1)}
TOLD |= {
    f"{story.__name__}.{cause.replace('/', '.')}": ((story, None), cause, how) for story, cause, how in SELDOM + BEHIND
}
NAMES = {f"{f.parent.name}.{f.name}.{kind}": (f, kind) for f in RECIPES for kind in ("hit", "near_miss")}


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_by_which_a_rule_decides(name):
    folder, kind = NAMES[name]
    case, cause = judged_anew(folder, kind), RECIPES[folder]["hit"]["cause"]
    every = facts.things(case, judge(case))
    text = "".join(f"{line}\n" for line in facts.lines(case, every, lambda: answers.of_rule(cause, case)))
    compare(text, GOLDEN / "facts" / f"{name}.txt")


@pytest.mark.parametrize("name", [name for name, (_, kind) in NAMES.items() if kind == "hit"])
def test_the_facts_that_keep_the_rules_of_one_phase_apart(name):
    folder, kind = NAMES[name]
    case, own = judged_anew(folder, kind), RECIPES[folder]["hit"]["cause"]
    every = facts.things(case, judge(case))
    text = ""
    for cause in cause_modules():
        if cause != own and cause.split("/")[0] == own.split("/")[0]:
            found = list(facts.lines(case, every, lambda cause=cause: answers.of_rule(cause, case)))
            if found != ["as it is: nothing"]:
                text += "".join(f"{line}\n" for line in (f"# {cause}", *found))
    compare(text, GOLDEN / "facts" / f"{name}.rivals.txt")


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_by_which_a_verdict_is_given(name):
    folder, kind = NAMES[name]
    case = judged_anew(folder, kind)
    findings = judge(case)
    found = list(answers.verdicts(case, findings))
    if kind == "hit":
        every = facts.things(case, findings)
        found += facts.lines(case, every, lambda: answers.of_verdict(case, findings), lists=False)
    compare("".join(f"{line}\n" for line in found), GOLDEN / "facts" / f"{name}.verdict.txt")


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_the_facts_by_which_rules_decide_on_a_real_run(folder):
    case = judged_run(folder)
    findings = judge(case)
    every = facts.things(case, findings)
    text = ""
    for cause in cause_modules():
        if cause.startswith("go/") or any(f.cause == cause for f in findings):
            found = list(facts.lines(case, every, lambda cause=cause: answers.of_rule(cause, case)))
            if found != ["as it is: nothing"]:
                text += "".join(f"{line}\n" for line in (f"# {cause}", *found))
    text += "".join(f"{line}\n" for line in ("# the verdict", *answers.verdicts(case, findings)))
    compare(text, GOLDEN / "facts" / f"recorded.{folder.name}.txt")


@pytest.mark.parametrize("name", TOLD)
def test_the_facts_by_which_a_rule_decides_in_a_story(name, tmp_path):
    (story, which), cause, how = TOLD[name]
    said = story() if which is None else story()[which]
    result, case = judged_story(said, tmp_path / "talk.pcapng", **how)
    text = "" if which is not None else "".join(f"{line}\n" for line in lines(result.to_json()))
    every = facts.things(of_objects(case), judge(case))
    said = [*facts.lines(case, every, lambda: answers.of_rule(cause, case, attributes=True)), *edges(cause, case)]
    text += "".join(f"{line}\n" for line in said)
    compare(text, GOLDEN / "facts" / "stories" / f"{name}.txt")


@pytest.mark.parametrize("story", ORDINARY, ids=lambda story: story.__name__)
def test_the_facts_by_which_a_verdict_is_given_on_an_ordinary_day(story, tmp_path):
    case = of_objects(judged_story(story(), tmp_path / "talk.pcapng")[1])
    findings = judge(case)
    every = facts.things(case, findings)
    found = facts.lines(case, every, lambda: answers.of_verdict(case, findings), lists=False)
    compare("".join(f"{line}\n" for line in found), GOLDEN / "facts" / "ordinary" / f"{story.__name__}.txt")
