"""A RST answers the ClientHello.

What it finds
    The server's side resets after the ClientHello and before the handshake is
    over, and the client had not closed. Attribute origin: injected if two signs
    or a strong one speak for a box on the way (a TTL two hops off or more, IP
    id 0 without DF, several RSTs with different sequence numbers, the server's
    own packets after it), peer if none does, else unknown.

Why a program hangs
    It ends at once ("connection reset by peer"), and go does not retry on a
    fresh connection. A loop around it may run for ever.

What to do
    Ask whether name, size or address is what is refused:
        openssl s_client -connect ADDRESS:443 -servername example.com </dev/null
        GODEBUG=tlsmlkem=0 go mod download             # a small ClientHello
        GOTOOLCHAIN=go1.26.6 go mod download           # before ML-DSA in 1.27
    Injected: another mirror or network, HTTPS_PROXY. The server's own: it bans
    this address, or its policy refuses the ClientHello.

Look-alikes
    tcp/reset: later, in a transfer. tls/closed-after-client-hello: FIN.
    tcp/refused: RST to the SYN. tls/alert: the reason is told.

Known false alarms
    A load balancer on the server's side resets in its name from one hop away:
    that is unknown, not injected. Resets lost to the capture leave
    tls/client-hello-dropped.

References
    RFC 9293 section 3.5.2 (reset generation); RFC 3360 (resets by middleboxes);
    Go 1.27 crypto/tls/handshake_messages.go; measured: an injected one with a
    TTL of its own and IP id 0.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import SMALL_HELLO, WRONG_WAY
from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts, sni_shown, went_on_unread
from netanalyze.flows.resets import provenance
from netanalyze.paste import command, place
from netanalyze.units import duration
from netanalyze.wording import joined, saying

CAUSE = Cause(
    "tls/reset-after-client-hello",
    meaning="A reset answered the ClientHello; attribute `origin`: `injected`, `peer` or `unknown`.",
    headline="The ClientHello to {place} is answered with a reset.",
    answered=True,
    fits=("reset", "tls-reset"),
    undermined_by=("capture_lossy",),
    misses=(0, 1),
)

RESET = "{time} after the ClientHello to {host} the connection is reset"
BY = {"injected": ", by something on the way", "peer": ", by the server itself", "unknown": ""}

RESET_FIRST = Proved(
    0.93, "a reset from the server's side comes after the ClientHello, before the handshake is over", Basis.FRAMES,
    "the reset ends it; whose it is, `origin` says as far as its TTL and numbers tell",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The server's side resets after the ClientHello and before the handshake is over."""
    for flow in case.index.eventful:
        facts = hello_facts(flow)
        server, client = flow.server, flow.client
        if facts is None or not server.rst_count or handshake_complete(flow) or server.rst_frame < facts.frames[0]:
            continue
        ends = (client.fin_frame, client.rst_frame, server.fin_frame)
        if any(0 < frame < server.rst_frame for frame in ends) or flow.tls.clear_alert():
            continue
        if flow.tls.not_tls or (flow.tls.server_hello is not None and flow.application_records(0)):
            continue
        if went_on_unread(flow):
            continue
        origin, signs = provenance(flow)
        say = saying(
            time=duration(server.rst_ns - facts.start_ns), host=flow.destination, signs=joined(signs),
            octets=facts.octets, sni=sni_shown(flow, case.cut_at),
        )  # fmt: skip
        check = command("curl -sv https://{url_place}/", url_place=place(flow.host, server.address))
        banned = Alternative("tcp/reset", "a server that is overloaded or bans this address resets too", check)
        yield CAUSE.finding(
            case.far_host(flow), (facts.start_ns, server.rst_ns),
            say(RESET + BY[origin]),
            frames(
                (facts.frames[0], say("ClientHello, {octets} octets, SNI {sni}")),
                (server.rst_frame, say("RST, {time} later: {signs}" if signs else "RST, {time} later")),
            ),
            confidence(RESET_FIRST), flow, fatal=True,
            quantities={"octets": facts.octets, "resets": server.rst_count}, attributes={"origin": origin},
            alternatives=(banned,) if origin == "unknown" else (),
        )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("path: a box on the way sent the reset; server not guilty", None, "origin=injected"),
        Offer("server: the reset is its own", None, "origin=peer"),
        Offer("server or path: who sent the reset is not proven"),
    ),
    fix=offers(
        ANOTHER_SOURCE,
        SMALL_HELLO,
        Offer("Go 1.27 only? Its predecessor, this run", "GOTOOLCHAIN=go1.26.6 {again}", "go version=1.27", scope=RUN),
        ANOTHER_WAY,
    ),
    verify=TLS_CHECK,
    no_use=offers(WRONG_WAY, VAIN),
)
