"""Number the flows: which conversation a packet belongs to, and which way it goes.

A flow is the unordered pair of (address, port) with the transport protocol; a SYN with another
initial sequence number begins a new one on the same ports, as in Wireshark.
"""

from netanalyze.capture import batch as frame_fields
from netanalyze.flows.marks import REUSED_PORTS
from netanalyze.flows.state import (
    A_HIGH,
    A_LOW,
    ANNOUNCED_0,
    ANNOUNCED_1,
    B_HIGH,
    B_LOW,
    BASE_0,
    BASE_1,
    BASE_KNOWN,
    CLOSED,
    FIRST_FRAME,
    FIRST_NS,
    FLOW_WIDTH,
    H_OCTETS,
    H_PACKETS,
    HALF_WIDTH,
    KIND,
    LAST_FRAME,
    LAST_NS,
    PORTS,
)
from netanalyze.kernel import kernel
from netanalyze.wire.layers import (
    ACK,
    DIRECTION,
    DST_HIGH,
    DST_LOW,
    DST_PORT,
    FIN,
    FLOW_ID,
    IP_PROTOCOL,
    IP_VERSION,
    LAYERS,
    MARKS,
    PAYLOAD_LENGTH,
    RST,
    SRC_HIGH,
    SRC_LOW,
    SRC_PORT,
    SYN,
    TCP,
    TCP_ACK,
    TCP_FLAGS,
    TCP_SEQ,
    UDP,
    WIDTH,
)

F_WIDTH, F_TIME = frame_fields.WIDTH, frame_fields.TIME_NS
WELL_KNOWN = 1024


@kernel
def slot_of(x_high, x_low, y_high, y_low, x_port, y_port, kind):
    """A 31-bit hash that is the same for both directions of a flow."""
    mixed = (x_low ^ y_low) + (x_high ^ y_high) * 3
    folded = (mixed ^ (mixed >> 32)) & 0xFFFFFFFF
    folded = (folded * 0x45D9F3B) & 0xFFFFFFFFFFFF
    folded = (folded ^ (folded >> 17)) + (x_port + y_port) * 40503 + (x_port ^ y_port) * 0x3D4D51 + kind * 7919
    return (folded ^ (folded >> 15)) & 0x7FFFFFFF


@kernel
def fill_slots(flows, count, slots, mask):
    """Enter all flows, oldest first, into empty slots, so that the newest of equal ones is found last and replaces."""
    for flow in range(count):
        f = flow * FLOW_WIDTH
        ports = flows[f + PORTS]
        at = (
            slot_of(
                flows[f + A_HIGH], flows[f + A_LOW], flows[f + B_HIGH], flows[f + B_LOW],
                ports // 65536, ports & 65535, flows[f + KIND],
            ) & mask
        )  # fmt: skip
        while slots[at] != 0:
            o = (slots[at] - 1) * FLOW_WIDTH
            if flows[o + KIND] == flows[f + KIND] and (
                (
                    flows[o + PORTS] == ports
                    and flows[o + A_LOW] == flows[f + A_LOW]
                    and flows[o + B_LOW] == flows[f + B_LOW]
                    and flows[o + A_HIGH] == flows[f + A_HIGH]
                    and flows[o + B_HIGH] == flows[f + B_HIGH]
                )
                or (
                    flows[o + PORTS] == (ports & 65535) * 65536 + ports // 65536
                    and flows[o + A_LOW] == flows[f + B_LOW]
                    and flows[o + B_LOW] == flows[f + A_LOW]
                    and flows[o + A_HIGH] == flows[f + B_HIGH]
                    and flows[o + B_HIGH] == flows[f + A_HIGH]
                )
            ):
                break
            at = (at + 1) & mask
        slots[at] = flow + 1


