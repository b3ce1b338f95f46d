"""Which findings cover a piece of the run, told in one pass: pieces are asked for in the order of time.

A run is cut at every moment at which a finding or a wait begins or ends, so that a finding covers a piece whole or not at
all, and one that ended before a piece covers none that comes later.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from netanalyze.causes.cause import cause_of
from netanalyze.columns import in_order
from netanalyze.diagnosis.timeline.intervals import Intervals
from netanalyze.findings import Finding
from netanalyze.flows.names.search_list import beginnings
from netanalyze.flows.timeline.spans import Sweep, Union
from netanalyze.units import NEVER_NS


def by_flow(findings: Iterable[Finding]) -> dict[int | None, list[Finding]]:
    """The findings by each flow they are about."""
    found: dict[int | None, list[Finding]] = defaultdict(list)
    for finding in findings:
        for flow in {finding.flow_id, *finding.also_flows}:
            found[flow].append(finding)
    return found


_NONE: list[Sweep[Finding]] = []
"""Of most names there is no finding: they share this."""


class Covering:
    """The findings of a run, asked which of them explains a piece: the surest, of these the one that is about least."""

    def __init__(self, findings: Iterable[Finding]):
        self._by_flow = by_flow(findings)
        self._sweeps: dict[tuple, Sweep[Finding]] = {}
        self._of_name: dict[str, list[Sweep[Finding]]] = {}

    def of_flow(
        self, flow: int | None, kind: str, fits: Callable[[Finding], bool], left: int, right: int
    ) -> Finding | None:
        """Of the findings about a flow that are fit; ``kind`` tells what ``fits`` from others."""
        return self._best((kind, flow), lambda: filter(fits, self._by_flow.get(flow, ())), left, right)

    def of_any_flow(self, kind: str, fits: Callable[[Finding], bool], left: int, right: int) -> Finding | None:
        """Of the findings about any flow that are fit."""
        ones = (f for flow, fs in self._by_flow.items() if flow is not None for f in fs if fits(f))
        return self._best((kind,), lambda: {id(f): f for f in ones}.values(), left, right)

    def about(self, spans: Intervals) -> np.ndarray:
        """Of which spans one of the findings may be, by their flow, or name and time: ``bool (n,)``."""
        found = np.isin(spans.flow, [flow for flow in self._by_flow if flow is not None])
        if not self._named:
            return found
        looked = np.flatnonzero(spans.name >= 0)
        looked = looked[in_order(spans.name[looked])]
        behind = np.searchsorted(spans.name[looked], np.arange(len(spans.names)), "right").tolist()
        extents = {name: _Extent(ones) for name, ones in self._named.items()}
        if None in extents:
            found[looked] = extents[None].beside(spans, looked)
        for name, first, last in zip(spans.names, [0, *behind], behind):
            for part in (name, *beginnings(name)):
                if part in extents:
                    found[looked[first:last]] |= extents[part].beside(spans, looked[first:last])
        return found

    @functools.cached_property
    def _named(self) -> dict[str | None, list[tuple[int, Finding]]]:
        """The findings about lookups by the name that they are about, with their places; None: about none in particular."""
        ones = [f for f in self._by_flow.get(None, ()) if cause_of(f.cause).holds_up_lookups]
        flows = (fs for flow, fs in self._by_flow.items() if flow is not None)
        ones += [f for fs in flows for f in fs if cause_of(f.cause).phase == "dns"]
        found: dict[str | None, list[tuple[int, Finding]]] = defaultdict(list)
        for at, finding in enumerate(ones):
            wanted = finding.quantities.get("name")
            found[None if wanted is None else str(wanted)].append((at, finding))
        return dict(found)

    def of_lookup(self, name: str, left: int, right: int) -> Finding | None:
        """Of the findings about a lookup of a name, or about none in particular; a lookup may go on over TCP."""
        if not self._by_flow:
            return None
        sweeps = self._of_name.get(name)
        if sweeps is None:
            about = [self._about(one) for one in (None, name, *beginnings(name)) if one in self._named]
            sweeps = self._of_name[name] = about or _NONE
        best: tuple[tuple, Finding] | None = None
        for sweep in sweeps:
            found = sweep.covering(left, right)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        return None if best is None else best[1]

    def _about(self, name: str | None) -> Sweep[Finding]:
        """The findings about lookups of a name; of None: about none in particular."""
        key = ("name", name)
        if key not in self._sweeps:
            self._sweeps[key] = Sweep((f.start_ns, f.end_ns, (*_rank(f), at), f) for at, f in self._named[name])
        return self._sweeps[key]

    def _best(
        self, key: tuple, findings: Callable[[], Iterable[Finding]], left: int, right: int
    ) -> Finding | None:  # fmt: skip
        if not self._by_flow:
            return None
        if key not in self._sweeps:
            self._sweeps[key] = Sweep((f.start_ns, f.end_ns, _rank(f), f) for f in findings())
        found = self._sweeps[key].covering(left, right)
        return None if found is None else found[1]


class _Extent:
    """When some findings are, put in order once, however many spans are held against them."""

    def __init__(self, findings: Sequence[tuple[int, Finding]]):
        ones = sorted((finding.start_ns, finding.end_ns) for _, finding in findings)
        ends = np.array([end for _, end in ones], dtype=np.int64)
        self._starts = np.array([start for start, _ in ones], dtype=np.int64)
        self._latest = np.concatenate([[NEVER_NS], np.maximum.accumulate(ends)])

    def beside(self, spans: Intervals, rows: np.ndarray) -> np.ndarray:
        """Which of some spans one of the findings overlaps."""
        return self._latest[np.searchsorted(self._starts, spans.end_ns[rows])] > spans.start_ns[rows]


def spread(finding: Finding) -> bool:
    """Whether a finding owns the moments in which octets moved as well: its cause set their pace."""
    return cause_of(finding.cause).owns_retries or "spent" in finding.quantities


def _rank(finding: Finding) -> tuple[float, int]:
    return -finding.confidence, finding.end_ns - finding.start_ns


def surer(first: Finding | None, other: Finding | None) -> Finding | None:
    """Of two findings that cover a piece the one that explains it; the first where they are alike."""
    if first is None or other is None:
        return first or other
    return min(first, other, key=_rank)


class Explained:
    """How much of a wait some findings explain: those about its flow, or about its name.

    Attributes:
        flows, names: those that the findings are about.
        any_name: whether one of them is about all lookups.
    """

    def __init__(self, findings: Iterable[Finding]):
        self._findings = list(findings)
        self._by_flow = by_flow(self._findings)
        self._of_flow: dict[tuple[int, str], Union] = {}
        self._of_name: dict[str, Union] = {}
        self._named: dict[str, list[tuple[int, int]]] = defaultdict(list)
        unnamed: list[tuple[int, int]] = []
        for finding in self._findings:
            if cause_of(finding.cause).phase == "dns":
                wanted = finding.quantities.get("name")
                (unnamed if wanted is None else self._named[str(wanted)]).append((finding.start_ns, finding.end_ns))
        self._unnamed = Union(unnamed)
        self.flows = [flow for flow in self._by_flow if flow is not None]
        self.names, self.any_name = list(self._named), bool(unnamed)

    def of_flow(self, flow: int, kind: str, fits: Callable[[Finding], bool], start: int, end: int) -> int:
        """ns of a span that lie in findings about a flow that are fit; ``kind`` tells what ``fits`` from others."""
        if flow not in self._by_flow:
            return 0
        if (flow, kind) not in self._of_flow:
            ones = filter(fits, self._by_flow[flow])
            self._of_flow[flow, kind] = Union((f.start_ns, f.end_ns) for f in ones)
        return self._of_flow[flow, kind].within(start, end)

    def of_lookups(self, name: str | None, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """ns of spans that lie in findings about lookups of a name or of none in particular; of None: of none, ``i8 (n,)``."""
        found = self._unnamed.within_each(starts, ends)
        if name is None:
            return found
        if name not in self._of_name:
            spans = [span for wanted in {name, *beginnings(name)} for span in self._named.get(wanted, ())]
            self._of_name[name] = Union(spans, self._unnamed)
        return found + self._of_name[name].within_each(starts, ends)
