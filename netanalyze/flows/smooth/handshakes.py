"""The TLS handshakes of connections that went smoothly, as columns of a table: read by layouts, without an object of any.

A layout of a ClientHello (netanalyze.conversations.hellos) has all of it but random numbers, keys and the name; a ServerHello's
has its cipher suite and the kinds of its extensions. Law: the rows are what the objects say (tests/laws/test_smooth_flows.py).
"""

from typing import Any, NamedTuple

import numpy as np

from netanalyze.conversations.deferred import FIRST_OFFSET, Beginnings, Deferred
from netanalyze.conversations.hellos import BODY, RANDOM
from netanalyze.conversations.tls import TlsTable
from netanalyze.flows.application import ALERT_LENGTH, TLS13_OVERHEAD
from netanalyze.flows.rows import Flows, told_of
from netanalyze.flows.smooth.screen import AT_ONCE
from netanalyze.tracking.records import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HEADER_LENGTH, RECORD
from netanalyze.wire.message.tls import ServerHello, parse_server_hello
from netanalyze.wire.message.tls_names import version_name


class _Whole(NamedTuple):
    """When hellos became whole, arrays of one number a flow.

    Attributes:
        octets: of the record that it fills, its header included.
        frame, ns: of the segment that brought the last of them.
        segments: that brought them.
    """

    octets: np.ndarray
    frame: np.ndarray
    ns: np.ndarray
    segments: np.ndarray


def smooth_handshakes(flows: Flows, deferred: Deferred) -> TlsTable | None:
    """One row per smooth connection, by flow; their ``handshake`` is not counted yet. None where there is none."""
    told = told_of(flows)
    if told is None:
        return None
    ids = flows.rows.ids[told.places]
    parts = [_some(deferred.streams(ids[first : first + AT_ONCE])) for first in range(0, len(ids), AT_ONCE)]
    client, server = (_Whole(*map(np.concatenate, zip(*(part[side] for part in parts)))) for side in (0, 1))
    answers = [answer for part in parts for answer in part[2]]
    offers = [_offered(hello) for hello in told.hellos.layouts]
    offered = [offers[layout] for layout in told.layout.tolist()]
    acked = np.clip(flows.rows.half("acked", 0)[told.places] - 1, 0, client.octets)
    return TlsTable(
        flow_id=ids,
        kind=["tls"] * len(ids),
        client_hello_frame=client.frame,
        server_hello_frame=server.frame,
        client_hello_ns=client.ns,
        server_hello_ns=server.ns,
        client_hello_octets=client.octets,
        client_hello_segments=client.segments,
        client_hello_acked=acked,
        client_hello_sacked=np.zeros(len(ids), dtype=np.int64),
        sni=[told.hellos.names[name] for name in told.name.tolist()],
        version=[version_name(answer.version) for answer in answers],
        cipher_suite=[answer.cipher_suite for answer in answers],
        ja3s=[answer.ja3s for answer in answers],
        established=_both_ways(flows, told.places),
        **{name: [one[name] for one in offered] for name in ("alpn", "groups", "ja3", "ja4", "offered_version")},
    )


def _both_ways(flows: Flows, places: np.ndarray) -> np.ndarray:
    """Whether application data went both ways: of the client's more than an alert, and any of the server's."""
    found = []
    for first in range(0, len(places), AT_ONCE):
        some = places[first : first + AT_ONCE]
        records, bounds = flows.rows.records.together(some, RECORD.FRAME_NUMBER)
        whose = np.repeat(np.arange(len(some)), bounds[:, 1] - bounds[:, 0])
        data = records[:, RECORD.CONTENT_TYPE] == APPLICATION_DATA
        own = data & (records[:, RECORD.DIRECTION] == 0) & (records[:, RECORD.LENGTH] != TLS13_OVERHEAD + ALERT_LENGTH)
        heard = data & (records[:, RECORD.DIRECTION] == 1)
        counts = [np.bincount(whose[which], minlength=len(some)) for which in (own, heard)]
        found.append((counts[0] > 0) & (counts[1] > 0))
    return np.concatenate(found)


class SmoothMoves(NamedTuple):
    """What was said in clear on smooth connections, in no order; ``place`` is which of what its flow said it is."""

    ns: np.ndarray
    frame: np.ndarray
    flow: np.ndarray
    place: np.ndarray
    kind: list[str]


