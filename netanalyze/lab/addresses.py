"""Who lives where in the laboratory: names as real go meets them, addresses from the documentation ranges.

    client 192.0.2.10 ── 192.0.2.1 router 198.51.100.1 ── 198.51.100.10 servers (RFC 5737)
    client 2001:db8:1::10 ── 2001:db8:1::1 router 2001:db8:2::1 ── 2001:db8:2::10 servers (RFC 3849)

All servers are one namespace with many addresses. Roles are those of a culprit (CAUSES, part 1).
"""

from dataclasses import dataclass

CLIENT_V4, CLIENT_V6 = "192.0.2.10", "2001:db8:1::10"
LAN_ROUTER_V4, LAN_ROUTER_V6 = "192.0.2.1", "2001:db8:1::1"
WAN_ROUTER_V4, WAN_ROUTER_V6 = "198.51.100.1", "2001:db8:2::1"
RESOLVERS = ("198.51.100.53", "198.51.100.54")
CONNECT_PORT = 3128
STUB = "127.0.0.53"  # where a stub resolver of the client listens, as systemd-resolved does
TAKEN_OVER = 12345  # port of the router where connections arrive that something in between takes over
FAKE_NETWORK = "198.18.0.0/15"  # RFC 2544 reserves it for benchmarks; proxies with a TUN interface answer names from it


@dataclass(frozen=True)
class Host:
    """A name, where it is, and what it serves: ``modules``, ``sumdb``, ``vanity``, ``git``, ``packages`` or ``connect``."""

    name: str
    role: str
    ipv4: str
    ipv6: str
    serves: str


HOSTS = {
    host.name: host
    for host in (
        Host("proxy.golang.org", "module-proxy", "198.51.100.10", "2001:db8:2::10", "modules"),
        Host("goproxy.cn", "module-proxy", "198.51.100.20", "2001:db8:2::20", "modules"),
        Host("proxy.example.test", "module-proxy", "198.51.100.25", "2001:db8:2::25", "modules"),
        Host("sum.golang.org", "checksum-db", "198.51.100.30", "2001:db8:2::30", "sumdb"),
        Host("sum.golang.google.cn", "checksum-db", "198.51.100.31", "2001:db8:2::31", "sumdb"),
        Host("github.com", "vcs-host", "198.51.100.40", "2001:db8:2::40", "git"),
        Host("example.com", "vanity-host", "198.51.100.45", "2001:db8:2::45", "vanity"),
        Host("storage.googleapis.com", "redirect-target", "198.51.100.50", "2001:db8:2::50", "modules"),
        Host("pypi.org", "server", "198.51.100.60", "2001:db8:2::60", "packages"),
        Host("files.pythonhosted.org", "server", "198.51.100.61", "2001:db8:2::61", "packages"),
        Host("registry.npmjs.org", "server", "198.51.100.62", "2001:db8:2::62", "packages"),
        Host("index.crates.io", "server", "198.51.100.63", "2001:db8:2::63", "packages"),
        Host("static.crates.io", "server", "198.51.100.64", "2001:db8:2::64", "packages"),
        Host("mirrors.aliyun.com", "server", "198.51.100.65", "2001:db8:2::65", "packages"),
        Host("registry.npmmirror.com", "server", "198.51.100.66", "2001:db8:2::66", "packages"),
        Host("gateway.corp.test", "http-proxy", "198.51.100.80", "2001:db8:2::80", "connect"),
        Host("www.example.org", "server", "198.51.100.90", "2001:db8:2::90", "vanity"),
    )
}

# A second address of a name, so that one of two can be dead. Nothing listens there.
SPARE_V4, SPARE_V6 = "198.51.100.99", "2001:db8:2::99"


def placeholders() -> dict[str, str]:
    """``{proxy.golang.org}`` and ``{proxy.golang.org/6}`` in a rule stand for that host's addresses."""
    names = {"client": CLIENT_V4, "client/6": CLIENT_V6, "resolver1": RESOLVERS[0], "resolver2": RESOLVERS[1]}
    names |= {"router": LAN_ROUTER_V4, "stub": STUB}
    names |= {"spare": SPARE_V4, "spare/6": SPARE_V6}
    for host in HOSTS.values():
        names[host.name], names[host.name + "/6"] = host.ipv4, host.ipv6
    return names


def filled(text: str) -> str:
    """``text`` with every placeholder replaced; an unknown one stays as it is."""
    for name, address in placeholders().items():
        text = text.replace("{" + name + "}", address)
    return text
