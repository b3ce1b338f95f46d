"""The modules came; what fails is the checksum database.

What it finds
    A checksum database (sum.golang.org or the one of GOSUMDB) whose name was
    not resolved, that could not be connected to, whose handshake came to
    nothing, or that left go waiting for PATIENCE (5 s) to the end, after some
    other server had already sent data; or a lookup there that go's lines call
    failed. It stands beside the cause of that and is none itself.

Why a program hangs
    A module whose hash is not in go.sum is looked up there before its download
    counts: a further host, which must be reachable. Through a proxy that
    carries /sumdb/ the database itself is never asked; a proxy that answers 404
    there sends go to the host directly, and a blocked one costs the dial's 30
    s.

What to do
    Reach the same database, verified as before, by another way:
        go env -w GOSUMDB=sum.golang.google.cn         # the same log, same key
        GOPROXY=https://goproxy.cn,direct go mod download   # carries /sumdb/
        go mod tidy && git add go.sum  # what it lists is not asked
    For private modules: GONOSUMDB=PATTERN, for them alone (a weaker check).
    GOSUMDB=off would drop the check for everything: do not.

Look-alikes
    tcp/syn-unanswered, tcp/refused or a cause of the TLS phase is what happens
    on that dial. go/no-fallback: the proxy itself fails. http/error-status: the
    database answers, with an error.

Known false alarms
    A connection to the database that failed while another one carried the
    lookup.

References
    Go 1.27 cmd/go/internal/modfetch/sumdb.go (dbDial, initBase); go help
    module-auth; https://go.dev/ref/mod#checksum-database.
"""

from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.rows import of_flows, plain_to
from netanalyze.flows.screen import odd
from netanalyze.wording import message, saying

CAUSE = Cause(
    "go/checksum-db", meaning="go asks the checksum database, a further host that must be reachable.", never_root=True
)

ROLE = "checksum-db"
PATIENCE = Threshold(
    5, "s", source="chosen here as in http/response-missing: half of Go's TLS timer (net/http/transport.go)",
    why="the database answers a lookup in milliseconds",
)  # fmt: skip
NOT_ANSWERED = Proved(
    0.9, "another server had answered, and a lookup at the checksum database was not", Basis.FRAMES,
    "go asks it only for what go.sum does not list",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A checksum database that could not be asked, after another server had answered."""
    others = [f.first_ns for f in odd(case.flows) if f.server.sent_data and case.role(f.host) != ROLE]
    others += of_flows(plain_to(case.flows, lambda host: case.role(host) != ROLE), "first_ns").tolist()
    first = min(others, default=None)
    found = None
    if first is not None:  # another server had sent data
        found = _failed(case, first) or _unresolved(case, first)
    found = found or _in_trace(case)
    if found is not None:
        yield found


def _failed(case: Case, since_ns: int) -> Finding | None:
    """A connection to the database on which no lookup was answered."""
    for flow in odd(case.flows):
        if not flow.host or case.role(flow.host) != ROLE or case.used_later(flow):
            continue
        why = _trouble(case, flow)
        if why is None or flow.first_ns <= since_ns:
            continue
        return CAUSE.finding(
            case.server(flow),
            (flow.first_ns, max(flow.last_ns, flow.first_ns)),
            message("the module came, its checksum could not be looked up at {host}: {why}", host=flow.host, why=why),
            frames((flow.first_frame, message("SYN to {host}", host=flow.host)), (flow.last_frame, why)),
            confidence(NOT_ANSWERED),
            flow,
        )
    return None


def _trouble(case: Case, flow: Flow) -> str | None:
    """What was wrong with a connection to the database; None if nothing was."""
    if not flow.established:
        return "no connection"
    if flow.tls is not None and not handshake_complete(flow):
        return "no TLS handshake"
    waits = [s for s in case.stalls_of(flow) if s.waiting_for == "response"]
    unanswered = waits and waits[-1].ns >= PATIENCE.ns and not waits[-1].goes_on
    return "no answer" if unanswered else None


def _unresolved(case: Case, since_ns: int) -> Finding | None:
    """A lookup of the database's name that came to nothing."""
    for lookup in odd(case.lookups):
        if case.role(lookup.name) != ROLE or lookup.addresses or lookup.start_ns <= since_ns:
            continue
        if lookup.name not in case.index.to_host:
            say = saying(name=lookup.name)
            return CAUSE.finding(
                Culprit(ROLE, lookup.name),
                (lookup.start_ns, max(lookup.end_ns, lookup.start_ns)),
                say("the module came, its checksum could not be looked up: {name} has no address"),
                frames((lookup.first_frame, say("query for {name}"))),
                confidence(NOT_ANSWERED),
            )
    return None


def _in_trace(case: Case) -> Finding | None:
    """What go itself says of a lookup."""
    for request in case.trace.requests if case.trace else ():
        if request.error and "/lookup/" in request.url and request.host and case.role(request.host) == ROLE:
            return CAUSE.finding(
                Culprit(ROLE, request.host),
                (case.start_ns, case.end_ns),
                message("the module came, its checksum could not be looked up at {host}", host=request.host),
                (printed(f"# get {request.url}: {request.error}", "the lookup failed"),),
                confidence(NOT_ANSWERED),
            )
    return None
