"""Whether an attempt of which no name is known may have been the first of two at one name: where lookups are not in the capture,
or its snap length cut them, addresses of one name cannot be told from those of two."""

import functools
from bisect import bisect_right
from collections import defaultdict

from netanalyze.causes.case import BESIDE, Case
from netanalyze.causes.confidence import Basis, Missing
from netanalyze.flows.dialing import outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.rows import Flows, of_flows, plain_flows
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.screen import HTTPS_PORT

NEXT_SERVED = Missing(
    "no name is known, and right after it another address was reached at that port", Basis.FRAMES,
    "both may be one name's, and then the other one served", at_most=0.7,
)  # fmt: skip


class NextAddress:
    """Asked of each attempt that failed, in a capture."""

    def __init__(self, case: Case):
        self._seen = case

    def served(self, flow: Flow, end_ns: int) -> bool:
        """Whether, while a nameless attempt lasted or right after it, another address was reached at that port; where the snap
        length cut the lookups' answers, their later addresses have no name."""
        if flow.names and "truncated_frames" not in self._seen.diagnostics:
            return False
        begun = self._reached.get(flow.server.port, [])
        span = bisect_right(begun, (flow.first_ns, "")), bisect_right(begun, (end_ns + BESIDE.ns, ""))
        return any(address != flow.server.address for _, address in begun[slice(*span)])

    @functools.cached_property
    def _reached(self) -> dict[int, list[tuple[int, str]]]:
        """By port, when each flow began that was answered, and the server's address."""
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for flow in odd(self._seen.flows):
            if flow.is_tcp and outcome(flow) == "connected":
                found[flow.server.port].append((flow.first_ns, flow.server.address))
        plain = plain_flows(self._seen.flows)
        if isinstance(plain, Flows):
            begun = of_flows(plain, "first_ns").tolist()
            found[HTTPS_PORT] += zip(begun, plain.rows.server.where(plain.places).values())
        return {port: sorted(those) for port, those in found.items()}
