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

from collections.abc import Iterator

from netanalyze.clients.hosts import module_of
from netanalyze.findings import Culprit, Evidence, Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message

GONE = (404, 410)
CODE_HOSTS = ("vcs-host", "vanity-host")


def check(seen: Observations) -> Iterator[Finding]:
    """A module the proxies do not have, asked of its repository."""
    if seen.client.name not in ("go", "git"):
        return
    if seen.trace is not None and seen.trace.requests:
        yield from _told(seen)
    else:
        yield from _seen(seen)


def _told(seen: Observations) -> Iterator[Finding]:
    """From go's own lines: 404 for a path, and then its repository."""
    trace = seen.trace
    assert trace is not None
    for request in trace.requests:
        module = module_of(request.url)
        if request.status not in GONE or module is None:
            continue
        place = module.split("/")[0]
        asked = [(c.line, c.text) for c in trace.commands if f"{place}/" in c.text]
        asked += [(r.line, r.url) for r in trace.requests if "go-get=1" in r.url and f"//{place}" in r.url]
        later = min((one for one in asked if one[0] > request.line), default=None)
        if later is None:
            continue
        yield Finding(
            cause="go/direct-fallback",
            culprit=Culprit("vcs-host", place),
            start_ns=seen.start_ns,
            end_ns=seen.end_ns,
            message=message(
                "{host} does not have {module} ({status}), so go asks {place} itself",
                host=request.host,
                module=module,
                status=request.status,
                place=place,
            ),
            evidence=(
                Evidence(f"# get {request.url}: {request.status}"[:200], "the proxy's answer", "trace"),
                Evidence(later[1][:200], "go turns to the repository", "trace"),
            ),
            confidence=0.95,
            quantities={"module": module},
        )
        return


def _seen(seen: Observations) -> Iterator[Finding]:
    """From packets alone: a module proxy answered, and then a code host was asked."""
    proxied = [f for f in seen.flows if f.server.sent_data and seen.role(f.host) == "module-proxy"]
    if not proxied:
        return
    first = min(f.server.first_data_ns for f in proxied)
    direct = [f for f in seen.flows if seen.role(f.host, f.server.port) in CODE_HOSTS and f.first_ns > first]
    if not direct:
        return
    flow = min(direct, key=lambda f: f.first_ns)
    yield Finding(
        cause="go/direct-fallback",
        culprit=seen.server(flow),
        start_ns=flow.first_ns,
        end_ns=max(f.last_ns for f in direct),
        message=message(
            "{host} answered, and then {other} was asked: the proxy does not have a module, or may not be asked for it "
            "(GOPRIVATE)",
            host=proxied[0].host,
            other=flow.host,
        ),
        evidence=frames(
            (proxied[0].server.first_data_frame, message("{host} answers", host=proxied[0].host)),
            (flow.first_frame, message("the first packet to {host}", host=flow.host)),
        ),
        confidence=0.6,
        flow_id=flow.id,
    )
