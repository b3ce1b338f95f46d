"""Some segments of a large ClientHello get through, the rest never does.

What it finds
    A part of the ClientHello is acknowledged or SACKed and another part was
    sent three times or more in vain, over PATIENCE (1.2 s) or longer, with no
    answer and no reset. Attribute missing: first (the tail is SACKed) or last
    (the head is acknowledged).

Why a program hangs
    With the key share X25519MLKEM768 a ClientHello no longer fits one segment:
    1448 + 90 octets in Go 1.27. Boxes that look for the server name in the
    first segment drop, hold or lose the rest; the server waits for it, and go
    for the server: 10 s, then "TLS handshake timeout".

What to do
    Send a small one; if that works, it is the size:
        GODEBUG=tlsmlkem=0 go mod download             # in the environment only
        curl -svm 15 -o /dev/null --curves X25519 https://HOST/
        ping -M do -s 1472 ADDRESS  # do full-size packets pass?
    A GODEBUG in the file of "go env" is not read for go's own TLS. To end it,
    the firewall has to reassemble the stream before it judges.

Look-alikes
    tcp/mtu-black-hole leaves the same packets where the first, full-size
    segment is missing: full-size packets of other data vanish as well, and ping
    fails. tcp/mtu-signalled: ICMP says so. tls/client-hello-dropped: nothing at
    all gets through.

Known false alarms
    Plain loss of one segment, three times in a row. With offload the capture
    shows one large segment, and what was cut on the wire is not seen.

References
    RFC 8446 section 4.2.8; draft-ietf-tls-ecdhe-mlkem; Go 1.27
    crypto/tls/defaults.go, internal/godebugs (tlsmlkem); RFC 2018; measured:
    1448 + 90 octets at MTU 1500.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, MTU_FIX, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.tls._advice import SMALL_CHECK, SMALL_HELLO, WRONG_WAY
from netanalyze.findings import Alternative, Finding, frames, repeats, segments
from netanalyze.flows.black_hole import size_check
from netanalyze.flows.hello import hello_facts, repeated_in_vain, sent_again, sni_shown
from netanalyze.paste import ping
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tls/large-client-hello-dropped",
    meaning="A ClientHello of several segments: some are acknowledged or SACKed, the others never.",
    headline="A part of the large ClientHello to {place} never gets through.",
    guarded_by="tls",
    owns_retries=True,
    fits=("tls-handshake-timeout", "git-tls-timeout", "git-connect-timeout", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PART_THROUGH = Proved(
    0.85, "a part of the ClientHello is acknowledged or SACKed, the rest was sent three times or more", Basis.LAB,
    "the path is alive; a filter by size and an MTU black hole leave the same frames",
)  # fmt: skip
SMALL_ANSWERED = Proved(
    0.95, "a small ClientHello to the same address was answered", Basis.LAB,
    "the comparison tells size from name",
)  # fmt: skip
TOO_BIG = Missing(
    "ICMP says that a packet was too big", Basis.FOREIGN,
    "then it is the MTU, which tcp/mtu-signalled names", share=0.6,
)  # fmt: skip
ONLY_ITS_BEGINNING = Proved(
    0.8, "of a socket's first octets only some are acknowledged, and the rest was sent again and again", Basis.LAB,
    "that they are a ClientHello, the port tells",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A ClientHello of which a part is acknowledged or SACKed, and another part is sent again in vain."""
    for flow in case.index.eventful:
        facts, client = hello_facts(flow), flow.client
        if facts is None or not (facts.acked or facts.sacked) or facts.acked >= facts.octets or facts.answer_frame:
            continue
        end = case.until(flow)
        if flow.server.rst_count or not flow.established or not repeated_in_vain(flow, facts, end):
            continue
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        first_missing = bool(facts.sacked and not facts.acked)
        through = (
            message("{octets} octets behind it are SACKed", octets=facts.sacked)
            if facts.sacked
            else message("the first {octets} octets are acknowledged", octets=facts.acked)
        )
        say = saying(
            host=flow.destination, address=flow.server.address, port=flow.server.port, count=client.streak,
            octets=facts.octets, segments=len(facts.segments), sni=sni_shown(flow, case.cut_at), through=through,
            part="its first segment" if first_missing else "its last octets",
        )  # fmt: skip
        mtu = Alternative(
            "tcp/mtu-black-hole", "a path that swallows full-size segments looks the same", size_check(flow, "up")
        )
        yield CAUSE.finding(
            case.far_host(flow),
            (facts.start_ns, end),
            say(
                "the ClientHello to {host} has {octets} octets in {segments} segments; {part} did not get through, {through}"
            ),
            frames(
                (flow.established_frame, say("TCP connected: {address}:{port} is reachable")),
                *segments(facts.carriers, say("ClientHello, {octets} octets in {segments} segments, SNI {sni}")),
                (client.sacked_frame if facts.sacked else client.acked_frame, through),
                *repeats(client.streak_first_frame, "sent again", client.streak_last_frame,
                         say("{part} sent {count} more times, in vain"), sent_again(flow)),
            ),
            confidence(
                PART_THROUGH,
                SMALL_ANSWERED.when(case.index.small_hellos.get(flow.server.address, set()) - {flow.id}),
                TOO_BIG.when(signalled),
            ),
            flow,
            fatal=True,
            quantities={
                "octets": facts.octets, "segments": len(facts.segments), "acked": facts.acked, "sacked": facts.sacked,
                "repeats": client.streak,
            },
            counter_evidence=tuple(
                message("frame {frame}: ICMP too big ({mtu})", frame=e.frame, mtu=e.mtu) for e in signalled[:1]
            ),
            alternatives=(mtu,) if first_missing else (),
            attributes={"missing": "first" if first_missing else "last"},
        )  # fmt: skip


def from_socket(socket: WaitingSocket) -> Finding | None:
    """Only the beginning of a ClientHello is acknowledged."""
    if socket.shape is not Shape.HELLO_BEGUN:
        return None
    history = socket.history
    dead = Alternative("tcp/path-death", "the path may have died in between", ping(history.remote))
    return socket.finding(
        CAUSE, socket.path, history.heard_ns,
        "the first {sent} octets to {far}, a ClientHello, were sent again and again for {seconds}, and only {acked} were "
        "acknowledged",
        "ESTABLISHED, its end unacknowledged", ONLY_ITS_BEGINNING, alternatives=(dead,),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("path (reads the first segment and drops the rest); not the server", None, "missing=last"),
        "path (a filter by size, or MTU); not the server",
    ),
    fix=offers(SMALL_HELLO, ANOTHER_SOURCE, Offer("For good: firewall must join segments of a ClientHello"), MTU_FIX),
    verify=SMALL_CHECK,
    no_use=offers(WRONG_WAY, VAIN),
)
