"""This machine has no way there: it sends nothing, for want of a route, a link or a neighbour.

What it finds
    The command's last error says that the network is unreachable or that there
    is no route; no SYN is in the capture and no ICMP unreachable, so that it is
    the kernel's own word. Or the packets show it: a name was answered, the host
    that asked then asks on the link for the server, or for its next hop, IN_VAIN
    (3) times without an answer (the last is given ANSWER, 1 s), and not one
    packet goes to the server. Or there is nothing of the command in the capture
    but such questions. Or "netanalyze live", which LOOKS every 250 ms, saw one of
    this machine's interfaces down, and nothing of the command was captured until
    it was back.

Why a program hangs
    Without a route the error is immediate, and what waits is a program that
    tries again. A neighbour that does not answer costs three seconds at each
    try ("no route to host").

What to do
    Look for link, address, default route and neighbours:
        ip -br link; ip -br address; ip route; ip -6 route; ip neigh
    Connect the network or the VPN. In a container or namespace look inside it.
    Offline: GOPROXY=off go build ./... uses what the cache has.

Look-alikes
    tcp/rejected-by-icmp: a router says it, by a packet. local/egress-dropped: a
    firewall drops in silence, and the neighbour is not even asked for.
    tcp/syn-unanswered: SYNs leave. local/configuration: nothing was tried.
    dns/resolver-unreachable: the resolver alone is not there.

Known false alarms
    With IPv4 and IPv6 go prints the error of the family tried first, though the
    other one's was the cause.

References
    connect(2), ENETUNREACH and EHOSTUNREACH; ip-route(8); arp(7); RFC 4861
    section 7.2.2; Go 1.27 net/dial.go (the first error of the first family is
    returned); measured: 3.07 s.
"""

from collections.abc import Iterator, Sequence

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.neighbours import Asked
from netanalyze.processes import CERTAIN, SocketOwner
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

SAID = ("network-unreachable", "no-route")
ANSWER = Threshold(
    1, "s",
    source="Linux ip-sysctl retrans_time_ms = 1000; RFC 4861 section 10, RETRANS_TIMER = 1 s",
    why="so long the last question waits for its answer, as each before it did",
)  # fmt: skip
LOOKS = Threshold(
    0.5, "s",
    source="netanalyze live looks at interfaces every 250 ms (live/observer.py)",
    why="what is shorter than two looks, or as near to the end, cannot be told from none",
)  # fmt: skip
UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """What the link shows; else what the command printed, where no packet contradicts it."""
    shown = [*_down(seen), *_shown(seen), *_alone(seen)]
    yield from shown
    if not shown:
        yield from _said(seen)


def _down(seen: Observations) -> Iterator[Finding]:
    """An interface of this machine went down, and not a packet of the command was captured until it came back."""
    for down in seen.processes.down_links if seen.processes is not None else ():
        end = seen.end_ns if down.end_ns >= seen.end_ns - LOOKS.ns else down.end_ns
        before = [flow for flow in seen.flows if flow.first_ns < down.start_ns]
        over = [flow.ended() for flow in before]
        cut = [f for f, ended in zip(before, over) if ended is None or ended[2] > down.start_ns + LOOKS.ns]
        sure = down.start_ns + LOOKS.ns, end - LOOKS.ns * (end < seen.end_ns)
        if sure[1] <= sure[0] or any(sure[0] < f.first_ns < sure[1] for f in seen.flows):
            continue
        if not cut and not any(lookup.end_ns > down.start_ns for lookup in seen.lookups):
            continue
        if any(sure[0] < p.time_ns < sure[1] for flow in cut for p in flow.packets):
            continue
        last = max((p.frame_number for flow in cut for p in flow.packets if p.time_ns <= sure[0]), default=0)
        yield Finding(
            cause="tcp/no-route",
            culprit=Culprit("client-host"),
            start_ns=down.start_ns,
            end_ns=end,
            message=message(
                "{interface} of this machine was down for {time}", interface=down.interface, time=duration(end - down.start_ns)
            ),
            evidence=(
                Evidence(f"{down.interface}: not running", "what the kernel said of the interface", "syscall"),
                *frames((last, "the last packet of the command before that")),
            ),
            confidence=0.95, fatal=end >= seen.end_ns, flow_id=cut[0].id if cut else None,
            also_flows=tuple(flow.id for flow in cut[1:]), attributes={"link": "down", "interface": down.interface},
        )  # fmt: skip


