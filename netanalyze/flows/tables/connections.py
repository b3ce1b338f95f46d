"""The tables of the result that take several floors to fill: flows, TLS handshakes, HTTP exchanges."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netanalyze.conversations.deferred import Deferred
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.conversations.http import Exchange, HttpTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.flows.application import ALERT_LENGTH, TLS13_OVERHEAD
from netanalyze.flows.flow import TIMEOUT_LEAST_NS, TIMEOUT_MOST_NS, Flow, history_text
from netanalyze.flows.hello import hello_facts, speaks_tls13
from netanalyze.flows.names.encrypted_dns import encrypted_dns
from netanalyze.flows.next_move import body_complete
from netanalyze.flows.rows import FlowRows, Flows, told_of
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.handshakes import smooth_handshakes
from netanalyze.flows.streams import Streams
from netanalyze.flows.table import FlowTable
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import PROTOCOL_TCP

NO_FRAME = 1 << 62
"""Behind every frame."""


def service(flow: Flow) -> str | None:
    """What is spoken on a flow, as Zeek names it."""
    if secret := encrypted_dns(flow):
        return secret
    if flow.tls:
        return "tls"
    if flow.surely_quic is not None:
        return "quic"
    if flow.http:
        return "http"
    if flow.dns or flow.server.port in (53, 5353, 5355):
        return "dns"
    if flow.opening(1).startswith(IDENTIFICATION):
        return "ssh"
    return None


SIDES = ("orig", "resp")
OF_FLOWS = ("first_ns", "last_ns", "first_frame", "last_frame", "established_ns")
OF_SIDES = {
    "packets": "packets", "octets": "octets", "fin_ns": "fin_ns", "rst_ns": "rst_ns", "rtt_minimum_ns": "rtt_minimum_ns",
    "retransmissions": "resent", "tail_losses": "tail_resent", "in_flight_most": "flight_most", "sacks": "sacks",
    "dsacks": "dsacks", "window_scale": "scale", "mss": "mss",
}  # fmt: skip
"""Columns of the table that are fields of the tracker's: of flows, and of either side (netanalyze.tracking.state)."""


def timeouts_ns(rows: FlowRows, direction: int) -> np.ndarray:
    """The half-flows' retransmission timeouts, -1 while no round trip was measured, ``i8 (n,)``."""
    smoothed, variation = rows.half("smoothed_ns", direction), rows.half("variation_ns", direction)
    timeout = np.minimum(smoothed + np.maximum(TIMEOUT_LEAST_NS, 4 * variation), TIMEOUT_MOST_NS)
    return np.where(rows.half("rtt_samples", direction) > 0, timeout, -1)


def conn_states(rows: FlowRows) -> np.ndarray:
    """Zeek's connection states (its conn.log documentation)."""
    sent, syn, fin, reset = (
        [rows.half(name, side) for side in (0, 1)] for name in ("packets", "syn_count", "fin_ns", "rst_count")
    )
    (syn_c, syn_s), (rst_c, rst_s) = ([count > 0 for count in counts] for counts in (syn, reset))
    fin_c, fin_s = (ns != NEVER_NS for ns in fin)
    udp, heard = rows.flow("kind") % 256 != PROTOCOL_TCP, [count > 0 for count in sent]
    open_, both, resets = rows.flow("established_ns") != NEVER_NS, fin_c & fin_s, rst_c | rst_s
    first = np.where(rst_s, rows.half("rst_frame", 1), NO_FRAME) > np.where(rst_c, rows.half("rst_frame", 0), NO_FRAME)
    cases = (
        (udp & heard[0] & heard[1], "SF"), (udp & heard[0], "S0"), (udp, "SHR"), (~syn_c & ~syn_s, "OTH"),
        (open_ & both, "SF"), (open_ & resets & first, "RSTO"), (open_ & resets, "RSTR"), (open_ & fin_c, "S2"),
        (open_ & fin_s, "S3"), (open_, "S1"), (syn_c & syn_s & rst_c, "RSTO"), (syn_c & syn_s & rst_s, "RSTR"),
        (syn_c & syn_s, "S1"), (syn_c & rst_s, "REJ"), (syn_c & rst_c, "RSTOS0"), (syn_c & fin_c, "SH"), (syn_c, "S0"),
        (rst_s, "RSTRH"),
    )  # fmt: skip
    return np.select([where for where, _ in cases], [state for _, state in cases], "SHR").astype(object)


def _histories(rows: FlowRows) -> list[str | None]:
    """Zeek's history of each flow of TCP."""
    packed = zip(*(rows.flow(f"history_{part}").tolist() for part in ("low", "high", "length")))
    return [history_text(*letters) if is_tcp else None for letters, is_tcp in zip(packed, rows.is_tcp.tolist())]


