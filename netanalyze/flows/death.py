"""How a flow fell silent: what the client tried after the last it heard."""

from dataclasses import dataclass

from netanalyze.flows.hello import hello_facts
from netanalyze.flows.marks import KEEP_ALIVE, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.flows.observe import Flow
from netanalyze.units import NEVER_NS


@dataclass(frozen=True)
class Silence:
    """The far side's last packet, and what the client sent in vain after it.

    ``repeats`` are retransmissions of octets never acknowledged, ``keep_alives`` probes never answered;
    ``idle_before_ns`` is how long nothing had been sent before the first segment that stayed unanswered.
    """

    last_heard_ns: int
    last_heard_frame: int
    repeats: int
    keep_alives: int
    first_try_frame: int
    last_try_frame: int
    last_try_ns: int
    idle_before_ns: int


def silence(flow: Flow) -> Silence | None:
    """The silence in which an established flow ended; None where the client had an answer to everything.

    A connection whose ClientHello got nowhere is left to the rules of the TLS phase.
    """
    client, server = flow.client, flow.server
    if not flow.established or not server.packets or server.rst_count or server.last_ns == NEVER_NS:
        return None
    facts = hello_facts(flow)
    if facts is not None and facts.answer_frame == 0:
        return None
    if not client.sent_data and not server.sent_data:
        return None
    tries = [
        p for p in flow.packets
        if p.direction == 0 and p.frame_number > server.last_frame
        and p.marks & (RETRANSMISSION | KEEP_ALIVE) and not p.marks & SPURIOUS_RETRANSMISSION
    ]  # fmt: skip
    repeats = [p for p in tries if p.marks & RETRANSMISSION]
    probes = [p for p in tries if p.marks & KEEP_ALIVE]
    if not tries:
        return None
    if repeats and client.unacked == 0:
        return None
    fresh = [
        p for p in flow.packets
        if p.direction == 0 and p.length and p.frame_number < tries[0].frame_number and not p.marks & RETRANSMISSION
        and p.time_ns >= server.last_ns
    ]  # fmt: skip
    idle = fresh[0].time_ns - server.last_ns if fresh else 0
    return Silence(
        server.last_ns, server.last_frame, len(repeats), len(probes), tries[0].frame_number, tries[-1].frame_number,
        tries[-1].time_ns, idle,
    )  # fmt: skip
