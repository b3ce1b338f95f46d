"""Whose RST it is: the server's own stack's, or one of a box on the way.

A stack that resets a connection sends from the server's distance (TTL), with its next IP id or DF,
and nothing more afterwards. A box knows less: another TTL, an IP id of 0 or a fixed one, several RSTs
in a row, and the server's own packets still arrive after it.
"""

from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.units import duration
from netanalyze.wire.layers import ACK, RST, SYN
from netanalyze.wording import Text, message

TTL_SLACK = 1
"""Hops by which a TTL may differ on the same path (equal-cost routes)."""
FAR_NS = 5_000_000
"""Round trips shorter than this say nothing of who is nearer: schedulers alone differ by a millisecond or two."""


def provenance(flow: Flow) -> tuple[Text, list[Text]]:
    """(injected, peer or unknown, the signs that say so) of the server's first RST."""
    sent = [p for p in flow.packets if p.direction == 1]
    resets = [p for p in sent if p.flags & RST]
    if not resets:
        return "unknown", []
    first = resets[0]
    at = sent.index(first)
    honest, late = sent[:at], [p for p in sent[at:] if p.flags & (RST | ACK) == ACK]
    signs: list[Text] = []
    weight = 0
    if honest:
        expected = honest[-1].ttl
        off = abs(first.ttl - expected)
        if off > TTL_SLACK:
            signs.append(message("TTL {ttl}, the server's packets have {expected}", ttl=first.ttl, expected=expected))
            weight += 2
        elif off == TTL_SLACK:
            signs.append(message("TTL {ttl}, the server's packets have {expected}", ttl=first.ttl, expected=expected))
            weight += 1
        ids = [p.ip_id for p in honest if not p.flags & SYN]
        if first.ip_version == 4 and first.ip_id == 0 and any(ids) and not first.ip_flags & 2:
            signs.append("IP id 0, the server counts its ids")
            weight += 1
    soon = _before_it_can_be(flow, first)
    if soon is not None:
        signs.append(soon)
        weight += 1
    late_data = [p for p in late if p.length]
    if late_data:
        signs.append(
            message("the server's own data still comes after it (frame {frame})", frame=late_data[0].frame_number)
        )
        weight += 2
    elif late:
        signs.append(
            message("the server's own segments still come after it (frame {frame})", frame=late[0].frame_number)
        )
        weight += 1
    if len({p.offset for p in resets}) > 1:
        signs.append(message("{number} RSTs with different sequence numbers", number=len(resets)))
        weight += 1
    if weight >= 2:
        return "injected", signs
    if weight == 0 and honest:
        return "peer", signs
    return "unknown", signs


def _before_it_can_be(flow: Flow, reset: KeptPacket) -> Text | None:
    """That a RST came sooner after what the client sent than the server's answer could; None where it did not."""
    trip = flow.round_trip_ns
    asked = [p for p in flow.data_packets[0] if p.frame_number < reset.frame_number]
    if trip < FAR_NS or not asked:
        return None
    took = reset.time_ns - asked[-1].time_ns
    return (
        message("it came after {time}, the server is {trip} away", time=duration(took), trip=duration(trip))
        if 0 < 2 * took < trip
        else None
    )
