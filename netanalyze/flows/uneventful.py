"""Flows with which nothing can be wrong: told from columns, so that whoever looks for trouble looks at the others alone.

The screen is conservative: what it lets through as uneventful is one dial, one TLS handshake, requests that were answered and a
close that the client began, within ``SHORT_NS``, without a segment sent again, lost or out of order. The client may answer what
comes behind its close with a reset: its socket is gone by then. No cause is found of such a flow by itself; those that add many
flows up look at all of them.
"""

from typing import TYPE_CHECKING

import numpy as np

from netanalyze.flows.application import application
from netanalyze.flows.hello import handshake_complete
from netanalyze.tracking.marks import ALL, BAD_CHECKSUM, BAD_OUTER_CHECKSUM, OVERTAKEN, WAS_HOLE, WINDOW_UPDATE
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import PROTOCOL_TCP

if TYPE_CHECKING:
    from netanalyze.flows.flow import Flow
    from netanalyze.flows.rows import FlowRows

SHORT_NS = 1_000_000_000
"""No wait of less than a second is a cause of its own, but where the command's own line sets a shorter timer (Index.eventful)."""
FAREWELL = 100
"""Octets of a server's last words: GOAWAY (RFC 9113 section 6.8: 17 octets and a reason) and close_notify (RFC 8446 section 6.1:
2), each in a record of its own, which adds up to 29 octets."""
NONE_OF = (
    "resent", "keep_alives", "dsacks", "out_of_order", "acked_first", "lost", "zero_count", "streak",
)  # fmt: skip
"""Counts of a half-flow each of which is something to look at (netanalyze.tracking.state)."""
LOOKED_AT = (ALL & ~WINDOW_UPDATE) | WAS_HOLE | OVERTAKEN | BAD_CHECKSUM | BAD_OUTER_CHECKSUM
"""Marks of a packet that are something to look at: any but that a window was opened further."""


def smooth(rows: "FlowRows") -> np.ndarray:
    """Which flows opened, spoke and closed without anything to look at in their segments, ``bool (n,)``."""
    there = (rows.flow("kind") % 256 == PROTOCOL_TCP) & (rows.flow("established_ns") != NEVER_NS)
    there &= rows.flow("last_ns") - rows.flow("first_ns") < SHORT_NS
    there &= rows.flow("duplicates") == 0
    for side in (0, 1):
        there &= np.array(rows.marks[side], dtype=np.int64) & LOOKED_AT == 0
        there &= (rows.half("syn_count", side) == 1) & (rows.half("first_data_ns", side) != NEVER_NS)
        there &= rows.half("octets", side) < rows.half("next", side)  # nothing was seen twice
        for name in NONE_OF:
            there &= rows.half(name, side) == 0
    return there & (rows.half("fin_frame", 0) > 0) & (_closed_in_turn(rows) | _closed_and_gone(rows))


def _closed_in_turn(rows: "FlowRows") -> np.ndarray:
    """Which were closed by the client and then by the server, all octets acknowledged, ``bool (n,)``."""
    found = rows.half("fin_frame", 0) < rows.half("fin_frame", 1)
    for side in (0, 1):
        found &= (rows.half("acked", side) >= rows.half("next", side) - 1) & (rows.half("rst_count", side) == 0)
        found &= rows.half("copies", side) == 0
    return found


def _closed_and_gone(rows: "FlowRows") -> np.ndarray:
    """Of which the client's socket was closed and gone when the server's last words came: it resets them, ``bool (n,)``."""
    reset_frame = rows.half("rst_frame", 0)
    found = (rows.half("rst_count", 1) == 0) & (rows.half("fin_frame", 0) < reset_frame)
    found &= (rows.half("acked_frame", 1) < reset_frame) & (rows.half("last_data_frame", 0) < reset_frame)
    found &= (rows.half("acked", 0) >= rows.half("fin_offset", 0)) & (rows.half("copies", 1) == 0)
    # of the client's resets each but the first may count as a copy: one answers each segment, and none has an IP id
    fin_frame = rows.half("fin_frame", 1)
    left = rows.half("next", 1) - (fin_frame > 0) - rows.half("acked", 1)
    return found & (left <= FAREWELL) & ((fin_frame == 0) | (fin_frame > rows.half("fin_frame", 0)))


def uneventful(flow: "Flow") -> bool:
    """Whether nothing can be wrong with a flow by itself."""
    tls = flow.tls
    if not flow.smooth or tls is None or flow.http is not None or flow.socks is not None or flow.icmp or flow.tunnel:
        return False
    if tls.not_tls is not None or tls.clear_alert() is not None or not handshake_complete(flow):
        return False
    read = application(flow)
    return read is not None and read.answered
