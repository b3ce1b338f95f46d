"""Each attack that takes no longer than a few seconds holds; the long ones run by ``python -m tests.attack``."""

import pytest

from tests.attack.register import NotHere, attacks


@pytest.mark.parametrize("one", [one for one in attacks() if not one.long], ids=lambda one: one.what)
def test_the_attack_is_withstood(one):
    try:
        tried = list(one.tries())
    except NotHere as lacking:
        pytest.skip(str(lacking))
    assert tried, "nothing was tried"
    assert [name for name, held in tried if not held] == []
