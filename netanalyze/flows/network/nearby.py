"""SYNs that were answered sooner than the hosts they went to can be: somebody near at hand answers for them all."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import hello_facts
from netanalyze.units import NEVER_NS

SOON_NS = 1_000_000
"""An answer within this comes from within 100 km: light goes 200 km of fibre in it, there and back together."""
TIMES, LEAST_NS = 10, 10_000_000
"""A ServerHello that takes so many times the SYN's answer, and this at least, came from farther away than that: a server
computes one in a few milliseconds (an RSA or ECDSA signature takes 1 ms or less)."""
NETWORKS = 3
"""Networks whose hosts all answer so soon: one may stand in the next room, and a second in the same building."""
OWN = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
                     "fc00::/7", "fe80::/10", "::1/128"))
)  # fmt: skip
"""Addresses of a site's own hosts (RFC 1918, 3927, 4193, 4291), which may well be that near."""


def answered_nearby(flows: Sequence[Flow]) -> frozenset[int]:
    """Ids of the flows whose SYN was answered by somebody nearer than the host it went to.

    That is told by time alone, where TTLs are rewritten on the way: hosts of ``NETWORKS`` or more answer their SYNs within
    ``SOON_NS``, and every ServerHello through these connections takes ``TIMES`` as long and ``LEAST_NS`` or longer; of two
    networks there must be one. A single quick answer proves that somebody is as near as the SYN-ACK says.
    """
    quick = [flow for flow in flows if flow.is_tcp and not flow.tunnelled and 0 <= _opening(flow) <= SOON_NS]
    quick = [flow for flow in quick if _network(flow) is not None]
    if len({_network(flow) for flow in quick}) < NETWORKS:
        return frozenset()
    answered = set()
    for flow in quick:
        facts = hello_facts(flow)
        if facts is None or not facts.answer_frame:
            continue
        if facts.answer_ns - facts.sent_ns < max(TIMES * _opening(flow), LEAST_NS):
            return frozenset()
        answered.add(_network(flow))
    return frozenset(flow.id for flow in quick) if len(answered) > 1 else frozenset()


def _opening(flow: Flow) -> int:
    """ns from the SYN to its answer; -1 where it was repeated or not answered."""
    client, server = flow.client, flow.server
    if client.syn_count != 1 or NEVER_NS in (client.syn_ns, server.syn_ns):
        return -1
    return server.syn_ns - client.syn_ns


def _network(flow: Flow) -> tuple[int, int] | None:
    """Version and first 16 bits (IPv6: 32) of the server's address; None where it is one of the site's own."""
    address: IPv4Address | IPv6Address = ip_address(flow.server.address.partition("%")[0])
    client = ip_address(flow.client.address.partition("%")[0])
    own = ip_network((client, 24 if client.version == 4 else 64), strict=False)
    if address in own or any(address in network for network in OWN):
        return None
    return address.version, int(address) >> (address.max_prefixlen - (16 if address.version == 4 else 32))
