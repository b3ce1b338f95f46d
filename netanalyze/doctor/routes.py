"""The way out: default routes of both families, the interface's state, and MTUs that do not fit together."""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netanalyze.doctor.machine import Machine, at, json_object, kernel_table
from netanalyze.doctor.remark import Remark, doubtful, ok, wrong
from netanalyze.findings import Threshold
from netanalyze.live.capture import links
from netanalyze.live.sockets.routes import FAR_AWAY, Route, route_to
from netanalyze.wording import message

LEAST_IPV6_MTU = Threshold(
    1280, "octets", source="RFC 8200 section 5", why="Linux takes IPv6 away from an interface below"
)
LEAST_MTU = Threshold(576, "octets", source="RFC 1122 section 3.3.3", why="what every host must take whole")
BRIDGES = ("docker0", "br-", "cni", "podman", "lxcbr", "virbr")
"""Names of bridges that containers and virtual machines are on."""
DAEMON_FILE = "/etc/docker/daemon.json"
PUBLIC = "23"
"""How a public address begins (2000::/3, RFC 4291 section 2.4)."""
GLOBAL_SCOPE = "00"
"""In /proc/net/if_inet6."""


@dataclass(frozen=True)
class Ways:
    """How packets leave, if they do.

    Attributes:
        ipv6_on: interfaces with a public address of IPv6; ``ipv6_any`` those with any that is not of the link alone.
        mtus: of each interface, octets.
        down: interfaces on the way out that carry nothing.
        proxied: a variable names a proxy, which may be on this link.
        bridge_mtu_setting: docker's own ``mtu``; None where it sets none.
    """

    ipv4: Route | None = None
    ipv6: Route | None = None
    ipv6_on: tuple[str, ...] = ()
    ipv6_any: tuple[str, ...] = ()
    mtus: Mapping[str, int] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    bridge_mtu_setting: int | None = None
    ipv6_listed: bool = True
    proxied: bool = False


def gather(machine: Machine) -> Ways:
    """Ask the kernel, which sends nothing for it."""
    ipv4, ipv6 = (route_to(address) for address in FAR_AWAY)
    names = [name for _, name in socket.if_nameindex()] if hasattr(socket, "if_nameindex") else []
    rows = [row.split() for row in kernel_table("/proc/self/net/if_inet6")]
    out = {route.interface for route in (ipv4, ipv6) if route}
    setting = at(json_object(machine.system_text(DAEMON_FILE)), "mtu")
    wide = sorted({(row[5], row[0][:1]) for row in rows if len(row) > 5 and row[3] == GLOBAL_SCOPE})
    return Ways(
        ipv4, ipv6,
        tuple(name for name, first in wide if first in PUBLIC),
        tuple(dict.fromkeys(name for name, _ in wide)),
        {name: size for name in names if name != "lo" and (size := links.mtu(name))},
        tuple(sorted(name for name in out if not links.carries(name) and os.path.exists(f"/sys/class/net/{name}/device"))),
        setting if isinstance(setting, int) else None,
        bool(rows),
        any(machine.value(name, name.upper()) for name in ("http_proxy", "https_proxy", "all_proxy")),
    )  # fmt: skip


def judge(facts: Ways) -> Iterator[Remark]:
    """All that is to be said of the way out."""
    if facts.ipv4 is None and facts.ipv6 is None:
        judged = doubtful if facts.proxied else wrong
        yield judged(
            "route/none",
            "default route",
            message("there is no default route: nothing beyond this link can be reached"),
            "sudo dhclient",
        )
        return
    way = facts.ipv4 or facts.ipv6
    assert way is not None
    yield ok("route/default", "default route", str(way).replace(way.to, "default", 1))
    for name in facts.down:
        yield wrong(
            "route/link-down",
            name,
            message("the default route leads out of it, and it is down or has no carrier"),
            f"sudo ip link set {name} up",
        )
    yield from _families(facts)
    yield from _sizes(facts, way)


def _families(facts: Ways) -> Iterator[Remark]:
    if facts.ipv6_on and facts.ipv6 is None:
        name = facts.ipv6_on[0]
        yield doubtful(
            "route/ipv6-no-route",
            name,
            message(
                "it has a public address of IPv6 and no default route for it: whoever prefers IPv6 tries in vain first"
            ),
            f"sudo sysctl -w net.ipv6.conf.{name}.disable_ipv6=1",
        )
    elif facts.ipv6 is not None and facts.ipv6_listed and not facts.ipv6_any and facts.ipv4 is not None:
        yield doubtful(
            "route/ipv6-no-address",
            facts.ipv6.interface,
            message("there is a default route for IPv6 and no address to send from"),
            f"sudo ip -6 route del default dev {facts.ipv6.interface}",
        )


def _sizes(facts: Ways, way: Route) -> Iterator[Remark]:
    out = way.mtu or facts.mtus.get(way.interface)
    if out is None:
        return
    interface = way.interface
    if out < LEAST_MTU.value:
        yield wrong(
            "route/mtu-tiny",
            interface,
            message("its MTU is {mtu}: less than every host must take whole", mtu=out),
            f"sudo ip link set {interface} mtu 1500",
        )
    elif out < LEAST_IPV6_MTU.value and facts.ipv6_on:
        yield doubtful(
            "route/mtu-no-ipv6",
            interface,
            message("its MTU is {mtu}: IPv6 wants 1280", mtu=out),
            f"sudo ip link set {interface} mtu 1280",
        )
    else:
        yield ok("route/mtu", interface, message("MTU {mtu}", mtu=out))
    for name, size in facts.mtus.items():
        if name != interface and name.startswith(BRIDGES) and size > out:
            if facts.bridge_mtu_setting is not None and facts.bridge_mtu_setting <= out:
                continue  # a bridge without a container keeps 1500, what is put on it has docker's
            yield doubtful(
                "route/mtu-bridge",
                name,
                message(
                    "containers send {size} octets, and the way out by {interface} takes {mtu}",
                    size=size,
                    interface=interface,
                    mtu=out,
                ),
                f"sudo ip link set {name} mtu {out}",
            )
