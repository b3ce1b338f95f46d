"""What one laboratory run is: its network, its faults, its command, and the truth about it; read from a TOML file.

Sections of a file, all but ``title``, ``shows`` and ``[truth]`` optional:

    title, note
    shows       what the recording must show, in the words of `shown`; ``says``: patterns in what the command prints
    [truth]     members of ``Truth``
    [command]   members of ``Command``
    [client]    members of ``Client``
    [network]   members of ``Links``
    [wire]      members of ``relay.Wire``
    between     a kind of ``between``, before the sections
    keeps       what the run without the fault keeps, in the words of ``twin``; before the sections
    [router]    ipv4, ipv6: rules for iptables and ip6tables in the router; {name} is a host's address
    [timed]     after, until, ipv4, ipv6: router rules that come ``after`` seconds and go ``until``
    [sites."name"]              members of ``tls_server.Site``; certificate
    [[sites."name".conducts]]   members of ``replies.Conduct``
    [[dns]]     members of ``dns_server.Rule``; resolver = 1 or 2
    [proxy]     members of ``connect_proxy.Proxy``; its name is gateway.corp.test, port 3128
    [[conversations]]           members of ``reproduction.conversation.PlayedFlow``: in place of a command and its servers
"""

import tomllib
from dataclasses import dataclass, field, fields
from importlib import resources
from typing import Any

STATUSES = ("healthy", "degraded", "hung", "failed", "unusable")


@dataclass(frozen=True)
class Truth:
    """What a verdict on the run must say, and what it may say instead.

    ``spent`` is the phase of the ledger that has most of the time; ``idle`` stands for ``local`` too. ``seconds`` is what the
    verdict on the capture said that was made again.
    """

    cause: str | None
    status: str
    role: str | None = None
    host: str | None = None
    also_accept: tuple[str | None, ...] = ()
    packets_only_accept: tuple[str | None, ...] = ()
    spent: str = ""
    beside: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Command:
    """What the client runs, and what else is on its machine.

    Args:
        libraries, big, middle, others: what its go.mod requires; ``others`` are lines as in go.mod.
        argv, environment: the command and what is added to its environment; ``{sumdb}`` is the database with its key.
        time_limit: seconds after which it is killed; that is what "hung" looks like.
        warm: run it once before, unrecorded.
        signals: (seconds, name) pairs sent to it.
        noise: a kind of ``noise``.
        interface, filter, snaplen: tcpdump's; ``lose`` is the fraction of frames taken out of the capture afterwards.
        lock: a module whose lock another process holds.
        disk: octets of the disk the module cache is on; 0 is the real one.
        scripts: programs put first in the command's PATH; ``{journal}`` is the file of ``journal``.
        sums: the project's go.sum.
    """

    libraries: int = 6
    big: bool = False
    middle: bool = False
    others: tuple[str, ...] = ()
    argv: tuple[str, ...] = ("go", "mod", "download", "-x")
    environment: dict[str, str] = field(default_factory=dict)
    time_limit: float = 40.0
    warm: bool = False
    signals: tuple[tuple[float, str], ...] = ()
    noise: str = ""
    interface: str = "eth0"
    filter: str = ""
    snaplen: int = 0
    lose: float = 0.0
    lock: str = ""
    disk: int = 0
    scripts: dict[str, str] = field(default_factory=dict)
    sums: str = ""


@dataclass(frozen=True)
class ClientCommand:
    """The client's own settings.

    Args:
        resolvers, search, options: of its resolv.conf; ``hosts`` is added to its hosts file.
        ipv6: names have IPv6 addresses too; ``addresses``: other addresses for a name than its own.
        route: False leaves it without a default route; gateway: False, and its router is gone from the link.
        egress: iptables rules on its own chains; ``sysctls`` as for sysctl(8).
    """

    resolvers: tuple[str, ...] = ("{resolver1}",)
    search: str = ""
    options: str = ""
    hosts: str = ""
    ipv6: bool = False
    route: bool = True
    gateway: bool = True
    egress: tuple[str, ...] = ()
    sysctls: tuple[str, ...] = ()
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Links:
    """MTUs in octets as in ``Network``; ``icmp`` False drops the router's "too big" messages.

    ``congestion`` is the servers' way with loss (tcp_congestion_control): Reno halves its window where BBR hardly minds.
    """

    mtu: int = 1500
    mtu_up: int | None = None
    mtu_down: int | None = None
    icmp: bool = True
    congestion: str = ""


@dataclass(frozen=True)
class Rules:
    """Router rules, without the table and the -A: ``FORWARD -p tcp … -j DROP``; times in seconds after the start."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    after: float = 0.0
    until: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """One declared run; ``name`` is its file's."""

    name: str
    title: str
    truth: Truth
    note: str = ""
    shows: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    command: Command = Command()
    client: ClientCommand = ClientCommand()
    network: Links = Links()
    wire: dict[str, Any] | None = None
    router: Rules = Rules()
    timed: Rules | None = None
    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    dns: tuple[dict[str, Any], ...] = ()
    proxy: dict[str, Any] | None = None
    between: str = ""
    keeps: tuple[str, ...] = ()
    conversations: tuple[dict[str, Any], ...] = ()


SECTIONS = {
    "truth": Truth,
    "command": Command,
    "client": ClientCommand,
    "network": Links,
    "router": Rules,
    "timed": Rules,
}


def _frozen(value: Any) -> Any:
    """Lists as tuples, all the way down; ``"null"`` as None, which TOML lacks."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return None if value == "null" else value


def parse(name: str, text: str) -> Scenario:
    """The scenario in a TOML text.

    Raises:
        ValueError: an unknown section or member, or a status that is none.
    """
    document = _frozen(tomllib.loads(text))
    known = {field.name for field in fields(Scenario)}
    if unknown := set(document) - known:
        raise ValueError(f"{name}: unknown sections {sorted(unknown)}")
    for section, kind in SECTIONS.items():
        if section in document:
            members = document[section]
            if unknown := set(members) - {field.name for field in fields(kind)}:
                raise ValueError(f"{name}: [{section}] has no {sorted(unknown)}")
            document[section] = kind(**({"cause": None} | members if kind is Truth else members))
    if "dns" in document and isinstance(document["dns"], dict):
        document["dns"] = (document["dns"],)
    scenario = Scenario(name=name, **document)
    if scenario.truth.status not in STATUSES:
        raise ValueError(f"{name}: status {scenario.truth.status!r} is none of {', '.join(STATUSES)}")
    return scenario


def list_scenarios() -> list[str]:
    """Names of all scenarios of the laboratory, sorted."""
    folder = resources.files("netanalyze.lab") / "scenarios"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load(name: str) -> Scenario:
    """The scenario called ``name``; KeyError if there is none."""
    entry = resources.files("netanalyze.lab") / "scenarios" / f"{name}.toml"
    if not entry.is_file():
        raise KeyError(f"no scenario {name!r}; there are: {', '.join(list_scenarios())}")
    return parse(name, entry.read_text())
