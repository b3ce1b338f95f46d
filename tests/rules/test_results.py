"""Nothing in the result of a story changes unless somebody meant it to.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/rules/test_results.py, and read the diff.
"""

from pathlib import Path

import pytest

from tests.rules import results, variants

GOLDEN = Path(__file__).parent / "golden"
CASES = results.cases()
VARIED = {f"{f.parent.name}.{f.name}.{kind}": (f, kind) for f in results.RECIPES for kind in ("hit", "near_miss")}


@pytest.mark.parametrize("name", CASES)
def test_the_result_reads_as_its_golden_copy(name, tmp_path):
    results.compare("\n".join(CASES[name](tmp_path / "talk.pcapng")) + "\n", GOLDEN / f"{name}.txt")


@pytest.mark.parametrize("name", VARIED)
def test_what_becomes_of_a_recipe_that_is_varied_reads_as_its_golden_copy(name, tmp_path):
    text = "\n".join(variants.lines(*VARIED[name], tmp_path / "talk.pcapng")) + "\n"
    results.compare(text, GOLDEN / f"{name}.varied.txt")


def test_every_golden_copy_is_of_a_story():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES) | {f"{name}.varied" for name in VARIED}
