"""FlowTable, StallTable, TransferTable, EventTable and the marks: what the flows look like at the door."""

from collections.abc import Sequence
from typing import Any

from netanalyze.columns import TEXT, Column, Table, time_column
from netanalyze.flows.flow import Flow
from netanalyze.flows.transfers.transfers import that_may_transfer, transfers


class FlowTable(Table):
    """One row per flow."""

    schema = (
        Column(
            "flow_id",
            "i4",
            "1",
            "number of the flow, from 0, by first appearance; TCP and UDP together (apart: tcp_stream, udp_stream)",
            "netanalyze",
        ),
        Column(
            "tcp_stream",
            "i4",
            "1",
            "Wireshark's number of the TCP flow; of several files, when merged",
            "tcp.stream",
            -1,
        ),
        Column(
            "udp_stream",
            "i4",
            "1",
            "Wireshark's number of the UDP flow; unknown beside tunnels in UDP",
            "udp.stream",
            -1,
        ),
        Column("transport", TEXT, "", "tcp or udp", "ip.proto"),
        Column("ip_version", "u1", "1", "4 or 6", "ip.version"),
        Column("orig_address", TEXT, "", "address of the originator (the client)", "Zeek id.orig_h"),
        Column("orig_port", "i4", "1", "its port", "Zeek id.orig_p"),
        Column("resp_address", TEXT, "", "address of the responder (the server)", "Zeek id.resp_h"),
        Column("resp_port", "i4", "1", "its port", "Zeek id.resp_p"),
        Column(
            "host", TEXT, "", "name it was meant for: SNI, CONNECT target, Host, or the name looked up", "netanalyze"
        ),
        Column("sni", TEXT, "", "server name in the ClientHello", "RFC 6066 3"),
        Column(
            "service", TEXT, "", "tls, quic, http, dns, dot, doh, doq, ssh, or what CONNECT carries", "Zeek service"
        ),
        Column("tunnel", TEXT, "", "what it came through, outermost first: gre 192.0.2.1 > 192.0.2.2", "netanalyze"),
        Column("process", TEXT, "", "program that owns it, where it is known", "live"),
        Column("pid", "i4", "1", "its process, 0 unknown", "live", 0),
        Column("owned", TEXT, "", "whether it is the command's: certain, inferred, or other (somebody else's)", "live"),
        Column("judged", "i1", "1", "1 if it counts for the verdict", "netanalyze"),
        time_column("first_ns", "first frame"),
        time_column("last_ns", "its last frame"),
        Column("first_frame", "i8", "1", "first frame", "frame.number"),
        Column("last_frame", "i8", "1", "last frame", "frame.number"),
        Column("orig_packets", "i8", "1", "packets from the originator", "Zeek orig_pkts"),
        Column("resp_packets", "i8", "1", "packets from the responder", "Zeek resp_pkts"),
        Column("orig_octets", "i8", "octets", "payload from the originator, retransmissions included", "tcp.len"),
        Column("resp_octets", "i8", "octets", "payload from the responder, retransmissions included", "tcp.len"),
        time_column("syn_ns", "first SYN"),
        time_column("syn_ack_ns", "first SYN-ACK"),
        time_column("established_ns", "the acknowledgment of the SYN-ACK"),
        time_column("orig_fin_ns", "first FIN of the originator"),
        time_column("resp_fin_ns", "first FIN of the responder"),
        time_column("orig_rst_ns", "first RST of the originator"),
        time_column("resp_rst_ns", "first RST of the responder"),
        Column(
            "initial_rtt_ns",
            "i8",
            "ns",
            "from the SYN to the acknowledgment of the SYN-ACK",
            "tcp.analysis.initial_rtt",
            -1,
        ),
        Column("orig_rtt_minimum_ns", "i8", "ns", "least round trip to the responder", "RFC 6298", -1),
        Column("resp_rtt_minimum_ns", "i8", "ns", "least round trip to the originator", "RFC 6298", -1),
        Column("orig_retransmissions", "i8", "1", "segments the originator sent again", "tcp.analysis.retransmission"),
        Column("resp_retransmissions", "i8", "1", "segments the responder sent again", "tcp.analysis.retransmission"),
        Column(
            "orig_timeout_ns",
            "i8",
            "ns",
            "retransmission timeout its round trips give, 200 ms or more",
            "RFC 6298 2",
            -1,
        ),
        Column("resp_timeout_ns", "i8", "ns", "the same of the responder", "RFC 6298 2", -1),
        Column("orig_tail_losses", "i8", "1", "retransmissions of the last segment sent", "RFC 8985 7"),
        Column("resp_tail_losses", "i8", "1", "the same of the responder", "RFC 8985 7"),
        Column(
            "orig_in_flight_most",
            "i8",
            "octets",
            "most octets sent and not yet acknowledged",
            "tcp.analysis.bytes_in_flight",
        ),
        Column("resp_in_flight_most", "i8", "octets", "the same of the responder", "tcp.analysis.bytes_in_flight"),
        Column("orig_sacks", "i8", "1", "acknowledgments with SACK blocks for the originator's octets", "RFC 2018"),
        Column("resp_sacks", "i8", "1", "acknowledgments with SACK blocks for the responder's octets", "RFC 2018"),
        Column("orig_dsacks", "i8", "1", "those that say the originator's octets came twice", "RFC 2883"),
        Column("resp_dsacks", "i8", "1", "those that say the responder's octets came twice", "RFC 2883"),
        Column("orig_window_scale", "i2", "1", "window scale, -1 unknown, -2 not used", "RFC 7323", -1),
        Column("resp_window_scale", "i2", "1", "window scale, -1 unknown, -2 not used", "RFC 7323", -1),
        Column("orig_mss", "i4", "octets", "MSS announced by the originator, 0 none", "RFC 9293 3.7.1"),
        Column("resp_mss", "i4", "octets", "MSS announced by the responder, 0 none", "RFC 9293 3.7.1"),
        Column("sack_permitted", "i1", "1", "1 if both sides permit SACK", "RFC 2018"),
        Column("conn_state", TEXT, "", "state at the end", "Zeek conn_state"),
        Column("history", TEXT, "", "what happened, a letter each", "Zeek history"),
    )


