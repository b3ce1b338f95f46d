"""The command worked on the network, but the capture has none of it.

What it finds
    The command's lines (-x) show requests that were answered, or its sockets
    were seen to lead somewhere, and the capture holds not one connection and
    not one lookup to go with them. The packets that should be judged were never
    recorded. Where the way of its sockets is known, so is the interface to use.

Why a program hangs
    Unknown, and that is the finding: another interface carries the traffic, or
    another network namespace, or a proxy on this machine takes it over
    loopback.

What to do
    Record on all interfaces, in the namespace where the command runs:
        sudo netanalyze live -i any -- go mod download
        env | grep -i proxy                # 127.0.0.1 there? then lo has it
        sudo nsenter -n -t PID tcpdump -i any -w hang.pcap
    Let the recording run for a second after a short command: libpcap hands its
    packets over late.

Look-alikes
    local/egress-dropped has the lookups and lacks the SYNs.
    local/cache-lock-held and local/configuration send nothing because there is
    nothing to send; there, no request is answered on the network.

Known false alarms
    A run whose answers all came from a cache on this machine
    (GOPROXY=file://..., a stub of one's own), or a trace that belongs to
    another run than the file.

References
    tcpdump(1), -i any; nsenter(1); Go cmd/go/internal/web/http.go (the lines of
    -x).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.processes import CERTAIN, SocketOwner
from netanalyze.rules import Observations
from netanalyze.wording import message

ANSWERED = "the command had {number} requests answered, and the capture has none of its traffic"
TALKED = "the command talked to {remote}, and the capture has none of its traffic"
WENT_OVER = ": it went over {ways}; capture with {options}"


def check(seen: Observations) -> Iterator[Finding]:
    """The command's trace or sockets show it on the network, and no flow or lookup of it is in the capture."""
    if seen.flows or seen.lookups or seen.sockets is not None or seen.only_questions():
        return
    answered = [r for r in seen.trace.requests if r.status] if seen.trace is not None else []
    sockets = _connected(seen)
    if not answered and not sockets:
        return
    known = (seen.run.environment or {}).get("ways") or {} if seen.run is not None else {}
    ways = list(dict.fromkeys(known[s.remote] for s in sockets if s.remote in known))
    said = ANSWERED if answered else TALKED
    if ways:
        said += WENT_OVER
    proof = [Evidence(answered[0].url[:200], "answered, says the command's trace", "trace")] if answered else []
    proof += [
        Evidence(f"{s.remote}:{s.remote_port}", "the far end of a socket of the command", "socket") for s in sockets[:3]
    ]
    yield Finding(
        cause="capture/no-traffic",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=message(
            said,
            number=len(answered),
            remote=sockets[0].remote if sockets else "",
            ways=", ".join(ways),
            options=" ".join(f"-i {way}" for way in ways),
        ),
        evidence=tuple(proof),
        confidence=0.9,
        attributes={"interfaces": ways} if ways else {},
    )


def _connected(seen: Observations) -> list[SocketOwner]:
    """The command's own sockets that lead to another machine, or to a helper on this one."""
    if seen.processes is None:
        return []
    return [s for s in seen.processes.sockets if s.owned == CERTAIN and s.remote and s.remote_port]
