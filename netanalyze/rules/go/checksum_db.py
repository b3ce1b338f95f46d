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

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.wording import message

ROLE = "checksum-db"
PATIENCE = Threshold(
    5, "s", source="chosen here as in http/response-missing: half of Go's TLS timer (net/http/transport.go)",
    why="the database answers a lookup in milliseconds",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A checksum database that could not be asked, after another server had answered."""
    yield from _failed(seen) or _unresolved(seen) or _told(seen)


def _after_another(seen: Observations, ns: int) -> bool:
    """Whether another server had sent data before ``ns``."""
    return any(f.server.sent_data and f.first_ns < ns and seen.role(f.host) != ROLE for f in seen.flows)


def _failed(seen: Observations) -> list[Finding]:
    """Connections to the database on which no lookup was answered."""
    for flow in seen.flows:
        if not flow.host or seen.role(flow.host) != ROLE or seen.used_later(flow):
            continue
        why = _trouble(seen, flow)
        if why is None or not _after_another(seen, flow.first_ns):
            continue
        return [
            Finding(
                cause="go/checksum-db",
                culprit=seen.server(flow),
                start_ns=flow.first_ns,
                end_ns=max(flow.last_ns, flow.first_ns),
                message=message(
                    "the module came, its checksum could not be looked up at {host}: {why}", host=flow.host, why=why
                ),
                evidence=frames((flow.first_frame, message("SYN to {host}", host=flow.host)), (flow.last_frame, why)),
                confidence=0.9,
                flow_id=flow.id,
            )
        ]
    return []


def _trouble(seen: Observations, flow: Flow) -> str | None:
    """What was wrong with a connection to the database; None if nothing was."""
    if not flow.established:
        return "no connection"
    if flow.tls is not None and not handshake_complete(flow):
        return "no TLS handshake"
    waits = [s for s in seen.stalls_of(flow) if s.waiting_for == "response" and s.gap is not None]
    unanswered = waits and waits[-1].ns >= PATIENCE.ns and waits[-1].gap.next_kind != KIND_DATA
    return "no answer" if unanswered else None


def _unresolved(seen: Observations) -> list[Finding]:
    """Lookups of the database's name that came to nothing."""
    for lookup in seen.lookups:
        if seen.role(lookup.name) != ROLE or lookup.addresses or not _after_another(seen, lookup.start_ns):
            continue
        if any(f.host == lookup.name for f in seen.flows):
            continue
        return [
            Finding(
                cause="go/checksum-db",
                culprit=Culprit(ROLE, lookup.name),
                start_ns=lookup.start_ns,
                end_ns=max(lookup.end_ns, lookup.start_ns),
                message=message(
                    "the module came, its checksum could not be looked up: {name} has no address", name=lookup.name
                ),
                evidence=frames((lookup.first_frame, message("query for {name}", name=lookup.name))),
                confidence=0.9,
            )
        ]
    return []


def _told(seen: Observations) -> list[Finding]:
    """What go itself says of a lookup."""
    for request in seen.trace.requests if seen.trace else ():
        if request.error and "/lookup/" in request.url and request.host and seen.role(request.host) == ROLE:
            return [
                Finding(
                    cause="go/checksum-db",
                    culprit=Culprit(ROLE, request.host),
                    start_ns=seen.start_ns,
                    end_ns=seen.end_ns,
                    message=message(
                        "the module came, its checksum could not be looked up at {host}", host=request.host
                    ),
                    evidence=(Evidence(f"# get {request.url}: {request.error}"[:200], "the lookup failed", "trace"),),
                    confidence=0.9,
                )
            ]
    return []
