"""What the tests of single parts share."""

import pytest

from captures.recipes.timeline import Timeline
from tests.rules import results


@pytest.fixture
def result(tmp_path):
    """The result of an analysis of what is told side by side; ``capture`` is how it is recorded (``Timeline``)."""

    def of(*stories, client=None, trace=None, **capture):
        return results.story(Timeline(*stories, **capture), tmp_path / "talk.pcapng", client=client, trace=trace)

    return of


@pytest.fixture
def verdict(result):
    """The verdict on what is told side by side."""
    return lambda *stories, **how: result(*stories, **how).verdict