def _words(flows: Flows) -> dict[str, list[Any]]:
    """What was read of each flow: of plain ones their name and what is spoken, of the others what the objects have."""
    rows, plain, told = flows.rows, flows.rows.plain, told_of(flows)
    words: dict[str, list[Any]] = {name: [None] * len(flows) for name in ("host", "sni", "process", "owned", "tunnel")}
    words |= {"pid": [0] * len(flows), "service": ["dns" if one else None for one in plain.tolist()]}
    for place, names in rows.names.items():
        words["host"][place] = names[0] if names else None
    if told is not None:
        for place, name in zip(told.places.tolist(), told.name.tolist()):
            words["host"][place] = words["sni"][place] = told.hellos.names[name]
            words["service"][place] = "tls"
    for place, flow in zip(np.flatnonzero(~plain).tolist(), flows.odd):
        words["host"][place] = flow.host
        words["sni"][place] = flow.tls.sni if flow.tls else flow.quic.tls.sni if flow.quic else None
        words["process"][place] = flow.process or None
        words["tunnel"][place] = ", ".join(map(str, flow.tunnel)) or None
        words["service"][place] = service(flow)
        if flow.owner:
            words["pid"][place], words["owned"][place] = flow.owner.pid, flow.owner.owned or None
    return words


def flow_table(flows: Flows, judged: set[int], numbers: Streams) -> FlowTable:
    """One row per flow, of all that were tracked: numbers from the tracker's columns, words from what was read."""
    rows = flows.rows
    established, last_syn = rows.flow("established_ns"), rows.flow("last_syn_ns")
    timed = (established != NEVER_NS) & (last_syn != NEVER_NS)
    columns: dict[str, Any] = {name: rows.flow(name) for name in OF_FLOWS}
    for side, who in enumerate(SIDES):
        columns |= {f"{who}_{name}": rows.half(field, side) for name, field in OF_SIDES.items()}
        columns[f"{who}_timeout_ns"] = timeouts_ns(rows, side)
    return FlowTable(
        **columns,
        flow_id=rows.ids,
        tcp_stream=numbers.tcp[rows.ids],
        udp_stream=numbers.udp[rows.ids],
        transport=np.where(rows.is_tcp, "tcp", "udp").tolist(),
        ip_version=rows.flow("kind") // 256,
        orig_address=rows.client.values(),
        orig_port=rows.flow("ports") // 65536,
        resp_address=rows.server.values(),
        resp_port=rows.flow("ports") & 65535,
        **_words(flows),
        judged=np.isin(rows.ids, np.array(sorted(judged), dtype=np.int64)),
        syn_ns=rows.half("syn_ns", 0),
        syn_ack_ns=rows.half("syn_ns", 1),
        initial_rtt_ns=np.where(timed, established - last_syn, -1),
        sack_permitted=(rows.half("sack_permitted", 0) > 0) & (rows.half("sack_permitted", 1) > 0),
        conn_state=conn_states(rows),
        history=_histories(rows),
    )


def tls_table(flows: Flows, deferred: Deferred) -> TlsTable:
    """One row per exchange of hellos, in the order of the flows."""
    others, plain = _odd_handshakes(flows.odd), smooth_handshakes(flows, deferred)
    if plain is None:
        return others
    whole = others.followed_by(plain)
    whole = whole.where(np.argsort(whole.flow_id, kind="stable"))
    changes = (np.diff(whole.flow_id) != 0) | (np.diff(whole.handshake) != 0)
    whole.handshake[1:] = np.cumsum(changes)
    whole.handshake[0] = 0
    return whole


def _odd_handshakes(flows: Sequence[Flow]) -> TlsTable:
    rows = []
    handshake = 0
    for flow in flows:
        if flow.quic is not None and flow.quic.tls.said:
            made = flow.quic.tls.rows(handshake, {})
            rows += [row | {"quic_version": flow.quic.version_name} for row in made]
            handshake += bool(made)
        if flow.tls is None or not flow.tls.said:
            continue
        facts = hello_facts(flow)
        known = {}
        if facts is not None:
            known = {
                "client_hello_octets": facts.octets,
                "client_hello_segments": len(facts.segments),
                "client_hello_acked": facts.acked,
                "client_hello_sacked": facts.sacked,
            }
        made = flow.tls.rows(handshake, known)
        rows += [row | {"established": int(established(flow))} for row in made]
        handshake += bool(made)
    return TlsTable.from_rows(rows)


def established(flow: Flow) -> bool:
    """Whether application data went both ways: records are followed to the end, their octets are read of the beginning alone.

    In TLS 1.3 the client's Finished is a record of that kind as well, by which the handshake is over (Zeek reckons so); so is an
    alert, which is told by its size.
    """
    if not speaks_tls13(flow):
        read = flow.tls is not None and all(flow.tls.first_application)
        return read or all(flow.application_records(side) for side in (0, 1))
    told = any(record.length != TLS13_OVERHEAD + ALERT_LENGTH for record in flow.application_records(0))
    return told and bool(flow.application_records(1))


def http_table(flows: Sequence[Flow], requests: list[dict[str, Any]]) -> HttpTable:
    """One row per exchange in clear text, and behind them ``requests`` that the command told of."""
    clear = [row for flow in odd(flows) if flow.http for row in _exchange_rows(flow, flow.http.exchanges)]
    return HttpTable.from_rows(clear + requests)


def _exchange_rows(flow: Flow, exchanges: list[Exchange]) -> Iterator[dict[str, Any]]:
    """Rows of HttpTable; a long body is passed over unread, and the last one ended with the server's last octets."""
    for exchange, after in itertools.zip_longest(exchanges, exchanges[1:]):
        row = exchange.row()
        if exchange.response_frame and not exchange.body_over and body_complete(flow, exchange):
            row["body_octets"] = exchange.content_length
            if after is None:
                row["body_over_ns"] = flow.server.last_data_ns
        yield row
