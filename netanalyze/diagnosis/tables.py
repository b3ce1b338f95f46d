"""The tables of the result that take several floors to fill: flows, TLS handshakes, events."""

from netanalyze.flows.encrypted_dns import encrypted_dns
from netanalyze.flows.hello import hello_facts
from netanalyze.flows.icmp import IcmpError
from netanalyze.flows.observe import Flow, HalfFlow, conn_state
from netanalyze.flows.table import EventTable, FlowTable
from netanalyze.flows.tls import TlsTable
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.tls_names import alert_name


def service(flow: Flow) -> str | None:
    """What is spoken on a flow, as Zeek names it."""
    if secret := encrypted_dns(flow):
        return secret
    if flow.tls:
        return "tls"
    if flow.quic and flow.quic.sure:
        return "quic"
    if flow.http:
        return "http"
    if flow.dns or flow.server.port in (53, 5353, 5355):
        return "dns"
    if flow.conversation and flow.conversation.opening[1].startswith(b"SSH-"):
        return "ssh"
    return None


def timeout_ns(half: HalfFlow) -> int:
    """The half-flow's retransmission timeout, -1 while no round trip was measured."""
    return half.retransmission_timeout_ns if half.rtt_samples else -1


def flow_table(flows: list[Flow], judged: set[int]) -> FlowTable:
    """One row per flow."""
    rows = []
    for f in flows:
        c, s = f.client, f.server
        initial = f.established_ns - f.last_syn_ns if NEVER_NS not in (f.established_ns, f.last_syn_ns) else -1
        rows.append(
            {
                "flow_id": f.id, "transport": "tcp" if f.is_tcp else "udp", "ip_version": f.ip_version,
                "orig_address": c.address, "orig_port": c.port, "resp_address": s.address, "resp_port": s.port,
                "process": f.process or None, "pid": f.owner.pid if f.owner else 0, "owned": f.owner.owned if f.owner else None,
                "host": f.host, "sni": f.tls.sni if f.tls else f.quic.tls.sni if f.quic else None,
                "tunnel": f.tunnel or None, "service": service(f), "judged": int(f.id in judged),
                "first_ns": f.first_ns, "last_ns": f.last_ns, "first_frame": f.first_frame, "last_frame": f.last_frame,
                "orig_packets": c.packets, "resp_packets": s.packets, "orig_octets": c.octets, "resp_octets": s.octets,
                "syn_ns": c.syn_ns, "syn_ack_ns": s.syn_ns, "established_ns": f.established_ns,
                "orig_fin_ns": c.fin_ns, "resp_fin_ns": s.fin_ns, "orig_rst_ns": c.rst_ns, "resp_rst_ns": s.rst_ns,
                "initial_rtt_ns": initial, "orig_rtt_minimum_ns": c.rtt_minimum_ns,
                "resp_rtt_minimum_ns": s.rtt_minimum_ns, "orig_retransmissions": c.resent, "resp_retransmissions": s.resent,
                "orig_timeout_ns": timeout_ns(c), "resp_timeout_ns": timeout_ns(s),
                "orig_tail_losses": c.tail_resent, "resp_tail_losses": s.tail_resent,
                "orig_in_flight_most": c.flight_most, "resp_in_flight_most": s.flight_most,
                "orig_sacks": c.sacks, "resp_sacks": s.sacks, "orig_dsacks": c.dsacks, "resp_dsacks": s.dsacks,
                "orig_window_scale": c.scale, "resp_window_scale": s.scale, "orig_mss": c.mss, "resp_mss": s.mss,
                "sack_permitted": int(bool(c.sack_permitted and s.sack_permitted)),
                "conn_state": conn_state(f), "history": f.history if f.is_tcp else None,
            }
        )  # fmt: skip
    return FlowTable.from_rows(rows)


def tls_table(flows: list[Flow]) -> TlsTable:
    """One row per exchange of hellos."""
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
        rows += made
        handshake += bool(made)
    return TlsTable.from_rows(rows)


def event_table(flows: list[Flow], errors: list[IcmpError]) -> EventTable:
    """Moments worth a place on the time line, in order."""
    rows = []

    def add(ns: int, frame: int, flow: int, kind: str, value: str = "") -> None:
        if ns != NEVER_NS:
            rows.append({"time_ns": ns, "frame_number": frame, "flow_id": flow, "kind": kind, "value": value})

    for f in flows:
        add(f.client.syn_ns, f.client.syn_frame, f.id, "syn")
        add(f.server.syn_ns, f.server.syn_frame, f.id, "syn_ack")
        add(f.established_ns, f.established_frame, f.id, "established")
        for side, half in zip(("client", "server"), f.halves):
            add(half.fin_ns, half.fin_frame, f.id, "fin", side)
            add(half.rst_ns, half.rst_frame, f.id, "rst", side)
        for said in f.tls.said if f.tls else ():
            value = ""
            if said.kind == "alert" and said.message:
                value = "encrypted" if said.message[0] == "encrypted" else alert_name(said.message[1])
            add(said.ns, said.frame, f.id, said.kind, value)
        for exchange in f.http.exchanges if f.http else ():
            add(exchange.request_ns, exchange.request_frame, f.id, "request", f"{exchange.method} {exchange.target}")
            add(exchange.response_ns, exchange.response_frame, f.id, "response", str(exchange.status))
        for t in f.dns:
            add(t.query_ns, t.query_frame, f.id, "dns_query", t.qname or "")
            add(t.response_ns, t.response_frame, f.id, "dns_response", t.qname or "")
    quoted = {id(error): f.id for f in flows for error in f.icmp}
    for error in errors:
        add(error.ns, error.frame, quoted.get(id(error), -1), "icmp", error.meaning)
    rows.sort(key=lambda row: (row["time_ns"], row["frame_number"]))
    return EventTable.from_rows(rows)
