"""What all tests share: how hypothesis searches, and that errors of our own are raised where a user is only told of them."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.load_profile("house")

os.environ.setdefault("NETANALYZE_DEBUG", "1")
