"""A client to which nothing gets through, though the recorder sees it come: deaf, and not left without an answer."""

from dataclasses import dataclass

from netanalyze.findings import Threshold
from netanalyze.flows.lookups import ATTEMPT_NS, Lookup
from netanalyze.flows.marks import DUPLICATE_ACK, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.flows.observe import Flow, KeptPacket
from netanalyze.flows.taps import copies
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import SYN

TIMER_SLACK_NS = 300_000_000
"""A resolver's next try comes this close to its timer: it is busy for no longer between the two."""

OFTEN = Threshold(
    2, "repeats",
    source="Go net/dnsclient_unix.go and resolv.conf(5): two attempts at 5 s, for each name anew",
    why="a name asked for twice, five seconds apart, may be two programs' by chance; three times it is a timer",
)  # fmt: skip


@dataclass(frozen=True)
class Deafness:
    """What was captured on its way to the client, and who repeated what because it had not come.

    ``start_ns`` and ``first_frame`` are of the first packet that the client did not hear; ``signs`` are the repeats.
    """

    start_ns: int
    first_frame: int
    signs: tuple[KeptPacket, ...]


def deaf(flow: Flow) -> Deafness | None:
    """Since when a flow's client heard nothing to the flow's end; None where it heard, or nothing was said to it."""
    client, server = flow.client, flow.server
    if not flow.is_tcp or not client.packets or server.rst_count or client.rst_count:
        return None
    if flow.established_ns == NEVER_NS and flow.seen_from_start:
        if not server.syn_count or client.acked < 1 or client.sent_data:
            return None
        heard, unheard = 0, server.syn_frame
        signs = [p for p in flow.packets if p.flags & SYN and p.frame_number > unheard and not p.direction]
    else:
        answers = (p.frame_number for p in flow.packets if not p.direction and p.marks & DUPLICATE_ACK)
        heard = max(server.acked_frame, max(answers, default=0))
        signs = [p for p in flow.packets if p.frame_number > heard and _is_sign(p)]
        unheard = 0
    again = copies(flow)
    signs = [p for p in signs if p.frame_number not in again]
    said = [p for p in flow.packets if p.direction and p.frame_number > heard and p.frame_number >= unheard]
    if not signs or not said or said[0].frame_number > signs[-1].frame_number:
        return None
    return Deafness(said[0].time_ns, said[0].frame_number, tuple(signs))


def _is_sign(packet: KeptPacket) -> bool:
    """The server repeats what was not acknowledged, or the client what was."""
    return bool(packet.marks & (RETRANSMISSION if packet.direction else SPURIOUS_RETRANSMISSION))


@dataclass(frozen=True)
class AskedOn:
    """A name that one host asked for again as if no answer had come: in several lookups, or in one by the same socket."""

    lookups: tuple[Lookup, ...]
    again_first_frame: int
    again_last_frame: int
    again_last_ns: int
    times: int


def asked_on(lookups: list[Lookup]) -> list[AskedOn]:
    """Where the next query came when the resolver's timer ran out (resolv.conf(5), ``timeout``), though it was answered.

    Go asks from new sockets, which looks like another lookup; libc sends the same query once more.
    """
    runs: list[list[Lookup]] = []
    last: dict[tuple[str, str], list[Lookup]] = {}
    for lookup in sorted(lookups, key=lambda one: one.start_ns):
        run = last.get((lookup.client, lookup.name))
        waited = abs(lookup.start_ns - run[-1].start_ns - ATTEMPT_NS) <= TIMER_SLACK_NS if run else False
        if run and waited and run[-1].addresses and set(run[-1].families) == set(lookup.families):
            run.append(lookup)
        else:
            run = last[lookup.client, lookup.name] = [lookup]
            runs.append(run)
    open_ = [one for one in lookups if not one.addresses]
    found = []
    for run in runs:
        repeats = [(one.start_ns, one.first_frame) for one in run[1:]] + [
            (t.last_query_ns, t.last_query_frame)
            for one in run if one.addresses
            for t in one.transactions if t.answered and t.last_query_ns - t.response_ns >= ATTEMPT_NS - TIMER_SLACK_NS
        ]  # fmt: skip
        others = (one for one in open_ if (one.name, one.client) == (run[0].name, run[0].client))
        if repeats and not any(
            _overlap(one, run) for one in others
        ):  # else another program's answers: this one has none
            (_, first), (ns, frame) = min(repeats), max(repeats)
            found.append(AskedOn(tuple(run), first, frame, ns, len(repeats)))
    return found


def _overlap(one: Lookup, run: list[Lookup]) -> bool:
    return one.start_ns <= run[-1].end_ns and run[0].start_ns <= one.end_ns
