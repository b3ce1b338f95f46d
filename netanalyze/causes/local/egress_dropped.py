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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.screen import odd
from netanalyze.processes import CERTAIN, EXACT, SocketOwner
from netanalyze.units import duration
from netanalyze.wire.layers import PROTOCOL_TCP
from netanalyze.wording import message, saying

CAUSE = Cause(
    "local/egress-dropped",
    meaning="The name was resolved and then no SYN left this machine: its own firewall drops what goes out.",
    headline="This machine's own firewall drops what the command sends.",
    spares_link=True,
    fits=("dial-timeout", "git-connect-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    4, "s",
    source="Go net/dial.go: the SYN follows the answer at once; the limit is chosen here",
    why="seconds after the answer nobody is about to connect any more",
)  # fmt: skip


ITS_SOCKET = Proved(
    0.97, "a socket of the command tries the address, and no SYN is in the capture", Basis.COMMAND,
    "another interface may have carried it",
)  # fmt: skip
SAYS_DIALLING = Proved(
    0.85, "the command's last error is about dialling, an address was found, and the capture has no TCP at all",
    Basis.COMMAND, "another interface may have carried the SYN",
)  # fmt: skip
ONLY_LOOKED_UP = Proved(
    0.6, "go's own lookup found an address, and no SYN follows for 4 s", Basis.FRAMES,
    "it may have asked for the name alone, or used an open connection",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """An address was found, nothing was sent to it; the run went on for PATIENCE, or its error was about dialling."""
    error = case.final_error
    dialled = error is not None and error.kind in ("dial-timeout", "not-permitted", "git-connect-timeout")
    if case.flows:
        return
    unheard = {id(lookup) for loss in case.unheard_lookups for lookup in loss.lookups}
    for lookup in case.lookups if dialled else odd(case.lookups):
        waited = case.end_ns - lookup.end_ns
        if not lookup.addresses or case.asked_in_vain(lookup) or id(lookup) in unheard:
            continue
        tried = _tried(case, lookup)
        if tried is None:
            tried = dialled or _is_gos(case, lookup)
        if (waited < PATIENCE.ns and not dialled) or not tried:
            continue  # nobody says that this lookup was the command's, or it never tried to connect
        answer = next(t for t in lookup.transactions if t.answers)
        say = saying(name=lookup.name, address=lookup.addresses[0], time=duration(max(waited, 0)))
        evidence = [*frames((answer.response_frame, say("{name} is {address}; no SYN follows in the whole capture")))]
        seen_trying = isinstance(tried, SocketOwner) and case.processes is not None
        if seen_trying:
            far = f"{tried.remote}:{tried.remote_port}"
            who = message("{who}: TCP to {address}", who=case.processes.named(tried.pid), address=far)
            evidence.append(Evidence(who, "the socket with which it tried", "socket"))
        if dialled and error is not None:
            evidence.append(printed(error.text, "the command did try to connect"))
        yield CAUSE.finding(
            Culprit("client-host"),
            (lookup.end_ns, max(case.end_ns, lookup.end_ns)),
            say("{name} was found ({address}) and not one SYN left this machine in {time}"),
            tuple(evidence),
            confidence(ONLY_LOOKED_UP, SAYS_DIALLING.when(dialled), ITS_SOCKET.when(seen_trying)),
            fatal=True,
        )
        return


def _is_gos(case: Case, lookup: Lookup) -> bool:
    """Whether a lookup looks like go's own, in a capture in which hardly another name was asked for."""
    own = lookup.style == "go" and case.client.name == "go" and all(t.edns for t in lookup.transactions)
    return own and len(case.index.named) <= 2


def _tried(case: Case, lookup: Lookup) -> SocketOwner | bool | None:
    """The command's socket that went to the name's address; False where every socket is known and none did."""
    if case.processes is None:
        return None
    mine = [s for s in case.processes.sockets if s.owned == CERTAIN and s.transport == PROTOCOL_TCP]
    there = next((s for s in mine if s.remote in lookup.addresses), None)
    return there or (False if EXACT in case.processes.means else None)


ADVICE = Page(
    where=offers("this machine: its firewall drops what goes out; server not reached"),
    fix=offers(
        Offer("See what the firewall drops", "sudo nft list ruleset | grep -nE 'output|drop|reject'"),
        Offer("See what the firewall drops (iptables)", "sudo iptables -S OUTPUT"),
        Offer("Let the port out (until it restarts)", "sudo iptables -I OUTPUT -p tcp --dport {port} -j ACCEPT"),
        Offer("Also: an application firewall, or a container's policy"),
    ),
    verify=commands(
        Offer("", "nc -vz -w 5 {host} {port}"), Offer("", "nc -vz -w 5 {target} {port}"), "sudo iptables -nvL OUTPUT"
    ),
    no_use=offers("another mirror on the same port", "another network"),
)
