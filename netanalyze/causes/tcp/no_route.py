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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import kernel_had_no_route, printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tcp._advice import PAST_PROXY
from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.names.lookups import Lookup
from netanalyze.processes import CERTAIN, DownLink, SocketOwner
from netanalyze.tracking.neighbours import AskedNeighbour
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tcp/no-route",
    meaning="This machine knows no way to the address: it sent nothing, or got an error of its own.",
    headline="This machine has no route there: no packet leaves.",
    answered=True,
    without_packets=True,
    owns_lookups=True,
    fits=(
        "dial-timeout",
        "git-connect-timeout",
        "connect-failed",
        "dns-timeout",
        "dns-unresolved",
        "dns-unreachable",
        "no-route",
        "network-unreachable",
        "connect-proxy",
    ),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

NO_ROUTE = ("network-unreachable", "no-route")
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

INTERFACE_DOWN = Proved(
    0.95, "an interface of this machine was down, and nothing of the command was captured until it was back", Basis.LAB,
    "the kernel says so of itself; the command may have paused by itself just then",
)  # fmt: skip
ASKED_IN_VAIN = Proved(
    0.93, "the next hop, or the server, is asked for on the link three times in vain, and nothing is sent there", Basis.FRAMES,
    "the questions name it; that the answer went past the recorder is not excluded",
)  # fmt: skip
ONLY_ASKED = Proved(
    0.75,
    "nothing but such questions is in the capture",
    Basis.FRAMES,
    "whether they are the command's, packets do not tell",
)
ITS_SOCKET = Proved(0.93, "a socket of the command leads that way", Basis.COMMAND, "so it is the command that asks")
REFUSED_TO_SEND = Proved(
    0.9, "the command's last error is the kernel's word that there is no route, and no packet contradicts it", Basis.COMMAND,
    "with IPv4 and IPv6 it is the error of the family tried first",
)  # fmt: skip
LINKS_MOST = 16
LONGEST_LINKS = "the {some} longest of the {all} times that an interface was down are looked at"


def check(case: Case) -> Iterator[Finding]:
    """What the link shows; else what the command printed, where no packet contradicts it."""
    shown = [*_down(case), *(_asked_in_vain(case, *pair) for pair in case.all_asked_in_vain()), *_alone(case)]
    yield from shown or _from_trace(case)


def _down(case: Case) -> Iterator[Finding]:
    """An interface of this machine went down, and not a packet of the command was captured until it came back."""
    for down in _longest(case):
        end = case.end_ns if down.end_ns >= case.end_ns - LOOKS.ns else down.end_ns
        before = [flow for flow in case.flows if flow.first_ns < down.start_ns]
        over = [flow.ended() for flow in before]
        cut = [f for f, ended in zip(before, over) if ended is None or ended[2] > down.start_ns + LOOKS.ns]
        sure = down.start_ns + LOOKS.ns, end - LOOKS.ns * (end < case.end_ns)
        if sure[1] <= sure[0] or any(sure[0] < f.first_ns < sure[1] for f in case.flows):
            continue
        if not cut and not any(lookup.end_ns > down.start_ns for lookup in case.lookups):
            continue
        if any(sure[0] < p.time_ns < sure[1] for flow in cut for p in flow.packets):
            continue
        last = max((p.frame_number for flow in cut for p in flow.packets if p.time_ns <= sure[0]), default=0)
        say = saying(interface=down.interface, time=duration(end - down.start_ns))
        yield CAUSE.finding(
            Culprit("client-host"),
            (down.start_ns, end),
            say("{interface} of this machine was down for {time}"),
            (
                Evidence(f"{down.interface}: not running", "what the kernel said of the interface", "syscall"),
                *frames((last, "the last packet of the command before that")),
            ),
            confidence(INTERFACE_DOWN),
            cut[0] if cut else None,
            fatal=end >= case.end_ns,
            also_flows=tuple(flow.id for flow in cut[1:]),
            attributes={"link": "down", "interface": down.interface},
        )


def _longest(case: Case) -> list[DownLink]:
    """The times that an interface was down, in order; of very many the longest, for each is held against every flow."""
    links = list(case.processes.down_links) if case.processes is not None else []
    if len(links) > LINKS_MOST:
        said = message(LONGEST_LINKS, some=LINKS_MOST, all=f"{len(links):,}")
        case.diagnostics.add("left_out", len(links) - LINKS_MOST, None, said)
        links = sorted(links, key=lambda down: down.start_ns - down.end_ns)[:LINKS_MOST]
    return sorted(links, key=lambda down: down.start_ns)


