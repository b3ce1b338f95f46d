"""The stalls of flows of which most are plain: objects of the plain ones' where somebody goes through all."""

import functools
from collections.abc import Iterator, Sequence

import numpy as np

from netanalyze.flows.flow import Flow
from netanalyze.flows.rows import plain_flows, plain_ids, told_of
from netanalyze.flows.smooth.waits import WAIT
from netanalyze.flows.stalls import Stall, flow_stalls


class Stalls(Sequence[Stall]):
    """Stalls by flow, those of lookups behind them.

    Attributes:
        odd: those of flows and lookups of which there may be something to say.
    """

    def __init__(self, flows: Sequence[Flow], odd: list[Stall]):
        self._flows, self.odd = flows, odd

    @functools.cached_property
    def _all(self) -> list[Stall]:
        plain = [stall for flow in plain_flows(self._flows) for stall in flow_stalls(flow)]
        if not plain:
            return self.odd
        return sorted([*self.odd, *plain], key=lambda stall: (stall.flow is None, stall.flow.id if stall.flow else 0))

    @property
    def plain(self) -> tuple[np.ndarray, np.ndarray]:
        """Those of the plain flows as rows of ``WAIT``, and the id of each one's flow."""
        told = told_of(self._flows)
        if told is None:
            return np.zeros((0, WAIT.WIDTH), dtype=np.int64), np.zeros(0, dtype=np.int64)
        return told.waits, plain_ids(self._flows)[told.waits[:, WAIT.FLOW]]

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Stall]:
        return iter(self._all)

    def __getitem__(self, at):
        return self._all[at]

    def changed(self, odd: list[Stall]) -> "Stalls":
        """The same with others in place of those of which there may be something to say."""
        return Stalls(self._flows, odd)
