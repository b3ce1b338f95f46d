"""Where on the path a probe dies, asked with as few connections as will do: a pure function of which hops answered.

A router where the TTL runs out says so by ICMP before any filter of its own sees the packet go out. So a hop that answers
the probe that dies stands before the filter, or is the filter's own; a hop that answers a control and not the probe stands
behind it. Hops that answer nothing tell nothing, and are passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

FARTHEST = 30
"""Hops that are looked for: as traceroute(8)."""


@dataclass(frozen=True)
class PathTrace:
    """What plain datagrams with rising TTL found: who answers at each TTL, and the TTL that reaches the target, if it says."""

    answering: Mapping[int, str] = field(default_factory=dict)
    distance: int | None = None
    sent: int = 0


@dataclass(frozen=True)
class HopStep:
    """What to send next: the probe that dies, or its control, with a TTL."""

    control: bool
    ttl: int


@dataclass(frozen=True)
class Boundary:
    """Between which hops it dies.

    Attributes:
        after: the last hop that answers the probe; 0 where it dies before any.
        before: the first that answers the control and not the probe; None where none behind answers anything, or it is
            the target.
        at_target: it reaches the last hop before the target.
        silent: hops in between that answer nothing.
        proved: the second hop answers a control of the same shape.
    """

    after: int
    before: int | None
    at_target: bool = False
    silent: tuple[int, ...] = ()
    proved: bool = False


@dataclass
class HopQuestion:
    """The sights so far, and the step that follows from them.

    Args:
        has_control: there is a probe of the same kind that passes; without one nothing is proved of what lies behind.
    """

    trace: PathTrace
    has_control: bool = True
    passed: set[int] = field(default_factory=set)
    dead: dict[int, int] = field(default_factory=dict)
    controlled: dict[int, bool] = field(default_factory=dict)

    def note(self, step: HopStep, answered: bool) -> None:
        """Take down what a step saw."""
        if step.control:
            self.controlled[step.ttl] = answered
        elif answered:
            self.passed.add(step.ttl)
            self.dead.pop(step.ttl, None)
        else:
            self.dead[step.ttl] = self.dead.get(step.ttl, 0) + 1

    def reached(self, ttl: int) -> None:
        """The target itself answered at this TTL."""
        self.trace = replace(self.trace, distance=min(ttl, self.trace.distance or ttl))

    @property
    def low(self) -> int:
        """The last hop that the probe reached."""
        return max(self.passed, default=0)

    @property
    def end(self) -> int:
        """The first TTL that no router is expected at."""
        return self.trace.distance or (max(self.trace.answering) + 1 if self.trace.answering else FARTHEST + 1)

    @property
    def high(self) -> int:
        """The first hop behind ``low`` that is known to answer, and did not answer the probe."""
        found = [t for t in self.dead if t > self.low and self.controlled.get(t, t in self.trace.answering)]
        return min(found, default=self.end)

    def candidates(self) -> list[int]:
        """Hops between the two that have not been asked, those that are known to answer alone if there are such."""
        between = [t for t in range(self.low + 1, self.high) if t not in self.dead and t not in self.passed]
        answering = [t for t in between if t in self.trace.answering]
        unknown = [t for t in between if self.controlled.get(t) is not False]
        return answering or (unknown if not self.trace.answering else [])

    def next_step(self) -> HopStep | None:
        """The step to take next; None where the boundary is as narrow as it will get."""
        if not self.trace.answering and self.has_control:
            unsure = [t for t in sorted(self.dead) if self.low < t < self.end and t not in self.controlled]
            if unsure:
                return HopStep(True, unsure[0])
        if candidates := self.candidates():
            return HopStep(False, candidates[len(candidates) // 2])
        if self.high < self.end:
            if self.dead[self.high] < 2:
                return HopStep(False, self.high)
            if self.has_control and self.high not in self.controlled:
                return HopStep(True, self.high)
        unasked = [
            t for t in range(self.low + 1, self.high) if t not in self.dead and self.controlled.get(t) is not False
        ]
        return HopStep(False, unasked[0]) if unasked and self.trace.answering else None

    def boundary(self) -> Boundary | None:
        """What is known now; None where no hop answered anything."""
        if not (self.passed or self.trace.answering or any(self.controlled.values())):
            return None
        low, high = self.low, self.high
        behind = high if high < self.end else None
        at_target = behind is None and self.trace.distance is not None and low == self.trace.distance - 1
        silent = tuple(range(low + 1, high))
        return Boundary(low, behind, at_target, silent, bool(behind and self.controlled.get(behind)))
