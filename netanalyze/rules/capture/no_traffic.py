"""The command worked on the network, but the capture has none of it.

What it finds
    The command's lines (-x) show requests that were answered, and the capture
    holds not one connection and not one lookup to go with them. The packets
    that should be judged were never recorded.

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
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The trace shows answered requests, and there is no flow and no lookup of the command in the capture."""
    trace = seen.trace
    if trace is None or seen.flows or seen.lookups:
        return
    answered = [r for r in trace.requests if r.status]
    if not answered:
        return
    yield Finding(
        cause="capture/no-traffic",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=f"the command had {len(answered)} requests answered, and the capture has none of its traffic",
        evidence=(Evidence(answered[0].url[:200], "answered, says the command's trace", "trace"),),
        confidence=0.9,
    )