class StallTable(Table):
    """One row per span in which somebody owed the next move and no frame moved it."""

    schema = (
        Column("flow_id", "i4", "1", "flow, -1 where a lookup took several", "netanalyze", -1),
        time_column("start_ns", "the last move before it"),
        time_column("end_ns", "the move that ended it, or the end of the capture"),
        Column("waiting_for", TEXT, "", "the move that was owed", "netanalyze.flows.stalls"),
        Column("waiting_on", TEXT, "", "who owed it: client, server, resolver or path", "netanalyze.flows.stalls"),
        Column("last_frame", "i8", "1", "the last move before it", "frame.number", 0),
        Column("next_frame", "i8", "1", "the move that ended it, 0 none", "frame.number", 0),
        Column("resent", "i4", "1", "retransmissions meanwhile", "tcp.analysis.retransmission"),
    )


class TransferTable(Table):
    """One row per span of a transfer in which one thing limited it; those of a transfer lie end to end."""

    schema = (
        Column("flow_id", "i4", "1", "flow", "netanalyze", -1),
        Column("direction", "i4", "1", "who sends: 0 the client, 1 the server", "netanalyze.flows.transfers.transfers"),
        time_column("start_ns", "the end of the span before"),
        time_column("end_ns", "the last octets of it, or the end of a pause"),
        Column(
            "limit",
            TEXT,
            "",
            "sender, receiver, loss, reordering, path or latency",
            "netanalyze.flows.transfers.transfers",
        ),
        Column("octets", "i8", "octet", "new octets in it", "tcp.len"),
        Column("transfer", "i4", "1", "which transfer of the capture", "netanalyze.flows.transfers.transfers"),
    )


def transfer_table(flows: Sequence[Flow]) -> TransferTable:
    """The spans of the transfers of some flows."""
    found = [one for flow in that_may_transfer(flows) for one in transfers(flow)]
    return TransferTable.from_rows(
        {
            "flow_id": one.flow_id, "direction": one.direction, "start_ns": span.start_ns, "end_ns": span.end_ns,
            "limit": span.limit, "octets": span.octets, "transfer": at,
        }
        for at, one in enumerate(found)
        for span in one.spans
    )  # fmt: skip


class EventTable(Table):
    """One row per event worth a place on the time line."""

    schema = (
        time_column("time_ns", "when"),
        Column("frame_number", "i8", "1", "frame that shows it, 0 none", "frame.number", 0),
        Column("flow_id", "i4", "1", "flow, -1 none", "netanalyze", -1),
        Column("kind", TEXT, "", "what happened", "netanalyze"),
        Column("value", TEXT, "", "particulars", "netanalyze"),
    )


class MarkTable(Table):
    """One row per TCP mark; a packet may have several."""

    schema = (
        Column("frame_number", "i8", "1", "frame that bears the mark", "frame.number"),
        Column("flow_id", "i4", "1", "its flow", "netanalyze"),
        Column("mark", TEXT, "", "the mark, named as Wireshark's tcp.analysis.*", "Wireshark 4.0"),
    )


def mark_table(rows: Any) -> MarkTable:
    """The marks from (frame, flow, bits) rows, ``i8 (n, 3)``."""
    import numpy as np

    from netanalyze.tracking.marks import NAMES

    frames, flows, names, order = [], [], [], []
    for bit, name in enumerate(NAMES):
        chosen = np.flatnonzero(rows[:, 2] >> bit & 1)
        frames.append(rows[chosen, 0])
        flows.append(rows[chosen, 1])
        names.append(np.full(len(chosen), name, dtype=object))
        order.append(chosen * len(NAMES) + bit)
    at = np.argsort(np.concatenate(order), kind="stable")
    return MarkTable(
        frame_number=np.concatenate(frames)[at], flow_id=np.concatenate(flows)[at], mark=np.concatenate(names)[at]
    )
