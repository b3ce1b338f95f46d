"""The table of events: what the tracker dated of all flows, what was read of them, lookups and ICMP errors, as columns.

Law: of flows with nothing to say it has what their objects would give (tests/laws/test_screen.py, test_smooth_flows.py).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.conversations.icmp import IcmpError
from netanalyze.conversations.messages import MessageReader
from netanalyze.flows.flow import Flow
from netanalyze.flows.rows import Flows
from netanalyze.flows.smooth.handshakes import smooth_moves
from netanalyze.flows.table import EventTable
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.tls_names import alert_name

TRACKED = (
    ("syn", 0, "syn", ""), ("syn", 1, "syn_ack", ""), ("established", -1, "established", ""), ("fin", 0, "fin", "client"),
    ("rst", 0, "rst", "client"), ("fin", 1, "fin", "server"), ("rst", 1, "rst", "server"),
)  # fmt: skip
"""What the tracker dates: the beginning of its fields' names, whose (-1: the flow's), the kind of event, its value."""
READ, ASKED, LAST = len(TRACKED), 1 << 32, 1 << 62
"""At one moment and in one frame what is read stands behind what is tracked, then lookups, behind all flows ICMP errors."""


class _Events(NamedTuple):
    """Some events; ``place`` is which of its flow it is."""

    ns: np.ndarray
    frame: np.ndarray
    flow: np.ndarray
    place: np.ndarray
    kind: Sequence[str]
    value: Sequence[str]


def event_table(flows: Flows, messages: MessageReader, errors: Sequence[IcmpError]) -> EventTable:
    """Moments worth a place on the time line, in order."""
    quoted = {id(error): flow.id for flow in flows.odd for error in flow.icmp}
    icmp = [(error.ns, error.frame, LAST, at, "icmp", error.meaning) for at, error in enumerate(errors)]
    parts = [
        *_tracked(flows),
        _of_rows(_read(flows.odd)),
        _smooth(flows, messages),
        *_asked(flows, messages),
        _of_rows(icmp),
    ]
    ns, frame, flow, place = (np.concatenate([part[column] for part in parts]) for column in range(4))
    kinds, values = ([text for part in parts for text in part[column]] for column in (4, 5))
    order = np.lexsort((place, flow, frame, ns))
    order = order[ns[order] != NEVER_NS]
    whose = flow[order]
    whose[whose == LAST] = [quoted.get(id(errors[at]), -1) for at in place[order][whose == LAST].tolist()]
    rows = order.tolist()
    return EventTable(
        time_ns=ns[order], frame_number=frame[order], flow_id=whose,
        kind=[kinds[row] for row in rows], value=[values[row] for row in rows],
    )  # fmt: skip


def _tracked(flows: Flows) -> Iterator[_Events]:
    count = len(flows)
    ids = flows.rows.ids[flows.places]
    for place, (name, side, kind, value) in enumerate(TRACKED):
        ns, frame = (
            flows.flow(f"{name}_{what}") if side < 0 else flows.half(f"{name}_{what}", side) for what in ("ns", "frame")
        )
        yield _Events(ns, frame, ids, np.full(count, place), [kind] * count, [value] * count)


def _smooth(flows: Flows, messages: MessageReader) -> _Events:
    """What was said on smooth connections in clear."""
    moves = smooth_moves(flows, messages.deferred)
    return _Events(moves.ns, moves.frame, moves.flow, READ + moves.place, moves.kind, [""] * len(moves.kind))


def _asked(flows: Flows, messages: MessageReader) -> Iterator[_Events]:
    """Queries and answers of the flows' lookups."""
    columns = messages.dns.columns()
    numbers = np.flatnonzero(np.isin(columns["flow_id"], flows.rows.ids[flows.places]))
    names = [name or "" for name, _ in messages.dns.texts.questions]
    asked = [names[code] for code in columns["question"][numbers].tolist()]
    for turn, what in enumerate(("query", "response")):
        ns, frame, flow = (columns[name][numbers] for name in (f"{what}_ns", f"{what}_frame", "flow_id"))
        yield _Events(ns, frame, flow, ASKED + 2 * numbers + turn, [f"dns_{what}"] * len(numbers), asked)


Row = tuple[int, int, int, int, str, str]


def _of_rows(rows: Sequence[Row]) -> _Events:
    ns, frame, flow, place = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4).T
    return _Events(ns, frame, flow, place, [row[4] for row in rows], [row[5] for row in rows])


def _read(flows: Sequence[Flow]) -> list[Row]:
    """What was said of TLS in clear, and asked and answered of HTTP, on flows that are objects."""
    rows: list[Row] = []
    for flow in flows:
        of_flow: list[tuple[int, int, str, str]] = []
        for move in flow.tls.said if flow.tls else ():
            value = ""
            if move.kind == "alert" and move.message:
                value = "encrypted" if move.message[0] == "encrypted" else alert_name(move.message[1])
            of_flow.append((move.ns, move.frame, move.kind, value))
        for exchange in flow.http.exchanges if flow.http else ():
            row = exchange.row()  # without secrets
            of_flow.append((exchange.request_ns, exchange.request_frame, "request", f"{row['method']} {row['target']}"))
            of_flow.append((exchange.response_ns, exchange.response_frame, "response", str(exchange.status)))
        rows += [(ns, frame, flow.id, READ + at, kind, value) for at, (ns, frame, kind, value) in enumerate(of_flow)]
    return rows
