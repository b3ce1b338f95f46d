"""A client to which nothing gets through, though the recorder sees it come: deaf, and not left without an answer."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType

from netanalyze.findings import Threshold
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.names.lookups import ATTEMPT_NS, TIMER_SLACK_NS, Lookup
from netanalyze.flows.network.others import Spans
from netanalyze.flows.network.taps import copies
from netanalyze.flows.network.vantage import vantage
from netanalyze.tracking.marks import DUPLICATE_ACK, KEEP_ALIVE, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import SYN

OFTEN = Threshold(
    2, "repeats",
    source="Go net/dnsclient_unix.go and resolv.conf(5): two attempts at 5 s, for each name anew",
    why="a name asked for twice, five seconds apart, may be two programs' by chance; three times it is a timer",
)  # fmt: skip


@dataclass(frozen=True)
class InboundLoss:
    """What was captured on its way to the client, and who repeated what because it had not come.

    ``start_ns`` and ``first_frame`` are of the first packet that the client did not hear; ``signs`` are the repeats.
    """

    start_ns: int
    first_frame: int
    signs: tuple[KeptPacket, ...]


def inbound_loss(flow: Flow) -> InboundLoss | None:
    """Since when a flow's client heard nothing to the flow's end; None where it heard, or nothing was said to it."""
    client, server = flow.client, flow.server
    if not flow.is_tcp or not client.packets or client.rst_count:
        return None
    if flow.established_ns == NEVER_NS and flow.seen_from_start:
        if not server.syn_count or client.acked < 1 or client.sent_data:
            return None
        heard = server.syn_frame - 1  # of what it said the SYN-ACK is the first, and already unheard
        signs = [p for p in flow.packets if p.flags & SYN and p.frame_number > server.syn_frame and not p.direction]
    elif not (flow.marks(1) & RETRANSMISSION or flow.marks(0) & SPURIOUS_RETRANSMISSION):
        return None  # nobody sent anything again
    else:
        answers = (p.frame_number for p in flow.packets if not p.direction and p.marks & DUPLICATE_ACK)
        heard = max(server.acked_frame, max(answers, default=0), _went_on(flow))
        signs = [p for p in flow.packets if p.frame_number > heard and _is_sign(p)]
    again = copies(flow)
    signs = [p for p in signs if p.frame_number not in again]
    said = [p for p in flow.packets if p.direction and p.frame_number > heard]
    if not signs or not said or said[0].frame_number > signs[-1].frame_number:
        return None
    if server.rst_count and (server.rst_frame < signs[-1].frame_number or not signs[-1].direction):
        return None  # a server that gives up its repeats resets last of all; else it said no, and was not left unheard
    return InboundLoss(said[0].time_ns, said[0].frame_number, tuple(signs))


GAVE_UP = Threshold(
    3, "repeats",
    source="RFC 6298 section 5.5, as in local/ingress-dropped; Linux tcp_orphan_retries is 8, tcp_retries2 15",
    why="one or two repeats before a reset may be chance; three in vain say that nothing got through",
)  # fmt: skip


def repeats_given_up(flow: Flow) -> bool:
    """Whether the server's reset only ended its repeats of what the client, to which they came, never acknowledged."""
    found = inbound_loss(flow)
    return found is not None and len(found.signs) >= GAVE_UP.value and vantage([flow]) in ("client", None)


def _went_on(flow: Flow) -> int:
    """The client's last octets that were new, after it had repeated some; 0 none. Who hears no acknowledgment sends nothing
    new after a time-out: it has a window of one segment (RFC 5681 section 3.1)."""
    ours = flow.data_packets[0]
    first = next((p.frame_number for p in ours if _is_sign(p)), 0)
    repeats = RETRANSMISSION | SPURIOUS_RETRANSMISSION | KEEP_ALIVE
    return max((p.frame_number for p in ours if first and p.frame_number > first and not p.marks & repeats), default=0)


def _is_sign(packet: KeptPacket) -> bool:
    """The server repeats octets that were not acknowledged, or the client some that were; a close alone nobody waits for."""
    return packet.length > 0 and bool(packet.marks & (RETRANSMISSION if packet.direction else SPURIOUS_RETRANSMISSION))


@dataclass(frozen=True)
class RepeatedLookup:
    """A name that one host asked for again as if no answer had come: in several lookups, or in one by the same socket."""

    lookups: tuple[Lookup, ...]
    again_first_frame: int
    again_last_frame: int
    again_last_ns: int
    times: int

    def damaged(self, bad: Set[int]) -> list[int]:
        """The frames of its answers that are among ``bad``, where each time that it was asked again there was one; none
        where all came whole and it was asked again all the same."""
        rounds = [[t.response_frame for t in one.transactions if t.response_frame in bad] for one in self.lookups]
        return sorted(itertools.chain(*rounds)) if all(rounds[:-1]) else []


def repeated_lookups(
    lookups: Sequence[Lookup], before: Mapping[int, int] = MappingProxyType({})
) -> list[RepeatedLookup]:
    """Where the next query came when the resolver's timer ran out (resolv.conf(5), ``timeout``), though it was answered.

    Go asks from new sockets, which looks like another lookup; libc sends the same query once more.

    Args:
        before: by ``id`` of a lookup, when its name was asked for before, where some lookups were left out.
    """
    runs: list[list[Lookup]] = []
    last: dict[tuple[str, str], list[Lookup]] = {}
    for lookup in sorted(lookups, key=lambda one: one.start_ns):
        run = last.get((lookup.client, lookup.name))
        since = lookup.start_ns - before.get(id(lookup), run[-1].start_ns) if run else 0
        waited = abs(since - ATTEMPT_NS) <= TIMER_SLACK_NS
        if run and waited and run[-1].addresses and set(run[-1].families) == set(lookup.families):
            run.append(lookup)
        else:
            run = last[lookup.client, lookup.name] = [lookup]
            runs.append(run)
    open_: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for one in lookups:
        if not one.addresses:
            open_[one.client, one.name].append(one)
    beside = {key: Spans((one.start_ns, one.end_ns, "open") for one in ones) for key, ones in open_.items()}
    found = []
    for run in runs:
        repeats = [(one.start_ns, one.first_frame) for one in run[1:]] + [
            (t.last_query_ns, t.last_query_frame)
            for one in run if one.addresses
            for t in one.transactions if t.answered and t.last_query_ns - t.response_ns >= ATTEMPT_NS - TIMER_SLACK_NS
        ]  # fmt: skip
        others = beside.get((run[0].client, run[0].name))
        # else another program's answers: this one has none
        if repeats and (others is None or not others.beside("", run[-1].end_ns, run[0].start_ns)):
            (_, first), (ns, frame) = min(repeats), max(repeats)
            found.append(RepeatedLookup(tuple(run), first, frame, ns, len(repeats)))
    return found
