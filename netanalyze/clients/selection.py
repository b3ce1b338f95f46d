"""Which flows and lookups are judged: those of the command, as far as they can be told from others'."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netanalyze.clients import client_by_name, identify
from netanalyze.clients.client import Client
from netanalyze.clients.hosts import role_of
from netanalyze.clients.owned import select_owned, tells, within
from netanalyze.columns import first_places
from netanalyze.errors import NothingSelected
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.names.search_list import beginnings
from netanalyze.flows.network.scans import unattended
from netanalyze.flows.rows import (
    are_tcp,
    hosts_of,
    names_of,
    numbers_of,
    of_flows,
    of_mask,
    plain_ids,
    servers,
    told_of,
)
from netanalyze.flows.screen import odd, of_lookups
from netanalyze.processes import Processes
from netanalyze.units import NEVER_NS, duration
from netanalyze.wire.message.tls import ClientHello
from netanalyze.wording import Verbatim, chained, message

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

DNS_PORT = 53
WEB_PORTS = (80, 443, 8080, 8443, 3128, 1080, 22, 9418)


def _hello(flow: Flow):
    hello = flow.tls.client_hello if flow.tls else None
    return hello.message if hello and hello.message else None


def client_of_flow(flow: Flow) -> Client | None:
    """The client whose ClientHello, or CONNECT, this is."""
    agents = [e.user_agent for e in flow.http.exchanges if e.user_agent] if flow.http else []
    for agent in agents:
        program = agent.split("/")[0].lower()
        name = {"go-http-client": "go", "gocommand": "go", "debian": "apt"}.get(program, program)
        if client_by_name(name).name != "generic":
            return client_by_name(name)
    hello = _hello(flow)
    return _of_hello(hello) if hello is not None else None


def _of_hello(hello: ClientHello) -> Client | None:
    return identify(filter(None, [hello.ja3]), filter(None, [hello.ja4]), [], hello.alpn)


def _of_layouts(flows: Sequence[Flow]) -> list[Client | None]:
    """The clients whose ClientHellos those of plain flows are, by layout."""
    told = told_of(flows)
    return [_of_hello(hello) for hello in told.hellos.layouts] if told is not None else []


def _clients_of_plain(flows: Sequence[Flow]) -> Iterator[tuple[int, str]]:
    """Of each layout of the plain flows' ClientHellos whose client is known, its first flow and the client's name."""
    told, clients = told_of(flows), _of_layouts(flows)
    if told is not None:
        first = first_places(told.layout)
        for id_, layout in zip(plain_ids(flows)[first].tolist(), told.layout[first].tolist()):
            if (client := clients[layout]) is not None:
                yield id_, client.name


def find_client(flows: Sequence[Flow], lookups: Sequence[Lookup], trace: "Trace | None", name: str | None) -> Client:
    """The command's client: as said, as the trace says, else by its ClientHellos, else by its resolver's habits."""
    if name:
        return client_by_name(name)
    if trace is not None and trace.client:
        return client_by_name(trace.client)
    kinds = [(f.id, kind.name) for f in odd(flows) if (kind := client_of_flow(f)) is not None]
    named = [name for _, name in sorted([*kinds, *_clients_of_plain(flows)])]
    if named:
        return client_by_name("go" if "go" in named else named[0])
    named_otherwise = any(e.user_agent for f in odd(flows) if f.http for e in f.http.exchanges)
    if any(lookup.style == "go" for lookup in odd(lookups)) and not (
        named_otherwise or told_of(flows) is not None or any(_hello(f) or _speaks_otherwise(f) for f in odd(flows))
    ):
        return client_by_name("go")
    return client_by_name(None)


def _speaks_otherwise(flow: Flow) -> bool:
    """Whether a flow shows a program that is not go, without a ClientHello or its name: a server that says what is no TLS,
    HTTP, SOCKS or DNS, a request that names nobody, a connection on which nothing was asked. Others, too, ask for both
    families from two sockets: macOS, browsers' own resolvers."""
    if not flow.is_tcp or flow.server.port == DNS_PORT:
        return False
    if flow.http is not None:
        return bool(flow.http.exchanges) and not any(e.user_agent for e in flow.http.exchanges)
    if flow.established_ns != NEVER_NS and not flow.client.sent_data:
        return True
    return bool(flow.server.sent_data) and not (flow.tls or flow.socks)


def _names_its_program(flow: Flow) -> bool:
    """Whether a flow's requests say in clear which program asks."""
    return flow.http is not None and any(exchange.user_agent for exchange in flow.http.exchanges)


def _belongs(flow: Flow, names: set[str], addresses: set[str]) -> bool:
    """Whether a flow without a ClientHello goes where the command's other flows go."""
    if flow.names:
        # git asks libc, so that a name alone does not show it was the command's: a forge is what go sends it to
        return bool(set(flow.names) & names) or any(role_of(name) == "vcs-host" for name in flow.names)
    if flow.server.port == DNS_PORT:
        return True
    if flow.http is not None and flow.http.connect is not None:
        return True
    return flow.server.address in addresses if addresses else flow.server.port in WEB_PORTS


