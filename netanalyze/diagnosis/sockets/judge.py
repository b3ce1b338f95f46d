"""What sockets show where there are no packets: the causes of a wait, from the shapes of TCP_INFO.

A socket tells what its own kernel counted: what it sent, what was acknowledged, what came. That separates a silent path
(unacknowledged, backing off) from a silent server (all acknowledged, nothing came) and from a dial without an answer; it
does not tell what the octets were. So a finding here is less sure than one from packets, cites sockets, and names
what packets would separate as alternatives.

Not a rule: it stands in for the rules of connect, TLS, request and body at once, for sockets whose packets nobody saw.
"""

from collections.abc import Iterable

from netanalyze.diagnosis.sockets.attempts import dials, lookups
from netanalyze.diagnosis.sockets.connections import established
from netanalyze.diagnosis.sockets.shared import PATIENCE, ended_well
from netanalyze.findings import Finding
from netanalyze.processes import IDLE, NETWORK
from netanalyze.rules import Observations
from netanalyze.sockets import TCP, SocketHistory
from netanalyze.units import NEVER_NS, SECOND_NS


def judge_sockets(seen: Observations, histories: Iterable[SocketHistory]) -> list[Finding]:
    """Findings from sockets whose beginning is not among ``seen``; of a run that ended well, only what it went around."""
    began = {
        (f.client.address, f.client.port, f.server.address, f.server.port): f.first_ns
        for f in seen.flows if f.seen_from_start
    }  # fmt: skip
    ours = [
        h for h in histories
        if h.samples and h.remote
        and began.get((h.local, h.local_port, h.remote, h.remote_port), h.first.time_ns + 1) > h.first.time_ns
    ]  # fmt: skip
    found = [*dials(seen, ours), *([] if seen.lookups else lookups(seen, ours))]
    if ended_well(seen):
        return found
    waiting = [(h, f) for h in ours for f in established(seen, h)]
    proved = [*found, *(f for h, f in waiting if not h.waiting.received)]
    for history, finding in waiting:
        if not history.waiting.received or not idle(seen, history, finding, ours, proved):
            found.append(finding)
    return found


def idle(
    seen: Observations, history: SocketHistory, finding: Finding, histories: list[SocketHistory], proved: list[Finding]
) -> bool:  # fmt: skip
    """Whether a connection that has received before may as well be merely unused: it is, while something else is owed
    for certain, another one moves, or no process waits for the network."""
    if any(f.end_ns >= finding.end_ns - SECOND_NS for f in proved):
        return True
    others = (h for h in histories if h is not history and h.transport == TCP and h.waiting.received)
    if any(h.received_ns >= finding.end_ns - PATIENCE.ns for h in others):
        return True
    if seen.processes is None:
        return False
    last = max((w.end_ns for w in seen.processes.waits), default=NEVER_NS)
    now = [w for w in seen.processes.waits if w.end_ns >= last - SECOND_NS and seen.processes.is_own(w.pid)]
    return bool(now) and not any(w.kind in (NETWORK, IDLE) for w in now)
