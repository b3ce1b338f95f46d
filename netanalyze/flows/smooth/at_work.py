"""Which flows carried application data, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import carried_data
from netanalyze.flows.rows import numbers_of, of_flows, plain_flows, told_of
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS


@dataclass(frozen=True)
class AtWork:
    """The flows of one host that carried application data, by when they began, and of those up to each which lasted longest.

    ``i8 (n,)`` each: when it began; of it and those before, the one that lasted longest, when that ended, and when the next
    longest did, ``NEVER_NS`` where there is none.
    """

    begun_ns: np.ndarray
    longest: np.ndarray
    last_ns: np.ndarray
    next_ns: np.ndarray

    @classmethod
    def of(cls, first_ns: np.ndarray, ids: np.ndarray, last_ns: np.ndarray) -> "AtWork":
        """Of flows in the order of their beginnings."""
        most = np.maximum.accumulate(last_ns)
        before = np.append(NEVER_NS, most[:-1])
        which = np.maximum.accumulate(np.where(last_ns > before, np.arange(len(ids)), 0))
        return cls(first_ns, ids[which], most, np.maximum.accumulate(np.minimum(before, last_ns)))

    def lasted(self, other_than: int, begun_by_ns: int) -> int:
        """When the last of the flows ended that had begun by then, but for one; ``NEVER_NS`` where there is none."""
        at = int(np.searchsorted(self.begun_ns, begun_by_ns, side="right")) - 1
        if at < 0:
            return NEVER_NS
        return int((self.next_ns if self.longest[at] == other_than else self.last_ns)[at])


def at_work(flows: Sequence[Flow]) -> dict[str, AtWork]:
    """By host, its flows that carried application data."""
    rows = list(_of_objects(flows))
    columns = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(3)]
    hosts = {host: code for code, host in enumerate(dict.fromkeys(row[3] for row in rows))}
    codes = np.array([hosts[row[3]] for row in rows], dtype=np.int64)
    told = told_of(flows)
    if told is not None:
        plain, names = plain_flows(flows), told.hellos.names
        further = of_flows(plain, "first_ns"), numbers_of(plain), of_flows(plain, "last_ns")
        columns = [np.concatenate(both) for both in zip(columns, further)]
        numbers = np.array([hosts.setdefault(name, len(hosts)) for name in names] or [0], dtype=np.int64)
        codes = np.concatenate([codes, numbers[told.name]])
    order = np.lexsort((columns[1], columns[0], codes))
    first_ns, ids, last_ns, codes = (column[order] for column in (*columns, codes))
    texts = list(hosts)
    edges = np.flatnonzero(np.diff(codes, prepend=-1, append=-1)).tolist()
    return {
        texts[codes[begin]]: AtWork.of(first_ns[begin:end], ids[begin:end], last_ns[begin:end])
        for begin, end in pairwise(edges)
    }


def _of_objects(flows: Sequence[Flow]) -> Iterator[tuple[int, int, int, str]]:
    """Of each that is an object: its first moment, its id, its last moment, and its host."""
    for flow in odd(flows):
        if flow.host is not None and flow.server.sent_data and carried_data(flow):
            yield flow.first_ns, flow.id, flow.last_ns, flow.host
