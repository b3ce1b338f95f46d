"""The first host works and redirects; the host it points to is what fails.

What it finds
    A dial that did not connect, to the host of a Location header in the clear;
    or, where that is encrypted, to a host which go's lines never name, begun
    after a host that they do name had answered. By the command's words alone: a redirect
    from https to http, which go and curl refuse to follow.

Why a program hangs
    go's -x shows the first URL only, so the wait of 30 s (a dial) looks like
    the first host's fault. Storage behind proxies is often another domain
    (storage.googleapis.com), with another fate at the firewall.

What to do
    Follow the redirect by hand:
        curl -sIL -m 15 https://HOST/PATH | grep -iE '^(HTTP|location)'
        nc -vz -w 5 TARGET 443
    Let the target through as well, or use a proxy that serves the files itself:
    GOPROXY=https://goproxy.cn,direct.

Look-alikes
    tcp/syn-unanswered: the same packets, to a host that was asked for by name.
    http/redirect-loop: redirects that work, in a circle. go/direct-fallback: go
    itself turned to the repository.

Known false alarms
    With -x, a host of git or of a vanity import that no line names is taken for
    a redirect's target.

References
    RFC 9110 section 15.4; Go 1.27 cmd/go/internal/web/http.go (redirects are
    followed silently, from https never to http).
"""

from bisect import bisect_right
from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_WAY, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, frames
from netanalyze.flows.dialing import Dial, outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS
from netanalyze.wording import Text, message

CAUSE = Cause(
    "http/redirect-blocked",
    meaning="The host that a redirect leads to is the one that fails.",
    headline="The host a redirect points to, {place}, cannot be reached.",
    variants={When.OUT_OF_TLS: "{place} redirects from https to http, which the command refuses."},
    guarded_by="dial",
    particular=True,
    explains_connect=True,
    fits=("dial-timeout", "git-connect-timeout", "connect-failed", "connection-refused", "redirect-refused"),
)

POINTED_AT = Proved(
    0.85, "a redirect, or the command's turning there right after a response, leads to a host that cannot be reached",
    Basis.LAB, "in clear Location names it; encrypted it follows from the order of the two",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A host that go's lines never name, asked right after a response of one they do, and not reached.

    In clear, the Location header names it. Encrypted, it follows from the trace: the request is still the
    first host's, and the connection attempt goes elsewhere.
    """
    # without -x go names no host but the one that failed: nothing can be told from who is not among them
    named = set(case.trace.hosts) if case.trace and case.trace.requests else set()
    heard = [f for f in (case.flows if named else ()) if f.server.last_data_ns != NEVER_NS and f.host in named]
    answered = sorted(heard, key=lambda f: (f.server.last_data_ns, -f.id))
    for dial in odd(case.dials):
        first = dial.attempts[0]
        if dial.connected or not dial.host or outcome(first) == "connected":
            continue
        pointer = _redirect(case, dial)
        if pointer is None and named and dial.host not in named:
            pointer = _turned(answered, dial)
        if pointer is None:
            continue
        source, frame, shows = pointer
        yield CAUSE.finding(
            Culprit("redirect-target", dial.host, first.server.address, first.server.port),
            (dial.start_ns, case.given_up_ns(dial, max(f.client.syn_last_ns for f in dial.attempts))),
            message("{host} points to {other}, which cannot be reached", host=source.destination, other=dial.host),
            frames(
                (frame, shows),
                (first.first_frame, message("SYN to {host} ({address})", host=dial.host, address=first.server.address)),
            ),
            confidence(POINTED_AT), first, fatal=True, also_flows=tuple(f.id for f in dial.attempts[1:]),
        )  # fmt: skip


def _redirect(case: Case, dial: Dial) -> tuple[Flow, int, Text] | None:
    """The flow, frame and Location of the redirect in clear that led to a dial."""
    known = case.index.redirects.get(dial.host)
    pair = known.by(dial.attempts[0].first_ns) if known is not None else None
    if pair is None:
        return None
    flow, exchange = pair
    return flow, exchange.response_frame, message("redirect to {url}", url=exchange.location)


def _turned(answered: list[Flow], dial: Dial) -> tuple[Flow, int, Text] | None:
    """The flow and frame of the response after which the command turned to a host that its lines do not name."""
    at = bisect_right(answered, dial.attempts[0].first_ns, key=lambda f: f.server.last_data_ns)
    if not at:
        return None
    source = answered[at - 1]
    shows = message("{host} answered; go then turned to {other}", host=source.host, other=dial.host)
    return source, source.server.last_data_frame, shows


ADVICE = Page(
    where=offers(
        Offer("server: it redirects to a place without TLS", None, "redirect=insecure"),
        "path or the redirect's target; who redirected is fine",
    ),
    fix=offers(
        Offer("See where it leads", "curl -sIL -m 15 https://{origin}/", "redirect=insecure"),
        Offer("Ask its operator to redirect to https", None, "redirect=insecure"),
        Offer("A proxy that does not redirect, for this run", "GOPROXY={mirror},direct {again}", "go", scope=RUN),
        Offer("The same from now on", "go env -w GOPROXY={mirror},direct", "go"),
        Offer("Let the redirect's target through the firewall, too", None, "!redirect=insecure"),
        ANOTHER_WAY,
    ),
    verify=TLS_CHECK,
    no_use=VAIN,
)
