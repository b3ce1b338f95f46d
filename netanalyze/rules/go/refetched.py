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

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations
from netanalyze.wording import counted, message

OK = 200


def check(seen: Observations) -> Iterator[Finding]:
    """A .zip that came two or more times."""
    times: dict[str, list[Evidence]] = defaultdict(list)
    for request in seen.trace.requests if seen.trace else ():
        if request.status == OK and request.url.endswith(".zip"):
            times[request.url].append(Evidence(f"# get {request.url}: {OK}"[:200], "it came", "trace"))
    if not times:
        for flow in seen.flows:
            for one in flow.http.exchanges if flow.http and flow.tls is None else ():
                if (
                    one.status == OK
                    and one.target
                    and one.target.endswith(".zip")
                    and "/@v/" in one.target
                    and one.response_frame
                ):
                    url = f"http://{one.host or flow.server.address}{one.target}"
                    times[url].append(Evidence(one.response_frame, message("{what} came", what=one.target)))
    again = {url: shown for url, shown in times.items() if len(shown) > 1}
    if not again:
        return
    worst = max(again, key=lambda url: len(again[url]))
    yield Finding(
        cause="go/refetched",
        culprit=Culprit("client"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=message(
            "{versions} came more than once, {file} {number} times: the module cache is not kept",
            versions=counted(len(again), "{number} module version", "{number} module versions"),
            file=worst.rpartition("/@v/")[2],
            number=len(again[worst]),
        ),
        evidence=tuple(again[worst][:3]),
        confidence=0.9,
        quantities={"versions": len(again), "most": len(again[worst])},
    )
