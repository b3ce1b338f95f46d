"""The modules came; what fails is the checksum database.

What it finds
    A dial to a checksum database (sum.golang.org or the one of GOSUMDB) with no
    connection, after some server had already sent data. It stands beside the
    cause of that dial and is none itself.

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
    A dial to the database that failed while another one carried the lookup.

References
    Go 1.27 cmd/go/internal/modfetch/sumdb.go (dbDial, initBase); go help
    module-auth; https://go.dev/ref/mod#checksum-database.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A dial to a checksum database that failed, after a module proxy had answered."""
    for dial in seen.dials:
        first = dial.attempts[0]
        if dial.connected or not dial.host or seen.role(dial.host) != "checksum-db":
            continue
        if not any(f.server.sent_data and f.first_ns < first.first_ns for f in seen.flows):
            continue
        yield Finding(
            cause="go/checksum-db",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=max(first.last_ns, first.first_ns),
            message=f"the module came, its checksum could not be looked up at {dial.host}",
            evidence=frames((first.first_frame, f"SYN to {dial.host}")),
            confidence=0.9,
            flow_id=first.id,
        )
