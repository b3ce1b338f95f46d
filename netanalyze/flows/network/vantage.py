"""Where the capture was taken: at the client, at the server, or between (from the TTLs of the handshakes)."""

from collections.abc import Sequence

import numpy as np

from netanalyze.flows.flow import INITIAL_TTLS, Flow
from netanalyze.flows.rows import are_tcp, of_halves

HOST_NS = 500_000
"""A host itself may take so long to answer (measured here: 12 to 340 µs): round trips must differ by more than that."""


def vantage(flows: Sequence[Flow]) -> str | None:
    """client, server, middle, or None where nothing tells."""
    ttl, samples, trip_ns = (of_halves(flows, name) for name in ("ttl", "rtt_samples", "rtt_minimum_ns"))
    there = are_tcp(flows) & (ttl[0] >= 0)
    heard = there & (ttl[1] >= 0)
    near_client, near_server = np.isin(ttl[0], INITIAL_TTLS), np.isin(ttl[1], INITIAL_TTLS)
    timed = there & near_client & near_server & (samples[0] > 0) & (samples[1] > 0)
    farther = trip_ns[0] - trip_ns[1]
    votes = {
        "client": (there & near_client & ~near_server) | (timed & (farther >= HOST_NS)),
        "server": (heard & near_server & ~near_client) | (timed & (farther <= -HOST_NS)),
        "middle": heard & ~near_client & ~near_server,
    }
    # of as many votes the place of which there was one first
    count, _, where = max((int(one.sum()), -int(one.argmax()) if one.any() else 0, name) for name, one in votes.items())
    return where if count else None
