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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.capture._advice import LIVE, ON_ANY
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, Precedence
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.processes import CERTAIN, SocketOwner
from netanalyze.wording import message

CAUSE = Cause(
    "capture/no-traffic",
    meaning="The command used the network, and nothing of that was captured: another interface or namespace was.",
    headline="The capture has none of the command's traffic.",
    precedence=Precedence.AFTER_FAILURES,
)

ANSWERED = "the command had {number} requests answered, and the capture has none of its traffic"
TALKED = "the command talked to {remote}, and the capture has none of its traffic"
WENT_OVER = ": it went over {ways}; capture with {options}"
USED_AND_NOT_SEEN = Proved(
    0.9, "the command's lines or sockets show it on the network, and nothing of that is in the capture", Basis.COMMAND,
    "a recorder that came late would miss it, too",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's trace or sockets show it on the network, and no flow or lookup of it is in the capture."""
    if not case.captured or case.flows or case.lookups or case.sockets is not None or case.only_questions():
        return
    answered = [r for r in case.trace.requests if r.status] if case.trace is not None else []
    sockets = _connected(case)
    if not answered and not sockets:
        return
    known = case.environment.get("ways", {})
    ways = list(dict.fromkeys(known[s.remote] for s in sockets if s.remote in known))
    said = ANSWERED if answered else TALKED
    if ways:
        said += WENT_OVER
    proof = [printed(request.url, "answered, says the command's trace") for request in answered[:1]]
    far = "the far end of a socket of the command"
    proof += [Evidence(f"{s.remote}:{s.remote_port}", far, "socket") for s in sockets[:3]]
    yield CAUSE.finding(
        Culprit("client-host"),
        (case.start_ns, case.end_ns),
        message(
            said,
            number=len(answered), remote=sockets[0].remote if sockets else "",
            ways=", ".join(ways), options=" ".join(f"-i {way}" for way in ways),
        ),
        tuple(proof),
        confidence(USED_AND_NOT_SEEN),
        attributes={"interfaces": ways} if ways else {},
    )  # fmt: skip


def _connected(case: Case) -> list[SocketOwner]:
    """The command's own sockets that lead to another machine, or to a helper on this one, unless a frame went there: of
    datagrams that nobody reads no flow is judged, and they are captured all the same (CoAP)."""
    if case.processes is None:
        return []
    reached = {(half.address, half.port) for flow in case.everything for half in flow.halves}
    own = [s for s in case.processes.sockets if s.owned == CERTAIN and s.remote and s.remote_port]
    return [s for s in own if (s.remote, s.remote_port) not in reached]


ADVICE = Page(
    where=offers("the recording, not the network: nothing is proven"),
    fix=offers(
        LIVE,
        Offer("In a container or namespace: record inside it"),
        Offer("With a proxy on this machine: record lo, too", "env | grep -i proxy"),
    ),
    verify=ON_ANY,
    no_use=offers("judging the network from this file"),
)
