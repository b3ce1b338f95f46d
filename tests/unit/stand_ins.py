"""What stands for a flow, its sides, gaps and packets where a question looks at a few of their attributes alone."""

from types import SimpleNamespace

import numpy as np

from netanalyze.tracking.bins import BIN
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.tracking.marks import RETRANSMISSION
from netanalyze.units import NEVER_NS

QUEUE_NS = 5_000_000


def half(**more):
    """One side of a flow."""
    usual = {
        "rtt_samples": 9, "smoothed_ns": 0, "rtt_minimum_ns": QUEUE_NS, "largest": 1460, "octets": 14600,
        "packets": 10, "copies": 0, "mss": 1460, "resent": 0, "dsacks": 0, "id_ones": 9, "flight_most": 0, "scale": 0,
        "last_ns": 0, "last_frame": 0, "first_data_ns": 1, "last_data_ns": 9, "acked_ns": NEVER_NS, "acked_frame": 0,
        "last_data_frame": 0, "unacked": 1, "rst_count": 0, "rst_frame": 0, "sent_data": True, "fin_frame": 0,
        "streak": 0, "lost": 0, "out_of_order": 0,
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


def binned(*rows):
    cells = np.zeros((len(rows), BIN.WIDTH), dtype=np.int64)
    for at, row in enumerate(rows):
        for name, value in row.items():
            cells[at, BIN.names.index(name)] = value
    return cells


def gap(**more):
    """A gap after which the server goes on."""
    usual = {
        "start_ns": 0, "end_ns": 10**9, "last_frame": 10, "next_frame": 20, "last_kind": KIND_DATA, "next_kind": KIND_DATA,
        "next_direction": 1, "last_direction": 0, "data_direction": 1, "resent_0": 0, "resent_1": 0, "unacked_0": 0,
        "unacked_1": 0, "window_0": -1, "window_1": -1, "first_resent_frame": 0, "id_step": 1, "keep_alives_1": 0,
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


def packet(frame, ns=0, marks=0, direction=1, length=1460, offset=1, window=9, flags=16):
    return SimpleNamespace(
        frame_number=frame,
        time_ns=ns,
        marks=marks,
        direction=direction,
        length=length,
        offset=offset,
        window=window,
        flags=flags,
    )


def flow(*packets, sides=(None, None), **more):
    usual = {
        "packets": sorted(packets, key=lambda p: p.frame_number), "known": {"from afar": False}, "clear": None,
        "data_packets": tuple([p for p in packets if p.direction == at] for at in (0, 1)), "gaps": [], "established": True,
        "tunnelled": False,
        "halves": tuple(side or half() for side in sides), "marks": lambda at: RETRANSMISSION, "first_ns": 0, "tls": None,
    }  # fmt: skip
    made = SimpleNamespace(**usual | more)
    made.client, made.server = made.halves
    return made
