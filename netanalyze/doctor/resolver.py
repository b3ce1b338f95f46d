"""Names: resolv.conf(5), hosts(5), nsswitch.conf(5), as libc and go read them (net/dnsconfig_unix.go)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import is_loopback
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.live.command.environment import DEFAULT_RESOLVERS, RESOLVERS, resolver_settings
from netanalyze.live.sockets.routes import route_to
from netanalyze.numerals import integer
from netanalyze.urls import is_address
from netanalyze.wording import Text, message

MOST_USED = 3
"""Servers that are used of resolv.conf (MAXNS of resolv.h; net/dnsconfig_unix.go)."""
MANY_DOTS = 5
"""Kubernetes' ndots, with which every public name is first asked for below each search domain."""
DNS_PORT = 53
DOCKER_RESOLVER = "127.0.0.11"
"""docker's own, which it reaches by a rule of its firewall, not by a listener (docs.docker.com, "Embedded DNS")."""
PINNING = ("0.0.0.0", "::")
HOSTS_FILE, SWITCH_FILE = "/etc/hosts", "/etc/nsswitch.conf"
PUBLIC_SERVER = "9.9.9.9"
"""Written where no server that is there can serve: an operator that answers from everywhere and keeps no addresses."""


@dataclass(frozen=True)
class ResolverFiles:
    """The files, and what the kernel knows of the servers named.

    Attributes:
        servers: nameserver lines, as they were written.
        no_route: those of them the kernel has no way to.
        bound: UDP ports somebody has here, where a server on loopback would be.
        pinned: hosts in question that the hosts file has, and the address it gives.
        order: sources of ``hosts:`` in nsswitch.conf; empty without one.
    """

    there: bool = True
    servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    no_route: frozenset[str] = frozenset()
    bound: frozenset[int] = frozenset()
    pinned: Mapping[str, str] = field(default_factory=dict)
    localhost: bool = True
    order: tuple[str, ...] = ()
    path: str = RESOLVERS
    hosts_path: str = HOSTS_FILE
    switch_path: str = SWITCH_FILE


def gather(machine: Machine, hosts: Mapping[str, str]) -> ResolverFiles:
    """Read the files, and ask the kernel for the way to each server; nothing is sent."""
    found = resolver_settings(RESOLVERS, machine.root)
    text = machine.system_text(HOSTS_FILE)
    pins = _pins(text or "")
    switch = next(
        (line for line in (machine.system_text(SWITCH_FILE) or "").splitlines() if line.startswith("hosts:")), ""
    )
    servers = tuple(found["resolvers"])
    return ResolverFiles(
        machine.system_text(RESOLVERS) is not None,
        servers, tuple(found["search"]), tuple(found["options"]),
        no_route=frozenset(one for one in servers if is_address(one) and not is_loopback(one) and route_to(one) is None),
        bound=machine.bound,
        pinned={host: pins[host] for host in hosts if host in pins},
        localhost=text is None or "localhost" in pins,
        order=tuple(re.sub(r"#.*|\[[^]]*\]", "", switch.partition(":")[2]).split()),
        path=machine.system_path(RESOLVERS), hosts_path=machine.system_path(HOSTS_FILE),
        switch_path=machine.system_path(SWITCH_FILE),
    )  # fmt: skip


def _pins(text: str) -> dict[str, str]:
    """The first address of each name of a hosts file, names in small letters."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        for name in names:
            found.setdefault(name.lower(), address)
    return found


def judge(facts: ResolverFiles) -> Iterator[Remark]:
    """All that is to be said of how names are found."""
    yield from or_ok([*_servers(facts), *_walk(facts)], "resolver/servers", "resolv.conf", ", ".join(facts.servers))
    yield from or_ok(_hosts(facts), "resolver/hosts", "hosts", message("no host in question stands in it"))
    if facts.order:
        yield from or_ok(_order(facts), "resolver/order", "nsswitch.conf", " ".join(facts.order))


def _without(facts: ResolverFiles, server: str) -> str:
    """Takes a server's line out of resolv.conf; a file that a service writes is written through, not replaced."""
    pattern = re.escape(server).replace("/", "\\/")
    return _edited(rf"/^nameserver[ \t]*{pattern}/d", facts.path)


def _edited(script: str, path: str) -> str:
    return f"sudo sed -i --follow-symlinks '{script}' {path}"


def _append(line: str, path: str) -> str:
    return f"echo '{line}' | sudo tee -a {path}"


