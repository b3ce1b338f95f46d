"""How a flow fell silent: what the client tried after the last it heard."""

from dataclasses import dataclass

from netanalyze.conversations.icmp import IcmpError
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.hello import hello_facts
from netanalyze.flows.stalls import flow_stalls
from netanalyze.tracking.marks import KEEP_ALIVE, RETRANSMISSION, SPURIOUS_RETRANSMISSION

LONGER = 1.1
"""A pause that is not longer by a tenth than one before is as long as that: timers of programs wander by less."""


@dataclass(frozen=True)
class Silence:
    """The far side's last packet, and what the client sent in vain after it.

    ``repeats`` are retransmissions of octets never acknowledged, ``keep_alives`` probes never answered. Where the first
    segment that stayed unanswered was a new one it is ``unanswered_frame``, else that is 0; ``idle_before_ns`` is how
    long after the last that was heard it was sent, and ``own_pause`` says that nobody but the client owed anything
    meanwhile. ``survived_ns`` is the longest time for which the connection had lain idle before, and was answered after.
    """

    last_heard_ns: int
    last_heard_frame: int
    repeats: int
    keep_alives: int
    first_try_frame: int
    last_try_frame: int
    last_try_ns: int
    idle_before_ns: int
    unanswered_frame: int
    own_pause: bool
    survived_ns: int
    one_way: bool = False
    """The far side is heard, and hears nothing: it repeats what was acknowledged long ago."""

    def forgotten(self, idle_ns: int) -> bool:
        """Whether it fell silent right after so long a pause as a box between forgets, and longer than any it outlived: what
        an application says by a timer comes a little sooner or later."""
        return self.idle_before_ns >= idle_ns and self.idle_before_ns > LONGER * self.survived_ns

    def until_ns(self, flow: Flow, end_ns: int) -> int:
        """Until when it lasted: the client's own reset, else the end of the run."""
        given_up = flow.client.rst_ns if flow.client.rst_ns > self.last_heard_ns else end_ns
        return max(given_up, self.last_try_ns)

    @property
    def start_ns(self) -> int:
        """Since when something was owed: not before the pause was over, where the pause was the client's own."""
        return self.last_heard_ns + self.idle_before_ns if self.own_pause else self.last_heard_ns


def silence(flow: Flow) -> Silence | None:
    """The silence in which an established flow ended; None where the client had an answer to everything.

    A connection whose ClientHello got nowhere is left to the rules of the TLS phase.
    """
    if not flow.marks(0) & (RETRANSMISSION | KEEP_ALIVE):
        return None  # nothing was tried again
    client, server = flow.client, flow.server
    if not flow.established or not server.packets or server.rst_count:
        return None
    facts = hello_facts(flow)
    if facts is not None and facts.answer_frame == 0:
        return None
    if not client.sent_data and not server.sent_data:
        return None
    heard_ns, heard_frame = _last_heard(flow)
    tries = [
        p for p in flow.packets
        if p.direction == 0 and p.frame_number > heard_frame
        and p.marks & (RETRANSMISSION | KEEP_ALIVE) and not p.marks & SPURIOUS_RETRANSMISSION
    ]  # fmt: skip
    repeats = [p for p in tries if p.marks & RETRANSMISSION]
    probes = [p for p in tries if p.marks & KEEP_ALIVE]
    if not tries:
        return None
    if repeats and client.unacked == 0:
        return None
    if client.fin_frame and client.unacked <= 1 and not probes:
        return None  # all it said has arrived: whether its close does too, nobody waits for (RFC 9293 section 3.6)
    fresh = [
        p for p in flow.data_packets[0]
        if p.frame_number < tries[0].frame_number and not p.marks & RETRANSMISSION and p.time_ns >= heard_ns
    ]  # fmt: skip
    idle = fresh[0].time_ns - heard_ns if fresh else 0
    first = fresh[0].frame_number if fresh else 0
    return Silence(
        heard_ns, heard_frame, len(repeats), len(probes), tries[0].frame_number, tries[-1].frame_number,
        tries[-1].time_ns, idle, first, bool(fresh) and _own(flow, first),
        max((gap.end_ns - gap.start_ns for gap in flow.gaps if 0 < gap.next_frame <= heard_frame), default=0),
        heard_frame != server.last_frame,
    )  # fmt: skip


TRIED = 3
"""Repeats in vain from which tcp/path-death tells a dead path from chance (RFC 6298 section 5.5)."""


def proved_dead(flow: Flow) -> bool:
    """Whether what the client tried in vain is enough to call the path dead."""
    end = silence(flow)
    return end is not None and (end.repeats >= TRIED or end.keep_alives > 0)


LASTED_NS = 1_400_000_000
"""Three repeats by the timer take this long at the least (RFC 6298 section 5.5, Linux TCP_RTO_MIN: 0.2, 0.6, 1.4 s)."""


def repeated_until_reset(flow: Flow) -> list[KeptPacket]:
    """What the server repeated after the last that was heard of the client, until it reset the connection; nothing where it
    did not, or only a few times."""
    client, server = flow.client, flow.server
    if not server.rst_count or not flow.established or not client.packets or server.rst_frame < client.last_frame:
        return []
    again = [
        p for p in flow.data_packets[1]
        if p.marks & RETRANSMISSION and client.last_frame < p.frame_number < server.rst_frame
    ]  # fmt: skip
    lasted = len(again) >= TRIED and again[-1].time_ns - client.last_ns >= LASTED_NS
    return again if lasted else []


def _last_heard(flow: Flow) -> tuple[int, int]:
    """When, and in which frame, the far side last showed that it hears this side.

    One that repeats what was acknowledged long ago does not: its segments come through, and nothing goes to it.
    """
    client, server = flow.client, flow.server
    stale = [p for p in flow.packets if p.direction == 1 and p.marks & SPURIOUS_RETRANSMISSION]
    if not stale or stale[-1].frame_number != server.last_frame:
        return server.last_ns, server.last_frame
    moved = [(server.last_data_ns, server.last_data_frame), (client.acked_ns, client.acked_frame)]
    return max(moved, key=lambda one: one[1])


def _own(flow: Flow, frame: int) -> bool:
    """Whether the wait that this frame of the client's ended was for the client itself."""
    return any(stall.next_frame == frame and stall.waiting_on == "client" for stall in flow_stalls(flow))


def rejecting(flow: Flow, after_frame: int) -> IcmpError | None:
    """The first ICMP error behind a frame that says that a flow's packets find no way; None where none does."""
    errors = (e for e in flow.icmp if e.what in ("unreachable", "time_exceeded") and e.frame > after_frame)
    return next(errors, None)
