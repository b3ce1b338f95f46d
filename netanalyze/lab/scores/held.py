"""The ledger held against the delays that the laboratory made: the seconds that were held up, and who the ledger gives them to.

Only seconds that the run can have waited for count: those of a delay in which nothing whatever passed on the client's
interface. What ran beside a delay did not wait for it. dpkt reads the packets, the journal has the delays; the only thing
of ours that is asked is the ledger. A delay without an end lasts to the end of the run.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from netanalyze.lab.journal import Delay, read
from netanalyze.lab.record import Recording, journal_of
from netanalyze.lab.scores.sight import look
from netanalyze.result import Result
from netanalyze.result.ledger import LedgerRow
from netanalyze.units import SECOND_NS

QUIET_S = 0.1
"""Nielsen, Usability Engineering 1993, section 5.5: what is shorter nobody feels; twice the laboratory's usual round trip."""
TOLERANCE = 0.05
"""Share of the seconds that may have another owner: as close as a recipe's ``seconds`` must be hit (CONTRIBUTING)."""
LEAST_S = 0.25
"""Of delays that were waited for shorter than this, little can be said: diagnosis/group.py's LEAST."""

PHASES = {
    "dns-answer": ("dns",), "connect-reply": ("connect",), "server-hello": ("tls",), "response": ("request",),
    "body": ("transfer",), "body-rate": ("transfer",), "stopped": ("local", "idle"), "lock": ("local", "idle"),
    "prompt": ("local", "idle"), "work": ("local", "idle"),
}  # fmt: skip
"""The phases a delay's seconds belong to, by its kind."""
CAUSES = {
    "outage": (
        "tcp/outage", "tcp/path-death", "tcp/loss", "tcp/idle-connection-dropped", "http/body-stalled", "http/response-missing",
    ),
    "stopped": ("tcp/receiver-window-closed", "local/busy"),
}  # fmt: skip
"""Causes that own a delay's seconds whatever the phase: while nothing passes, every phase stands still. A client that only
listens shows of a dead path no more than a server's silence."""


@dataclass(frozen=True)
class Held:
    """The delays of one kind in a recording, beside the ledger's seconds.

    Attributes:
        waited: seconds in which nothing passed and at least one of them was on (``body-rate``: in which one was on).
        owned: seconds of these that the ledger gives to the right phase or cause.
        others: who has the rest, in seconds.
    """

    kind: str
    waited: float
    owned: float
    others: dict[str, float]

    @property
    def right(self) -> bool:
        """Whether the seconds have the owner they should have."""
        return self.waited - self.owned <= TOLERANCE * self.waited

    def __str__(self) -> str:
        rest = ", ".join(f"{seconds:.2f} s {name}" for name, seconds in self.others.items() if seconds >= QUIET_S)
        return f"{self.kind} {self.owned:.2f} of {self.waited:.2f} s" + (f" ({rest})" if rest else "")


Spans = list[tuple[float, float]]


def merged(spans: Iterable[tuple[float, float]]) -> Spans:
    """Spans in order, those that touch or overlap made one.

    >>> merged([(3, 4), (0, 2), (1, 3)])
    [(0, 4)]
    """
    found: Spans = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(spans: Spans, other: Spans) -> Spans:
    """What two lists of spans have in common.

    >>> common([(0, 4), (6, 9)], [(3, 7)])
    [(3, 4), (6, 7)]
    """
    return merged((max(a, c), min(b, d)) for a, b in spans for c, d in other)


def total(spans: Spans) -> float:
    """Seconds that spans cover."""
    return sum(end - start for start, end in spans)


def silences(capture: Path, end: float) -> Spans:
    """Spans of QUIET_S or longer in which the client's interface saw no packet, up to ``end``."""
    times = [packet.time for packet in look(capture).packets]
    return [span for span in pairwise([*(t for t in times if t < end), end]) if span[1] - span[0] >= QUIET_S]


def belongs(kind: str, row: LedgerRow) -> bool:
    """Whether a row of the ledger is a rightful owner of a delay's seconds."""
    return row.phase in PHASES.get(kind, ()) or row.cause in CAUSES.get(kind, ())


def account(delays: Sequence[Delay], quiet: Spans, ledger: Sequence[LedgerRow]) -> list[Held]:
    """The delays of each kind that were waited for, beside what the ledger says of these seconds."""
    if not ledger:
        return []
    end = ledger[-1].end_ns / SECOND_NS
    whole = [(ledger[0].start_ns / SECOND_NS, end)]
    by_kind: dict[str, Spans] = defaultdict(list)
    for delay in delays:
        by_kind[delay.kind].append((delay.start, end if delay.end is None else delay.end))
    found = []
    for kind, spans in by_kind.items():
        on = common(merged(spans), whole)
        waited = on if kind == "body-rate" else common(on, quiet)
        if total(waited) < LEAST_S:
            continue
        owned = 0.0
        others: dict[str, float] = defaultdict(float)
        for row in ledger:
            here = common(waited, [(row.start_ns / SECOND_NS, row.end_ns / SECOND_NS)])
            part = total(here)
            if belongs(kind, row):
                owned += part
            elif part:
                beside = [span for other in by_kind if other != kind and belongs(other, row) for span in by_kind[other]]
                rightful = total(common(here, merged(beside)))  # two delays at a time: either may have the seconds
                owned += rightful
                others[f"{row.phase} {row.cause or ''}".strip()] += part - rightful
        found.append(Held(kind, total(waited), owned, dict(others)))
    return found


def longest_phase(ledger: Sequence[LedgerRow]) -> str:
    """The phase that has most of the time; the client's own time is ``idle``, short or long; '' without a ledger."""
    sums: dict[str, int] = defaultdict(int)
    for row in ledger:
        sums["idle" if row.phase == "local" else row.phase] += row.ns
    return max(sums, key=lambda phase: sums[phase], default="")


def held(recording: Recording, result: Result) -> list[Held]:
    """The ledger of ``result`` against the delays that were made in a recording; none where there is no journal."""
    delays = read(journal_of(recording.capture))
    if not delays or not result.ledger:
        return []
    return account(delays, silences(recording.capture, result.ledger[-1].end_ns / SECOND_NS), result.ledger)
