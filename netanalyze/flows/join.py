"""Join messages to flows: conversations, lookups' names, ICMP errors."""

from bisect import bisect_right
from collections import defaultdict
from ipaddress import ip_address

from netanalyze.flows.icmp import IcmpError
from netanalyze.flows.messages import MessageReader
from netanalyze.flows.observe import Flow
from netanalyze.wire.layers import PROTOCOL_UDP

DNS_PORTS = (53, 5353, 5355)


def join(flows: list[Flow], messages: MessageReader) -> None:
    """Give each flow its conversation, transactions, names and ICMP errors."""
    named: dict[str, dict[str, list[int]]] = defaultdict(dict)  # by address: the names that gave it, and when
    for t in messages.dns.transactions:
        if t.answered and t.qname:
            for address in t.answers:
                named[address].setdefault(t.key, []).append(t.response_ns)
    for names in named.values():
        for moments in names.values():
            moments.sort()
    by_ports: dict[tuple, list[Flow]] = defaultdict(list)
    for flow in flows:
        flow.conversation = messages.conversations.get(flow.id)
        flow.quic = messages.quic.get(flow.id)
        flow.dns = messages.dns.of_flow(flow.id)
        flow.icmp = []
        names = named.get(flow.server.address, {})
        if names and flow.server.port not in DNS_PORTS:
            flow.names = _in_order(names, flow.first_ns)
        by_ports[
            _key(flow.protocol, flow.client.address, flow.client.port, flow.server.address, flow.server.port)
        ].append(flow)
    for error in messages.icmp:
        _join_error(error, by_ports)


def _in_order(names: dict[str, list[int]], ns: int) -> tuple[str, ...]:
    """The names that were told by then, the latest first; where none was, all, the first one first."""
    told = [(moments[at - 1], name) for name, moments in names.items() if (at := bisect_right(moments, ns))]
    if told:
        return tuple(name for _, name in sorted(told, reverse=True))
    return tuple(name for _, name in sorted((moments[0], name) for name, moments in names.items()))


def _key(protocol: int, a: str, a_port: int, b: str, b_port: int) -> tuple:
    return protocol, a, a_port, b, b_port


def _join_error(error: IcmpError, by_ports: dict[tuple, list[Flow]]) -> None:
    """Join an error to the flow of the packet it quotes, and to the DNS transaction if it is one."""
    source, destination = str(ip_address(error.quoted_source)), str(ip_address(error.quoted_destination))
    forward = _key(error.quoted_protocol, source, error.quoted_source_port, destination, error.quoted_destination_port)
    backward = _key(error.quoted_protocol, destination, error.quoted_destination_port, source, error.quoted_source_port)
    from_client = [f for f in by_ports.get(forward, []) if f.first_ns <= error.ns]
    from_server = [f for f in by_ports.get(backward, []) if f.first_ns <= error.ns]
    if from_client:
        flow = from_client[-1]
        flow.icmp.append(error)
        if flow.protocol == PROTOCOL_UDP and error.what == "unreachable":
            for t in flow.dns:
                if not t.answered and t.query_ns <= error.ns and not t.rejected_by_frame:
                    t.rejected_by_frame = error.frame
    elif from_server:
        flow = from_server[-1]
        if flow.protocol == PROTOCOL_UDP and error.what == "unreachable":
            for t in flow.dns:
                if t.answered and t.response_ns <= error.ns and not t.rejected_answer_frame:
                    t.rejected_answer_frame = error.frame
        elif error.what == "too_big":
            flow.icmp.append(error)
