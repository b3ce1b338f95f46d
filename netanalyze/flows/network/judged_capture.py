"""Judge the capture before the network: one direction only, lost frames, a beginning that is missing, scans."""

from collections.abc import Sequence

import numpy as np

from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.scans import scanned
from netanalyze.flows.rows import Flows, are_tcp, of_halves, of_mask
from netanalyze.tracking.marks import ACK_LOST_SEGMENT, NO_NEW_HOLE
from netanalyze.tracking.tracker import FlowTracker

LARGEST_SEGMENT = 9000 - 40
"""Payload of a jumbo frame's segment: what is larger was never on the wire."""
ENOUGH_FLOWS = 2
SEVERAL = 4
"""So many frames that all have a time of whole seconds have it from their recorder: of microseconds, one in 10**24 by chance."""
SHARE, BULK = 0.01, 200
"""Of one flow's packets so many places, in a flow of so many, are a recorder that could not keep up: as many as tell
in causes/capture/lossy.py, and as many segments as a rate is told from (diagnosis/group.py)."""


def judge_capture(flows: Flows, tracker: FlowTracker, diagnostics: Diagnostics) -> None:
    """Add the diagnostics that only flows can show; each is added once."""
    tcp = flows.where(are_tcp(flows))
    first_frame = tcp.flow("first_frame")
    packets, acked, syns = (of_halves(tcp, name) for name in ("packets", "acked", "syn_count"))
    either = packets[0] + packets[1]

    def add(kind: str, which: np.ndarray, count: int | None = None) -> None:
        there = int(which.sum()) if count is None else count
        diagnostics.add(kind, there, int(first_frame[which].min()) if which.any() else None)

    if "one_way_capture" not in diagnostics:
        lone = (either >= 3) & ((packets[0] == 0) | (packets[1] == 0))
        lone &= ((packets[0] > 0) & (acked[1] > 1)) | ((packets[1] > 0) & (acked[0] > 1))
        # a SYN that nobody answers says nothing of the recorder
        if int(lone.sum()) > int(((packets[0] > 0) & (packets[1] > 0)).sum()):
            add("one_way_capture", lone)
    if "captured_midway" not in diagnostics:
        add("captured_midway", (syns[0] == 0) & (syns[1] == 0) & (either > 1))
    if "coarse_clock" not in diagnostics and tracker.whole_seconds and tracker.packets >= SEVERAL:
        diagnostics.add("coarse_clock", tracker.packets, 1)
    if "clock_set_ahead" not in diagnostics and (ahead := tracker.clocks.set_ahead()):
        diagnostics.add("clock_set_ahead", len(ahead), ahead[0])
    if "acked_unseen" not in diagnostics:
        rows = tracker.marks
        lost = rows[rows[:, 2] & (ACK_LOST_SEGMENT | NO_NEW_HOLE) == ACK_LOST_SEGMENT]
        if len(lost):
            lost = lost[~np.isin(lost[:, 1], _came_later(tcp, lost))]
        if len(lost):
            diagnostics.add("acked_unseen", len(lost), int(lost[0, 0]))
            ids = set(lost[:, 1].tolist())
            if len(lost) >= 10 and (len(ids) >= ENOUGH_FLOWS or _riddled(flows, lost)):
                diagnostics.add("capture_lossy", len(ids), int(lost[0, 0]))
    if "port_scan" not in diagnostics:
        probes = scanned(tcp)
        add("port_scan", np.isin(flows.rows.ids[tcp.places], list(probes)))
    if "duplicate_frames" not in diagnostics:
        duplicates = tcp.flow("duplicates")
        add("duplicate_frames", duplicates > 2, int(duplicates[duplicates > 2].sum()))
    if "offload_sized_segments" not in diagnostics:
        largest, mss = np.maximum(*of_halves(tcp, "largest")), of_halves(tcp, "mss")
        agreed = np.where(mss[0] > 0, mss[0], mss[1])
        both = of_mask(tcp, (largest > LARGEST_SEGMENT) | ((agreed > 0) & (largest > agreed)))
        diagnostics.add("offload_sized_segments", len(both), min(map(_first_large, both), default=None))


def _first_large(flow: Flow) -> int:
    """The first frame of a flow whose segment is larger than its ends agreed on; where none is kept, the flow's first."""
    most = min(flow.client.mss or flow.server.mss or LARGEST_SEGMENT, LARGEST_SEGMENT)
    return min((p.frame_number for p in flow.packets if p.length > most), default=flow.first_frame)


def _came_later(flows: Sequence[Flow], lost: np.ndarray) -> list[int]:
    """Flows in which each hole was filled by an original right after, or what was acknowledged unseen came behind its
    acknowledgment: the recorder put frames out of order (queues of a network card, two taps), it lost none."""
    ids, counts = np.unique(lost[:, 1], return_counts=True)
    marked = dict(zip(ids.tolist(), counts.tolist()))
    found = []
    for flow in flows:
        behind = sum(half.acked_first for half in flow.halves)
        late = behind + sum(half.out_of_order for half in flow.halves)
        if flow.id in marked and (marked[flow.id] <= behind or 0 < sum(half.lost for half in flow.halves) <= late):
            found.append(flow.id)
    return found


def _riddled(flows: Sequence[Flow], lost: np.ndarray) -> bool:
    """Whether one bulk transfer lacks segments all along, which a path that some of its packets avoid would not explain."""
    ids, counts = np.unique(lost[:, 1], return_counts=True)
    marked = dict(zip(ids.tolist(), counts.tolist()))
    return any(
        f.client.packets + f.server.packets >= BULK and marked[f.id] >= SHARE * (f.client.packets + f.server.packets)
        for f in flows
        if f.id in marked
    )