def smooth_moves(flows: Flows, deferred: Deferred) -> SmoothMoves:
    """Both hellos of each smooth connection, and the changes of cipher that were read."""
    told = told_of(flows)
    chosen = told.places if told is not None else np.zeros(0, dtype=np.int64)
    parts = [_moves(flows, deferred, chosen[first : first + AT_ONCE]) for first in range(0, len(chosen), AT_ONCE)]
    nothing = np.zeros(0, dtype=np.int64)
    ns, frame, flow, place = (np.concatenate([nothing, *(part[at] for part in parts)]) for at in range(4))
    return SmoothMoves(ns, frame, flow, place, [kind for part in parts for kind in part.kind])


def _moves(flows: Flows, deferred: Deferred, places: np.ndarray) -> SmoothMoves:
    ids = flows.rows.ids[places]
    streams = deferred.streams(ids)
    records, bounds = flows.rows.records.together(places, RECORD.FRAME_NUMBER)
    whose = np.repeat(np.arange(len(places)), bounds[:, 1] - bounds[:, 0])
    changes = np.flatnonzero(records[:, RECORD.CONTENT_TYPE] == CHANGE_CIPHER_SPEC)
    number, whose, side = changes - bounds[whose[changes], 0], whose[changes], 2 * records[changes, RECORD.DIRECTION]
    ends = records[changes, RECORD.STREAM_OFFSET] - FIRST_OFFSET + HEADER_LENGTH + records[changes, RECORD.LENGTH]
    ends += streams.ends[whose, side]
    read = ends <= streams.ends[whose, side + 1]
    last = np.searchsorted(streams.behind, ends[read], "left")
    client, server = (_whole(streams, streams.ends[:, at]) for at in (0, 2))
    return SmoothMoves(
        np.concatenate([client.ns, server.ns, streams.ns[last]]),
        np.concatenate([client.frame, server.frame, streams.frame[last]]),
        np.concatenate([ids, ids, ids[whose[read]]]),
        np.concatenate([np.zeros(2 * len(ids), dtype=np.int64), 1 + number[read]]),
        ["client_hello"] * len(ids) + ["server_hello"] * len(ids) + ["change_cipher_spec"] * int(read.sum()),
    )


def _offered(hello: Any) -> dict[str, Any]:
    """What a ClientHello offers, as the table has it."""
    return {
        "alpn": list(hello.alpn),
        "groups": list(hello.groups),
        "ja3": hello.ja3,
        "ja4": hello.ja4,
        "offered_version": version_name(hello.offered_version),
    }


def _some(streams: Beginnings) -> tuple[_Whole, _Whole, list[ServerHello]]:
    """When both hellos of some flows became whole, and what the server's say."""
    firsts = streams.ends[:, 0], streams.ends[:, 2]
    client, server = (_whole(streams, begins) for begins in firsts)
    known: dict[tuple[int, ...], ServerHello] = {}
    octets = streams.octets.tobytes()
    answers = []
    for begin, length in zip(firsts[1].tolist(), server.octets.tolist()):
        body = octets[begin + BODY : begin + length]
        key = _chosen(body)
        if key not in known:
            known[key] = parse_server_hello(body)
        answers.append(known[key])
    return client, server, answers


def _whole(streams: Beginnings, begins: np.ndarray) -> _Whole:
    octets = HEADER_LENGTH + (streams.octets[begins + 3].astype(np.int64) << 8 | streams.octets[begins + 4])
    first = np.searchsorted(streams.behind, begins, "right")
    last = np.searchsorted(streams.behind, begins + octets, "left")
    return _Whole(octets, streams.frame[last], streams.ns[last], last - first + 1)


def _chosen(body: bytes) -> tuple[int, ...]:
    """What a usual ServerHello says without its random, session id and the data of its extensions."""
    at = RANDOM + 1 + body[RANDOM]
    kinds = [body[at] << 8 | body[at + 1]]
    at += 5
    while at + 4 <= len(body):
        kinds.append(body[at] << 8 | body[at + 1])
        at += 4 + (body[at + 2] << 8 | body[at + 3])
    return tuple(kinds)
