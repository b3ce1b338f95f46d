"""Who speaks on a flow: addresses and ports of its originator and its responder."""

from typing import NamedTuple

import numpy as np

Ends = tuple[str, int, str, int]


class EndsOfFlows(NamedTuple):
    """Addresses and ports of the originators and responders of flows, ``i8 (n,)``; an address is a place among ``texts``."""

    a: np.ndarray
    a_port: np.ndarray
    b: np.ndarray
    b_port: np.ndarray
    texts: list[str]


def nowhere(flows: np.ndarray) -> EndsOfFlows:
    """The ends of flows of which nothing is known."""
    unknown = np.zeros(len(flows), dtype=np.int64)
    return EndsOfFlows(unknown, unknown - 1, unknown, unknown - 1, [""])
