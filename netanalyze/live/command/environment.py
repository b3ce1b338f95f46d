"""What decides a run beside its command line: go's settings, proxies, resolvers, the route, the MTU; no secrets."""

import ipaddress
import os
import re
import time
from pathlib import Path
from typing import Any

from netanalyze.clients import CLIENTS
from netanalyze.clients.options import variables
from netanalyze.foreign_files import read_foreign
from netanalyze.live.capture import links
from netanalyze.live.capture.offloads import offloads
from netanalyze.live.sockets.routes import FAR_AWAY, route_to
from netanalyze.measured_mirrors import read_mirrors
from netanalyze.redaction import recorded_proxies, recorded_variables
from netanalyze.redaction.variables import PROXIES
from netanalyze.urls import host_in

RESOLVERS = "/etc/resolv.conf"
MOST_OF_EACH = 64
"""Resolvers, search domains and options kept; libc and go use three resolvers (resolv.conf(5), net/dnsconfig_unix.go)."""
DEFAULT_RESOLVERS = ["127.0.0.1", "::1"]
"""Where go and libc ask if resolv.conf names nobody (net/dnsconfig.go)."""


def resolver_settings(path: str | Path = RESOLVERS, root: str = "/") -> dict[str, list[str]]:
    """``resolvers``, ``search`` and ``options`` of resolv.conf(5), the first of them; nothing where it cannot be read.

    Args:
        root: of the file system it is in.
    """
    found: dict[str, list[str]] = {"resolvers": [], "search": [], "options": []}
    try:
        text = read_foreign(str(path), root)
    except OSError:
        text = ""
    for line in text.splitlines():
        words = re.split(r"[#;]", line)[0].split()
        match words:
            case ["nameserver", address, *_]:
                found["resolvers"].append(address)
            case ["search" | "domain", *names]:
                found["search"] = names
            case ["options", *options]:
                found["options"] += options
    return {what: words[:MOST_OF_EACH] for what, words in found.items()}


def peers(environment: dict[str, str], go_settings: dict[str, str], resolvers: list[str]) -> list[str]:
    """Addresses the command will talk to, as far as they can be read off: resolvers, proxies, a GOPROXY by address."""
    texts = [value for name, value in environment.items() if name.lower() in PROXIES and name.lower() != "no_proxy"]
    texts += re.split(r"[,|]", go_settings.get("GOPROXY", ""))
    found = list(resolvers or DEFAULT_RESOLVERS)
    for text in texts:
        host = host_in(text) or ""
        if host == "localhost" or host.endswith(".localhost"):
            host = "127.0.0.1"
        try:
            found.append(str(ipaddress.ip_address(host)))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def written_folders(environment: dict[str, str], go_settings: dict[str, str]) -> list[str]:
    """Where the command writes, as far as that is known before: here, temporary files, go's caches."""
    caches = [go_settings.get("GOMODCACHE", ""), environment.get("GOCACHE", "")]
    return [os.getcwd(), environment.get("TMPDIR") or "/tmp", *caches]


def run_environment(
    environment: dict[str, str], go_settings: dict[str, str], interfaces: list[str], backend: str = ""
) -> dict[str, Any]:
    """The environment of a run, for ``RunFacts.environment``."""
    resolving = resolver_settings()
    route = next((found for found in map(route_to, FAR_AWAY) if found), None)
    sizes = [size for size in (links.mtu(name) for name in interfaces if name != "lo") if size]
    if route and not sizes:
        sizes = [size for size in [links.mtu(route.interface)] if size]
    return {
        "go_env": recorded_variables(go_settings),
        "proxies": recorded_proxies(environment),
        "resolvers": resolving["resolvers"],
        "search": resolving["search"],
        "resolver_options": resolving["options"],
        "route": str(route).replace(route.to, "default", 1) if route else None,
        "mtu": (route.mtu if route and route.mtu else None) or (min(sizes) if sizes else None),
        "interfaces": list(interfaces),
        "offloads": {name: found for name in interfaces if (found := offloads(name)) is not None},
        "backend": backend or None,
        **({"mirrors": measured} if (measured := read_mirrors(time.time_ns())) else {}),
        **({"timers": timers} if (timers := variables(environment, CLIENTS.values())) else {}),
    }
