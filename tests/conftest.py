"""What all tests share: how hypothesis searches, and that errors of our own are raised where a user is only told of them."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.load_profile("house")

os.environ.setdefault("NETANALYZE_DEBUG", "1")

WATCH_CLOCKS = ("/lab/", "/live/", "/attack/", "test_recorder")
"""Tests of what runs in real time: where several processes share the tests, they come before those that only compute."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """What only computes gives way (nice(2)); coming back takes root, without which all are alike."""
    if "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "geteuid") and os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0 if any(part in item.path.as_posix() for part in WATCH_CLOCKS) else 10)


def pytest_terminal_summary(terminalreporter):
    """Leave the names of what failed in the file that NETANALYZE_FAILED names, as pytest takes them again (``@FILE``)."""
    kept = os.environ.get("NETANALYZE_FAILED")
    if kept:
        reports = [r for kind in ("failed", "error") for r in terminalreporter.stats.get(kind, ())]
        names = dict.fromkeys(re.sub(r"@\w+$", "", report.nodeid) for report in reports)
        Path(kept).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
