"""A private module path is asked of a public proxy: GOPRIVATE is not set for it.

What it finds
    A public module proxy that was asked for a module it does not have (404 or
    410), whose host is private: its name ends as only internal names do
    (.internal, .corp, .lan …), a resolver gave it a private address (RFC 1918,
    RFC 4193), or git was then refused for want of credentials. It stands beside
    a cause and is none itself.

Why a program hangs
    The proxy looks for the module at its origin before it says 404, which can
    take a minute; then the checksum database is asked for what it cannot have.
    Both learn the names of your modules.

What to do
    Say which paths are private; neither proxy nor checksum database is asked
    for them then:
        GOPRIVATE=corp.example.com go mod download
        go env -w GOPRIVATE=corp.example.com,github.com/OWNER
    For a company proxy with everything: GONOPROXY=none beside it.

Look-alikes
    go/direct-fallback: what happens next. http/error-status: a misspelt path of
    a public module. local/credential-prompt: the repository wants to know who
    asks.

Known false alarms
    A public host whose repository was deleted: git is asked for credentials
    there as well.

References
    go help private; https://go.dev/ref/mod#private-modules; RFC 6762 appendix G
    and ICANN's .internal (private top-level names); Go 1.27
    cmd/go/internal/cfg/cfg.go (GOPRIVATE).
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.clients.hosts import is_public
from netanalyze.clients.packages import module_of
from netanalyze.findings import Culprit, Finding
from netanalyze.wording import Text, message

CAUSE = Cause(
    "go/private-module-through-proxy",
    meaning="A private module path is asked of a public proxy (GOPRIVATE is not set for it).",
    never_root=True,
)

GONE = (404, 410)
PRIVATE_NAMES = (".internal", ".corp", ".lan", ".local", ".intranet", ".private", ".home", ".home.arpa")
"""Ends of names that no public zone has (RFC 6762 appendix G, RFC 8375, ICANN 2024)."""
PRIVATE_NETWORKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""RFC 1918, RFC 4193."""
PRIVATE_AND_ASKED = Proved(
    0.85, "a public proxy answered 404 or 410 for a module whose host is private, or asks who it is", Basis.COMMAND,
    "a public module whose repository is gone may be answered so, too",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """404 of a public proxy for a module whose host is private."""
    for request in case.trace.requests if case.trace else ():
        module = module_of(request.url)
        if request.status not in GONE or module is None or not is_public(request.host):
            continue
        place = module.split("/")[0]
        why = _private(case, place)
        if why is None:
            continue
        yield CAUSE.finding(
            Culprit("client"),
            (case.start_ns, case.end_ns),
            message(
                "{module} was asked of {host}, and {why}: GOPRIVATE does not cover it",
                module=module, host=request.host, why=why,
            ),
            (printed(f"# get {request.url}: {request.status}", "the public proxy's answer"),),
            confidence(PRIVATE_AND_ASKED),
            quantities={"module": module},
            attributes={"private": place},
        )  # fmt: skip
        return


def _private(case: Case, place: str) -> Text | None:
    """How one can tell that a host is private; None where one cannot."""
    if place.lower().endswith(PRIVATE_NAMES):
        return message("{place} is an internal name", place=place)
    given = [ip_address(a) for lookup in case.index.named.get(place, ()) for a in lookup.addresses]
    if any(
        address in network for address in given for network in PRIVATE_NETWORKS if address.version == network.version
    ):
        return message("{place} has a private address", place=place)
    error = case.final_error
    if error is not None and error.kind == "git-credentials" and place in error.text:
        return "its repository wants to know who asks"
    return None
