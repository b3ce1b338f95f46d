"""Attempts that nobody waits for: scans, and peers that are looked for, one port or one host after the other; traceroute."""

from collections import defaultdict
from collections.abc import Sequence

from netanalyze.flows.observe import Flow

PORTS, HOSTS = 15, 25
"""Ports of one host, and hosts on one port, from which attempts are a scan (Zeek 5 policy/misc/scan.zeek: port_scan_threshold
15, addr_scan_threshold 25). No command opens so many connections to addresses that it did not look up and says nothing; who
shares files does (BEP 3: peers come as addresses and ports, and most are gone)."""


HOPS = 30
"""TTL up to which a SYN is traceroute's (traceroute(8), -m 30): hosts begin with 64, 128 or 255, and no path is that long."""
IDENT = 113
"""Port at which a server asks back who calls (RFC 1413); nearly every client refuses, and is served all the same."""


def unattended(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, of which nobody minds how they end: scans, traceroute's SYNs, a server's question who calls."""
    calls = {(f.client.address, f.server.address) for f in flows if f.is_tcp}
    return scanned(flows) | {
        flow.id for flow in flows
        if flow.is_tcp and flow.seen_from_start and not flow.client.sent_data and (
            0 < flow.client.ttl <= HOPS
            or (flow.server.port == IDENT and (flow.server.address, flow.client.address) in calls)
        )
    }  # fmt: skip


def scanned(flows: Sequence[Flow]) -> set[int]:
    """The flows, by id, that are such attempts: nobody waits for any one of them."""
    ports: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    hosts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for flow in flows:
        if not flow.is_tcp or not flow.seen_from_start or flow.client.sent_data or flow.names:
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
