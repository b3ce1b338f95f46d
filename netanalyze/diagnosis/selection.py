"""Which flows and lookups are judged: those of the command, as far as they can be told from others'."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanalyze.clients import client_by_name, identify
from netanalyze.clients.client import Client
from netanalyze.clients.hosts import role_of
from netanalyze.diagnosis.owned import select_owned, tells
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.observe import Flow
from netanalyze.flows.scans import unattended
from netanalyze.processes import Processes
from netanalyze.units import NEVER_NS

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
    if hello is not None:
        return identify(filter(None, [hello.ja3]), filter(None, [hello.ja4]), [], hello.alpn)
    return None


def find_client(flows: Sequence[Flow], found: Sequence[Lookup], trace: "Trace | None", name: str | None) -> Client:
    """The command's client: as said, as the trace says, else by its ClientHellos, else by its resolver's habits."""
    if name:
        return client_by_name(name)
    if trace is not None and trace.client:
        return client_by_name(trace.client)
    kinds = [client_of_flow(f) for f in flows]
    named = [k.name for k in kinds if k is not None]
    if named:
        return client_by_name("go" if "go" in named else named[0])
    named_otherwise = any(e.user_agent for f in flows if f.http for e in f.http.exchanges)
    if any(lookup.style == "go" for lookup in found) and not (
        named_otherwise or any(_hello(f) or _speaks_otherwise(f) for f in flows)
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
    found: Sequence[Lookup],
    client: Client,
    trace: "Trace | None",
    hosts: Sequence[str],
    between: tuple[int, int] | None,
    processes: Processes | None = None,
) -> tuple[list[Flow], list[Lookup]]:
    """The TCP flows and lookups that count for the verdict.

    With ``hosts``: flows to these names or addresses. With ``between``: what overlaps these moments. Where
    ``processes`` tells whose sockets were whose, that decides (netanalyze.diagnosis.owned). Else, where
    some ClientHello is the client's own: its flows, its children's, and attempts that never got as far as a
    hello; what bears another program's ClientHello is left out. Else everything but attempts that nobody waits for.
    """
    probes = unattended(flows)
    tcp = [f for f in flows if f.is_tcp and f.id not in probes]
    if between is not None:
        tcp = [f for f in tcp if f.last_ns >= between[0] and f.first_ns <= between[1]]
        found = [x for x in found if x.end_ns >= between[0] and x.start_ns <= between[1]]
    if hosts:
        wanted = {h.lower().rstrip(".") for h in hosts}
        tcp = [f for f in tcp if {f.host, f.server.address, f.client.address, *f.names} & wanted]
        names = wanted | {n for f in tcp for n in f.names}
        return tcp, [x for x in found if x.name in names or set(x.addresses) & wanted]
    if processes is not None and tells(processes):
        return select_owned(
            [*tcp, *(f for f in flows if not f.is_tcp)], found, client, trace, processes, client_of_flow
        )
    own = {
        f.id for f in tcp if (kind := client_of_flow(f)) is not None and kind.name in (client.name, *client.children)
    }
    foreign = {f.id for f in tcp if _hello(f) is not None and f.id not in own}
    if not own and not foreign:  # hellos cut by the snap length: the client's lookups tell where its flows go
        asked = {x.name for x in found if x.style == client.name}
        own = {f.id for f in tcp if f.client.next_known and asked & set(f.names)}
    if client.name == "generic" or not (own or (trace and trace.hosts)):
        if client.name == "go" and foreign and any(x.style == "go" for x in found):
            pass  # others speak TLS here, the command itself never got so far
        else:
            return tcp, list(found)
    told = {h.lower() for h in trace.hosts} if trace else set()
    styles = {id(x): x.style for x in found}
    own_names = {n for f in tcp if f.id in own for n in (*f.names, f.host) if n} | told
    own_names |= {x.name for x in found if styles[id(x)] == client.name}
    own_addresses = {f.server.address for f in tcp if f.id in own} or {f.server.address for f in tcp if f.host in told}
    chosen = []
    for flow in tcp:
        if flow.id in own or flow.host in told:
            chosen.append(flow)
        elif flow.id in foreign:
            continue
        elif _belongs(flow, own_names, own_addresses) or (not foreign and client.name != "go"):
            # nobody else speaks TLS here; go's own lookups tell where it goes, of others' nothing does
            chosen.append(flow)
    names = own_names | {n for f in chosen for n in f.names}
    lookups = [
        x for x in found if styles[id(x)] == client.name or x.name in names or (styles[id(x)] == "unknown" and not own)
    ]
    taken = {id(x) for x in lookups}
    steps = [x for x in found if id(x) not in taken and any(x.name.startswith(n + ".") for n in names)]
    return chosen, sorted([*lookups, *steps], key=lambda x: x.start_ns)
