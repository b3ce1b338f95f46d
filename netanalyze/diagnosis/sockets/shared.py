"""What every judgement of a socket needs: how long is long, whose the far end is, how a socket is cited."""

import contextlib
from typing import Any
from urllib.parse import urlsplit

from netanalyze.findings import Culprit, Evidence, Threshold
from netanalyze.rules import Observations
from netanalyze.sockets import SocketHistory
from netanalyze.units import NEVER_NS
from netanalyze.wording import message

PATIENCE = Threshold(
    2.5, "s", source="as in rules/tcp/syn_unanswered.py and rules/tls/server_hello_missing.py",
    why="a repeat went unanswered too, and no server that works computes so long before its first octet",
)  # fmt: skip
SHARE = 0.8
"""Of a packet rule's confidence so much is left where only sockets were seen (as after a diagnostic that warns)."""
RESOLVER_PORT = 53
COUNTED = "{shows}: {sent} octets sent, {acked} acknowledged, {received} received"
COUNTED_AGAIN = COUNTED + ", repeated {times} times"


def ended_well(seen: Observations) -> bool:
    """Whether the command ended with 0."""
    return seen.run is not None and seen.run.exit_code == 0


def environment_of(seen: Observations) -> dict[str, Any]:
    """What is known of the run's surroundings (live/environment.py); empty where nothing is."""
    return (seen.run.environment if seen.run is not None else None) or {}


def host_of(seen: Observations) -> str | None:
    """The host the command was waiting for, if what it printed names exactly one."""
    if seen.trace is None:
        return None
    error = seen.trace.final_error
    hosts = {r.host for r in seen.trace.open_requests if r.host}
    if not hosts and error is not None and error.facts.get("host"):
        hosts = {error.facts["host"]}
    if not hosts and len(seen.trace.hosts) == 1:
        hosts = set(seen.trace.hosts)
    return next(iter(hosts)) if len(hosts) == 1 else None


def _proxy_ports(seen: Observations) -> set[int]:
    """The ports of the proxies that the run's environment names."""
    named = environment_of(seen).get("proxies")
    ports = set()
    for name, value in named.items() if isinstance(named, dict) else ():
        with contextlib.suppress(ValueError):
            if name.lower() != "no_proxy" and (port := urlsplit(str(value)).port):
                ports.add(port)
    return ports


def server_of(seen: Observations, history: SocketHistory) -> Culprit:
    """The far end of a socket: a proxy where its port is one's, else the host that the command's words name."""
    if history.remote_port in _proxy_ports(seen) or seen.role(None, history.remote_port) == "http-proxy":
        return Culprit("http-proxy", None, history.remote, history.remote_port)
    host = host_of(seen)
    return Culprit(seen.role(host or history.remote, history.remote_port), host, history.remote, history.remote_port)


def path_of(seen: Observations, history: SocketHistory) -> Culprit:
    """The path to the far end of a socket."""
    return Culprit("path", host_of(seen), history.remote, history.remote_port)


def within(seen: Observations, ns: int) -> int:
    """A moment no earlier than the run's beginning."""
    return ns if seen.start_ns == NEVER_NS else max(ns, seen.start_ns)


def cite(history: SocketHistory, shows: str) -> tuple[Evidence, ...]:
    """A socket as proof: its ends and process, and what it had counted while it waited."""
    last = history.waiting
    figures = message(
        COUNTED_AGAIN if last.retransmits else COUNTED,
        shows=shows, sent=last.sent, acked=last.acked, received=last.received, times=last.retransmits,
    )  # fmt: skip
    return (Evidence(f"{history.name}, process {history.pid}" if history.pid else history.name, figures, "socket"),)
