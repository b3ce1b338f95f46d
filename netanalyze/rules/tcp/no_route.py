"""This machine has no way there: it sends nothing, and says so at once.

What it finds
    The command's last error says that the network is unreachable or that there
    is no route; no SYN is in the capture and no ICMP unreachable, so that it is
    the kernel's own word.

Why a program hangs
    It does not, the error is immediate. What waits is a program that tries
    again until the network comes back.

What to do
    Look for link, address and default route:
        ip -br link; ip -br address; ip route; ip -6 route
        ip route get ADDRESS
    Connect the network or the VPN. In a container or namespace look inside it.
    Offline: GOPROXY=off go build ./... uses what the cache has.

Look-alikes
    tcp/rejected-by-icmp: a router says it, by a packet. local/egress-dropped: a
    firewall drops in silence. local/configuration: nothing was tried.
    dns/resolver-unreachable: the resolver alone is not there.

Known false alarms
    With IPv4 and IPv6 go prints the error of the family tried first, though the
    other one's was the cause.

References
    connect(2), ENETUNREACH and EHOSTUNREACH; ip-route(8); Go 1.27 net/dial.go
    (the first error of the first family is returned).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

SAID = ("network-unreachable", "no-route")


def check(seen: Observations) -> Iterator[Finding]:
    """The command printed that the network is unreachable, and no packet contradicts it."""
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
