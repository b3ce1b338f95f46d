"""Who limits a transfer, in words: its sender, its receiver, or the network between (netanalyze.flows.transfers.transfers)."""

from collections.abc import Iterable
from dataclasses import dataclass

from netanalyze.flows.flow import Flow
from netanalyze.flows.transfers.path_rate import queues
from netanalyze.flows.transfers.transfer import DISORDER, LATENCY, LOSS, PATH, RECEIVER, SENDER, Transfer
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.tracking.bins import BULK as TRANSFER
from netanalyze.units import duration, size
from netanalyze.wording import Message, Text, message

BULK = 300_000
"""Octets from which a transfer has a pace of its own: some two hundred segments (diagnosis/group.py). Losses are seen, and need
no pace."""

CLOSED = "it closed its window for {time}"
WINDOW = "its window of {window} goes once a round trip of {trip}"
PAUSED = "it paused for {time} with the window open"
LOST = "{lost} of {segments} segments were lost: {time} of {whole} are recovery and small windows"
OVERTAKEN = "{overtaken} of {segments} segments were overtaken or came twice, {needless} were sent again needlessly"
QUEUE = "a queue: the round trip grew from {least} to {most}"
STEADY = "a steady {rate}/s"
TRIPS = "the window grew to {window}, which goes once a round trip of {trip}"
WHO = {
    SENDER: "sender",
    RECEIVER: "receiver",
    LOSS: "network",
    DISORDER: "network",
    PATH: "network",
    LATENCY: "round trip",
}


@dataclass(frozen=True)
class Limiter:
    """``who`` is sender, receiver, network or round trip; ``why`` says by what it is known."""

    who: str
    why: Text


def carries_bulk(flow: Flow) -> bool:
    """Whether a flow carried so much that one of its transfers may tell what limited it."""
    return any(max(half.octets, half.next) >= TRANSFER for half in flow.halves)


def limiter(flows: Iterable[Flow]) -> Limiter | None:
    """What limits the largest transfer of some flows; None where none is large, or nothing tells."""
    found = (
        (flow, one) for flow in flows if carries_bulk(flow) for one in transfers(flow)
        if one.octets >= BULK or one.limit in (LOSS, DISORDER)
    )  # fmt: skip
    most = max(found, key=lambda pair: pair[1].octets, default=None)
    if most is None or not most[1].by_limit().get(most[1].limit):
        return None  # it took no time, or the clock stepped back
    if most[1].limit == LATENCY and 2 * most[1].cost_ns(LATENCY) > most[1].by_limit()[LATENCY]:
        return None  # round trips alone do not explain the time
    return Limiter(WHO[most[1].limit], why(*most))


def why(flow: Flow, transfer: Transfer) -> Message:
    """By what it is known who limits a transfer."""
    limit, spent = transfer.limit, transfer.by_limit()
    receiver = flow.halves[1 - transfer.direction]
    trip = duration(transfer.round_trip_ns)
    if limit == SENDER:
        return message(PAUSED, time=duration(spent[SENDER]))
    if limit == RECEIVER and 2 * receiver.zero_ns >= spent[RECEIVER]:
        return message(CLOSED, time=duration(receiver.zero_ns))
    if limit == RECEIVER:
        return message(WINDOW, window=size(transfer.window), trip=trip)
    if limit == LOSS:
        time, whole = duration(spent[LOSS]), duration(transfer.ns)
        return message(LOST, lost=transfer.lost, segments=transfer.segments, time=time, whole=whole)
    if limit == DISORDER:
        overtaken, needless = transfer.overtaken, transfer.needless
        return message(OVERTAKEN, overtaken=overtaken, segments=transfer.segments, needless=needless)
    if limit == LATENCY:
        return message(TRIPS, window=size(transfer.window), trip=trip)
    if queues(flow):
        far = max(flow.halves, key=lambda half: half.rtt_minimum_ns)
        return message(QUEUE, least=duration(far.rtt_minimum_ns), most=duration(far.smoothed_ns))
    return message(STEADY, rate=size(transfer.rate))