@kernel
def track_flows(frames, packets, rows, first_frame, flows, halves, count, slots, mask):
    """Set ``flow_id`` and ``direction`` of each TCP and UDP packet; returns the number of flows after it.

    ``slots`` must have room for ``rows`` more flows (FlowState.reserve); where ``flows`` has none, they and their
    packets are passed over. Packets of no flow get -1.
    """
    last_src_high = last_src_low = last_dst_high = last_dst_low = last_ports = 0
    last_kind = -1
    last_flow = 0
    last_direction = 0
    for row in range(rows):
        p = row * WIDTH
        layers = packets[p + LAYERS]
        if layers & (TCP | UDP) == 0:
            packets[p + FLOW_ID] = -1
            continue
        src_high = packets[p + SRC_HIGH]
        src_low = packets[p + SRC_LOW]
        dst_high = packets[p + DST_HIGH]
        dst_low = packets[p + DST_LOW]
        src_port = packets[p + SRC_PORT]
        dst_port = packets[p + DST_PORT]
        kind = packets[p + IP_VERSION] * 256 + packets[p + IP_PROTOCOL]
        ports = src_port * 65536 + dst_port
        flags = packets[p + TCP_FLAGS]
        if (
            ports == last_ports
            and src_low == last_src_low
            and dst_low == last_dst_low
            and src_high == last_src_high
            and dst_high == last_dst_high
            and kind == last_kind
        ):
            flow = last_flow
            direction = last_direction
            slot = -1
        else:
            slot = slot_of(src_high, src_low, dst_high, dst_low, src_port, dst_port, kind) & mask
            flow = -1
            direction = 0
            while slots[slot] != 0:
                candidate = slots[slot] - 1
                f = candidate * FLOW_WIDTH
                if flows[f + KIND] == kind:
                    if (
                        flows[f + PORTS] == ports
                        and flows[f + A_LOW] == src_low
                        and flows[f + B_LOW] == dst_low
                        and flows[f + A_HIGH] == src_high
                        and flows[f + B_HIGH] == dst_high
                    ):
                        flow = candidate
                        break
                    if (
                        flows[f + PORTS] == dst_port * 65536 + src_port
                        and flows[f + A_LOW] == dst_low
                        and flows[f + B_LOW] == src_low
                        and flows[f + A_HIGH] == dst_high
                        and flows[f + B_HIGH] == src_high
                    ):
                        flow = candidate
                        direction = 1
                        break
                slot = (slot + 1) & mask
        f = flow * FLOW_WIDTH
        reused = 0
        if layers & TCP and flow >= 0:
            known = flows[f + BASE_KNOWN]
            if flags & SYN and known >> direction & 1:
                same = flows[f + ANNOUNCED_0 + direction] == packets[p + TCP_SEQ]
                if flags & ACK:
                    if not same:
                        reused = REUSED_PORTS
                        flows[f + ANNOUNCED_0 + direction] = packets[p + TCP_SEQ]
                elif not same or flows[f + CLOSED]:
                    reused = REUSED_PORTS if not same else 0
                    flow = -1
        if flow < 0 and (count + 1) * FLOW_WIDTH > len(flows):
            packets[p + FLOW_ID] = -1  # more flows than are tracked (FlowState.reserve)
            continue
        if flow < 0:
            if slot < 0:  # the remembered flow begins anew: find its slot
                slot = slot_of(src_high, src_low, dst_high, dst_low, src_port, dst_port, kind) & mask
                while slots[slot] != last_flow + 1:
                    slot = (slot + 1) & mask
            flow = count
            count += 1
            slots[slot] = flow + 1
            f = flow * FLOW_WIDTH
            flip = False
            if layers & TCP and flags & SYN:
                flip = flags & ACK != 0
            elif src_port != dst_port:
                flip = src_port < dst_port and src_port < WELL_KNOWN
            direction = 1 if flip else 0
            flows[f + KIND] = kind
            flows[f + FIRST_NS] = frames[row * F_WIDTH + F_TIME]
            flows[f + FIRST_FRAME] = first_frame + row
            if flip:
                flows[f + A_HIGH] = dst_high
                flows[f + A_LOW] = dst_low
                flows[f + B_HIGH] = src_high
                flows[f + B_LOW] = src_low
                flows[f + PORTS] = dst_port * 65536 + src_port
            else:
                flows[f + A_HIGH] = src_high
                flows[f + A_LOW] = src_low
                flows[f + B_HIGH] = dst_high
                flows[f + B_LOW] = dst_low
                flows[f + PORTS] = ports
        last_src_high, last_src_low, last_dst_high, last_dst_low = src_high, src_low, dst_high, dst_low
        last_ports, last_kind, last_flow, last_direction = ports, kind, flow, direction
        packets[p + FLOW_ID] = flow
        packets[p + DIRECTION] = direction
        flows[f + LAST_NS] = frames[row * F_WIDTH + F_TIME]
        flows[f + LAST_FRAME] = first_frame + row
        half = (flow * 2 + direction) * HALF_WIDTH
        halves[half + H_PACKETS] += 1
        halves[half + H_OCTETS] += packets[p + PAYLOAD_LENGTH]
        if layers & TCP:
            packets[p + MARKS] = reused
            known = flows[f + BASE_KNOWN]
            if known != 3:
                if not known >> direction & 1:
                    flows[f + BASE_0 + direction] = (packets[p + TCP_SEQ] - (0 if flags & SYN else 1)) & 0xFFFFFFFF
                    flows[f + ANNOUNCED_0 + direction] = flows[f + BASE_0 + direction]
                    known |= 1 << direction
                if flags & ACK and not known >> (1 - direction) & 1:
                    flows[f + BASE_1 - direction] = (packets[p + TCP_ACK] - 1) & 0xFFFFFFFF
                    flows[f + ANNOUNCED_1 - direction] = flows[f + BASE_1 - direction]
                    known |= 2 >> direction
                flows[f + BASE_KNOWN] = known
            if flags & (RST | FIN):
                flows[f + CLOSED] = 1
    return count