def _alone(case: Case) -> Iterator[Finding]:
    """Nothing but questions on the link."""
    by_target: dict[str, list[AskedNeighbour]] = {}
    for asked in case.only_questions():
        by_target.setdefault(asked.target, []).append(asked)
    sockets = [s for s in case.processes.sockets if s.owned == CERTAIN and s.remote] if case.processes else []
    for target, questions in by_target.items():
        first, last, times = questions[0], questions[-1], sum(asked.times for asked in questions)
        say = saying(address=target, times=times, time=duration(last.last_ns - first.first_ns))
        yield CAUSE.finding(
            _whom(case, target, sockets),
            (first.first_ns, case.end_ns),
            say("{address} is asked for on the link {times} times in {time}, in vain; no packet leaves"),
            (
                *frames(
                    (first.first_frame, say("who has {address}? (the first time)")),
                    (last.last_frame, say("who has {address}? (number {times}: no answer)")),
                ),
                *(
                    Evidence(f"{s.remote}:{s.remote_port}", "the far end of a socket of the command", "socket")
                    for s in sockets[:1]
                ),
            ),
            confidence(ONLY_ASKED, ITS_SOCKET.when(sockets)),
            fatal=True,
            quantities={"questions": times},
            attributes={"link": "dead", "neighbour": target},
        )


def _whom(case: Case, target: str, sockets: Sequence[SocketOwner]) -> Culprit:
    """Who was asked for: the one the command meant to reach, by its error or its sockets, else a hop on the way."""
    error = case.final_error
    if error is not None and error.facts.get("address") == target:
        port = error.facts.get("port")
        if error.kind == "connect-proxy":
            return Culprit("http-proxy", None, target, port)
        return Culprit(case.role(error.facts.get("host"), port), error.facts.get("host"), target, port)
    ports = [socket.remote_port for socket in sockets if socket.remote == target]
    return Culprit(case.role(None, ports[0]), None, target, ports[0]) if ports else Culprit("path", None, target)


def _asked_in_vain(case: Case, lookup: Lookup, asked: AskedNeighbour) -> Finding:
    """A name was answered, and the way to its address asked for in vain."""
    itself = asked.target in lookup.addresses
    role, name = (case.role(lookup.name), lookup.name) if itself else ("path", None)
    answer = next(t for t in lookup.transactions if t.answers)
    say = saying(
        address=asked.target, times=asked.times, time=duration(asked.last_ns - asked.first_ns), name=lookup.name
    )
    return CAUSE.finding(
        Culprit(role, name, asked.target),
        (asked.first_ns, min(asked.last_ns + ANSWER.ns, case.end_ns)),
        say("{address} is asked for on the link {times} times in {time}, in vain; nothing is sent to {name}"),
        frames(
            (answer.response_frame, message("{name} is {address}", name=lookup.name, address=lookup.addresses[0])),
            (asked.first_frame, say("who has {address}? (the first time)")),
            (asked.last_frame, say("who has {address}? (number {times}: no answer)")),
        ),
        confidence(ASKED_IN_VAIN),
        fatal=case.index.last_syn_ns <= asked.last_ns,
        quantities={"questions": asked.times, "name": lookup.name},
        attributes={"link": "dead", "neighbour": asked.target},
    )


def _from_trace(case: Case) -> Iterator[Finding]:
    """The kernel's own word, as the command printed it."""
    error = case.final_error
    if error is None or case.dials or any(answer.what == "unreachable" for answer in case.icmp):
        return
    if error.kind not in NO_ROUTE and not kernel_had_no_route(error):
        return
    address = str(error.facts.get("address", ""))
    yield CAUSE.finding(
        Culprit("client-host", None, address or error.facts.get("server")),
        (case.start_ns, case.end_ns),
        "this machine has no route there: the kernel refused to send",
        (printed(error.text),),
        confidence(REFUSED_TO_SEND),
        fatal=True,
        attributes={"family": "IPv6"} if ":" in address else {},
    )


ADVICE = Page(
    where=offers(
        Offer("this machine: no way over IPv6; IPv4 may work, or be what failed", None, "family=IPv6"),
        "this machine: no way out; no server is at fault",
    ),
    fix=offers(
        *PAST_PROXY,
        Offer("Is there IPv6 here? (a container mostly has none)", "ip -6 address; ip -6 route", "family=IPv6"),
        Offer("Does IPv4 work?", "curl -4sv --max-time 15 https://{name}/ -o /dev/null", "family=IPv6"),
        Offer(
            "Prefer IPv4 (glibc's programs)",
            "echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf",
            "family=IPv6",
        ),
        Offer("Give the container IPv6, or names with an IPv4 address alone", None, "family=IPv6"),
        Offer("Is there a default route, and is the link up?", "ip route; ip -br address", "!family=IPv6"),
        Offer("Connect the network or VPN again", None, "!family=IPv6"),
        Offer("Offline: use only what the cache has", "GOPROXY=off go build ./...", "go"),
    ),
    verify=commands(Offer("", "ip route get {address}"), "ip route get 1.1.1.1"),
    no_use=offers("another mirror", CLEAN_CACHE),
)
