"""Where the capture was taken: at the client, at the server, or between (from the TTLs of the handshakes)."""

from collections import Counter

from netanalyze.flows.flow import INITIAL_TTLS, Flow

HOST_NS = 500_000
"""A host itself may take so long to answer (measured here: 12 to 340 µs): round trips must differ by more than that."""


def vantage(flows: list[Flow]) -> str | None:
    """client, server, middle, or None where nothing tells."""
    votes: Counter[str] = Counter()
    for flow in flows:
        if not flow.is_tcp or flow.client.ttl < 0:
            continue
        near_client = flow.client.ttl in INITIAL_TTLS
        near_server = flow.server.ttl in INITIAL_TTLS
        if near_client and not near_server:
            votes["client"] += 1
        elif near_server and not near_client and flow.server.ttl >= 0:
            votes["server"] += 1
        elif not near_client and not near_server and flow.server.ttl >= 0:
            votes["middle"] += 1
        elif near_client and near_server and flow.client.rtt_samples and flow.server.rtt_samples:
            farther = flow.client.rtt_minimum_ns - flow.server.rtt_minimum_ns
            if abs(farther) >= HOST_NS:
                votes["client" if farther > 0 else "server"] += 1
    return votes.most_common(1)[0][0] if votes else None
