"""What sockets show where there are no packets: the causes of a wait, from the shapes of TCP_INFO.

A socket tells what its own kernel counted: what it sent, what was acknowledged, what came. That separates a silent path
(unacknowledged, backing off) from a silent server (all acknowledged, nothing came) and from a dial without an answer; it
does not tell what the octets were. So a finding here is less sure than one from packets, cites sockets, and names
what packets would separate as alternatives.

What a wait of an open connection means stands with each cause (``from_socket``); dials and lookups, of which several
sockets tell together, in ``attempts.py``.
"""

from collections.abc import Iterable, Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import socket_judges
from netanalyze.causes.from_sockets.attempts import dials, lookups
from netanalyze.causes.from_sockets.shared import PATIENCE
from netanalyze.causes.from_sockets.waiting_socket import WaitingSocket
from netanalyze.findings import Finding
from netanalyze.flows.network.others import Greatest
from netanalyze.processes import IDLE, NETWORK
from netanalyze.sockets import TCP, SocketHistory
from netanalyze.units import NEVER_NS, SECOND_NS


def judge_sockets(case: Case, histories: Iterable[SocketHistory]) -> list[Finding]:
    """Findings from sockets whose beginning is not among ``case``; of a run that ended well, only what it went around."""
    began = {
        (f.client.address, f.client.port, f.server.address, f.server.port): f.first_ns
        for f in case.flows if f.seen_from_start
    }  # fmt: skip
    ours = [
        h for h in histories
        if h.samples and h.remote
        and began.get((h.local, h.local_port, h.remote, h.remote_port), h.first.time_ns + 1) > h.first.time_ns
    ]  # fmt: skip
    found = [*dials(case, ours), *([] if case.lookups else lookups(case, ours))]
    if case.ended_well:
        return found
    waiting = [(h, f) for h in ours for f in _waiting(case, h)]
    proved = [*found, *(f for h, f in waiting if not h.waiting.received)]
    owed_ns = max((f.end_ns for f in proved), default=NEVER_NS)
    received = Greatest((id(h), h.received_ns) for h in ours if h.transport == TCP and h.waiting.received)
    idle = _idle(case)
    for history, finding in waiting:
        beside = owed_ns >= finding.end_ns - SECOND_NS or received.but(id(history)) >= finding.end_ns - PATIENCE.ns
        # one that has received before may be merely unused: while something else is owed for certain, another one moves,
        # or no process waits for the network
        if not history.waiting.received or not (beside or idle):
            found.append(finding)
    return found


def _waiting(case: Case, history: SocketHistory) -> Iterator[Finding]:
    """What a socket waited for when it was last seen open, by the cause that such a wait means."""
    socket = WaitingSocket(case, history)
    found = [finding for judge in socket_judges() if (finding := judge(socket)) is not None] if socket.shape else []
    yield from (finding for finding in found if finding.end_ns - finding.start_ns >= PATIENCE.ns)


def _idle(case: Case) -> bool:
    """Whether the command's processes were looked at, and none waits for the network."""
    if case.processes is None:
        return False
    now = case.processes.latest_waits()
    return bool(now) and not any(w.kind in (NETWORK, IDLE) for w in now)
