"""A comma in GOPROXY falls back on 404 and 410 alone, and this error is neither.

What it finds
    go's last error, of a module proxy, is a time-out, a reset, a refusal, an
    end of file, no route or a status other than 404 and 410, and its lines name
    one module proxy only. A silent resolver would fail any other as well. Where
    the run's environment is known, GOPROXY must have another entry behind a
    comma; where it is not, whether the list has a second one is not visible.

Why a program hangs
    A comma means "go on if it does not have the module"; an error of the
    network is no such answer, so go stops. It does not repeat a failed fetch
    either.

What to do
    See the list, and let any error lead on (what comes is still checked against
    go.sum and the checksum database):
        go env GOPROXY
        export GOPROXY='https://proxy.golang.org|https://goproxy.cn|direct'
    With "direct" behind |, names of private modules reach the proxies before
    it: set GOPRIVATE for them.

Look-alikes
    go/dead-proxy-paid-per-file: the list has |, and pays for it.
    go/direct-fallback: 404 led on as it should. http/error-status: the error
    itself.

Known false alarms
    A list with one entry, or the default "proxy.golang.org,direct" of somebody
    whose firewall would stop direct as well.

References
    go help goproxy; Go 1.27 cmd/go/internal/modfetch/proxy.go (TryProxies:
    fallBackOnError), cmd/go/internal/web/api.go (404 and 410 are "not exist").
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations
from netanalyze.wording import message

KINDS = (
    "dial-timeout",
    "tls-handshake-timeout",
    "reset",
    "connection-refused",
    "eof",
    "http-status",
    "no-route",
)


def check(seen: Observations) -> Iterator[Finding]:
    """go's final error is of a kind a comma does not fall back on, and only one proxy was asked."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in KINDS or seen.client.name != "go":
        return
    status = error.facts.get("status")
    if status and str(status) in ("404", "410"):
        return
    asked = error.facts.get("host")
    if asked and seen.role(asked) not in ("module-proxy", "server"):
        return  # a checksum database, toolchain or repository that fails is not what GOPROXY's list is for
    proxies = [h for h in seen.trace.hosts if seen.trace.host_roles.get(h) == "module-proxy"]
    if len(proxies) != 1:
        return
    goproxy = str((((seen.run.environment if seen.run else None) or {}).get("go_env") or {}).get("GOPROXY") or "")
    if goproxy and "," not in goproxy:
        return  # one entry, or | all along: there was nothing that a comma kept from being asked
    yield Finding(
        cause="go/no-fallback",
        culprit=Culprit("client"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=message(
            "go asked no other proxy: GOPROXY={goproxy}: a comma falls back on 404 and 410 only, | on any error"
            if goproxy
            else "go asked no other proxy: a comma falls back on 404 and 410 only, | on any error",
            goproxy=goproxy,
        ),
        evidence=(Evidence(error.text.split("\n")[0][:200], "the error that ended the run", "trace"),),
        confidence=0.9 if goproxy else 0.6,
    )
