"""What the tests of single parts share."""

import pytest

from captures.recipes.timeline import Timeline
from tests.rules import results


@pytest.fixture
def verdict(tmp_path):
    """The verdict on what is told side by side."""

    def of(*stories):
        return results.story(Timeline(*stories), tmp_path / "talk.pcapng").verdict

    return of
