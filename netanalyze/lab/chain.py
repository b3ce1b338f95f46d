"""A client, five routers in a row and servers, each in a namespace of its own, so that a filter has a place on a path.

    client ══ r1 ══ r2 ══ r3 ══ r4 ══ r5 ══ servers

Ends and servers are those of ``Network``; between routers there are 203.0.113.0/24 and 2001:db8:3::/48.
"""

from itertools import pairwise

from netanalyze.lab import addresses
from netanalyze.lab.namespaces import Network, command

HOPS = 5


def toward_client(hop: int) -> str:
    """The IPv4 address with which a router of the chain answers the client; hops count from 1."""
    return addresses.LAN_ROUTER_V4 if hop == 1 else f"203.0.113.{4 * hop + 2}"


def _toward_servers(hop: int) -> str:
    return addresses.WAN_ROUTER_V4 if hop == HOPS else f"203.0.113.{4 * (hop + 1) + 1}"


def toward_client_6(hop: int) -> str:
    """The same for IPv6."""
    return addresses.LAN_ROUTER_V6 if hop == 1 else f"2001:db8:3:{hop}::2"


def _toward_servers_6(hop: int) -> str:
    return addresses.WAN_ROUTER_V6 if hop == HOPS else f"2001:db8:3:{hop + 1}::1"


class Chain(Network):
    """The namespaces of one run; ``hop(3)`` is the name of the third router's."""

    def __init__(self) -> None:
        super().__init__()
        stem = self.router
        self.routers = [f"{stem}{number}" for number in range(1, HOPS + 1)]
        self.names = [self.client, *self.routers, self.servers]

    def hop(self, number: int) -> str:
        """The namespace of a router, counted from 1."""
        return self.routers[number - 1]

    def __enter__(self) -> "Chain":
        super().__enter__()
        return self

    def _build(self) -> None:
        for name in self.names:
            command("ip", "netns", "add", name)
            self.run(name, "ip", "link", "set", "lo", "up")
            self.run(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0",
                     "net.ipv6.conf.default.router_solicitations=0")  # fmt: skip
        row = [self.client, *self.routers, self.servers]
        for left, right in pairwise(row):
            self._link(
                left, "far" if left != self.client else "eth0", right, "near" if right != self.servers else "eth0"
            )
        self._address(self.client, "eth0", addresses.CLIENT_V4, addresses.CLIENT_V6)
        for hop, name in enumerate(self.routers, 1):
            for interface, ipv4, ipv6 in (
                ("near", toward_client(hop), toward_client_6(hop)),
                ("far", _toward_servers(hop), _toward_servers_6(hop)),
            ):
                length4 = 24 if ipv4.startswith(("192.0.2.", "198.51.100.")) else 30
                self.run(name, "ip", "address", "add", f"{ipv4}/{length4}", "dev", interface)
                self.run(name, "ip", "address", "add", f"{ipv6}/64", "dev", interface, "nodad")
            self.run(name, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            self.run(name, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
        for host in addresses.HOSTS.values():
            self._address(self.servers, "eth0", host.ipv4, host.ipv6)
        for resolver in addresses.RESOLVERS:
            self.run(self.servers, "ip", "address", "add", f"{resolver}/24", "dev", "eth0")
        self._routes()

    def _routes(self) -> None:
        """Everything towards the servers by the next hop, the client's network by the one before."""
        for name, v4, v6 in [
            (self.client, addresses.LAN_ROUTER_V4, addresses.LAN_ROUTER_V6),
            (self.servers, addresses.WAN_ROUTER_V4, addresses.WAN_ROUTER_V6),
            *((self.hop(n), toward_client(n + 1), toward_client_6(n + 1)) for n in range(1, HOPS)),
        ]:
            self.run(name, "ip", "route", "add", "default", "via", v4)
            self.run(name, "ip", "-6", "route", "add", "default", "via", v6)
        for n in range(2, HOPS + 1):
            self.run(self.hop(n), "ip", "route", "add", "192.0.2.0/24", "via", _toward_servers(n - 1))
            self.run(self.hop(n), "ip", "-6", "route", "add", "2001:db8:1::/64", "via", _toward_servers_6(n - 1))
            for k in range(1, n - 1):  # so that any router can be answered
                net = f"203.0.113.{4 * (k + 1)}/30"
                self.run(self.hop(n), "ip", "route", "add", net, "via", _toward_servers(n - 1))
