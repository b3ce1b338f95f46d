"""The same version is fetched again and again: the cache is not kept.

What it finds
    One module version whose .zip was answered with 200 two or more times, in
    go's lines or in requests in clear. It stands beside a cause and is none
    itself.

Why a program hangs
    It does not hang; it does its work anew. go keeps what it fetched in
    GOMODCACHE. A container layer, a CI job or a HOME that is made afresh each
    time has an empty one, and pays for every module at every run; two go
    commands with two caches pay twice.

What to do
    Keep the module cache, or fill it once:
        go env GOMODCACHE
        docker build: RUN --mount=type=cache,target=/go/pkg/mod go mod download
        CI: save and restore the directory, keyed by go.sum
    One go mod download before the jobs that need it is cheapest.

Look-alikes
    http/redirect-loop: the same URL, never answered with 200.
    go/dead-proxy-paid-per-file: different files, the same dead host.

Known false alarms
    Two machines behind one capture, each with a cache of its own.

References
    Go 1.27 cmd/go/internal/modfetch/cache.go; go help modules; go help cache;
    https://go.dev/ref/mod#module-cache.
"""

from collections import defaultdict
from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.flows.screen import odd
from netanalyze.wording import counted, message

CAUSE = Cause(
    "go/refetched", meaning="The same version is fetched again and again: the cache is not kept.", never_root=True
)

OK = 200
CAME_TWICE = Proved(
    0.9,
    "the zip of one version came twice or more",
    Basis.COMMAND,
    "two runs with a cache each, side by side, do so as well",
)


def check(case: Case) -> Iterator[Finding]:
    """A .zip that came two or more times."""
    times: dict[str, list[Evidence]] = defaultdict(list)
    for request in case.trace.requests if case.trace else ():
        if request.status == OK and request.url.endswith(".zip"):
            times[request.url].append(printed(f"# get {request.url}: {OK}", "it came"))
    if not times:
        for flow in odd(case.flows):
            for exchange in flow.clear.exchanges if flow.clear is not None else ():
                target = exchange.target or ""
                if exchange.status == OK and target.endswith(".zip") and "/@v/" in target and exchange.response_frame:
                    url = f"http://{exchange.host or flow.server.address}{target}"
                    times[url].append(Evidence(exchange.response_frame, message("{what} came", what=target)))
    again = {url: shown for url, shown in times.items() if len(shown) > 1}
    if not again:
        return
    worst = max(again, key=lambda url: len(again[url]))
    yield CAUSE.finding(
        Culprit("client"),
        (case.start_ns, case.end_ns),
        message(
            "{versions} came more than once, {file} {number} times: the module cache is not kept",
            versions=counted(len(again), "{number} module version", "{number} module versions"),
            file=worst.rpartition("/@v/")[2], number=len(again[worst]),
        ),
        tuple(again[worst][:3]),
        confidence(CAME_TWICE),
        quantities={"versions": len(again), "most": len(again[worst])},
    )  # fmt: skip
