"""Which flows and lookups are the command's where a live recording tells whose sockets were whose.

What is proved to be the command's, or its helper's on this machine, counts; what is proved to be others' never does. The
rest (a lookup over in 5 ms, where rights were few) is inferred from names, addresses and hellos, and says so.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanalyze.clients.client import Client
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.names.search_list import beginnings
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import CERTAIN, EXACT, INFERRED, OTHER, Processes, SocketOwner

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

_HOST = lazy_pattern(r"(?:[\w.-]+@)?((?:[a-z0-9_-]+\.)+[a-z0-9-]+|\[[0-9a-f:]+\])(?=[:/]|$)", re.IGNORECASE)


def tells(processes: Processes | None) -> bool:
    """Whether sockets were watched at all."""
    return processes is not None and any(witness in processes.means for witness in ("sock_diag", "lsof"))


def hosts_of(processes: Processes) -> set[str]:
    """Hosts that the command lines of the tree name.

    >>> from netanalyze.processes import Process
    >>> sorted(hosts_of(Processes(1, (Process(1, 0, 0, argv=("curl", "-sS", "https://a.example.net/x", "./y.tgz")),))))
    ['a.example.net']
    """
    found: set[str] = set()
    for process in processes.processes:
        for word in process.argv if process.own else ():
            at = word.partition("://")[2] or word
            match = _HOST.match(at) if not word.startswith(("-", ".", "/")) else None
            if match:
                found.add(match[1].strip("[]").lower())
    return found


def within(
    run: tuple[int, int], parts: Sequence[list[Flow]], lookups: Sequence[Lookup]
) -> tuple[list[Flow], list[Flow], list[Lookup]]:
    """Flows and lookups without those of unknown owner that began before the command was released, or after it had ended."""
    tcp, others = ([f for f in part if f.owner is not None or run[0] <= f.first_ns <= run[1]] for part in parts)
    kept = {flow.id for flow in (*tcp, *others)}
    asked = [x for x in lookups if all(t.flow_id in kept for t in x.transactions)]
    return tcp, others, asked


def select_owned(
    flows: Sequence[Flow],
    lookups: Sequence[Lookup],
    client: Client,
    trace: "Trace | None",
    processes: Processes,
    client_of_flow,
) -> tuple[list[Flow], list[Lookup]]:
    """The TCP flows and lookups that count; those that are inferred get an ``owner`` that says so."""
    tcp = [f for f in flows if f.is_tcp]
    proved = [f for f in flows if _owned(f) == CERTAIN]
    told = ({h.lower() for h in trace.hosts} if trace else set()) | hosts_of(processes)
    names = {n for f in proved for n in (*f.names, f.host) if n} | told
    addresses = {f.server.address for f in proved if f.is_tcp}
    strange = {f.server.address for f in tcp if _owned(f) == OTHER}
    strange |= {s.remote for s in processes.sockets if s.owned == OTHER}  # also of those that were not recorded
    strange -= addresses
    by_id = {f.id: f for f in flows}
    lookups = _lookups(lookups, by_id, names, client, EXACT in processes.means)
    asked = {lookup.name for lookup in lookups} | names
    addresses |= {a for lookup in lookups for a in lookup.addresses}
    # a flow of a program that helps is on behalf of the command where it goes where the command sent it, or nobody knows
    sent = {f.host for f in proved if f.tunnelled and f.host} | asked
    chosen = []
    for flow in tcp:
        owned = _owned(flow)
        if owned == CERTAIN or (owned == INFERRED and (flow.host is None or flow.host in sent or not sent)):
            chosen.append(flow)
        elif owned is None:
            kind, far = client_of_flow(flow), flow.server.address
            ours = not asked.isdisjoint((flow.host, *flow.names)) or far in addresses or far in asked
            own_hello = kind is not None and kind.name in (client.name, *client.children) and client.name != "generic"
            own_hello = own_hello and EXACT not in processes.means  # else somebody would have seen the socket
            foreign_hello = kind is not None and not own_hello and client.name != "generic"
            unsure = EXACT not in processes.means and flow.server.address not in strange
            if (ours or own_hello or unsure) and not foreign_hello:
                chosen.append(flow)
                _infer(flow)
    return chosen, lookups


def _owned(flow: Flow) -> str | None:
    return flow.owner.owned if flow.owner is not None else None


def _infer(flow: Flow) -> None:
    a, b = flow.client, flow.server
    flow.owner = SocketOwner(
        flow.protocol, a.address, a.port, b.address, b.port, flow.first_ns, flow.last_ns, 0, INFERRED
    )


def _lookups(
    lookups: Sequence[Lookup], by_id: dict[int, Flow], names: set[str], client: Client, exact: bool
) -> list[Lookup]:
    """The lookups that are the command's; a helper's only for names that the command asked or goes to."""
    carried = [(x, [f for t in x.transactions if (f := by_id.get(t.flow_id)) is not None]) for x in lookups]
    owned = [(x, fs, {_owned(f) for f in fs}) for x, fs in carried]
    mine = {x.name for x, _, kinds in owned if CERTAIN in kinds}
    ours = names | mine
    chosen = []
    for lookup, flows, kinds in owned:
        wanted = lookup.name in ours or not ours.isdisjoint(beginnings(lookup.name))
        if CERTAIN in kinds:
            chosen.append(lookup)
        elif INFERRED in kinds:
            if wanted or not mine:
                chosen.append(lookup)
        elif kinds <= {OTHER} and kinds:
            continue
        elif wanted or (not exact and lookup.style in (client.name, "unknown")):
            chosen.append(lookup)
            for flow in flows:
                if flow.owner is None:
                    _infer(flow)
    return sorted(chosen, key=lambda x: x.start_ns)