def select(
    flows: Sequence[Flow],
    lookups: Sequence[Lookup],
    client: Client,
    trace: "Trace | None",
    hosts: Sequence[str],
    between: tuple[int, int] | None,
    processes: Processes | None = None,
    run: tuple[int, int] | None = None,
) -> tuple[Sequence[Flow], Sequence[Lookup]]:
    """The TCP flows and lookups that count for the verdict.

    With ``hosts``: flows to these names or addresses. With ``between``: what overlaps these moments. Where
    ``processes`` tells whose sockets were whose, that decides (netanalyze.clients.owned); of a ``run`` that was
    watched from its beginning to its end nothing can be that began before or after, unless it is proved. Else, where
    some ClientHello is the client's own: its flows, its children's, and attempts that never got as far as a
    hello; what bears another program's ClientHello is left out. Else everything but attempts that nobody waits for.
    """
    probes = unattended(flows)
    tcp = of_mask(flows, are_tcp(flows) & ~np.isin(numbers_of(flows), list(probes)))
    if between is not None:
        tcp = of_mask(tcp, (of_flows(tcp, "last_ns") >= between[0]) & (of_flows(tcp, "first_ns") <= between[1]))
        lookups = [x for x in lookups if x.end_ns >= between[0] and x.start_ns <= between[1]]
    if hosts:
        wanted = {h.lower().rstrip(".") for h in hosts}
        tcp = [f for f in tcp if {f.host, f.server.address, f.client.address, *f.names} & wanted]
        names = wanted | {n for f in tcp for n in f.names}
        return tcp, [x for x in lookups if x.name in names or set(x.addresses) & wanted]
    if processes is not None and tells(processes):
        others = [f for f in flows if not f.is_tcp]
        if run is not None:
            tcp, others, lookups = within(run, [list(tcp), others], lookups)
        return select_owned([*tcp, *others], lookups, client, trace, processes, client_of_flow)
    return _select_by_hello(tcp, lookups, client, {h.lower() for h in trace.hosts} if trace else set())


def _select_by_hello(
    tcp: Sequence[Flow], lookups: Sequence[Lookup], client: Client, hosts: set[str]
) -> tuple[Sequence[Flow], Sequence[Lookup]]:
    """The flows that bear the client's own ClientHello or go to one of the ``hosts`` that it printed, what goes where those go,
    and the lookups of their names."""
    kinds = (client.name, *client.children)
    own, plain_foreign = _of_plain(tcp, kinds)
    own |= {f.id for f in odd(tcp) if (kind := client_of_flow(f)) is not None and kind.name in kinds}
    # a name in a request tells another program where the client's own is told so, too
    naming = {f.id for f in odd(tcp) if own and _names_its_program(f)}
    foreign = {f.id for f in odd(tcp) if (_hello(f) is not None or f.id in naming) and f.id not in own} | plain_foreign
    its_style = [x for x in odd(lookups) if x.style == client.name]
    if not own and not foreign:  # hellos cut by the snap length: the client's lookups tell where its flows go
        asked = {x.name for x in its_style}
        own = {f.id for f in tcp if f.client.next_known and asked & set(f.names)}
    never_got_so_far = client.name == "go" and foreign and its_style  # it is others that speak TLS here
    if client.name == "generic" or not (own or hosts or never_got_so_far):
        return tcp, lookups
    ids = numbers_of(tcp)
    mine = of_mask(tcp, np.isin(ids, list(own)))
    named = [f for f in (tcp if hosts else ()) if f.host in hosts]
    names = names_of(mine) | set(hosts_of(mine)) | hosts | {x.name for x in its_style}
    addresses = servers(mine) or servers(named)
    # nobody else speaks TLS here; go's own lookups tell where it goes, of others' nothing does, nor of go's without any
    goes_anywhere = client.name != "go"
    web = {f.id for f in odd(tcp) if f.server.port in WEB_PORTS} if not lookups else set()
    own |= {f.id for f in named} | {
        f.id for f in odd(tcp)
        if f.id not in foreign and (_belongs(f, names, addresses) or (not foreign and (goes_anywhere or f.id in web)))
    }  # fmt: skip
    chosen = of_mask(tcp, np.isin(ids, list(own)))
    names |= names_of(chosen)

    def wanted(style: str, name: str) -> bool:
        return style == client.name or name in names or (style == "unknown" and not len(mine)) or not names.isdisjoint(
            beginnings(name)
        )  # fmt: skip

    return chosen, of_lookups(lookups, wanted)


def _of_plain(tcp: Sequence[Flow], kinds: Collection[str]) -> tuple[set[int], set[int]]:
    """The plain flows, by id, whose ClientHello is that of a client of some names, and those of others."""
    told = told_of(tcp)
    if told is None:
        return set(), set()
    own = np.array([client is not None and client.name in kinds for client in _of_layouts(tcp)], dtype=bool)[
        told.layout
    ]
    ids = plain_ids(tcp)
    return set(ids[own].tolist()), set(ids[~own].tolist())


NAMES_TOLD = 5
"""So many hosts are named to who asked for one that is not there."""


def check_selection(flows: Sequence[Flow], hosts: Sequence[str], between: tuple[int, int] | None) -> None:
    """Refuse a selection of which nothing of a capture is: that is a mistake of who made it, and no healthy run.

    Raises:
        NothingSelected: no flow, of whatever protocol, is to or from one of the hosts, or overlaps these moments.
    """
    if not hosts and between is None:
        return
    timed = [f for f in flows if between is None or (f.first_ns <= between[1] and f.last_ns >= between[0])]
    wanted = {host.lower().rstrip(".") for host in hosts}
    if any(not hosts or {f.host, f.client.address, f.server.address, *f.names} & wanted for f in timed):
        return
    there = list(dict.fromkeys(f.destination for f in timed or flows))
    named = ", ".join(there[:NAMES_TOLD]) + (", ..." if len(there) > NAMES_TOLD else "")
    begun, ended = min((f.first_ns for f in flows), default=0), max((f.last_ns for f in flows), default=0)
    if not flows:
        raise NothingSelected("judged", "no connection and no lookup in it at all")
    if timed:
        raise NothingSelected(message("of {hosts}", hosts=chained("{first} or {other}", list(hosts))), Verbatim(named))
    there_is = message("traffic for {time}, with {hosts}", time=duration(ended - begun), hosts=Verbatim(named))
    raise NothingSelected("between these times", there_is)
