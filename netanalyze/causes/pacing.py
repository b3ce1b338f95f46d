"""What a limit of transfers cost a run: from where on it is a cause, and not one of the things a transfer spends its time on."""

from dataclasses import dataclass

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.findings import Evidence, Finding, Threshold, frames, way
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.transfers.transfer import LOSS, SENDER, LimitedSpan, Transfer
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.tracking.marks import LOST_SEGMENT
from netanalyze.tracking.tracker import STEP_NS
from netanalyze.units import duration, seconds
from netanalyze.wording import Message, message, saying

COST = Threshold(
    2, "s",
    source="web.dev, Time to First Byte: more than 1.8 s is poor; rounded up, as in http/response-late",
    why="slower than that a person notices who waits for one thing",
)  # fmt: skip
PAUSE_LEAST_NS = COST.ns // 2
"""Two pauses of this length cost so much."""
PART = Threshold(
    0.5, "of what it would have taken",
    source="as of what is worth a word in a short run (diagnosis/group.py)",
    why="what makes a long transfer a little longer is no cause of its length",
)  # fmt: skip


@dataclass(frozen=True)
class Slowed:
    """A transfer that a limit slowed down, and by how many ns."""

    flow: Flow
    transfer: Transfer
    limit: str
    cost_ns: int

    @property
    def start_ns(self) -> int:
        """When the limit first held."""
        return next(span.start_ns for span in self.transfer.spans if span.limit == self.limit)

    @property
    def end_ns(self) -> int:
        """When it held last."""
        return next(span.end_ns for span in reversed(self.transfer.spans) if span.limit == self.limit)

    @property
    def spent_ns(self) -> int:
        """How long it held."""
        return self.transfer.by_limit()[self.limit]


def worth_naming(case: Case, cost_ns: int, took_ns: int) -> bool:
    """Whether a cost is a cause: COST or more, and PART of what the run, or where none is known what was slowed, had taken."""
    whole = max(case.end_ns - case.start_ns, took_ns) if case.timed else took_ns
    return cost_ns >= COST.ns and cost_ns >= PART.value * (whole - cost_ns)


def slowed(case: Case, flow: Flow, limit: str) -> list[Slowed]:
    """The transfers of a flow that a limit slowed down so much that it is a cause; each is held against its own time."""
    if flow.lasted_ns + STEP_NS < COST.ns and "clock_step" not in case.diagnostics:
        return []  # all of it took less than would be worth naming
    found = []
    for one in transfers(flow):
        if any(span.limit == limit for span in one.spans):
            cost = one.cost_ns(limit)
            if worth_naming(case, cost, one.ns):
                found.append(Slowed(flow, one, limit, cost))
    return found


def pauses_that_cost(case: Case, flow: Flow) -> list[LimitedSpan]:
    """The server's pauses in the midst of its transfers, where they made those much longer, and few of them did: many short
    ones are a slow sender's (http/body-slow)."""
    found: list[LimitedSpan] = []
    for slow in slowed(case, flow, SENDER):
        long = [span for span in slow.transfer.spans if span.limit == SENDER and span.ns >= PAUSE_LEAST_NS]
        if slow.transfer.direction == 1 and 2 * sum(span.ns for span in long) >= slow.spent_ns:
            found += long
    return found


def finding(
    case: Case,
    slow: Slowed,
    cause: Cause,
    sentence: str,
    evidence: tuple[Evidence, ...],
    confidence: float,
    **more: str,
) -> Finding:
    """A finding about a transfer that was slowed down; ``sentence`` has its figures in braces, ``more`` are attributes."""
    flow, transfer = slow.flow, slow.transfer
    share = transfer.lost / max(transfer.segments, 1)
    names = ("lost", "segments") if slow.limit == LOSS else ("overtaken", "needless", "segments")
    counts = {name: getattr(transfer, name) for name in names}
    say = saying(
        host=case.path(flow).name,
        share=f"{share:.1%}",
        time=duration(slow.spent_ns),
        whole=duration(transfer.ns),
        **counts,
    )
    return cause.finding(
        case.path(flow),
        (slow.start_ns, slow.end_ns),
        say(sentence),
        evidence,
        confidence,
        flow,
        quantities=counts
        | ({"rate": round(share, 4)} if slow.limit == LOSS else {})
        | {"cost": round(seconds(slow.cost_ns), 3), "spent": round(seconds(slow.spent_ns), 3)},
        attributes=way(transfer.direction) | more,
    )


def repairs_shown(marks: list[KeptPacket], behind: bool) -> tuple[Evidence, ...]:
    """The first, one in the middle and the last: holes where the recorder saw them, else what was sent again."""
    holes = [] if behind else [p for p in marks if p.marks & LOST_SEGMENT]
    first, last = "the first segment sent again", "the last of {count} sent again"
    if holes:
        marks, first, last = holes, "the first hole: octets before it are missing", "the last of {count} such holes"
    elif behind:
        first, last = "a segment sent again that had been recorded before", "the last of {count} that Wireshark marks"
    told: dict[int, str | Message] = {marks[0].frame_number: first}
    told.setdefault(marks[len(marks) // 2].frame_number, "one of them in the middle")
    if marks[-1].frame_number not in told:
        told[marks[-1].frame_number] = message(last, count=len(marks))
    return frames(*told.items())
