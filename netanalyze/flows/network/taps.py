"""Packets that were captured at two places: before and behind a slow link, in one VLAN and in the next.

A copy bears the IP id, the sequence number and the flags of the packet it is a copy of, whenever it comes; a sender that
repeats a segment gives it an id of its own (RFC 6864 section 4 wants it so for what is not atomic, stacks do it for all).
Copies that come within milliseconds are known while packets are counted (netanalyze.tracking.copies).
"""

from netanalyze.flows.flow import Flow


def copies(flow: Flow) -> set[int]:
    """The frames, of those kept in detail, that are copies of earlier ones."""
    seen: set[tuple[int, int, int, int, int]] = set()
    found: set[int] = set()
    for p in flow.packets:
        key = (p.direction, p.offset, p.length, p.flags, p.ip_id)
        if p.ip_id and key in seen:
            found.add(p.frame_number)
        seen.add(key)
    return found
