"""All that compares with tshark in one process: what tshark says of every capture is asked for once."""

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this very hook
def pytest_collection_modifyitems(items):
    """Several processes that share the tests would each ask tshark for all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("conformance"))
