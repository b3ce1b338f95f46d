"""What tests of the report in a real browser share: a tab a module, and that nothing is said on its console."""

import pytest
from browser import browser


@pytest.fixture(scope="module")
def tab():
    with browser() as opened:
        yield opened


@pytest.fixture
def quiet(tab):
    """A window of 1200 by 900; whatever a test does in it, the page's console stays empty."""
    tab.console.clear()
    tab.size(1200, 900)
    yield
    assert not tab.console
