"""Attempts that nobody waits for: scans, and peers that are looked for, one port or one host after the other; traceroute;
and what strangers try at a server."""

from collections import defaultdict
from collections.abc import Sequence

from netanalyze.flows.dialing import outcome
from netanalyze.flows.flow import INITIAL_TTLS, Flow
from netanalyze.flows.rows import plain_flows
from netanalyze.flows.screen import odd
from netanalyze.flows.timeline.spans import Union

PORTS, HOSTS = 15, 25
"""Ports of one host, and hosts on one port, from which attempts are a scan (Zeek 5 policy/misc/scan.zeek: port_scan_threshold
15, addr_scan_threshold 25). No command opens so many connections to addresses that it did not look up and says nothing; who
shares files does (BEP 3: peers come as addresses and ports, and most are gone)."""


HOPS = 30
"""TTL up to which a SYN is traceroute's (traceroute(8), -m 30): hosts begin with 64, 128 or 255, and no path is that long."""
STRANGERS = 5
"""So many hosts that come from afar, each in vain, to a host that serves others elsewhere, or at as many ports: what every
public address hears all day. Captured at a server, these are no attempts of its own clients, and none of its own."""
IDENT = 113
"""Port at which a server asks back who calls (RFC 1413); nearly every client refuses, and is served all the same. It asks
while the call lasts; what goes there at another time is an attempt like any other."""


def unattended(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, of which nobody minds how they end: scans, traceroute's SYNs, a server's question who calls."""
    asked_back = _asked_back(flows)
    return scanned(flows) | _of_strangers(flows) | {
        flow.id for flow in odd(flows)
        if flow.seen_from_start and not flow.client.sent_data and (
            0 < flow.client.ttl <= HOPS or flow.id in asked_back
        )
    }  # fmt: skip


def _asked_back(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, in which a server asks who calls, begun while the call lasts."""
    questions = [flow for flow in odd(flows) if flow.is_tcp and flow.server.port == IDENT]
    if not questions:
        return set()
    # address translation may show the call and the question under different addresses: one of the two is the same
    calls: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for flow in flows:
        if flow.is_tcp and flow.server.port != IDENT:
            lasts = flow.first_ns, flow.last_ns + 1
            calls["from", flow.client.address].append(lasts)
            calls["to", flow.server.address].append(lasts)
    found = set()
    under_way = {place: Union(calls[place]) for one in questions for place in _ends_of_call(one) if place in calls}
    for one in questions:
        if any(
            place in under_way and under_way[place].within(one.first_ns, one.first_ns + 1)
            for place in _ends_of_call(one)
        ):
            found.add(one.id)
    return found


def _ends_of_call(question: Flow) -> tuple[tuple[str, str], tuple[str, str]]:
    """Where the call came from and went to that a question is about, if no address was translated."""
    return ("from", question.server.address), ("to", question.client.address)


def scanned(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, that are such attempts: nobody waits for any one of them."""
    ports: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    hosts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for flow in odd(flows):
        if not flow.seen_from_start or flow.client.sent_data or flow.names:
            continue
        ports[flow.client.address, flow.server.address][flow.server.port].append(flow.id)
        hosts[flow.client.address][flow.server.address].append(flow.id)
    found: set[int] = set()
    for by_port in ports.values():
        if len(by_port) >= PORTS:
            found.update(*by_port.values())
    for by_host in hosts.values():
        if len(by_host) >= HOSTS:
            found.update(*by_host.values())
    return found


def _of_strangers(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, that came from afar to ports of one host at which nobody is served."""
    attempts: dict[str, list[Flow]] = defaultdict(list)
    served: dict[str, set[int]] = defaultdict(set)
    begun = [flow for flow in odd(flows) if flow.seen_from_start]
    for flow in begun:
        if outcome(flow) == "connected":
            served[flow.server.address].add(flow.server.port)
        elif not flow.names and flow.client.ttl >= 0 and flow.client.ttl not in INITIAL_TTLS:
            attempts[flow.server.address].append(flow)
    if not attempts:
        return set()
    # hosts beside which the capture was taken
    here = {flow.server.address for flow in begun if flow.server.ttl in INITIAL_TTLS}
    for flow in plain_flows(flows):
        if flow.is_tcp:
            served[flow.server.address].add(flow.server.port)
            if flow.server.ttl in INITIAL_TTLS:
                here.add(flow.server.address)
    found: set[int] = set()
    for host in here & attempts.keys():
        vain = [flow for flow in attempts[host] if flow.server.port not in served[host]]
        ports, strangers = {flow.server.port for flow in vain}, {flow.client.address for flow in vain}
        if len(strangers) >= STRANGERS and (served[host] or len(ports) >= STRANGERS):
            found |= {flow.id for flow in vain}
    return found
