"""Who limits a transfer: its sender, its receiver, or the network between.

The classes are those of TAPO ("Demystifying and mitigating TCP stalls at the server side", CoNEXT 2015) put together:
data unavailable is the sender, a small or closed window the receiver, loss and a queue the network.
"""

from dataclasses import dataclass

from netanalyze.flows.observe import Flow
from netanalyze.flows.rate import download_rate
from netanalyze.flows.stalls import Stall
from netanalyze.units import duration, seconds, size
from netanalyze.wording import message

BULK = 300_000
"""Octets from which a transfer has a pace of its own: some two hundred segments (diagnosis/group.py)."""
MOST = 0.5
"""Share of the time that makes a limit: more than all else together."""
FILLED = 0.7
"""Part of what the window allows (window / round trip) from which the window is the limit."""
LOSS = 0.01
"""Half of tcp/loss's rate: from there on loss sets the pace even where it is no finding."""
GROWN = 3
"""As tcp/throttled's QUEUE: a round trip that grows so much under load is a queue."""
QUEUE_NS = 5_000_000
"""A round trip below this is reckoned as this: CoDel's target, RFC 8289 section 4.2, below which a queue does no harm."""

WINDOW = "its window of {window} goes once a round trip of {trip}"
OVERTAKEN = "{share} of the segments were overtaken, {needless} sent again needlessly"
QUEUE = "a queue: the round trip grew from {least} to {most}"


@dataclass(frozen=True)
class Limiter:
    """``who`` is sender, receiver or network; ``why`` says by what it is known."""

    who: str
    why: str


def limiter(flow: Flow, stalls: list[Stall]) -> Limiter | None:
    """What limits the download of a flow; None where it is too short, or where nothing tells."""
    server, client = flow.server, flow.client
    if server.octets < BULK or not server.sent_data:
        return None
    spent = max(server.last_data_ns - server.first_data_ns, 1)
    if client.zero_count and client.zero_ns >= MOST * spent:
        closed = message("it closed its window for {time}", time=duration(client.zero_ns))
        return Limiter("receiver", closed if client.zero_ns else "it closed its window")
    paused = sum(s.ns for s in stalls if s.waiting_for == "body" and s.waiting_on == "server" and not s.open)
    if paused >= MOST * spent:
        return Limiter("sender", message("it paused for {time} with the window open", time=duration(paused)))
    lost = max(server.resent - server.dsacks, 0)
    overtaken = server.out_of_order
    if overtaken > lost and overtaken >= LOSS * server.packets and server.dsacks:
        share = f"{overtaken / server.packets:.1%}"
        return Limiter("network", message(OVERTAKEN, share=share, needless=server.dsacks))
    if lost >= LOSS * server.packets:
        return Limiter("network", message("{share} of the segments were lost", share=f"{lost / server.packets:.1%}"))
    window = client.window << max(client.scale, 0) if client.window >= 0 else 0
    trip = flow.round_trip_ns
    if window and trip and server.octets / seconds(spent) >= FILLED * window / seconds(trip):
        return Limiter("receiver", message(WINDOW, window=size(window), trip=duration(trip)))
    least = max(client.rtt_minimum_ns, QUEUE_NS)
    if client.rtt_samples > GROWN and client.smoothed_ns > GROWN * least:
        grown = message(QUEUE, least=duration(client.rtt_minimum_ns), most=duration(client.smoothed_ns))
        return Limiter("network", grown)
    rate = download_rate(flow)
    if rate is not None and rate.steady:
        return Limiter("network", message("a steady {rate}/s", rate=size(rate.octets_per_second)))
    return None
