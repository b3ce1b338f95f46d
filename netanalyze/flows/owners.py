"""Flows joined to the processes that had their sockets, as a live recording tells, or ptcpdump's comments on frames."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from netanalyze.flows.flow import Flow
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import Process, Processes, SocketOwner
from netanalyze.units import NEVER_NS

Key = tuple[int, str, int, str, int]

SAME_SOCKET_NS = 2_000_000_000
"""A five-tuple is not given to a new socket so soon after its last use: Linux keeps 60 s of TIME-WAIT, and hands out some
28,000 other ports first (ip_local_port_range)."""
_REMARK = lazy_pattern(r"PID: ([0-9]{1,9})\r?\nCmd: ([^\r\n]{1,4096})")
"""As ptcpdump begins its comment on a packet (https://github.com/mozillazg/ptcpdump), and so does what live records."""
NEAREST = 16
"""Of very many sockets with the same addresses, so many before and after the beginning of a flow are looked at."""


def own(flows: Iterable[Flow], processes: Processes) -> None:
    """Set ``owner`` and ``process`` of each flow whose socket on this machine was seen.

    The client's socket counts; where only the server's was (an incoming connection), that.
    """
    sockets: dict[Key, list[SocketOwner]] = defaultdict(list)
    for one in processes.sockets:
        sockets[one.transport, one.local, one.local_port, one.remote, one.remote_port].append(one)
    for ones in sockets.values():
        if len(ones) > 2 * NEAREST:
            ones.sort(key=lambda one: one.first_ns)
    for flow in flows:
        a, b = flow.client, flow.server
        for near, far in ((a, b), (b, a)):
            whole: Key = (flow.protocol, near.address, near.port, far.address, far.port)
            found = _nearest(sockets.get(whole, ()), flow)
            if found is None and not flow.is_tcp:  # a socket that is not connected talks to anybody
                for local in (near.address, ""):
                    found = found or _nearest(sockets.get((flow.protocol, local, near.port, "", 0), ()), flow)
            if found is not None:
                break
        else:
            continue
        flow.owner = found
        process = processes.process(found.pid, found.first_ns) if found.pid else None
        flow.process = process.name if process else ""


def _nearest(sockets: Sequence[SocketOwner], flow: Flow) -> SocketOwner | None:
    """Of sockets with a flow's addresses, one in time after the other, the flow's own."""

    def distance(owner: SocketOwner) -> int:
        return max(owner.first_ns - flow.last_ns, flow.first_ns - owner.last_ns, 0)

    if len(sockets) > 2 * NEAREST:
        at = bisect_left(sockets, flow.first_ns, key=lambda one: one.first_ns)
        sockets = sockets[max(at - NEAREST, 0) : at + NEAREST]
    return min((one for one in sockets if flow.first_ns - one.last_ns <= SAME_SOCKET_NS), key=distance, default=None)


def remarked(comments: Iterable[tuple[int | None, str]]) -> dict[int, Process]:
    """By frame, the process that ptcpdump says it is of."""
    found = ((frame, _REMARK.search(text)) for frame, text in comments if frame is not None)
    return {frame: Process(int(said[1]), 0, NEVER_NS, argv=(said[2],)) for frame, said in found if said is not None}


def named(flows: Iterable[Flow], processes: Mapping[int, Process]) -> None:
    """Set ``owner`` and ``process`` of each flow whose first or last frame is remarked on; whose command's it is nobody says."""
    for flow in flows:
        process = processes.get(flow.first_frame) or processes.get(flow.last_frame)
        if process is not None:
            near, far = flow.client, flow.server
            flow.owner = SocketOwner(
                flow.protocol,
                near.address,
                near.port,
                far.address,
                far.port,
                flow.first_ns,
                flow.last_ns,
                process.pid,
                "",
            )
            flow.process = process.name
