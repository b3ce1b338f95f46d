"""The proxies did not have the module: go asks the repository itself.

What it finds
    A module that a module proxy answered with 404 or 410, and then git (hg,
    svn) or a request ?go-get=1 of go for the same module. Without go's lines: a
    module proxy that answered, and after that a first connection to a code
    host. It stands beside the cause of what happens there and is none itself.

Why a program hangs
    "direct" at the end of GOPROXY brings other hosts, other programs and other
    timers into the run: git has none for a response, waits for the kernel's two
    minutes to connect, and asks a person for a password. A misspelt path ends
    here too: no proxy has it, and its host may not answer anybody.

What to do
    Is the path right, and is the version there?
        curl -sI https://proxy.golang.org/MODULE/@v/VERSION.info
    Private modules: tell go, so that proxies are not asked at all:
        go env -w GOPRIVATE=corp.example.com
    Let git fail rather than ask or wait:
        GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes' go mod download

Look-alikes
    go/no-fallback: an error other than 404 and 410, which a comma does not lead
    on from. go/private-module-through-proxy: why the proxy does not have it.
    GOPROXY=direct or GOPRIVATE: no proxy was asked before.

Known false alarms
    Without go's lines: a run in which some modules are private (GOPRIVATE) and
    others come from the proxy, or git beside go.

References
    go help goproxy; Go 1.27 cmd/go/internal/modfetch/proxy.go (TryProxies),
    cmd/go/internal/modfetch/codehost/git.go;
    https://go.dev/ref/mod#private-modules.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.clients.packages import module_of
from netanalyze.findings import Culprit, Finding, frames
from netanalyze.flows.rows import of_halves, plain_to
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.screen import HTTPS_PORT
from netanalyze.patterns import lazy_pattern
from netanalyze.wording import message

CAUSE = Cause(
    "go/direct-fallback",
    meaning="The proxies did not have the module, or there is none: go asks the repository itself.",
    never_root=True,
)

GONE = (404, 410)
CODE_HOSTS = ("vcs-host", "vanity-host")

BEFORE_A_PATH, AUTHORITY = lazy_pattern(r"[\w.-]+(?=/)"), lazy_pattern(r"//([\w.-]+)")
"""What stands before the path of a repository in a command line, and the host of a URL."""
GO_SAYS_SO = Proved(
    0.95, "a proxy answered 404 or 410 for a module, and go then turns to its repository, by go's own lines", Basis.COMMAND,
    "both are printed; only that one follows from the other is inferred",
)  # fmt: skip
IN_THIS_ORDER = Proved(
    0.6, "a module proxy answered, and a code host was asked afterwards", Basis.FRAMES,
    "GOPRIVATE sends other modules there, too",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A module the proxies do not have, asked of its repository."""
    if case.client.name not in ("go", "git"):
        return
    if case.trace is not None and case.trace.requests:
        yield from _in_trace(case)
    else:
        yield from _in_packets(case)


def _in_trace(case: Case) -> Iterator[Finding]:
    """From go's own lines: 404 for a path, and then its repository."""
    trace = case.trace
    assert trace is not None
    asked: dict[str, list[tuple[int, str]]] = defaultdict(list)  # by host, the lines in which go turns to it
    for command in trace.commands:
        for host in dict.fromkeys(BEFORE_A_PATH.findall(command.text)):
            asked[host].append((command.line, command.text))
    for request in trace.requests:
        if "go-get=1" in request.url and (found := AUTHORITY.search(request.url)):
            asked[found[1]].append((request.line, request.url))
    for ones in asked.values():
        ones.sort()
    for request in trace.requests:
        module = module_of(request.url)
        if request.status not in GONE or module is None:
            continue
        place = module.split("/")[0]
        ones = asked.get(place, [])
        at = bisect_right(ones, request.line, key=lambda one: one[0])
        if at == len(ones):
            continue
        later = ones[at][1]
        yield CAUSE.finding(
            Culprit("vcs-host", place),
            (case.start_ns, case.end_ns),
            message(
                "{host} does not have {module} ({status}), so go asks {place} itself",
                host=request.host, module=module, status=request.status, place=place,
            ),
            (
                printed(f"# get {request.url}: {request.status}", "the proxy's answer"),
                printed(later, "go turns to the repository"),
            ),
            confidence(GO_SAYS_SO),
            quantities={"module": module},
        )  # fmt: skip
        return


def _in_packets(case: Case) -> Iterator[Finding]:
    """From packets alone: a module proxy answered, and then a code host was asked."""
    proxied = [f for f in odd(case.flows) if f.server.sent_data and case.role(f.host) == "module-proxy"]
    plain = plain_to(case.flows, lambda host: case.role(host) == "module-proxy")
    if not proxied and not len(plain):
        return
    first = min([f.server.first_data_ns for f in proxied] + of_halves(plain, "first_data_ns")[1].tolist())
    asked = [*odd(case.flows), *plain_to(case.flows, lambda host: case.role(host, HTTPS_PORT) in CODE_HOSTS)]
    direct = [f for f in asked if case.role(f.host, f.server.port) in CODE_HOSTS and f.first_ns > first]
    if not direct:
        return
    proxied = sorted([*proxied, *plain], key=lambda f: f.id)
    flow = min(direct, key=lambda f: f.first_ns)
    yield CAUSE.finding(
        case.server(flow),
        (flow.first_ns, max(f.last_ns for f in direct)),
        message(
            "{host} answered, and then {other} was asked: the proxy does not have a module, or may not be asked for it "
            "(GOPRIVATE)",
            host=proxied[0].host, other=flow.host,
        ),
        frames(
            (proxied[0].server.first_data_frame, message("{host} answers", host=proxied[0].host)),
            (flow.first_frame, message("the first packet to {host}", host=flow.host)),
        ),
        confidence(IN_THIS_ORDER),
        flow,
    )  # fmt: skip