def _shown(seen: Observations) -> Iterator[Finding]:
    found = {id(one): (lookup, one) for lookup in reversed(seen.lookups) for one in seen.asked_in_vain(lookup)}
    yield from (_finding(seen, *pair) for pair in found.values())


def _alone(seen: Observations) -> Iterator[Finding]:
    asked = seen.only_questions()
    for target in dict.fromkeys(one.target for one in asked):
        mine = [one for one in asked if one.target == target]
        first, last, times = mine[0], mine[-1], sum(one.times for one in mine)
        sockets = [s for s in seen.processes.sockets if s.owned == CERTAIN and s.remote] if seen.processes else []
        yield Finding(
            cause="tcp/no-route",
            culprit=_whom(seen, target, sockets),
            start_ns=first.first_ns,
            end_ns=seen.end_ns,
            message=message(
                "{address} is asked for on the link {times} times in {time}, in vain; no packet leaves",
                address=target, times=times, time=duration(last.last_ns - first.first_ns),
            ),
            evidence=(
                *frames(
                    (first.first_frame, message("who has {address}? (the first time)", address=target)),
                    (last.last_frame, message("who has {address}? (number {times}: no answer)", address=target, times=times)),
                ),
                *(
                    Evidence(f"{s.remote}:{s.remote_port}", "the far end of a socket of the command", "socket")
                    for s in sockets[:1]
                ),
            ),
            confidence=0.93 if sockets else 0.75,
            fatal=True,
            quantities={"questions": times},
            attributes={"link": "dead", "neighbour": target},
        )  # fmt: skip


def _whom(seen: Observations, target: str, sockets: Sequence[SocketOwner]) -> Culprit:
    """Who was asked for: the one the command meant to reach, by its error or its sockets, else a hop on the way."""
    error = seen.trace.final_error if seen.trace is not None else None
    if error is not None and error.facts.get("address") == target:
        port = error.facts.get("port")
        if error.kind == "connect-proxy":
            return Culprit("http-proxy", None, target, port)
        return Culprit(seen.role(error.facts.get("host"), port), error.facts.get("host"), target, port)
    ports = [socket.remote_port for socket in sockets if socket.remote == target]
    return Culprit(seen.role(None, ports[0]), None, target, ports[0]) if ports else Culprit("path", None, target)


def _finding(seen: Observations, lookup: Lookup, one: Asked) -> Finding:
    end = min(one.last_ns + ANSWER.ns, seen.end_ns)
    itself = one.target in lookup.addresses
    culprit = Culprit(seen.role(lookup.name), lookup.name, one.target) if itself else Culprit("path", None, one.target)
    answer = next(t for t in lookup.transactions if t.answers)
    return Finding(
        cause="tcp/no-route",
        culprit=culprit,
        start_ns=one.first_ns,
        end_ns=end,
        message=message(
            "{address} is asked for on the link {times} times in {time}, in vain; nothing is sent to {name}",
            address=one.target, times=one.times, time=duration(one.last_ns - one.first_ns), name=lookup.name,
        ),
        evidence=frames(
            (answer.response_frame, message("{name} is {address}", name=lookup.name, address=lookup.addresses[0])),
            (one.first_frame, message("who has {address}? (the first time)", address=one.target)),
            (one.last_frame, message("who has {address}? (number {times}: no answer)", address=one.target, times=one.times)),
        ),
        confidence=0.93,
        fatal=not any(f.client.syn_ns > one.last_ns for f in seen.flows if f.client.syn_count),
        quantities={"questions": one.times, "name": lookup.name},
        attributes={"link": "dead", "neighbour": one.target},
    )  # fmt: skip


def _said(seen: Observations) -> Iterator[Finding]:
    error = seen.trace.final_error if seen.trace else None
    if error is None:
        return
    local = error.kind in SAID or (
        error.kind == "dns-unreachable" and "network is unreachable" in str(error.facts.get("reason", ""))
    )
    if not local or seen.dials or any(error_.what == "unreachable" for error_ in seen.icmp):
        return
    yield Finding(
        cause="tcp/no-route",
        culprit=Culprit(
            "client-host", None, str(error.facts.get("address") or error.facts.get("server") or "") or None
        ),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message="this machine has no route there: the kernel refused to send",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.9,
        fatal=True,
    )
