"""Each attack that takes no longer than a few seconds holds; the long ones run by ``python -m tests.attack``."""

from pathlib import Path

import pytest

from tests.attack.register import NotHere, attacks
from tests.attack.written_files import COMMANDS, PLANTS, taken_names

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"


@pytest.mark.parametrize("one", [one for one in attacks() if not one.long], ids=lambda one: one.what)
def test_the_attack_is_withstood(one):
    try:
        tried = list(one.tries())
    except NotHere as lacking:
        pytest.skip(str(lacking))
    assert tried, "nothing was tried"
    assert [name for name, held in tried if not held] == []


def test_the_document_says_how_often_a_taken_name_is_tried():
    what = next(one.what for one in attacks() if one.cases is taken_names)
    assert f"| {what} | {len(COMMANDS) * len(PLANTS)} | all |" in DOCUMENT.read_text(encoding="utf-8")
