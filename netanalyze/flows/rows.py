"""The rows that the tracker has of some flows: what ``Flow`` objects are views of, and what is told of all flows at once.

Of most flows there is nothing to say, and these stay rows (netanalyze.flows.uneventful): whoever needs all has them as objects
by going through ``Flows``; whoever looks for what is wrong looks at ``odd``. Law: with a screen that lets nothing through as
plain, the result is the same.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netanalyze.columns import first_places, in_order
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookup_spans import Coded
from netanalyze.flows.screen import odd
from netanalyze.flows.uneventful import smooth
from netanalyze.tracking.addresses import coded_addresses
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.history import PACKED, direction_of, unpacked
from netanalyze.tracking.records import FLOW_AT, PACKED_RECORD, unpacked_records
from netanalyze.tracking.tracker import FlowTracker
from netanalyze.wire.layers import PROTOCOL_TCP

if TYPE_CHECKING:
    from netanalyze.flows.smooth.screen import SmoothFlows


class Grouped:
    """The rows of a matrix by flow, each flow's in their order: ``of`` gives those of the flow at a place among ``ids``.

    Args:
        keys: whose each row is, ``i8 (rows,)``.
        unpack: makes of some rows what is given.
    """

    def __init__(
        self,
        matrix: np.ndarray,
        keys: np.ndarray,
        ids: np.ndarray,
        unpack: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
    ):
        self._matrix, self._unpack = matrix, unpack
        self._order = in_order(keys)
        keys = keys[self._order]
        self._first, self._behind = np.searchsorted(keys, ids), np.searchsorted(keys, ids, "right")
        self.starts: list[int] = self._first.tolist()
        self.ends: list[int] = self._behind.tolist()

    def either(self, column: int, where: np.ndarray) -> list[int]:
        """All bits that a column has in the rows ``where``, ``bool (rows,)``, of each flow."""
        return self._reduced(np.bitwise_or, np.where(where, self._matrix[:, column], 0))

    def most(self, column: int, less: int) -> list[int]:
        """The largest difference of two columns in each flow's rows, 0 where it has none."""
        return self._reduced(np.maximum, self._matrix[:, column] - self._matrix[:, less])

    def _reduced(self, how: np.ufunc, values: np.ndarray) -> list[int]:
        there = np.flatnonzero(self._behind > self._first)
        found = np.zeros(len(self._first), dtype=np.int64)
        if len(there):
            found[there] = how.reduceat(values[self._order], self._first[there])
        return found.tolist()

    def together(self, places: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows of some flows, one flow behind the other, each flow's by a column; and from where to where each has its rows,
        ``i8 (n, 2)``."""
        starts, counts = self._first[places], self._behind[places] - self._first[places]
        behind = np.cumsum(counts)
        chosen = np.repeat(starts - (behind - counts), counts) + np.arange(int(counts.sum()))
        matrix = self._unpack(self._matrix[self._order[chosen]])
        begins, by = behind - counts, np.diff(matrix[:, column], prepend=0) < 0
        by[begins[counts > 0]] = False
        if by.any():  # else each flow's rows came in the order of the column
            matrix = matrix[np.lexsort((matrix[:, column], np.repeat(np.arange(len(places)), counts)))]
        return np.ascontiguousarray(matrix), np.column_stack([begins, behind])

    def of(self, place: int) -> list[list[int]]:
        """The rows of one flow."""
        return self.matrix_of(place).tolist()

    def matrix_of(self, place: int) -> np.ndarray:
        """The same as a matrix."""
        return self._unpack(self._matrix[self._order[self.starts[place] : self.ends[place]]])


class FlowRows:
    """What the tracker has of some flows, ``ids`` in order: what ``Flow`` objects are views of, until more frames are fed.

    Attributes:
        plain: of which of them there is nothing to say, ``bool (n,)``; of none until somebody has looked.
        smooth_flows: what is told of plain TLS connections (netanalyze.flows.smooth.screen); None where there are none.
        names: by place, the names that the server's address was told for when the flow began.
        give: gives a flow that is made what its messages said.
    """

    def __init__(self, tracker: FlowTracker, gaps: np.ndarray, ids: Iterable[int]):
        self.ids = np.array(sorted(ids), dtype=np.int64)
        self._state = tracker.state
        cells = tracker.state.half_cells
        self.halves = memoryview(cells) if isinstance(cells, np.ndarray) else cells
        self._kept = tracker.kept
        engine, records = tracker.engine, tracker.records
        packets = functools.partial(unpacked, engine=engine)
        self.kept = Grouped(self._kept, self._kept[:, PACKED.FLOW_ID], self.ids, packets)
        self.gaps, self.bins = Grouped(gaps, gaps[:, GAP.FLOW_ID], self.ids), tracker.bins
        owners = records[:, PACKED_RECORD.HEADER] >> FLOW_AT
        self.records = Grouped(records, owners, self.ids, functools.partial(unpacked_records, engine=engine))
        self.tunnels = tracker.tunnels
        self.plain = np.zeros(len(self.ids), dtype=bool)
        self.smooth_flows: SmoothFlows | None = None
        self.names: dict[int, tuple[str, ...]] = {}
        self.give: Callable[[Flow], None] = lambda flow: None
        self._made: dict[int, Flow] = {}

    @functools.cached_property
    def marks(self) -> tuple[list[int], list[int]]:
        """By direction, all marks that packets kept of each flow bear."""
        sides = direction_of(self._kept)
        column = PACKED.MARKS
        return self.kept.either(column, sides == 0), self.kept.either(column, sides == 1)

    @functools.cached_property
    def smooth(self) -> list[bool]:
        """Which of them have nothing to look at in their segments (netanalyze.flows.uneventful)."""
        return smooth(self).tolist()

    @functools.cached_property
    def longest_gaps(self) -> list[int]:
        """ns of the longest gap of each flow, 0 where it has none."""
        return self.gaps.most(GAP.END_NS, GAP.START_NS)

    def nothing_is_plain(self) -> None:
        """Take the screen away."""
        self.plain, self.smooth_flows = np.zeros(len(self.ids), dtype=bool), None

    @functools.cached_property
    def is_tcp(self) -> np.ndarray:
        """Which of them are TCP, ``bool (n,)``."""
        return self.flow("kind") % 256 == PROTOCOL_TCP

    @functools.cached_property
    def client(self) -> Coded:
        """The address of each flow's originator."""
        return self._addresses("a")

    @functools.cached_property
    def server(self) -> Coded:
        """The address of each flow's responder."""
        return self._addresses("b")

    @functools.cached_property
    def server_port(self) -> np.ndarray:
        """Its port, ``i8 (n,)``."""
        return self.flow("ports") & 65535

    def _addresses(self, side: str) -> Coded:
        return Coded(*coded_addresses(self.flow(f"{side}_high"), self.flow(f"{side}_low"), self.flow("kind") // 256))

    def flow(self, name: str) -> np.ndarray:
        """A field of all of them, ``i8 (n,)``."""
        return self._state.flow(name, self.ids)

    def half(self, name: str, direction: int) -> np.ndarray:
        """A field of one side of all of them, ``i8 (n,)``."""
        return self._state.half(name, direction, self.ids)

    def made(self, places: Sequence[int]) -> list[Flow]:
        """The flows at some places among ``ids``; an object of each is made once."""
        new = [place for place in places if place not in self._made]
        ids = self.ids[new].tolist()
        for place, id_, row in zip(new, ids, self._state.flow_rows(ids)):
            flow = self._made[place] = Flow(self, place, id_, row)
            flow.names, flow.tunnel = self.names.get(place, ()), self.tunnels.get(id_, ())
            self.give(flow)
        return [self._made[place] for place in places]

    def flows(self) -> "Flows":
        """All of them."""
        return Flows(self, np.arange(len(self.ids)))


class Flows(Sequence[Flow]):
    """Flows in order; objects of the plain ones are made only where somebody goes through all.

    Attributes:
        rows, places: what they are rows of, and which of these, ``i8 (n,)``.
    """

    def __init__(self, rows: FlowRows, places: np.ndarray):
        self.rows, self.places = rows, places

    @functools.cached_property
    def odd(self) -> list[Flow]:
        """Those of which there may be something to say."""
        return self.rows.made(self.places[~self.rows.plain[self.places]].tolist())

    @functools.cached_property
    def plain(self) -> np.ndarray:
        """The places of the others, ``i8 (n,)``."""
        return self.places[self.rows.plain[self.places]]

    @functools.cached_property
    def _all(self) -> list[Flow]:
        return self.rows.made(self.places.tolist())

    @functools.cached_property
    def smooth_flows(self) -> "SmoothFlows | None":
        """What is told of those that are TLS connections."""
        return None if self.rows.smooth_flows is None else self.rows.smooth_flows.where(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at):
        return self._all[at] if isinstance(at, slice) else self.rows.made([int(self.places[at])])[0]

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._all)

    def where(self, which: np.ndarray) -> "Flows":
        """Some of them: a mask, or numbers."""
        return Flows(self.rows, self.places[which])

    def flow(self, name: str) -> np.ndarray:
        """A field of all of them, ``i8 (n,)``."""
        return self.rows.flow(name)[self.places]

    def half(self, name: str, direction: int) -> np.ndarray:
        """A field of one side of all of them, ``i8 (n,)``."""
        return self.rows.half(name, direction)[self.places]


def plain_flows(flows: Sequence[Flow]) -> Sequence[Flow]:
    """Those of some flows of which there is nothing to say."""
    return Flows(flows.rows, flows.plain) if isinstance(flows, Flows) else ()


def plain_to(flows: Sequence[Flow], wanted: Callable[[str], bool]) -> Sequence[Flow]:
    """Those of some flows of which there is nothing to say whose host is wanted."""
    told = told_of(flows)
    if told is None:
        return ()
    assert isinstance(flows, Flows)
    names = np.array([wanted(name) for name in told.hellos.names], dtype=bool)
    return Flows(flows.rows, told.places[names[told.name]])


def of_flows(flows: Sequence[Flow], name: str) -> np.ndarray:
    """A field of some flows, ``i8 (n,)``."""
    if isinstance(flows, Flows):
        return flows.flow(name)
    return np.array([getattr(flow, name) for flow in flows], dtype=np.int64)


def of_halves(flows: Sequence[Flow], name: str) -> tuple[np.ndarray, np.ndarray]:
    """A field of both sides of some flows, ``i8 (n,)`` each."""
    if isinstance(flows, Flows):
        return flows.half(name, 0), flows.half(name, 1)
    first, second = ([getattr(flow.halves[side], name) for flow in flows] for side in (0, 1))
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)


def are_tcp(flows: Sequence[Flow]) -> np.ndarray:
    """Which of some flows are TCP, ``bool (n,)``."""
    if isinstance(flows, Flows):
        return flows.rows.is_tcp[flows.places]
    return np.array([flow.is_tcp for flow in flows], dtype=bool)


def of_mask(flows: Sequence[Flow], mask: np.ndarray) -> Sequence[Flow]:
    """Those of some flows for which a mask is true."""
    return flows.where(mask) if isinstance(flows, Flows) else [flows[at] for at in np.flatnonzero(mask).tolist()]


def clients(flows: Sequence[Flow]) -> set[str]:
    """The addresses of the originators of some flows."""
    if isinstance(flows, Flows):
        return set(flows.rows.client.where(flows.places).there())
    return {flow.client.address for flow in flows}


def servers(flows: Sequence[Flow]) -> set[str]:
    """The addresses of the responders of some flows."""
    if isinstance(flows, Flows):
        return set(flows.rows.server.where(flows.places).there())
    return {flow.server.address for flow in flows}


def names_of(flows: Sequence[Flow]) -> set[str]:
    """The names that the servers' addresses of some flows were told for."""
    found = {name for flow in odd(flows) for name in flow.names}
    if isinstance(flows, Flows):
        known = flows.rows.names
        found.update(*{known[place] for place in flows.plain.tolist() if place in known})
    return found


def round_trips_ns(flows: Sequence[Flow]) -> np.ndarray:
    """The smallest round trip seen from each client to its server, 0 unknown, ``i8 (n,)``."""
    return np.maximum(of_halves(flows, "rtt_minimum_ns")[0], 0)


def far_away(flows: Sequence[Flow], least_ns: int) -> Sequence[Flow]:
    """Those of some flows whose round trip is so long or longer."""
    return of_mask(flows, round_trips_ns(flows) >= least_ns)


def told_of(flows: Sequence[Flow]) -> "SmoothFlows | None":
    """What is told of the plain TLS connections among some flows; None where there are none."""
    told = flows.smooth_flows if isinstance(flows, Flows) else None
    return told if told is not None and len(told.places) else None


def plain_ids(flows: Sequence[Flow]) -> np.ndarray:
    """The ids of the plain TLS connections among some flows, in the order of what is told of them."""
    told = told_of(flows)
    if told is None:
        return np.zeros(0, dtype=np.int64)
    assert isinstance(flows, Flows)
    return flows.rows.ids[told.places]


def numbers_of(flows: Sequence[Flow]) -> np.ndarray:
    """The ids of some flows, ``i8 (n,)``."""
    if isinstance(flows, Flows):
        return flows.rows.ids[flows.places]
    return np.array([flow.id for flow in flows], dtype=np.int64)


def hosts_of(flows: Sequence[Flow]) -> list[str]:
    """The hosts that some flows were meant for, by first appearance."""
    told = told_of(flows)
    if told is None:
        return list(dict.fromkeys(host for flow in odd(flows) if (host := flow.host)))
    first = first_places(told.name)
    ids = plain_ids(flows)[first].tolist()
    named = [(id_, told.hellos.names[name]) for id_, name in zip(ids, told.name[first].tolist())]
    named += [(flow.id, host) for flow in odd(flows) if (host := flow.host)]
    return list(dict.fromkeys(host for _, host in sorted(named, key=lambda one: one[0])))


class _ById(Mapping[int | None, Flow]):
    """Flows by id."""

    def __init__(self, flows: Flows):
        self._flows = flows
        self._place = dict(zip(flows.rows.ids[flows.places].tolist(), flows.places.tolist()))

    def __getitem__(self, id_: int | None) -> Flow:
        if id_ is None:
            raise KeyError(id_)
        return self._flows.rows.made([self._place[id_]])[0]

    def __iter__(self) -> Iterator[int | None]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)


def by_id(flows: Sequence[Flow]) -> Mapping[int | None, Flow]:
    """Some flows by id."""
    return _ById(flows) if isinstance(flows, Flows) else {flow.id: flow for flow in flows}
