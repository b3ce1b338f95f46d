"""What all tests share: how hypothesis searches, and that errors of our own are raised where a user is only told of them."""

import os
import re
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.load_profile("house")

os.environ.setdefault("NETANALYZE_DEBUG", "1")


def pytest_terminal_summary(terminalreporter):
    """Leave the names of what failed in the file that NETANALYZE_FAILED names, as pytest takes them again (``@FILE``)."""
    kept = os.environ.get("NETANALYZE_FAILED")
    if kept:
        reports = [r for kind in ("failed", "error") for r in terminalreporter.stats.get(kind, ())]
        names = dict.fromkeys(re.sub(r"@\w+$", "", report.nodeid) for report in reports)
        Path(kept).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
