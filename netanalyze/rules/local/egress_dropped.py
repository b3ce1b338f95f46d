"""DNS was answered, and no SYN ever left: this machine's own firewall.

What it finds
    A lookup gave an address, the capture has no TCP at all, and the run went on
    for PATIENCE (4 s); or its last error is about dialling. Without such an
    error the lookup must look like go's own (A and AAAA from two sockets, with
    EDNS) and hardly another name was asked for.

Why a program hangs
    What the OUTPUT chain drops is dropped before the recorder sees it. For the
    program it is a SYN without an answer: go waits 30 s for each dial ("i/o
    timeout"), git 134 s. A firewall that rejects ends it at once: "operation
    not permitted".

What to do
    See what this machine lets out:
        sudo nft list ruleset | grep -nE 'output|drop|reject'
        sudo iptables -S OUTPUT; sudo iptables -nvL OUTPUT    # counters grow?
        nc -vz -w 5 HOST 443
    Also: cgroup and eBPF policies of containers, Kubernetes NetworkPolicy,
    application firewalls.

Look-alikes
    tcp/no-route: the next hop is asked for on the link, and does not answer.
    tcp/syn-unanswered: the SYN is in the capture. tcp/no-route: the kernel says
    so. capture/no-traffic: not even the lookups are there.
    local/auth-helper-blocked: nothing was looked up.

Known false alarms
    A capture on one interface while the route leads out by another; a
    connection that existed before the capture and is used again.

References
    iptables(8) and nft(8), hook output; netfilter's output hook comes before
    the packet taps, of packet(7); Go 1.27 net/http/transport.go (30 s).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.lookups import Lookup
from netanalyze.processes import CERTAIN, EXACT, SocketOwner
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wire.layers import PROTOCOL_TCP
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    4, "s",
    source="Go net/dial.go: the SYN follows the answer at once; the limit is chosen here",
    why="seconds after the answer nobody is about to connect any more",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An address was found, nothing was sent to it; the run went on for PATIENCE, or its error was about dialling."""
    error = seen.trace.final_error if seen.trace else None
    told = error is not None and error.kind in ("dial-timeout", "not-permitted", "git-connect-timeout")
    if seen.flows:
        return
    for lookup in seen.lookups:
        if (
            not lookup.addresses
            or seen.asked_in_vain(lookup)
            or any(lookup is one for found in seen.unheard_lookups for one in found.lookups)
        ):
            continue
        waited = seen.end_ns - lookup.end_ns
        if waited < PATIENCE.ns and not told:
            continue
        names = {x.name for x in seen.lookups}
        own = (
            lookup.style == "go"
            and seen.client.name == "go"
            and all(t.edns for t in lookup.transactions)
            and len(names) <= 2
        )
        tried = _tried(seen, lookup)
        if not (tried or (tried is None and (told or own))):
            continue  # nobody says that this lookup was the command's, or it never tried to connect
        answer = next(t for t in lookup.transactions if t.answers)
        yield Finding(
            cause="local/egress-dropped",
            culprit=Culprit("client-host"),
            start_ns=lookup.end_ns,
            end_ns=max(seen.end_ns, lookup.end_ns),
            message=message(
                "{name} was found ({address}) and not one SYN left this machine in {time}",
                name=lookup.name, address=lookup.addresses[0], time=duration(max(waited, 0)),
            ),
            evidence=(
                *frames((
                    answer.response_frame,
                    message(
                        "{name} is {address}; no SYN follows in the whole capture",
                        name=lookup.name, address=lookup.addresses[0],
                    ),
                )),
                *(
                    (Evidence(message("{who}: TCP to {address}", who=seen.processes.named(tried.pid),
                                      address=f"{tried.remote}:{tried.remote_port}"),
                              "the socket with which it tried", "socket"),)
                    if isinstance(tried, SocketOwner) and seen.processes is not None else ()
                ),
                *(
                    (Evidence(error.text.split("\n")[0][:200], "the command did try to connect", "trace"),)
                    if told and error else ()
                ),
            ),
            confidence=0.97 if tried else 0.85 if told else 0.6,
            fatal=True,
        )  # fmt: skip
        return


def _tried(seen: Observations, lookup: Lookup) -> SocketOwner | bool | None:
    """The command's socket that went to the name's address; False where every socket is known and none did."""
    if seen.processes is None:
        return None
    mine = [s for s in seen.processes.sockets if s.owned == CERTAIN and s.transport == PROTOCOL_TCP]
    there = next((s for s in mine if s.remote in lookup.addresses), None)
    return there or (False if EXACT in seen.processes.means else None)