def _servers(facts: ResolverFiles) -> Iterator[Remark]:
    if not facts.there or not facts.servers:
        if DNS_PORT not in facts.bound:
            none = message("it names no server, and nothing answers at {address} here", address=DEFAULT_RESOLVERS[0])
            yield wrong("resolver/no-server", "resolv.conf", none, _append(f"nameserver {PUBLIC_SERVER}", facts.path))
        return
    usable = 0
    for place, server in enumerate(facts.servers[:MOST_USED]):
        fault = _server_fault(facts, server)
        if fault is None:
            usable += 1
            continue
        kind, why = fault
        others = len(facts.servers) > 1
        mend = _without(facts, server) if others or kind == "not-an-address" else _service(server, facts)
        if place and usable:
            yield doubtful(f"resolver/{kind}", "resolv.conf", why, mend)
        else:
            yield wrong(f"resolver/{kind}", "resolv.conf", why, mend)
    if len(facts.servers) > MOST_USED:
        more = facts.servers[MOST_USED]
        yield doubtful(
            "resolver/too-many",
            "resolv.conf",
            message("{server} is the fourth server, and three are asked", server=more),
            _without(facts, more),
        )


def _service(server: str, facts: ResolverFiles) -> str:
    if server == "127.0.0.53":
        return "sudo systemctl restart systemd-resolved"
    return _edited(f"s/^nameserver[ \\t]*{re.escape(server)}/nameserver {PUBLIC_SERVER}/", facts.path)


def _server_fault(facts: ResolverFiles, server: str) -> tuple[str, Text] | None:
    if not is_address(server):
        return "not-an-address", message("nameserver {server} is no address, and is left out", server=server)
    if is_loopback(server) and server != DOCKER_RESOLVER and DNS_PORT not in facts.bound:
        return "nobody-listens", message("nothing on this machine listens at {server}, port 53", server=server)
    if server in facts.no_route:
        return "no-route", message("there is no route to the server {server}", server=server)
    return None


def _walk(facts: ResolverFiles) -> Iterator[Remark]:
    """What makes a lookup long before it is asked as it is."""
    dots = next((integer(option.partition(":")[2]) for option in facts.options if option.startswith("ndots:")), None)
    if dots is not None and dots >= MANY_DOTS and facts.search:
        yield doubtful(
            "resolver/ndots",
            "resolv.conf",
            message(
                "ndots:{dots} with {number} search domains: a public name is asked {more} times in vain first",
                dots=dots,
                number=len(facts.search),
                more=2 * len(facts.search),
            ),
            _edited("s/ndots:[0-9]*/ndots:1/", facts.path),
        )
    elif len(facts.search) > 6:
        yield doubtful(
            "resolver/search",
            "resolv.conf",
            message(
                "{number} search domains: glibc before 2.26 reads six, and each is asked", number=len(facts.search)
            ),
            _edited("/^search/d", facts.path),
        )


def _hosts(facts: ResolverFiles) -> Iterator[Remark]:
    for host, address in facts.pinned.items():
        mend = _edited(rf"/[ \t]{re.escape(host)}\([ \t]\|$\)/d", facts.hosts_path)
        if address in PINNING or is_loopback(address):
            yield wrong(
                "resolver/blocked-host",
                "hosts",
                message("{host} is {address} here: it is blocked", host=host, address=address),
                mend,
            )
        else:
            yield doubtful(
                "resolver/pinned-host",
                "hosts",
                message("{host} is always {address} here, whatever DNS says by now", host=host, address=address),
                mend,
            )
    if not facts.localhost:
        yield doubtful(
            "resolver/no-localhost",
            "hosts",
            message("localhost is not in it, and may be asked of a server"),
            _append("127.0.0.1 localhost", facts.hosts_path),
        )


def _order(facts: ResolverFiles) -> Iterator[Remark]:
    asking = {"dns", "resolve"} & set(facts.order)
    if not asking:
        yield wrong(
            "resolver/no-dns",
            "nsswitch.conf",
            message("hosts: has no dns in it: libc asks no server"),
            _edited("s/^hosts:.*/& dns/", facts.switch_path),
        )
    elif "files" in facts.order and facts.order.index("files") > min(map(facts.order.index, asking)):
        yield doubtful(
            "resolver/files-last",
            "nsswitch.conf",
            message("the hosts file is looked at after DNS: what it says of a known name is not heard"),
            _edited("s/^hosts:.*/hosts: files dns/", facts.switch_path),
        )
