"""A transfer as a value: its spans, what limited each, and what it had taken without a limit.

The classes of limits are those of netanalyze.flows.transfers.transfers, which finds them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from netanalyze.flows.flow import Gap
from netanalyze.flows.transfers.outages import SHORTEST_NS
from netanalyze.flows.transfers.replay import ORDINARY_RATE, UNKNOWN, Allowed, replay_ns, slow_start_ends

SENDER, RECEIVER, LOSS, DISORDER, PATH, LATENCY = "sender", "receiver", "loss", "reordering", "path", "latency"
LIMITS = (SENDER, RECEIVER, LOSS, DISORDER, PATH, LATENCY)
REPAIRED_TRIPS = 10
"""Round trips after an interruption in which what is repaired was lost in it (as RECOVERY of netanalyze.causes.tcp.loss)."""


@dataclass(frozen=True)
class LimitedSpan:
    """A part of a transfer with one limit; ``octets`` are those that were new in it."""

    start_ns: int
    end_ns: int
    limit: str
    octets: int = 0

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True)
class Transfer:
    """What one side of a flow sent in one turn: its spans lie end to end from ``start_ns`` to ``end_ns``.

    ``lost`` are segments that were repaired, ``overtaken`` originals that came behind later ones (or copies), ``needless``
    repeats of what had come; ``window`` is the most that was new within a round trip, octets; ``round_trip_ns`` the least
    round trip of the whole path; ``rate`` octets a second that the path let through where it set the pace, else 0; ``reno``
    whether its window grew as Reno's behind losses; ``reached`` the window, octets, that it had before the first loss;
    ``link`` octets a second of a thin link on the way, 0 where none shows; ``allowed`` what the receiver lets go at a time.
    """

    flow_id: int
    direction: int
    start_ns: int
    end_ns: int
    octets: int
    segments: int
    lost: int
    overtaken: int
    needless: int
    round_trip_ns: int
    window: int
    largest: int
    rate: float = 0.0
    reno: bool = False
    reached: int = 0
    link: float = 0.0
    allowed: Allowed = UNKNOWN
    spans: tuple[LimitedSpan, ...] = field(default=(), repr=False)

    @property
    def ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns

    def by_limit(self) -> dict[str, int]:
        """ns by limit."""
        out: dict[str, int] = defaultdict(int)
        for span in self.spans:
            out[span.limit] += span.ns
        return dict(out)

    @property
    def limit(self) -> str:
        """The limit that had most of its time."""
        spent = self.by_limit()
        return max(LIMITS, key=lambda limit: spent.get(limit, 0))

    def cost_ns(self, limit: str) -> int:
        """By how many ns it would have been shorter without a limit: its spans, less what their octets had taken."""
        spans = [span for span in self.spans if span.limit == limit]
        if limit == SENDER:
            return sum(span.ns for span in spans) + self._restarts_ns()
        if limit == RECEIVER:
            return sum(span.ns for span in spans if not span.octets)
        if limit in (LOSS, DISORDER) and spans:  # the windows behind are what it had left of them
            spans = [
                span for span in self.spans if span.limit in (limit, LATENCY) and span.start_ns >= spans[0].start_ns
            ]
        octets = sum(span.octets for span in spans)
        through = self.link if limit in (LOSS, DISORDER) else 0.0
        return max(sum(span.ns for span in spans) - self._replay_ns(octets, self._before(limit), through), 0)

    def repair_ns(self, gaps: Sequence[Gap]) -> int:
        """ns that it took after interruptions of the path to repair what was lost in them and to grow its window anew, beyond
        what these octets had taken: the spans of loss with such a gap in them, and those of slow start behind, which a receiver
        may bound."""
        spans: list[LimitedSpan] = []
        soon = REPAIRED_TRIPS * self.round_trip_ns
        for span in self.spans:
            within = any(gap.start_ns <= span.end_ns and gap.end_ns + soon >= span.start_ns for gap in gaps)
            behind = bool(spans) and spans[-1].end_ns == span.start_ns and span.octets > 0
            if (span.limit == LOSS and within) or (span.limit in (LATENCY, RECEIVER) and behind):
                spans.append(span)
        if not spans:
            return 0
        start, end = spans[0].start_ns, spans[-1].end_ns
        gone = sum(max(min(gap.end_ns, end) - max(gap.start_ns, start), 0) for gap in gaps)
        before = sum(span.octets for span in self.spans if span.end_ns <= spans[0].start_ns)
        octets = sum(span.octets for span in spans)
        return max(sum(span.ns for span in spans) - gone - self._replay_ns(octets, before, self.rate or self.link), 0)

    def _replay_ns(self, octets: int, before: int, through: float) -> int:
        """ns that so many octets had taken behind so many others with nothing in their way but a link of ``through`` octets a
        second, 0 none."""
        slow_start = slow_start_ends(self.round_trip_ns, self.largest, ORDINARY_RATE)
        reno = self.reno or self.reached > slow_start
        return replay_ns(octets, self.round_trip_ns, self.largest, before, self.window, reno, self.allowed, through)

    def _restarts_ns(self) -> int:
        """ns that slow start took after pauses longer than a time-out, beyond what the window before them had needed: an idle
        sender begins anew (RFC 5681 section 4.1)."""
        extra = 0
        for pause, after in pairwise(self.spans):
            if pause.limit == SENDER and pause.ns > self.round_trip_ns + SHORTEST_NS and after.limit == LATENCY:
                extra += max(after.ns - after.octets * self.round_trip_ns // max(self.window, 1), 0)
        return extra

    def _before(self, limit: str) -> int:
        """Octets that had been sent before the first span of a limit: slow start had come so far."""
        first = next((at for at, span in enumerate(self.spans) if span.limit == limit), 0)
        return sum(span.octets for span in self.spans[:first])
