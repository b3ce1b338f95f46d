"""The screen of flows: of which there is nothing to say, told from columns.

Plain are datagrams to a resolver that were read as DNS, of whose lookups the transactions tell; and short TLS connections that
are uneventful (netanalyze.flows.uneventful), of whose waits the gaps and the records tell.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from netanalyze.conversations.hellos import HelloReader, Hellos
from netanalyze.conversations.messages import MessageReader
from netanalyze.flows.names.encrypted_dns import DOT_ALPN, serves_dns
from netanalyze.flows.rows import FlowRows
from netanalyze.flows.smooth.lone import LONE, read_lone_waits
from netanalyze.flows.smooth.requests import NEVER_FRAME, SMOOTH, TALK, read_requests
from netanalyze.flows.smooth.waits import WAIT, read_waits
from netanalyze.flows.transfers.limiter import BULK as PACED
from netanalyze.flows.turns import LARGE
from netanalyze.kernel import Engine
from netanalyze.tracking.bins import BULK, HEAD
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.records import DNS_PORT, RECORD

HTTPS_PORT = 443
"""What is spoken there is HTTP: each request is owed a response, and no server speaks first."""
AT_ONCE = 2048
"""Flows that are looked at together: their octets are put one behind the other for it."""


class SmoothFlows(NamedTuple):
    """What is told of plain TLS connections.

    Attributes:
        places: among the rows, in order.
        smooth, talks: a row of ``SMOOTH`` and one of ``TALK`` for each.
        waits, lone: rows of ``WAIT`` and of ``LONE``, by flow and in order; their flow is a place among ``places``.
        layout, name: the places of each flow's ClientHello among ``hellos.layouts``, and of its host among ``hellos.names``.
    """

    places: np.ndarray
    smooth: np.ndarray
    talks: np.ndarray
    waits: np.ndarray
    lone: np.ndarray
    layout: np.ndarray
    name: np.ndarray
    hellos: Hellos

    def where(self, places: np.ndarray) -> "SmoothFlows":
        """Those at some places among the rows, in order."""
        kept = np.isin(self.places, places)
        number = np.cumsum(kept) - 1
        waits, lone = (rows[kept[rows[:, 0]]] for rows in (self.waits, self.lone))
        for rows in (waits, lone):
            rows[:, 0] = number[rows[:, 0]]
        named = self.layout[kept], self.name[kept], self.hellos
        return SmoothFlows(self.places[kept], self.smooth[kept], self.talks[kept], waits, lone, *named)


def plain_datagrams(rows: FlowRows, messages: MessageReader) -> np.ndarray:
    """Which flows are datagrams to a resolver that were read as DNS, ``bool (n,)``."""
    found = ~rows.is_tcp & (rows.server_port == DNS_PORT) & messages.dns.carried(rows.ids)
    for side in (0, 1):
        found &= rows.half("packets", side) > 0
    return found & ~np.isin(rows.ids, np.array([*messages.quic, *messages.dtls], dtype=np.int64))


def which_are_plain(rows: FlowRows, messages: MessageReader, quoted: Collection[int], engine: Engine) -> None:
    """Tell the rows of which flows there is nothing to say.

    Args:
        quoted: the places of flows that an ICMP error quotes.
    """
    usual = ~np.isin(rows.ids, np.array([*rows.tunnels], dtype=np.int64))
    usual[list(quoted)] = False
    rows.plain = usual & plain_datagrams(rows, messages)
    short = (
        usual & np.array(rows.smooth, dtype=bool) & (rows.server_port == HTTPS_PORT) & messages.is_deferred(rows.ids)
    )
    for side, most in ((0, BULK), (1, PACED)):  # a larger response may say what limited it
        short &= np.maximum(rows.half("octets", side), rows.half("next", side)) < most
    places = np.flatnonzero(short)
    if len(places):
        rows.smooth_flows = _told_of(rows, messages, places, engine)
        rows.plain[rows.smooth_flows.places] = True


def _may_bear_a_body(rows: FlowRows, side: int) -> np.ndarray:
    """Of which bodies may tell whose turn it was, where records do not (netanalyze.flows.turns), ``bool (n,)``."""
    most = np.maximum(rows.half("octets", 0), rows.half("octets", 1))
    return (most >= BULK) & (rows.half("next", side) > HEAD) & (rows.half("largest", side) >= LARGE)


def _known_of(rows: FlowRows, places: np.ndarray) -> np.ndarray:
    """Rows of ``SMOOTH`` with what the tracker has of some flows."""
    server_fin_frame = rows.half("fin_frame", 1)
    smooth = np.zeros((len(places), SMOOTH.WIDTH), dtype=np.int64)
    for column, values in (
        (SMOOTH.CLIENT_END, rows.half("next", 0) - 1), (SMOOTH.SERVER_END, rows.half("next", 1) - (server_fin_frame > 0)),
        (SMOOTH.SERVER_ACKED, rows.half("acked", 1)), (SMOOTH.CLIENT_FIN_FRAME, rows.half("fin_frame", 0)),
        (SMOOTH.SERVER_FIN_FRAME, np.where(server_fin_frame > 0, server_fin_frame, NEVER_FRAME)),
        (SMOOTH.CLIENT_BODY, _may_bear_a_body(rows, 0)), (SMOOTH.SERVER_BODY, _may_bear_a_body(rows, 1)),
        (SMOOTH.ROUND_TRIP_NS, np.maximum(rows.half("rtt_minimum_ns", 0), 0)),
        (SMOOTH.SERVER_FIRST_FRAME, rows.half("first_data_frame", 1)), (SMOOTH.FIRST_NS, rows.flow("first_ns")),
        (SMOOTH.ESTABLISHED_NS, rows.flow("established_ns")), (SMOOTH.STOP_NS, rows.flow("progress_ns")),
    ):  # fmt: skip
        smooth[:, column] = values[places]
    return smooth


def _told_of(rows: FlowRows, messages: MessageReader, chosen: np.ndarray, engine: Engine) -> SmoothFlows:
    """What is told of those of some flows, by their places, of which it is told."""
    reader, known = HelloReader(engine), _known_of(rows, chosen)
    parts = [
        _some_told(rows, messages, chosen[first : first + AT_ONCE], known[first : first + AT_ONCE], engine, reader)
        for first in range(0, len(chosen), AT_ONCE)
    ]
    before = 0
    for part in parts:
        part.waits[:, WAIT.FLOW] += before
        part.lone[:, LONE.FLOW] += before
        before += len(part.places)
    places, smooth, talks, waits, lone, layout, name = (
        np.concatenate(columns) for columns in zip(*(part[:-1] for part in parts))
    )
    return SmoothFlows(places, smooth, talks, waits, lone, layout, name, parts[-1].hellos)


def _some_told(
    rows: FlowRows, messages: MessageReader, places: np.ndarray, smooth: np.ndarray, engine: Engine, reader: HelloReader
) -> SmoothFlows:
    """The same of so many that are looked at together; ``smooth`` is what the tracker has of them."""
    hellos = reader.read(messages.deferred.streams(rows.ids[places]))
    offers = np.array(["h2" in hello.alpn for hello in hellos.layouts] or [False], dtype=bool)
    secret = np.array([DOT_ALPN in hello.alpn for hello in hellos.layouts] or [False], dtype=bool)
    resolver = np.array([serves_dns(name) for name in hellos.names] or [False], dtype=bool)
    usual = hellos.usual & ~secret[hellos.layout] & ~resolver[hellos.name]
    places, smooth, layout, name = places[usual], smooth[usual], hellos.layout[usual], hellos.name[usual]
    records, record_ends = rows.records.together(places, RECORD.FRAME_NUMBER)
    gaps, gap_ends = rows.gaps.together(places, GAP.START_NS)
    smooth[:, [SMOOTH.RECORD_FIRST, SMOOTH.RECORD_BEHIND]] = record_ends
    smooth[:, [SMOOTH.GAP_FIRST, SMOOTH.GAP_BEHIND]] = gap_ends
    smooth[:, SMOOTH.HTTP2_OFFERED] = offers[layout]
    talks, roles = np.zeros((len(places), TALK.WIDTH), dtype=np.int64), np.zeros(len(records) + 1, dtype=np.int64)
    waits = np.zeros((len(gaps) + 1, WAIT.WIDTH), dtype=np.int64)
    flat = records.reshape(-1), smooth.reshape(-1), talks.reshape(-1)
    engine.run(read_requests, flat[0], len(places), flat[1], flat[2], roles)
    count = int(
        engine.run(read_waits, gaps.reshape(-1), flat[0], len(places), flat[1], flat[2], roles, waits.reshape(-1))
    )
    lone = np.zeros((len(records) + 1, LONE.WIDTH), dtype=np.int64)
    alone = int(engine.run(read_lone_waits, flat[0], len(places), flat[1], flat[2], roles, lone.reshape(-1)))
    found = SmoothFlows(places, smooth, talks, waits[:count], lone[:alone], layout, name, hellos)
    return found.where(places[talks[:, TALK.IS_TOLD] > 0])
