"""A cause is found in other guises than its recipe's, and what only looks like it is called what it is."""

import pytest

from tests.rules import results
from tests.rules.pairs import PAIRS
from tests.rules.pairs_clear import PAIRS as IN_CLEAR
from tests.rules.pairs_refusals import PAIRS as OF_REFUSALS
from tests.rules.pairs_uploads import PAIRS as OF_UPLOADS

EVERY = PAIRS + OF_UPLOADS + IN_CLEAR + OF_REFUSALS
pairs = pytest.mark.parametrize(
    ("story", "cause", "role", "other"), EVERY, ids=lambda one: getattr(one, "__name__", "")
)


@pytest.fixture
def verdict(tmp_path):
    def of(story):
        return results.story(story, tmp_path / "talk.pcapng").verdict

    return of


@pairs
def test_the_hit_is_named_and_who_is_to_blame(story, cause, role, other, verdict):
    found = verdict(story()[0])
    assert (found.cause, found.culprit.role) == (cause, role), found.summary


@pairs
def test_what_is_like_it_is_called_something_else(story, cause, role, other, verdict):
    assert verdict(story()[1]).cause == other
