"""The network worked; the answer was an error.

What it finds
    The command's last error is a status (or says that module or toolchain does
    not exist); or, in the clear, an answer of 400 or more after which the
    client turned to nobody else, and whose target was not served elsewhere. Of
    an answer that says later (429, 503) the rest of RESTED (1 s) or longer
    before the same question is asked once more.

Why a program hangs
    It ends with the answer. The wait before it may be long (a proxy that
    fetches the module first), and the message can blame somebody else: after a
    404 go goes on to git, and prints git's error.

What to do
    Ask for the same by hand, and read the body:
        curl -sS https://PROXY/MODULE/@v/VERSION.info
        go list -m -versions MODULE
    404, 410: name or version; if it is private: GOPRIVATE=PATTERN (its checksum
    is then not looked up). 401, 403: credentials (~/.netrc). 429, 5xx: later,
    or GOPROXY='A|B|direct'.

Look-alikes
    go/no-fallback: why the next proxy was not asked. http/redirect-blocked: no
    answer at all, from another host. http/connect-refused: the proxy's status,
    not the server's. dns/name-not-found: a typing error in the host, not in the
    path.

Known false alarms
    In the clear, an error that a program expects (a probe, a cache miss) as the
    last thing it asked. A part of a page that a browser shows all the same
    fails nothing, nor does a 408 that nobody's request brought. Since Go 1.24
    each 4xx is asked twice: that is no retry loop.

References
    RFC 9110 section 15; Go 1.27 cmd/go/internal/web/http.go,
    cmd/go/internal/web/api.go; go help goproxy.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.per_client import LOG_IN, NAME_AND_VERSION
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, RUN_AGAIN, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import answering, last_answer, printed
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.http._advice import ALL_ERRORS, ANSWER_CHECK, ANY_ERROR
from netanalyze.clients.error_lines import ErrorLine
from netanalyze.conversations.http import Exchange
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.numerals import integer
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "http/error-status",
    meaning="The network did its work; what the server answered was an error.",
    headline="{place} answers with an error; the network is fine.",
    answered=True,
    fits=("http-status", "toolchain-not-available"),
)

IDLE_STATUS = 408
"""What a server says unasked on a connection that it closes for want of a request (RFC 9110 section 15.5.9)."""
BROWSER = "Mozilla/"
"""How every browser's User-Agent begins (RFC 9110 section 10.1.5 tells why): a page is more than one of its parts."""

SAID = ("http-status", "toolchain-not-available", "module-not-found")

LATER = (429, 503)
"""The answers that may say when to ask again, in Retry-After (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
RESTED = Threshold(
    1, "s", source="RFC 9110 section 10.2.3: Retry-After counts in whole seconds",
    why="a sooner second try did not wait for what it was told",
)  # fmt: skip
ASKED_LATER = Proved(
    0.85, "the same was asked once more after a rest that followed a 429 or 503", Basis.FRAMES,
    "that it rested because it was told to is inferred from the order",
)  # fmt: skip
PRINTED = Proved(
    0.93, "the command's last error is a status of HTTP", Basis.COMMAND,
    "the server's own answer, as the command read it",
)  # fmt: skip
IN_CLEAR = Proved(
    0.8, "a response in clear has a status of 400 or more, and the client asked nothing else since", Basis.FRAMES,
    "the status is the server's; whether the command failed by it, the frames do not say",
)  # fmt: skip
NOT_ASKED_HERE = Missing(
    "the request is not in the capture", Basis.FRAMES,
    "what was asked for, and whether it had been answered otherwise before, nobody can tell; it may have been a CONNECT",
    at_most=0.7,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error is a status, or the last exchange in clear had one of 400 or more."""
    error = case.final_error
    if error is not None and error.kind in SAID:
        yield from _printed(case, error)
        return
    clear = [(flow, e) for flow in odd(case.flows) if flow.clear is not None for e in flow.clear.exchanges]
    page = any(200 <= e.status < 400 for _, e in clear)
    yield from _told_to_wait(clear)
    failed: dict[int, tuple[Flow, Exchange]] = {}
    for flow, exchange in clear:
        if flow.id not in failed and _failed(case, flow, exchange):
            failed[flow.id] = flow, exchange
    for flow, last in failed.values():
        status = f"{last.status} {last.reason or ''}".rstrip()
        yield CAUSE.finding(
            case.far_host(flow), (last.request_ns if last.request_frame else last.response_ns, last.response_ns),
            message(
                "{host} answered {status} for {what}" if last.target else "{host} answered {status}",
                host=flow.destination, status=status, what=last.target,
            ),
            frames((last.request_frame, f"{last.method} {last.target}"), (last.response_frame, status)),
            confidence(IN_CLEAR, NOT_ASKED_HERE.when(not last.request_frame)), flow,
            fatal=not (page and (last.user_agent or "").startswith(BROWSER)),
            quantities={"target": last.target}, attributes={"status": last.status},
        )  # fmt: skip


