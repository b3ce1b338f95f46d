"""Sets a scenario's stage: the client's settings, the router's rules, what the servers are to do, processes in namespaces."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from netanalyze.lab import addresses, between, journal
from netanalyze.lab.certificates import Authority
from netanalyze.lab.namespaces import Network, end
from netanalyze.lab.scenario import Rules, Scenario

ON_CLIENT = ("forward-proxy", "stub")
"""Kinds of ``between`` that run on the client's machine; the others run on the router."""
REDIRECTS = {
    "transparent": f"-t nat PREROUTING -i lan0 -p tcp --dport 443 -j REDIRECT --to-ports {addresses.TAKEN_OVER}",
    "fake-ip": f"-t nat PREROUTING -i lan0 -p tcp -d {addresses.FAKE_NETWORK} -j REDIRECT --to-ports {addresses.TAKEN_OVER}",
}
"""What the router's firewall must be told for a kind."""
FILTERS = (("iptables", "ipv4"), ("ip6tables", "ipv6"))


def configure(network: Network, scenario: Scenario) -> None:
    """The client's resolv.conf, hosts, routes and firewall."""
    client = scenario.client
    lines = [f"nameserver {addresses.filled(resolver)}" for resolver in client.resolvers]
    lines += [f"search {client.search}"] if client.search else []
    lines += [f"options {client.options}"] if client.options else []
    network.configure("resolv.conf", "\n".join(lines) + "\n")
    network.configure("hosts", "127.0.0.1 localhost\n::1 localhost\n" + addresses.filled(client.hosts) + "\n")
    network.configure("nsswitch.conf", "hosts: files dns\n")
    if not client.route:
        network.run(network.client, "ip", "route", "delete", "default")
        network.run(network.client, "ip", "-6", "route", "delete", "default")
    if not client.gateway:
        network.run(network.router, "ip", "link", "set", "lan0", "arp", "off")
        network.run(network.client, "ip", "neigh", "flush", "dev", "eth0")
    for setting in client.sysctls:
        network.run(network.client, "sysctl", "-qw", setting)
    for rule in client.egress:
        network.run(network.client, "iptables", "-w", "-A", *addresses.filled(rule).split())


def install(network: Network, where: str, rules: Rules, undo: bool = False) -> None:
    """Add the rules in namespace ``where``, or take them away again; bytes are counted for connbytes."""
    network.run(where, "sysctl", "-qw", "net.netfilter.nf_conntrack_acct=1")
    for program, family in FILTERS:
        for rule in getattr(rules, family):
            table, _, rest = rule.partition(" ") if rule.startswith("-t") else ("", "", rule)
            words = addresses.filled(rest).split()
            if table:
                words = [words[0], "-D" if undo else "-A", *words[1:]]
                words = ["-t", *words]
            else:
                words = ["-D" if undo else "-A", *words]
            network.run(where, program, "-w", *words)


def plan(scenario: Scenario, authority: Authority) -> dict:
    """What the server process is to do, as JSON can carry it."""
    sites, names = [], {}
    for host in addresses.HOSTS.values():
        here = [host.ipv4, host.ipv6]
        names[host.name] = list(scenario.client.addresses.get(host.name, here if scenario.client.ipv6 else [host.ipv4]))
        names[host.name] = [addresses.filled(address) for address in names[host.name]]
        if host.serves == "connect":
            continue
        members = dict(scenario.sites.get(host.name, {}))
        if host.serves == "git":
            members = {"protocols": ["http/1.1"], "folder": str(authority.folder / "git")} | members
        chain = authority.chain(host.name, members.pop("certificate", "good"))
        sites.append({"name": host.name, "serves": host.serves, "chain": str(chain), "addresses": here} | members)
    resolvers = []
    for number, address in enumerate(addresses.RESOLVERS, 1):
        rules = [dict(rule) for rule in scenario.dns if rule.get("resolver", 1) == number]
        for rule in rules:
            rule.pop("resolver", None)
        resolvers.append({"address": address, "names": names, "rules": rules})
    proxy = None
    if scenario.proxy is not None:
        host = addresses.HOSTS["gateway.corp.test"]
        proxy = {"addresses": [host.ipv4, host.ipv6], "port": addresses.CONNECT_PORT, **scenario.proxy}
    return {"sites": sites, "resolvers": resolvers, "proxy": proxy}


def with_this_package() -> dict[str, str]:
    """The environment of a laboratory process: this package is found, wherever it lies."""
    return os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def script(program: ModuleType, *arguments: str) -> list[str]:
    """The command line of a module run as a script; that its package imports it, too, is no matter to warn of.

    It is root that runs it, in whatever folder: nothing of the working directory is imported (``-P``).
    """
    return [sys.executable, "-P", "-W", "ignore::RuntimeWarning:runpy", "-m", program.__name__, *arguments]


@contextlib.contextmanager
def resident(network: Network, where: str, program: ModuleType, *arguments: str) -> Iterator[None]:
    """A laboratory process, which is ``program`` run as a script, inside a namespace, ready to serve; ended on leaving."""
    argv = script(program, *arguments)
    environment = with_this_package()
    if network.journal is not None:
        environment[journal.VARIABLE] = str(network.journal)
    process = network.start(where, argv, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the laboratory's {program.__name__} did not start (exit {process.wait(timeout=5)})")
        yield
    finally:
        end(process)


@contextlib.contextmanager
def standing_between(network: Network, kind: str) -> Iterator[None]:
    """Let one of ``between`` stand in between; '' is none."""
    if not kind:
        yield
        return
    with resident(network, network.client if kind in ON_CLIENT else network.router, between, kind):
        if rule := REDIRECTS.get(kind):
            install(network, network.router, Rules(ipv4=(rule,)))
        yield
