"""Number the flows: which conversation a packet belongs to, and which way it goes.

A flow is the unordered pair of (address, port) with the transport protocol; a SYN with another
initial sequence number begins a new one on the same ports, as in Wireshark.
"""

from netanalyze.capture.batch import FRAME
from netanalyze.kernel import kernel
from netanalyze.tracking.marks import RETRANSMISSION, REUSED_PORTS
from netanalyze.tracking.slots import slot_of
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.wire.layers import ACK, FIN, PACKET, RST, SYN, TCP, UDP

GROUP_OF_V6 = -1
"""The first octet of a group's address, ff (RFC 4291 section 2.7), as the sign of its upper half makes it."""
WELL_KNOWN, EPHEMERAL = 1024, 32768
"""Ports below the first are servers'; from the second on clients take them (Linux ip_local_port_range; IANA: 49152)."""


@kernel
def fill_slots(flows, count, slots, mask, key):
    """Enter all flows, oldest first, into empty slots, so that the newest of equal ones is found last and replaces."""
    for flow in range(count):
        f = flow * FLOW.WIDTH
        ports = flows[f + FLOW.PORTS]
        x_high, x_low, y_high, y_low = (
            flows[f + FLOW.A_HIGH],
            flows[f + FLOW.A_LOW],
            flows[f + FLOW.B_HIGH],
            flows[f + FLOW.B_LOW],
        )
        kind = flows[f + FLOW.KIND]
        at = slot_of(x_high, x_low, y_high, y_low, ports // 65536, ports & 65535, kind, key) & mask
        while slots[at] != 0 and way(flows, slots[at] - 1, x_high, x_low, y_high, y_low, ports, kind) < 0:
            at = (at + 1) & mask
        slots[at] = flow + 1


@kernel
def way(flows, flow, x_high, x_low, y_high, y_low, ports, kind):
    """Which way a packet from x to y goes in a flow: 0 as its originator's, 1 as its responder's, -1 it is none of its."""
    f = flow * FLOW.WIDTH
    if flows[f + FLOW.KIND] != kind:
        return -1
    if (
        flows[f + FLOW.PORTS] == ports
        and flows[f + FLOW.A_LOW] == x_low
        and flows[f + FLOW.B_LOW] == y_low
        and flows[f + FLOW.A_HIGH] == x_high
        and flows[f + FLOW.B_HIGH] == y_high
    ):
        return 0
    if (
        flows[f + FLOW.PORTS] == (ports & 65535) * 65536 + ports // 65536
        and flows[f + FLOW.A_LOW] == y_low
        and flows[f + FLOW.B_LOW] == x_low
        and flows[f + FLOW.A_HIGH] == y_high
        and flows[f + FLOW.B_HIGH] == x_high
    ):
        return 1
    return -1


@kernel
def track_flows(
    frames, packets, rows, first_frame, flows, halves, count, pairs, slots, mask, key, blank_flow, blank_half
):
    """Set ``flow_id`` and ``direction`` of each TCP and UDP packet; returns how many flows and pairs of half-flows there are.

    ``slots`` and ``halves`` must have room for ``rows`` more flows (FlowState.reserve); where ``flows`` has none, they and
    their packets are passed over. Packets of no flow get -1. ``blank_flow`` and ``blank_half`` are what new rows begin as,
    empty where those that are not in use yet are so already.
    """
    last = -1
    for row in range(rows):
        p, now = row * PACKET.WIDTH, frames[row * FRAME.WIDTH + FRAME.TIME_NS]
        flow = direction = slot = -1
        former = 0
        if packets[p + PACKET.LAYERS] & (TCP | UDP):
            flow, direction, slot = find_flow(packets, p, flows, slots, mask, key, last)
            if flow >= 0 and packets[p + PACKET.LAYERS] & TCP and packets[p + PACKET.TCP_FLAGS] & SYN:
                anew, former = begins_anew(packets, p, flows, flow, direction)
                flow = -1 if anew else flow
            if flow < 0 and (count + 1) * FLOW.WIDTH <= len(flows):  # else more than are tracked (FlowState.reserve)
                slots[slot if slot >= 0 else slot_of_packet(packets, p, slots, mask, key, last)] = count + 1
                flow = count
                clear(flows, flow * FLOW.WIDTH, blank_flow)
                direction = begin_flow(packets, p, flows, flow, former, now, first_frame + row)
                if packets[p + PACKET.LAYERS] & TCP:
                    clear(halves, 2 * pairs * HALF.WIDTH, blank_half)
                    clear(halves, (2 * pairs + 1) * HALF.WIDTH, blank_half)
                    flows[flow * FLOW.WIDTH + FLOW.PAIR] = pairs
                    pairs += 1
                count += 1
        packets[p + PACKET.FLOW_ID] = flow
        if flow < 0:
            packets[p + PACKET.MARKS] = 0
            continue
        last = flow
        packets[p + PACKET.DIRECTION] = direction
        flows[flow * FLOW.WIDTH + FLOW.LAST_NS] = now
        flows[flow * FLOW.WIDTH + FLOW.LAST_FRAME] = first_frame + row
        count_packet(packets, p, flows, flow * FLOW.WIDTH, direction)
        if packets[p + PACKET.LAYERS] & TCP:
            note_numbers(packets, p, flows, flow * FLOW.WIDTH, direction)
    return count, pairs


@kernel
def clear(cells, at, blank):
    """Let a row begin as a blank one."""
    for place in range(len(blank)):
        cells[at + place] = blank[place]


@kernel
def find_flow(packets, p, flows, slots, mask, key, last):
    """A packet's flow (-1 none yet), the way it goes, and the slot; most packets are of the ``last`` one's flow: slot -1 then."""
    x_high, x_low = packets[p + PACKET.SRC_HIGH], packets[p + PACKET.SRC_LOW]
    y_high, y_low = packets[p + PACKET.DST_HIGH], packets[p + PACKET.DST_LOW]
    x_port, y_port = packets[p + PACKET.SRC_PORT], packets[p + PACKET.DST_PORT]
    kind = packets[p + PACKET.IP_VERSION] * 256 + packets[p + PACKET.IP_PROTOCOL]
    ports = x_port * 65536 + y_port
    if last >= 0:
        direction = way(flows, last, x_high, x_low, y_high, y_low, ports, kind)
        if direction >= 0:
            return last, direction, -1
    slot = slot_of(x_high, x_low, y_high, y_low, x_port, y_port, kind, key) & mask
    while slots[slot] != 0:
        direction = way(flows, slots[slot] - 1, x_high, x_low, y_high, y_low, ports, kind)
        if direction >= 0:
            return slots[slot] - 1, direction, slot
        slot = (slot + 1) & mask
    return -1, 0, slot


@kernel
def slot_of_packet(packets, p, slots, mask, key, flow):
    """The slot of a flow that a packet is of; the one where it would be entered, should a later flow have taken its place."""
    kind = packets[p + PACKET.IP_VERSION] * 256 + packets[p + PACKET.IP_PROTOCOL]
    slot = (
        slot_of(
            packets[p + PACKET.SRC_HIGH], packets[p + PACKET.SRC_LOW], packets[p + PACKET.DST_HIGH],
            packets[p + PACKET.DST_LOW], packets[p + PACKET.SRC_PORT], packets[p + PACKET.DST_PORT], kind, key,
        ) & mask
    )  # fmt: skip
    while slots[slot] != flow + 1 and slots[slot] != 0:
        slot = (slot + 1) & mask
    return slot


@kernel
def begins_anew(packets, p, flows, flow, direction):
    """Whether a SYN begins another connection on the ports of a flow, and ``FLOW.FORMER`` of that; marks it as Wireshark does."""
    f = flow * FLOW.WIDTH
    number, answers = packets[p + PACKET.TCP_SEQ], packets[p + PACKET.TCP_FLAGS] & ACK
    if not flows[f + FLOW.BASE_KNOWN] >> direction & 1:
        if answers and flows[f + FLOW.FORMER] not in (0, number + 1):
            packets[p + PACKET.MARKS] = REUSED_PORTS
        return False, 0
    same = flows[f + FLOW.ANNOUNCED_0 + direction] == number
    if answers:
        if not same:
            packets[p + PACKET.MARKS] = REUSED_PORTS
            flows[f + FLOW.ANNOUNCED_0 + direction] = number
        return False, 0
    if not same:
        packets[p + PACKET.MARKS] = REUSED_PORTS
        return True, 0
    if not flows[f + FLOW.CLOSED]:
        return False, 0
    # the same number after a RST or FIN is a new attempt to us, a repeated SYN to Wireshark
    if flows[f + FLOW.PACKETS_0 + direction] > 0:
        packets[p + PACKET.MARKS] = RETRANSMISSION
    known = flows[f + FLOW.BASE_KNOWN] >> (1 - direction) & 1
    return True, flows[f + FLOW.ANNOUNCED_1 - direction] + 1 if known else 0


@kernel
def begin_flow(packets, p, flows, flow, former, now, frame):
    """Write the row of a new flow; returns which way the packet goes: the sender of a SYN is the originator, else who speaks to
    a group of IPv6, else who has not the well-known port, or of TCP has a client's."""
    f = flow * FLOW.WIDTH
    flags, x_port, y_port = packets[p + PACKET.TCP_FLAGS], packets[p + PACKET.SRC_PORT], packets[p + PACKET.DST_PORT]
    direction = 0
    if packets[p + PACKET.LAYERS] & TCP and flags & SYN:
        direction = 1 if flags & ACK else 0
    elif packets[p + PACKET.IP_VERSION] == 6 and packets[p + PACKET.DST_HIGH] >> 56 == GROUP_OF_V6:
        direction = 0
    elif x_port < y_port:
        clients_port = packets[p + PACKET.LAYERS] & TCP and x_port < EPHEMERAL and y_port >= EPHEMERAL
        direction = 1 if x_port < WELL_KNOWN or clients_port else 0
    flows[f + FLOW.KIND] = packets[p + PACKET.IP_VERSION] * 256 + packets[p + PACKET.IP_PROTOCOL]
    flows[f + FLOW.FORMER] = former
    flows[f + FLOW.FIRST_NS] = now
    flows[f + FLOW.FIRST_FRAME] = frame
    a, b = f + (FLOW.B_HIGH if direction else FLOW.A_HIGH), f + (FLOW.A_HIGH if direction else FLOW.B_HIGH)
    flows[a] = packets[p + PACKET.SRC_HIGH]
    flows[a + 1] = packets[p + PACKET.SRC_LOW]
    flows[b] = packets[p + PACKET.DST_HIGH]
    flows[b + 1] = packets[p + PACKET.DST_LOW]
    flows[f + FLOW.PORTS] = y_port * 65536 + x_port if direction else x_port * 65536 + y_port
    return direction


@kernel
def count_packet(packets, p, flows, f, direction):
    """Count a packet and its octets.

    The text of a RST says why it came, and is no octets of the stream (RFC 1122 section 4.2.2.12); how long it is, marks ask.
    """
    flows[f + FLOW.PACKETS_0 + direction] += 1
    if packets[p + PACKET.LAYERS] & TCP and packets[p + PACKET.TCP_FLAGS] & RST:
        packets[p + PACKET.PAYLOAD_CAPTURED] = 0
    else:
        flows[f + FLOW.OCTETS_0 + direction] += packets[p + PACKET.PAYLOAD_LENGTH]


@kernel
def note_numbers(packets, p, flows, f, direction):
    """Where both sides' sequence numbers begin, as far as a segment shows, and whether it closes."""
    flags, known = packets[p + PACKET.TCP_FLAGS], flows[f + FLOW.BASE_KNOWN]
    if known != 3:
        if not known >> direction & 1:
            base = (packets[p + PACKET.TCP_SEQ] - (0 if flags & SYN else 1)) & 0xFFFFFFFF
            flows[f + FLOW.BASE_0 + direction] = base
            flows[f + FLOW.ANNOUNCED_0 + direction] = base
            known |= 1 << direction
        if flags & ACK and not known >> (1 - direction) & 1:
            base = (packets[p + PACKET.TCP_ACK] - 1) & 0xFFFFFFFF
            flows[f + FLOW.BASE_1 - direction] = base
            flows[f + FLOW.ANNOUNCED_1 - direction] = base
            known |= 2 >> direction
        flows[f + FLOW.BASE_KNOWN] = known
    if flags & (RST | FIN):
        flows[f + FLOW.CLOSED] = 1
