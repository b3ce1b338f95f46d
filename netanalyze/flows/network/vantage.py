"""Where the capture was taken: at the client, at the server, or between (from the TTLs of the handshakes)."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from netanalyze.flows.flow import INITIAL_TTLS, Flow
from netanalyze.flows.rows import Flows, are_tcp, of_halves

HOST_NS = 500_000
"""A host itself may take so long to answer (measured here: 12 to 340 µs): round trips must differ by more than that."""


def vantage(flows: Sequence[Flow]) -> str | None:
    """client, server, middle, or None where nothing tells: what most flows tell, of as many what is told first."""
    if isinstance(flows, Flows):
        return _vantage_of_rows(flows)
    votes = Counter(vote for flow in flows if (vote := _vote(flow)) is not None)
    return votes.most_common(1)[0][0] if votes else None


def _vote(flow: Flow) -> str | None:
    """What one flow tells."""
    if not flow.is_tcp or flow.client.ttl < 0:
        return None
    near_client, near_server = flow.client.ttl in INITIAL_TTLS, flow.server.ttl in INITIAL_TTLS
    if near_client and near_server:
        if not (flow.client.rtt_samples and flow.server.rtt_samples):
            return None
        farther = flow.client.rtt_minimum_ns - flow.server.rtt_minimum_ns
        return None if abs(farther) < HOST_NS else "client" if farther > 0 else "server"
    if near_client:
        return "client"
    if flow.server.ttl < 0:
        return None
    return "server" if near_server else "middle"


def _vantage_of_rows(flows: Flows) -> str | None:
    """The same of many, told from columns."""
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
    count, _, where = max((int(one.sum()), -int(one.argmax()) if one.any() else 0, name) for name, one in votes.items())
    return where if count else None
