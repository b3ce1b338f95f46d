"""Proxy variables, as go (golang.org/x/net/http/httpproxy) and curl(1) read them, and NO_PROXY against the hosts in question."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import proxy_faults, proxy_url, safe, value_shown, word
from netanalyze.doctor.remark import Remark, doubtful, ok, or_ok, wrong
from netanalyze.numerals import integer
from netanalyze.wording import message

NAMES = ("http_proxy", "https_proxy", "all_proxy")
SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
"""curl's; go has the first four."""


@dataclass(frozen=True)
class ProxyVariables:
    """The variables that are set, in either case, and who would be asked.

    Attributes:
        hosts: what the clients in question will ask, and which setting says so.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    listening: frozenset[int] = frozenset()
    container: bool = False


def gather(machine: Machine, hosts: Mapping[str, str]) -> ProxyVariables:
    """The variables as they are."""
    known = (*NAMES, "no_proxy")
    found = {name: value for name, value in machine.environment.items() if name.lower() in known and value}
    return ProxyVariables(found, hosts, machine.listening, machine.is_container)


def is_excepted(host: str, no_proxy: str, port: int = 443) -> bool:
    """Whether NO_PROXY has a host, as go reads it (golang.org/x/net/http/httpproxy): a name matches itself and what ends in
    ``.name``, one that begins with a dot the latter alone; a port must be that; networks are CIDR.

    >>> rules = ("corp.test", ".corp.test", ".git.corp.test", "git.corp.test:443", "git.corp.test:8443", "orp.test", "*")
    >>> [is_excepted("git.corp.test", rule) for rule in rules]
    [True, True, False, True, False, False, True]
    """
    for rule in (part.strip().lower() for part in no_proxy.split(",")):
        name, _, wanted = rule.rpartition(":") if rule.count(":") == 1 else (rule, "", "")
        if wanted and integer(wanted) != port:
            continue
        bare = name.removeprefix("*")
        if rule == "*" or (bare and (host == bare or host.endswith(f".{bare.removeprefix('.')}"))):
            return True
        try:
            if ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False):
                return True
        except ValueError:
            continue
    return False


def judge(facts: ProxyVariables) -> Iterator[Remark]:
    """All that is to be said of the proxy variables."""
    for name, value in facts.variables.items():
        if name.lower() in NAMES:
            yield from or_ok(_proxy(facts, name, value), "proxy/variable", name, value_shown(name, value))
        else:
            yield from or_ok(_exceptions(facts, name, value), "proxy/no-proxy", name, value_shown(name, value))
    yield from _cases(facts)
    given = {name.lower() for name in facts.variables}
    if "http_proxy" in given and not {"https_proxy", "all_proxy"} & given:
        name = next(name for name in facts.variables if name.lower() == "http_proxy")
        yield doubtful(
            "proxy/https-missing",
            "https_proxy",
            message("{name} is for http:// alone; https:// goes past the proxy", name=name),
            f'export https_proxy="${name}"',
        )
    if not given & set(NAMES):
        yield ok("proxy/none", "proxies", message("no variable names one"))


def _proxy(facts: ProxyVariables, name: str, value: str) -> Iterator[Remark]:
    drop = f"unset {name}"
    faults = list(proxy_faults(value, facts.listening, SCHEMES, facts.container))
    for fault in faults:
        yield wrong(f"proxy/{fault.id}", name, fault.why, drop)
    url = proxy_url(value)
    if not faults and url is not None and url.scheme == "https" and url.port in COMMON_PLAIN_PORTS:
        plain = safe(f"export {name}={word(value.replace('https://', 'http://', 1))}", drop)
        yield doubtful(
            "proxy/tls-to-proxy",
            name,
            message(
                "https:// here means TLS to the proxy itself, and port {port} usually speaks plain HTTP", port=url.port
            ),
            plain,
        )


COMMON_PLAIN_PORTS = (1080, 3128, 7890, 7897, 8080, 8118, 8888, 10809)
"""Ports of squid, privoxy, clash, v2ray and their like, which take CONNECT in clear by default."""


def _exceptions(facts: ProxyVariables, name: str, value: str) -> Iterator[Remark]:
    proxies = any(one.lower() in NAMES for one in facts.variables)
    rules = [part.strip() for part in value.split(",") if part.strip()]
    bare = ",".join(
        dict.fromkeys(
            rule.partition("://")[2].rstrip("/") or rule
            for rule in ",".join(rules).replace(" ", ",").split(",")
            if rule
        )
    )
    if any("://" in rule or " " in rule for rule in rules):
        judged = wrong if any("://" in rule for rule in rules) else doubtful  # curl takes blanks, go does not
        yield judged(
            "proxy/no-proxy-form",
            name,
            message("hosts stand in it, with commas: what has a scheme or a blank in it matches none"),
            f"export {name}={word(bare)}",
        )
    elif "*" in rules and proxies:
        yield doubtful(
            "proxy/no-proxy-all",
            name,
            message("it excepts every host, so that no proxy is ever asked"),
            f"unset {name}",
        )
    elif proxies:
        for host, setting in facts.hosts.items():
            if is_excepted(host, value):
                less = ",".join(rule for rule in rules if not is_excepted(host, rule))
                mend = f"export {name}={word(less)}" if less else f"unset {name}"
                yield doubtful(
                    "proxy/no-proxy-host",
                    name,
                    message("{host} ({setting}) is asked past the proxy", host=host, setting=setting),
                    mend,
                )


def _cases(facts: ProxyVariables) -> Iterator[Remark]:
    for name in (*NAMES, "no_proxy"):
        small, large = facts.variables.get(name), facts.variables.get(name.upper())
        if small and large and small != large:
            yield doubtful(
                "proxy/two-cases",
                name.upper(),
                message("{name} has another value: go and curl do not read the same of the two", name=name),
                f'export {name.upper()}="${name}"',
            )