def _told_to_wait(clear: list[tuple[Flow, Exchange]]) -> Iterator[Finding]:
    """The rest between an answer that says later (429, 503) and the same question once more, which such an answer asks for."""
    asked: dict[tuple[str, str, str | None], list[tuple[Flow, Exchange]]] = defaultdict(list)
    for flow, exchange in sorted(clear, key=lambda one: one[1].request_ns):
        if exchange.request_frame and exchange.response_frame:
            asked[flow.server.address, exchange.method, exchange.target].append((flow, exchange))
    for tries in asked.values():
        for (flow, one), (_, following) in pairwise(tries):
            rest = following.request_ns - one.response_ns
            if one.status not in LATER or rest < RESTED.ns:
                continue
            say = saying(host=flow.destination, status=one.status, what=one.target or "/", time=duration(rest))
            yield CAUSE.finding(
                Culprit("server", flow.host, flow.server.address, flow.server.port), (one.response_ns, following.request_ns),
                say("{host} answered {status} for {what}, and the client waited {time} before it asked again"),
                frames(
                    (one.response_frame, say("the answer {status}: later")),
                    (following.request_frame, say("the same question, {time} later")),
                ),
                confidence(ASKED_LATER), flow, quantities={"target": one.target},
                attributes={"status": one.status, "retry": "later"},
            )  # fmt: skip


def _failed(case: Case, flow: Flow, exchange: Exchange) -> bool:
    """Whether a response is an error that the client was left with."""
    if not exchange.request_frame and exchange.status == IDLE_STATUS:
        return False  # nobody had asked
    target = exchange.target
    if exchange.method == "CONNECT" or exchange.status < 400:
        return False
    if target in case.index.done_targets or "/sumdb/" in (target or ""):
        return False
    return max(case.index.spoken_begun.but(flow.host), case.index.asked.but(flow.host)) <= exchange.response_ns


def _printed(case: Case, error: ErrorLine) -> Iterator[Finding]:
    """The status that the command printed, on the connection to whom it was an answer of."""
    url = str(error.facts.get("url", ""))
    failed = [r for r in case.trace.requests if r.status and r.status >= 400]
    request = next((r for r in reversed(failed) if r.url == url), failed[-1] if failed else None)
    host = error.facts.get("host") or (request.host if request else None)
    status = error.facts.get("status") or (request.status if request else None)
    if any(e.method == "CONNECT" and e.status == status for f in case.flows if f.http for e in f.http.exchanges):
        return  # the status is the proxy's: http/connect-refused
    flow = answering(case, host)
    role = "toolchain-host" if error.kind == "toolchain-not-available" else case.role(host) if host else "server"
    culprit = Culprit(role, host or (flow.host if flow else None), flow.server.address if flow else None)
    frame, answered_ns = last_answer(flow) if flow else (0, 0)
    at = answered_ns or (flow.last_ns if flow else case.end_ns)
    yield CAUSE.finding(
        culprit, (min(at, case.end_ns), at),
        message(
            "{host} answered {status} for {what}" if url or request else "{host} answered {status}",
            host=culprit.name, status=status or "with an error", what=url or (request.url if request else ""),
        ),
        (printed(error.text), *frames((frame, "the last response on this connection: the network delivered it"))),
        confidence(PRINTED), flow, fatal=True,
        attributes={"status": code} if (code := integer(str(status))) is not None else {},
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("no such toolchain there: the go line asks for one too new", None, "kind=toolchain-not-available"),
        Offer("server: it says that it does not exist", None, "status=404|status=410"),
        Offer("server: it wants credentials, or forbids", None, "status=401|status=403"),
        Offer("server: too many requests", None, "status=429"),
        Offer("path: the server waited for a request that did not come whole", None, "status=408"),
        Offer("server: its own error; the network did its work", None, "status=5xx"),
        Offer("server: the answer was an error; the network did its work"),
    ),
    fix=offers(
        Offer(
            "Use the Go that is installed, for this run",
            "GOTOOLCHAIN=local {again}",
            "go to=toolchain-host|kind=toolchain-not-available",
            scope=RUN,
        ),
        Offer(
            "Write a go line that exists (1.22.0, not 1.22)",
            "grep -E '^(go|toolchain) ' go.mod",
            "go to=toolchain-host|kind=toolchain-not-available",
        ),
        Offer("Do module and version exist?", "go list -m -versions {module_path}", "go status=404|status=410"),
        Offer(
            "Private? Past proxies (no checksum database), this run",
            "GOPRIVATE={module_path} {again}",
            "go status=404|status=410|status=401|status=403 !private-set",
            scope=RUN,
        ),
        Offer("Are requests cut short on the way (MTU)? Test", "ping -c 3 -M do -s 1472 1.1.1.1", "status=408"),
        Offer("That port is https's: begin the URL with https://", None, "status=400 port=443|port=8443"),
        LOG_IN,
        NAME_AND_VERSION,
        ALL_ERRORS,
        ANOTHER_SOURCE,
        ANY_ERROR,
        Offer("Does the repository exist under that name?", "git remote -v", "git"),
        Offer("Wait a minute, and run it again", None, "status=429|status=5xx"),
        RUN_AGAIN,
    ),
    verify=commands(Offer("", "go list -m -versions {module_path}", "go"), *ANSWER_CHECK),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF, "another network"),
)
