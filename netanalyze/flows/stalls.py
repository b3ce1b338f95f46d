"""Stalls: spans in which somebody owed the next move and no frame moved it. No thresholds, no opinions."""

from collections.abc import Callable
from dataclasses import dataclass

from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.next_move import owed
from netanalyze.flows.pushing import takes_turns
from netanalyze.tracking.gaps import KIND_DATA, KIND_NONE, KIND_SYN_ACK, RESOLUTION_NS
from netanalyze.waiting import Waiting


@dataclass(frozen=True)
class Stall:
    """One stall; ``gap`` and ``lookup`` are what it was read from."""

    start_ns: int
    end_ns: int
    waiting_for: Waiting
    waiting_on: str
    last_frame: int
    next_frame: int
    flow: Flow | None = None
    gap: Gap | None = None
    lookup: Lookup | None = None

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns

    @property
    def goes_on(self) -> bool:
        """Whether it ended with payload, of either side."""
        return self.gap is not None and self.gap.next_kind == KIND_DATA

    @property
    def open(self) -> bool:
        """Whether nothing had ended it when the capture ended."""
        return self.gap is not None and self.gap.next_kind == KIND_NONE

    @property
    def is_own_ack(self) -> bool:
        """Whether the client's acknowledgment is what is missing, of octets or of a SYN-ACK that the server repeats."""
        gap = self.gap
        return (
            self.waiting_for == Waiting.ACK
            and gap is not None
            and (gap.last_kind == KIND_SYN_ACK or gap.data_direction == 1)
        )

    @property
    def resent(self) -> int:
        """Retransmissions meanwhile."""
        return self.gap.resent_0 + self.gap.resent_1 if self.gap else 0


def nowhere_else(flow: Flow) -> int:
    """That the client of a flow asked for nothing elsewhere, as far as is known."""
    return 0


def flow_stalls(flow: Flow, asked_elsewhere: Callable[[Flow], int] = nowhere_else) -> list[Stall]:
    """The stalls of one TCP flow, from its gaps; ``asked_elsewhere`` says in which frame, 0 none, the client asked elsewhere
    for the next thing (netanalyze.flows.exchanges): then it had all it had asked for here."""
    read = application(flow) if flow.tls else None
    complete = handshake_complete(flow)
    # of a body that is not whole the rest was awaited, whatever was asked elsewhere
    whole = read is None or read.ended is not False
    stalls = []
    for gap in flow.gaps:
        named = owed(flow, gap, read, complete)
        if (
            whole
            and named == (Waiting.BODY, "server")
            and gap.next_direction != 1
            and gap.data_frame_1 < asked_elsewhere(flow)
        ):
            named = Waiting.REQUEST, "client"
        if named:
            stalls.append(Stall(gap.start_ns, gap.end_ns, *named, gap.last_frame, gap.next_frame, flow, gap))
    return stalls


def answers_owed(flow: Flow, client: str) -> bool:
    """Whether each request on a flow is owed an answer, as far as that can be told of what ``client`` (its name) sends."""
    return flow.speaks_http and (client != "generic" or takes_turns(flow))


def lookup_stall(lookup: Lookup) -> Stall | None:
    """The stall of a lookup that took ``RESOLUTION_NS`` or longer."""
    if lookup.end_ns - lookup.start_ns < RESOLUTION_NS:
        return None
    return Stall(
        lookup.start_ns,
        lookup.end_ns,
        Waiting.DNS_RESPONSE,
        "resolver",
        lookup.first_frame,
        lookup.decided_by,
        lookup=lookup,
    )
